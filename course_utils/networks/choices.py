"""Choices made for this machine by measuring, kept from one process to the next.

A machine that is busy for a moment must not change a choice, and with it the last digits of a picture. So each choice
is made once and written to the user's cache folder, and a saved run holds a copy.
"""

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from ..device import processor, tf
from ..storage import written_whole

ANSWERS = ("float32", "bfloat16", "plain", "transposed", "turned", "winograd")
# Variables that make convolutions faster or slower; COURSE_UTILS_CACHE overrides the user's cache folder.
SETTINGS = ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "XLA_FLAGS", "OMP_NUM_THREADS")


def kept_or(question: str, measure: Callable[[], str]) -> str:
    """Return the stored answer, or measure and store it: one of `ANSWERS`.

    If two processes measure at the same time, the first to write wins.
    """
    if question not in answers():
        measured, file = measure(), choices_file()
        written = {question: measured} | _read(file)
        answers()[question] = written[question]
        with contextlib.suppress(OSError):  # a folder that cannot be written: then each process measures for itself
            file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(file) as whole:
                whole.write(json.dumps(written, indent=1).encode())
    return answers()[question]


def kept_choices() -> dict:
    """Return all choices made so far, and for which machine, for `restore_choices`."""
    return {"machine": machine(), "answers": dict(answers())}


def restore_choices(state: dict) -> None:
    """Adopt the choices that `kept_choices` returned, if this is the same machine; otherwise do nothing.

    Raises:
        ValueError: not what `kept_choices` returns.
    """
    given = dict(state["answers"])
    if not (isinstance(state["machine"], str) and all(map(_is_answer, given.items()))):
        raise ValueError("not the choices of a machine")
    if state["machine"] == machine():
        answers().update(given)


def machine() -> str:
    """Return a short identifier of this machine as it is set up now."""
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    cards = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    facts = [processor(), *cards, tf.__version__, threads, *(os.environ.get(name) for name in SETTINGS)]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _is_answer(pair: tuple[object, object]) -> bool:
    return isinstance(pair[0], str) and pair[1] in ANSWERS


@functools.cache
def answers() -> dict[str, str]:
    """Return the stored answers by question: initially, those of earlier processes."""
    return _read(choices_file())


def _read(file: Path) -> dict[str, str]:
    """Read what earlier processes stored: nothing if there is no file, or a damaged one."""
    try:
        return dict(filter(_is_answer, json.loads(file.read_text()).items()))
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def choices_file() -> Path:
    """Return this machine's file in the user's cache folder."""
    folder = os.environ.get("COURSE_UTILS_CACHE") or platformdirs.user_cache_dir("course_utils", appauthor=False)
    return Path(folder) / f"choices-{machine()}.json"
