"""How much memory a block takes at its peak."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Peak:
    """`bytes`: how far resident memory rose over what it was before; 0 where the system does not tell (not Linux)."""

    bytes = 0.0


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure a block; the number is there when it has ended."""
    peak = Peak()
    try:
        RESET.write_text("5")  # the highest resident size so far is forgotten
        before = _kilobytes("VmRSS")
    except OSError:
        yield peak
        return
    yield peak
    peak.bytes = 1024.0 * (_kilobytes("VmHWM") - before)


def _kilobytes(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
