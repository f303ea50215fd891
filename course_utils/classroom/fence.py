"""A fence around the program that a submission is: its own folder, a bare environment, no other programs, no network.

What it does not stop: reading files that the instructor may read, and code that goes round Python to the operating
system, by `ctypes` or a compiled extension. It keeps accidents and pranks in; whoever expects attackers puts a
container around the grader, as the instructor's guide says.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

# What Python, TensorFlow and the operating system need; no token, no address, no name of the instructor's.
_KEPT = {
    "PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "VIRTUAL_ENV",
}  # fmt: skip
_KEPT_FAMILIES = ("LC_", "TF_", "ONEDNN_", "OMP_", "MKL_", "KMP_", "CUDA_", "XLA_")
_HOMES = (
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "TMPDIR",
    "TEMP",
    "TMP",
    "IPYTHONDIR",
    "JUPYTER_RUNTIME_DIR",
)

# Audit events of what changes files, with the places of (path, descriptor of the folder that it starts from).
_CHANGES: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.chflags": ((0, None),),
    "os.utime": ((0, 3),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
    "sqlite3.connect": ((0, None),),
}
_PROGRAMS = (
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile",
    "pty.spawn", "_winapi.CreateProcess", "webbrowser.open",
)  # fmt: skip
_SIGNALS = ("os.kill", "os.killpg")
_NETWORK = (
    "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr",
)  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(PermissionError):
    """What a submission may not do; the text is the sentence for its student."""


def bare_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment for a submission's program: the little it needs of this one, and a home in a folder."""
    kept = {
        name: value for name, value in environment.items() if name.upper() in _KEPT or name.startswith(_KEPT_FAMILIES)
    }
    return kept | dict.fromkeys(_HOMES, str(folder)) | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


def raise_fence(folder: Path, told: Callable[[str], object]) -> None:
    """Refuse, from now on and for good, what this process may not do.

    Args:
        folder: the only one in which files may be written, renamed or deleted.
        told: called with each refusal's sentence, since the program may well swallow the exception.
    """
    home = folder.resolve()

    def refuse(what: str) -> NoReturn:
        sentence = f"a program that is graded may not {what}"
        told(sentence)
        raise Refused(sentence)

    def keep_inside(path: Any, descriptor: int | None) -> None:
        place = _place(path, descriptor)
        if place is not None and not place.is_relative_to(home):
            refuse(f"change files outside its own folder: {place.name}")

    def watch(event: str, args: tuple) -> None:
        if event == "open":
            path, mode, flags = args
            if flags & _WRITES or (mode and set(mode) & set("wax+")):
                keep_inside(path, None)
        elif event in _CHANGES:
            for path, descriptor in _CHANGES[event]:
                keep_inside(args[path], None if descriptor is None else args[descriptor])
        elif event in _PROGRAMS:
            refuse("start another program")
        elif event in _SIGNALS:
            refuse("send signals")
        elif event in _NETWORK:
            refuse("use the network")

    try:
        import _posixsubprocess
    except ImportError:  # on Windows, where there is an event for it
        pass
    else:  # multiprocessing calls it directly, and no event tells of that
        _posixsubprocess.fork_exec = lambda *_: refuse("start another program")
    sys.addaudithook(watch)


def _place(path: Any, descriptor: int | None) -> Path | None:
    """Return where a path leads; None if no file is meant, or one that is open already."""
    if isinstance(path, int) or path in (":memory:", b":memory:", os.devnull):
        return None
    start = Path() if descriptor is None or descriptor < 0 else _opened(descriptor)
    return (start / os.fsdecode(path)).resolve()


def _opened(descriptor: int) -> Path:
    """Return the path of a folder that is open."""
    if sys.platform == "darwin":
        import fcntl

        return Path(os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
    return Path(f"/proc/self/fd/{descriptor}").readlink()
