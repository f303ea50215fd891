"""Occlusion: the formulas of Ruder et al. 2016 on flows made by hand, and a cut-out whose path is known."""

import numpy as np
import pytest

from course_utils.images import load_image, resize
from course_utils.motion import disoccluded, flow, likeness, long_term, motion_boundaries, recall, visible, warp

HEIGHT, WIDTH = 120, 160
SIDE = 40  # px, the cut-out's


def plain(right, down=0.0, shape=(32, 40)):
    return np.tile(np.float32([right, down]), (*shape, 1))


@pytest.mark.parametrize("right", [0.0, 3.0, -5.0])
def test_forth_and_back_again_is_not_disoccluded(right):
    assert not disoccluded(plain(right), plain(-right)).any()


@pytest.mark.parametrize(
    ("back", "forth", "expected"),
    [  # eq. 6 by hand: (back + forth)² against 0.01 (back² + forth²) + 0.5
        (0.0, 0.70, False),  # 0.49 against 0.505
        (0.0, 0.72, True),  # 0.518 against 0.505
        (10.0, -8.60, False),  # 1.96 against 2.24
        (10.0, -8.40, True),  # 2.56 against 2.21
    ],
)
def test_equation_6_where_both_flows_are_constant(back, forth, expected):
    assert (disoccluded(plain(0, back), plain(0, forth)) == expected).all()


def test_equation_5_takes_the_forward_flow_from_where_the_backward_flow_leads():
    """All pixels come from 4 px to the left; the forward flow knows it only in the left half."""
    forth = plain(4.0)
    forth[:, 20:] = 0
    expected = np.zeros((32, 40), bool)
    expected[:, 24:] = True  # at their own place it would be from 20 on; 4² is above 0.01 · 4² + 0.5
    np.testing.assert_array_equal(disoccluded(plain(-4.0), forth), expected)


@pytest.mark.parametrize(
    ("slope", "offset", "expected"),
    [  # eq. 7 by hand: slope² against 0.01 w² + 0.002
        (0.044, 0.0, False),  # at w = 0: 0.001936 against 0.002
        (0.046, 0.0, True),  # 0.002116
        (0.3, 3.0, False),  # at w = 3: 0.09 against 0.092
        (0.31, 3.0, True),  # 0.0961
    ],
)
@pytest.mark.parametrize("axis", [0, 1], ids=["down", "right"])
@pytest.mark.parametrize("component", [0, 1], ids=["u", "v"])
def test_equation_7_on_a_ramp(slope, offset, expected, axis, component):
    middle = 16
    w = np.zeros((33, 33, 2))
    w[..., component] = offset + slope * (np.indices((33, 33))[axis] - middle)
    assert motion_boundaries(w)[middle, middle] == expected


def test_what_comes_from_outside_the_frame_was_not_visible():
    seen = visible(plain(-3.0), plain(3.0))
    assert not seen[:, :3].any() and seen[:, 3:].all()
    assert visible(plain(0.01), plain(-0.01)).all()  # px: less than half a pixel beyond the border is no motion


def test_long_term_masks_are_equation_11():
    draw = np.random.default_rng(0)
    masks = [draw.uniform(size=(9, 9)) < 0.5 for _ in range(3)]
    c1, c2, c4 = (mask.astype(int) for mask in masks)
    expected = [c1, np.maximum(c2 - c1, 0), np.maximum(c4 - c1 - c2, 0)]
    np.testing.assert_array_equal(long_term(masks), expected)
    assert (sum(map(np.int64, long_term(masks))) == (c1 | c2 | c4)).all()


@pytest.fixture(scope="module")
def cut_out():
    """Return a function that puts a square of the astronaut over the pagoda, `left` px from the left border."""
    photo = resize(load_image("pagoda", 256), HEIGHT, WIDTH)[0]
    square = resize(load_image("astronaut", 128), SIDE, SIDE)[0]

    def place(left):
        frame = photo.copy()
        frame[40 : 40 + SIDE, left : left + SIDE] = square
        return frame

    return place


@pytest.mark.parametrize("step", [4, 8])
def test_a_cut_out_that_moves_uncovers_what_is_behind_it(cut_out, step):
    first, second = cut_out(50), cut_out(50 + step)
    backward, forward = flow(second, first), flow(first, second)
    truth = np.ones((HEIGHT, WIDTH), bool)
    truth[40 : 40 + SIDE, 50 : 50 + step] = False
    seen = visible(backward, forward)
    assert (truth & seen).sum() / seen.sum() > 0.99  # precision
    assert (truth & seen).sum() / truth.sum() > 0.93  # recall: motion boundaries, also where nothing is uncovered
    assert (~truth & ~seen).sum() / (~truth).sum() > 0.9  # nearly all that was uncovered is found


def test_what_the_nearest_frame_hides_is_recalled_from_a_further_one(cut_out):
    """The square covers a place in the frame before, and did not two frames back: results 1 and 2 say who answers."""
    frame, one, two = cut_out(100), cut_out(60), cut_out(10)
    results = [np.full((HEIGHT, WIDTH, 3), number, np.float32) for number in (1, 2)]
    only_one, seen_by_one = recall(frame, [(one, results[0])])
    both, seen = recall(frame, list(zip((one, two), results, strict=True)))
    uncovered = np.zeros((HEIGHT, WIDTH), bool)
    uncovered[45 : 35 + SIDE, 65 : 55 + SIDE] = True  # 5 px from the square's edges
    assert (only_one[seen_by_one] == 1).all() and seen_by_one[uncovered].mean() < 0.1
    elsewhere = frame + warp(1 - one, flow(frame, one))  # this frame, with what its painting made of the one before
    np.testing.assert_allclose(only_one[~seen_by_one], elsewhere[~seen_by_one], atol=1e-6)
    assert seen[uncovered].mean() > 0.9 and (both[uncovered & seen & ~seen_by_one] == 2).all()
    assert (both[seen_by_one] == 1).all() and seen[seen_by_one].all()


@pytest.mark.parametrize("other", ["cat", "black"])
def test_another_shot_shows_nothing_of_this_one(cut_out, other):
    """However much of it happens to look alike; a further frame of this shot still answers."""
    frame, one = cut_out(52), cut_out(50)
    other = np.zeros_like(one) if other == "black" else resize(load_image(other, 256), HEIGHT, WIDTH)[0]
    results = [np.full((HEIGHT, WIDTH, 3), number, np.float32) for number in (1, 2)]
    assert not recall(frame, [(other, results[0])])[1].any()
    picture, seen = recall(frame, [(other, results[0]), (one, results[1])])
    assert seen.mean() > 0.8 and (picture[seen] == 2).all()


def test_likeness_is_the_formula_and_0_from_outside():
    draw = np.random.default_rng(0)
    previous = draw.uniform(size=(32, 40, 3)).astype(np.float32)
    frame = np.clip(np.roll(previous, 3, 1) + np.float32([0.1, 0.0, -0.1]), 0, 1)
    m = likeness(frame, previous, plain(-3.0))
    expected = np.exp(-50 * np.square(frame[:, 3:] - previous[:, :-3]).sum(-1))  # e⁻¹, where nothing was clipped
    np.testing.assert_allclose(m[:, 3:], expected, rtol=1e-4)
    assert not m[:, :3].any()
    np.testing.assert_array_equal(likeness(previous, previous, plain(0.0)), 1)
