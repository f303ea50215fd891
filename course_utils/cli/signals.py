"""Signals that ask a program to stop (Ctrl-C and its kin), collected so that they interrupt nothing halfway.

What a run does about them is in `terminal`: it ends the step, saves itself and the picture, and then stops.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator


class Stopped(KeyboardInterrupt):
    """A signal has asked the program to end; its number is the exception's argument."""


def endings() -> list[int]:
    """Return the signals that end a program here; one that is ignored, as in a background job, stays so."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [number for number in known if number is not None and signal.getsignal(number) is not signal.SIG_IGN]


def exit_status(interruption: KeyboardInterrupt) -> int:
    """Return what a shell reports for a program that a signal has ended: 128 and the signal's number."""
    return 128 + (interruption.args[0] if isinstance(interruption, Stopped) else signal.SIGINT)


@contextlib.contextmanager
def collected(*numbers: int, patience: int | None = None, notice: str = "") -> Iterator[list[int]]:
    """Collect signals that arrive meanwhile in a list, instead of letting them act.

    Outside the main thread, which alone receives signals, nothing is collected.

    Args:
        numbers: such as `signal.SIGINT`.
        patience: how many are collected; the next one raises. None: all.
        notice: what is told at each that is collected.

    Raises:
        Stopped: in the block, on one signal too many.
    """
    seen: list[int] = []

    def take(number: int, _: object) -> None:
        seen.append(number)
        if patience is not None and len(seen) > patience:
            raise Stopped(number)
        if notice:
            with contextlib.suppress(Exception):  # the terminal is closed, or another `print` was interrupted
                print(f"\n{notice}", file=sys.stderr)

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, take) for number in numbers} if main else {}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
