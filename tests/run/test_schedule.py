"""When a run goes on to the next size and when it ends, with clocks of the test's own."""

import pytest

from course_utils.run.pyramid import MOST_COARSE, Level
from course_utils.run.schedule import ENTER_STEPS, Schedule


def levels(*sides, steps=4):
    return [Level((side, side), ((side, side),), steps) for side in sides]


def played(schedule, tracing=0.4, per_pixel=1e-5):
    """Let a machine of known speed work through a schedule; return the steps done at each size."""
    done = {}
    while (number := schedule.next_level()) is not None:
        step = per_pixel * schedule.levels[number].work
        if number != schedule.level:
            schedule.entered(tracing + ENTER_STEPS * step)
        schedule.stepped(step)
        done[number] = done.get(number, 0) + 1
    return done


def test_by_steps_each_size_has_its_share():
    schedule = Schedule(levels(32, 64), None)
    assert played(schedule) == {0: 4, 1: 4}
    assert schedule.progress == 1


@pytest.mark.parametrize("seconds", [5, 10, 30, 100])
@pytest.mark.parametrize("sides", [(256,), (128, 256), (64, 128, 256)], ids=str)
def test_by_time_it_ends_within_a_tenth(seconds, sides):
    schedule = Schedule(levels(*sides), seconds)
    played(schedule)
    assert schedule.spent == pytest.approx(seconds, rel=0.1, abs=0.35)  # half of the longest step is 0.33 s


def test_by_time_a_size_gets_the_part_that_its_pixels_are():
    schedule = Schedule(levels(64, 128), 40)
    done = played(schedule, per_pixel=1e-4)
    # 0.41 s a step at 64 px, 1.64 s at 128 px. A fifth of the 38.7 s left after entering is 7.7 s, or 19 steps of
    # 0.41 s; of the remaining 30.9 s entering takes 4.1 s, which leaves 16 steps of 1.64 s.
    assert done == {0: 19, 1: 16}


def test_by_time_no_more_coarse_steps_than_pay():
    done = played(Schedule(levels(64, 128), 100))
    assert done[0] == MOST_COARSE


def test_a_size_that_the_time_does_not_allow_is_not_entered():
    schedule = Schedule(levels(128, 1024), 20)  # 10 s a step at 1024 px
    done = played(schedule)
    assert set(done) == {0}
    assert schedule.spent == pytest.approx(20, rel=0.05)


def test_a_step_is_done_however_short_the_time():
    assert played(Schedule(levels(256), 0.001)) == {0: 1}
