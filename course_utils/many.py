"""Many pictures: one after the other, in several processes on this machine, or on a cluster.

    with process_pool(2) as pool:
        for outcome in stylize_many([Job("cat", "summertime"), Job("pagoda", "great_wave")], pool):
            print(outcome.job.content, outcome.error or "done")

Any `concurrent.futures.Executor` will do; a Dask cluster has one: `distributed.Client(…).get_executor()`.
"""

import concurrent.futures
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .errors import CourseError, DeviceError
from .images import check_output, save_image
from .options import Options
from .scene import Source, files_read


@dataclass(frozen=True)
class Job:
    """One picture to make.

    Attributes:
        content, style, options: as for `stylize`; paths are read where the job is done.
        output: the file to write, in a folder that exists both here and where the job is done; None: the picture
            is returned.
    """

    content: Source
    style: Source | Sequence[Source]
    options: Options = field(default_factory=Options)
    output: str | os.PathLike | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a job.

    Attributes:
        job: the job.
        image: float32 `(1, H, W, 3)` in [0, 1]; None if it was written to a file, or there is none. If the file could
            not be written after all, the picture is here.
        seconds: the time it took, excluding waiting.
        error: what went wrong; None if nothing did.
    """

    job: Job
    image: np.ndarray | None = None
    seconds: float = 0.0
    error: CourseError | None = None


def stylize_many(jobs: Iterable[Job], executor: Executor | None = None) -> Iterator[Outcome]:
    """Do jobs independently: one that fails reports its error, and the others carry on.

    Args:
        jobs: the jobs; two may not write the same file.
        executor: where they are done, all submitted at once; None: here, one after the other, as outcomes are
            asked for. Processes must be started afresh, not forked, as `process_pool` does.

    Yields:
        An outcome for each job, as it finishes.

    Raises:
        CourseError: two jobs with one output; an output that cannot be written, or is a picture that one of the jobs
            reads. Raised before any job starts.
    """
    jobs = list(jobs)
    read = [file for job in jobs for file in files_read(job.content, job.style, job.options)]
    outputs = [os.path.realpath(check_output(job.output, read)) for job in jobs if job.output is not None]
    if twice := {output for output in outputs if outputs.count(output) > 1}:
        raise CourseError(f"{', '.join(sorted(twice))}: more than one job would write it")
    return _outcomes(jobs, executor)


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Make processes that share this machine's cores; each needs the memory of a whole run."""
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),  # TensorFlow does not survive a fork
        initializer=_limit_threads,
        initargs=(max(1, (os.cpu_count() or 1) // workers),),
    )


def _limit_threads(number: int) -> None:
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(number)


def _outcomes(jobs: list[Job], executor: Executor | None) -> Iterator[Outcome]:
    if executor is None:
        yield from map(_do, jobs)
        return
    waiting = {_submitted(executor, job): job for job in jobs}
    for future in concurrent.futures.as_completed(waiting):
        try:
            yield future.result()
        except BrokenExecutor:
            what = "a worker process was killed, perhaps for lack of memory, and this job was not done: try it again"
            yield Outcome(waiting[future], error=DeviceError(what))
        except Exception as error:  # the worker is gone, the result could not be sent: whatever the executor raises
            yield Outcome(waiting[future], error=DeviceError(f"the worker failed: {type(error).__name__}: {error}"))


def _submitted(executor: Executor, job: Job) -> Future:
    """Submit a job; if the executor no longer accepts any, the job fails, as if its worker had gone."""
    try:
        return executor.submit(_do, job)
    except Exception as error:
        refused: Future = Future()
        refused.set_exception(error)
        return refused


def _do(job: Job) -> Outcome:
    """Do a job, in whatever process this is."""
    began, image = time.perf_counter(), None
    try:
        from .device import require_own_process
        from .transfer import stylize

        require_own_process()
        if job.output is not None:
            check_output(job.output)  # another machine may lack the folder
        image = stylize(job.content, job.style, job.options)
        if job.output is not None:
            save_image(image, Path(job.output))
            image = None
    except CourseError as error:
        return Outcome(job, image, time.perf_counter() - began, error)
    except Exception as error:  # a fault of ours must not cost the other jobs
        return Outcome(job, image, time.perf_counter() - began, CourseError(f"{type(error).__name__}: {error}"))
    return Outcome(job, image, time.perf_counter() - began)
