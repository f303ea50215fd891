"""TensorFlow, imported quietly, and the device that it computes on.

The package takes `tf` and `keras` from here. A plain `import tensorflow` prints half a dozen lines about
processors and missing GPUs, from C++, where no Python setting reaches them.
"""

import contextlib
import functools
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import DeviceError

__all__ = [
    "OUT_OF_MEMORY",
    "bytes_had",
    "gpus",
    "keras",
    "processor",
    "require_own_process",
    "select_device",
    "tf",
]


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what is written to file descriptor 2 off the screen, unless the block fails."""
    try:
        screen = os.dup(2)
    except OSError:  # a process without a standard error has nothing to silence
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except Exception:
            kept.seek(0)
            os.write(screen, kept.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


with quiet_stderr():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow leaves oneDNN off on processors without AVX-512, where it is faster, too.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    import keras
    import tensorflow as tf

    # Many small runs, as in a lesson, make it warn about retracing, with an address that differs from run to run.
    tf.get_logger().setLevel("ERROR")
    # A RuntimeError means that the caller has already used a GPU: then the setting is theirs.
    with contextlib.suppress(RuntimeError):
        for _gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(_gpu, True)
    tf.zeros(())  # opens the devices now, while stderr is silenced


OUT_OF_MEMORY = (tf.errors.ResourceExhaustedError, MemoryError)  # whatever a step may raise when it runs out
_PROCESS = os.getpid()


def require_own_process() -> None:
    """Refuse to compute in a fork of the process that TensorFlow was started in: it would hang.

    Raises:
        DeviceError: this process is one.
    """
    if os.getpid() != _PROCESS:
        raise DeviceError(
            "this process was forked from one that runs TensorFlow, which does not survive that: start it afresh, as "
            "`course_utils.many.process_pool` does, or with multiprocessing.get_context('spawn')"
        )


@functools.cache
def processor() -> str:
    """Name the processor and the cores that may be used, such as "AMD EPYC, 2 cores"."""
    name, cpuinfo = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = re.findall(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE)
        name = models[0] if models else name
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"


def bytes_had(device: str) -> float | None:
    """Return TensorFlow's peak memory on a GPU, in bytes; None for a CPU, where it keeps no count."""
    return None if "CPU" in device else float(tf.config.experimental.get_memory_info(device.strip("/"))["peak"])


def gpus() -> list[str]:
    """List the GPUs that TensorFlow can use: ["gpu:0", …], empty if there is none."""
    return [f"gpu:{index}" for index, _ in enumerate(tf.config.list_physical_devices("GPU"))]


def select_device(device: str = "auto") -> str:
    """Turn "auto", "cpu" or "gpu:0" into a name for `tf.device`; "auto" is the first GPU, else the CPU.

    On a GPU, TensorFlow is told to choose deterministic kernels: same seed, same picture.

    Raises:
        DeviceError: an unknown name, or a GPU that TensorFlow does not see.
    """
    if device == "auto":
        device = next(iter(gpus()), "cpu")
    if device == "gpu":
        device = "gpu:0"
    if device == "cpu":
        return "/CPU:0"
    if not re.fullmatch(r"gpu:\d+", device):
        raise DeviceError(f"device {device!r}: choose auto, cpu, or a GPU such as gpu:0")
    if device not in gpus():
        raise DeviceError(
            f"device {device!r}: TensorFlow sees {', '.join(gpus()) or 'no GPU'} here. With an NVIDIA card and its "
            f"driver on Linux, `pip install 'tensorflow[and-cuda]=={tf.__version__}'` brings the CUDA libraries. "
            f"Or use device='cpu'"
        )
    tf.config.experimental.enable_op_determinism()
    return f"/GPU:{device.removeprefix('gpu:')}"
