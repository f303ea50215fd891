"""Many pictures: the same as one by one, whoever does them; a failed job costs no other."""

import concurrent.futures
import multiprocessing
import os

import numpy as np
import pytest

from course_utils import CourseError, Job, Options, load_image, stylize, stylize_many
from course_utils.errors import DeviceError, ImageError
from course_utils.many import process_pool

# Average pooling: in max pooling, rounding, which depends on the number of threads, can decide a tie.
QUICK = Options(size=48, steps=2, levels=1, network="vgg19-random", precision="float32", pooling="avg")


def jobs(folder):
    return [
        Job("cat", "summertime", QUICK),
        Job("no such picture", "summertime", QUICK),
        Job("pagoda", ["great_wave", "summertime"], QUICK, folder / "pagoda.png"),
    ]


def check(outcomes, folder):
    """One picture handed back, one error, one file, in whatever order."""
    by_content = {outcome.job.content: outcome for outcome in outcomes}
    assert by_content.keys() == {"cat", "no such picture", "pagoda"}
    cat, missing, pagoda = by_content["cat"], by_content["no such picture"], by_content["pagoda"]
    assert cat.error is None
    np.testing.assert_allclose(cat.image, stylize("cat", "summertime", QUICK), atol=1e-3)  # other thread counts
    assert isinstance(missing.error, ImageError)
    assert "no such picture" in str(missing.error)
    assert missing.image is None
    assert (pagoda.error, pagoda.image) == (None, None)
    assert load_image(folder / "pagoda.png").shape == (1, 32, 48, 3)
    assert cat.seconds > 0


def test_one_after_the_other(tmp_path):
    check(stylize_many(jobs(tmp_path)), tmp_path)


def test_serial_jobs_are_done_when_asked_for(tmp_path):
    outcomes = stylize_many(jobs(tmp_path)[::-1])
    assert not (tmp_path / "pagoda.png").exists()
    next(outcomes)
    assert (tmp_path / "pagoda.png").exists()


def test_in_threads(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        check(stylize_many(jobs(tmp_path), executor), tmp_path)


def test_in_processes_one_of_which_dies(tmp_path):
    with process_pool(1) as executor:
        check(stylize_many(jobs(tmp_path), executor), tmp_path)
        executor.submit(os._exit, 1)
        outcomes = [*stylize_many(jobs(tmp_path)[:1], executor), *stylize_many(jobs(tmp_path)[:1], executor)]
    assert len(outcomes) == 2  # the one that was waiting, and one handed to a pool that is known to be broken
    for outcome in outcomes:
        assert isinstance(outcome.error, DeviceError)
        assert "a worker process was killed" in str(outcome.error)


def test_on_a_cluster(tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        check(stylize_many(jobs(tmp_path), client.get_executor()), tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_is_refused_rather_than_left_waiting():
    from course_utils import device

    assert device.tf is not None  # TensorFlow runs in this process
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
        (outcome,) = stylize_many([Job("cat", "summertime", QUICK)], executor)
    assert "forked from one that runs TensorFlow" in str(outcome.error)


def test_a_fault_in_one_job_is_told_and_costs_no_other(tmp_path):
    broken = Job("cat", 3, QUICK)
    outcomes = list(stylize_many([broken, *jobs(tmp_path)]))
    assert isinstance(outcomes[0].error, CourseError)
    check(outcomes[1:], tmp_path)


def test_a_picture_that_cannot_be_written_after_all_is_handed_back(tmp_path, monkeypatch):
    def full(image, path):
        raise ImageError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr("course_utils.many.save_image", full)
    (outcome,) = stylize_many([Job("cat", "summertime", QUICK, tmp_path / "x.png")])
    assert "No space left" in str(outcome.error)
    np.testing.assert_array_equal(outcome.image, stylize("cat", "summertime", QUICK))


def test_a_folder_that_is_missing_where_the_job_is_done_is_told_before_the_work(tmp_path, monkeypatch):
    folder = tmp_path / "here only"
    folder.mkdir()
    monkeypatch.setattr("course_utils.transfer.stylize", lambda *_: pytest.fail("has been worked on"))
    outcomes = stylize_many([Job("cat", "summertime", QUICK, folder / "x.png")])
    folder.rmdir()
    assert "there is no folder" in str(next(outcomes).error)


def test_two_jobs_with_one_output_are_refused_before_the_work(tmp_path):
    output = tmp_path / "x.png"
    with pytest.raises(CourseError, match=r"x\.png: more than one job would write it"):
        stylize_many([Job("cat", "summertime", QUICK, output), Job("pagoda", "summertime", QUICK, str(output))])
    with pytest.raises(ImageError, match="no folder"):
        stylize_many([Job("cat", "summertime", QUICK, tmp_path / "nowhere" / "x.png")])
