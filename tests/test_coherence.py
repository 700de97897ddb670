"""Coherence: motion, what is carried along it, where a shot ends, and the level that is held."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from dreamvideo.coherence import (
    Carrier,
    CarryState,
    CutDetector,
    Motion,
    begins_shot,
    blend_over,
    carry,
    cut_score,
    estimate_flow,
    level_of,
    warp,
)
from dreamvideo.coherence.detail import RENEWED, carry_detail, detailed, lift
from dreamvideo.coherence.level import LEAST_KEPT, gain_for, share_for
from dreamvideo.coherence.patches import find_windows
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.dreamer.octaves import Octave, ladder
from dreamvideo.dreamer.shoulder import meet
from dreamvideo.media.frame import Frame, Picture, Window
from dreamvideo.media.geometry import resized

DREAM = DreamConfig(step_size=0.02)
LARGE = replace(DREAM, motif=4.0)
"""Frames of 320x180 are large ones: they are dreamed at 160x90."""


@dataclass
class FakeDreamer:
    """A dream in small: what stands out grows, by normalised steps with some chance in them.

    Attributes:
        work: of each frame so far, by index: steps, of the whole frame.
    """

    work: dict[int, float] = field(default_factory=dict)

    def octaves(self, size: tuple[int, int], config: DreamConfig) -> Sequence[Octave]:
        return ladder(size, config, 90.0, self.least_side(config))

    def least_side(self, config: DreamConfig) -> int:
        return 24

    def applied(self, source: Picture, change: Picture, config: DreamConfig) -> Picture:
        return meet(source, change)

    def begin(self, source: Picture, config: DreamConfig, *, strength: float = 1.0, index: int = 0) -> Picture:
        return self.grow(source, np.zeros_like(source), config, steps=[config.steps * strength], index=index)

    def grow(
        self,
        source: Picture,
        change: Picture,
        config: DreamConfig,
        *,
        steps: Sequence[float],
        index: int = 0,
        window: Window | None = None,
    ) -> Picture:
        inside = (slice(None), slice(None)) if window is None else window.slices
        source, grown, left = source[inside], change[inside].copy(), max(steps)
        frame = index // 5
        self.work[frame] = self.work.get(frame, 0.0) + left * grown.size / change.size
        random = np.random.default_rng((7, index))
        while left > 0:
            moved = np.roll(meet(source, grown), random.integers(-2, 3, 2), (0, 1))
            detail = cv2.GaussianBlur(moved, (0, 0), 1) - cv2.GaussianBlur(moved, (0, 0), 3)
            gradient = np.tanh(20 * detail) + 0.3 * random.normal(size=detail.shape).astype(np.float32)
            grown += np.float32(min(left, 1) * config.step_size) * gradient / np.abs(gradient).mean()
            left -= 1
        whole = change.copy()
        whole[inside] = grown
        return whole


def texture(width: int, height: int, seed: int = 0, grain: float = 2.0) -> Picture:
    """Smooth noise, as good to follow as a real picture."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain) + cv2.GaussianBlur(noise, (0, 0), 4 * grain) * 3
    return np.clip(0.5 + 0.2 * smooth / smooth.std(), 0, 1).astype(np.float32)


def shifted(picture: Picture, width: int, height: int, x: int, y: int) -> Picture:
    """A window of a larger picture."""
    return np.ascontiguousarray(picture[y : y + height, x : x + width])


def frames_of(pictures: list[Picture], rate: int = 24) -> list[Frame]:
    step = Fraction(1, rate)
    return [Frame(picture, index * step, step, index) for index, picture in enumerate(pictures)]


def disc_clip(count: int = 8) -> list[Picture]:
    """A bright disc that moves over a still, dark background."""
    pictures = []
    ground, disc = texture(200, 120) * 0.5, texture(200, 120, seed=3) * 0.4 + 0.6
    y, x = np.mgrid[:120, :200]
    for index in range(count):
        inside = np.hypot(x - 60 - 8 * index, y - 60) < 30
        pictures.append(np.where(inside[..., None], np.roll(disc, 8 * index, 1), ground).astype(np.float32))
    return pictures


@dataclass(frozen=True)
class Dreamed:
    """A frame after its turn."""

    picture: Picture
    source: Picture
    state: CarryState
    begun: bool

    @property
    def level(self) -> float:
        return level_of(self.picture, self.source)


def run(
    frames: list[Frame],
    config: CoherenceConfig | None = None,
    dream: DreamConfig = DREAM,
    state: CarryState | None = None,
    dreamer: FakeDreamer | None = None,
) -> list[Dreamed]:
    """The loop over a clip."""
    config = config or CoherenceConfig()
    carrier = Carrier(config, dream, dreamer or FakeDreamer())
    done = []
    for frame in frames:
        small = resized(frame.picture, dream.canonical_size(frame.picture.shape[1::-1]))
        begun = state is None or begins_shot(config, state.source, small)
        picture, state = carrier.advance(frame, None if begun else state)
        done.append(Dreamed(picture, frame.picture, state, begun))
    return done


def levels(dreamed: list[Dreamed]) -> np.ndarray:
    return np.array([each.level for each in dreamed])


def panned(width: int, height: int, count: int, speed: float, rate: int = 24) -> list[Frame]:
    """A camera that moves so many pixels a 24th of a second to the right."""
    whole = texture(width + 400, height)
    return frames_of(
        [shifted(whole, width, height, round(index * speed * 24 / rate), 0) for index in range(count)], rate
    )


def saved(state: CarryState) -> CarryState:
    """A state that has been to the disk and back."""
    file = io.BytesIO()
    np.savez(file, **state.arrays())  # type: ignore[arg-type]
    file.seek(0)
    with np.load(file) as arrays:
        return CarryState.from_arrays(dict(arrays))


@pytest.mark.parametrize("blend", [1.0, 0.9])
def test_still_frames_carry_the_dream_bit_for_bit(blend: float) -> None:
    source, reserve = texture(96, 64), texture(96, 64, seed=2) - 0.5
    change = texture(96, 64, seed=1) - source
    motion = estimate_flow(source, source.copy())
    assert motion.still
    assert (motion.consistency == 1).all()
    assert np.array_equal(warp(change, motion.backward), change)
    state = CarryState(source, change, np.ones((64, 96), np.float32), reserve, 0.1, Fraction(0), 0.2, 1.0)
    (frame,) = frames_of([source])
    carried = carry(state, frame, motion, blend)
    assert np.array_equal(carried.change, change * np.float32(blend))
    assert np.array_equal(carried.reserve, reserve) and np.array_equal(carried.presence, state.presence)


def test_camera_noise_moves_nothing_to_speak_of() -> None:
    noise = np.random.default_rng(0).normal(0, 0.005, (2, 90, 160, 3)).astype(np.float32)
    one, other = (np.clip(texture(160, 90) + grain, 0, 1) for grain in noise)
    motion = estimate_flow(one, other)
    assert np.abs(motion.backward).mean() < 0.1
    assert motion.consistency.mean() > 0.99


@pytest.mark.parametrize("size", [(161, 91), (90, 200), (1280, 720), (64, 48)])
def test_a_known_shift_is_recovered(size: tuple[int, int]) -> None:
    width, height = size
    factor = max(1, width // 640)
    whole = texture(width + 40, height + 40, grain=1.5 * factor)
    previous = shifted(whole, width, height, 10, 10)
    current = shifted(whole, width, height, 13, 8)
    motion = estimate_flow(previous, current)
    middle = (slice(height // 4, -height // 4), slice(width // 4, -width // 4))
    assert motion.backward.shape == (height, width, 2)
    assert motion.consistency.shape == (height, width, 1)
    assert np.abs(motion.backward[middle] - (3, -2)).mean() < 0.15
    assert motion.consistency[middle].mean() > 0.98
    assert (motion.consistency[:, -2:] == 0).all(), "came in from outside"
    assert np.abs(warp(previous, motion.backward) - current)[middle].mean() < 0.01


def test_uncovered_background_inherits_nothing() -> None:
    previous, current = disc_clip(2)
    change, full = np.full_like(previous, 0.2), np.ones((120, 200), np.float32)
    state = CarryState(previous, change, full, change, 0.1, Fraction(0), 0.2, 1.0)
    y, x = np.mgrid[:120, :200]
    uncovered = (np.hypot(x - 60, y - 60) < 28) & (np.hypot(x - 68, y - 60) > 33)
    far = np.hypot(x - 64, y - 60) > 50
    motion = estimate_flow(previous, current)
    assert motion.consistency[uncovered].mean() < 0.35 and motion.consistency[far].mean() > 0.98
    carried = carry(state, frames_of([previous, current])[1], motion, 1.0)
    for left in (carried.change.mean(axis=2), carried.reserve.mean(axis=2), 0.2 * carried.presence):
        assert left[uncovered].mean() < 0.07 and left[far].mean() > 0.19


def test_blank_places_move_with_what_is_near_them() -> None:
    """A blank wall tells nothing of how it moves: any vector explains it, and most would tear a dream to pieces."""
    width, height, rng = 240, 160, np.random.default_rng(5)
    big = texture(width + 20, height, 3)
    wall = np.zeros((height, 1, 1), np.float32)
    wall[80:] = 1  # over the lower half, in front of the camera that pans
    views = []
    for x in (0, 5):
        view = shifted(big, width, height, x, 0) * (1 - wall) + np.float32(0.6) * wall
        grain = cv2.GaussianBlur(rng.normal(size=view.shape).astype(np.float32), (0, 0), 1.5)
        views.append((view + np.float32(0.004) * grain / grain.std()).astype(np.float32))
    motion = estimate_flow(*views)
    blank = motion.backward[100:, 20:-20]
    assert motion.consistency[100:, 20:-20].mean() > 0.9
    assert np.linalg.norm(blank - (5, 0), axis=2).mean() < 1
    assert np.abs(motion.backward[10:70, 20:-20] - (5, 0)).mean() < 0.1


@pytest.mark.parametrize("towards", [0.0, 0.55, 1.0])
def test_a_fade_keeps_the_dream_where_it_is(towards: float) -> None:
    picture = texture(200, 120, 4)
    fade = [picture + np.float32(share) * (np.float32(towards) - picture) for share in np.linspace(0, 1, 9)]
    for previous, current in pairwise(fade):
        motion = estimate_flow(previous, current)
        assert motion.consistency[5:-5, 5:-5].mean() > 0.85
        assert np.linalg.norm(motion.backward, axis=2).mean() < 0.3


@pytest.mark.parametrize("step", [0.5, 0.25, None])
def test_hundreds_of_warps_neither_blur_nor_blow_up(step: float | None) -> None:
    """A pan that always lands between pixels is the worst case; random steps, the usual one."""
    random, config = np.random.default_rng(0), CoherenceConfig()
    waves = {period: np.sin(np.arange(240) * 2 * np.pi / period) for period in (5, 6.5, 8, 24)}
    dream = np.stack([np.outer(np.ones(24), wave) for wave in waves.values()], axis=2).astype(np.float32)
    moved = dream
    for number in range(100):
        shift = np.array([random.uniform(-1, 1) if step is None else step * (-1) ** number, 0], np.float32)
        moved = warp(moved, np.broadcast_to(shift, (24, 240, 2))) * np.float32(config.blend)
    kept = moved[:, 60:-60].std((0, 1)) / dream[:, 60:-60].std((0, 1)) / config.blend**100
    assert (kept * config.blend**100 < 1).all()  # nothing grows, at the decay that is the default
    assert kept[1] > 0.5 and (kept[2:] > 0.9).all()
    assert np.array_equal(warp(dream, np.zeros((24, 240, 2), np.float32)), dream)


@pytest.mark.parametrize("rate", [24, 30, 60, Fraction(30000, 1001)])
def test_decay_is_per_second(rate: int | Fraction) -> None:
    assert blend_over(0.95, Fraction(1) / rate) ** float(rate) == pytest.approx(0.95**24)


def test_uneven_frames_decay_by_their_own_interval() -> None:
    times = [Fraction(n, 100) for n in (0, 3, 4, 20, 100)]
    left = np.prod([blend_over(0.9, later - sooner) for sooner, later in pairwise(times)])
    assert left == pytest.approx(0.9**24)


def test_a_static_shot_neither_fades_nor_piles_up() -> None:
    dreamer = FakeDreamer()
    found = run(frames_of([np.clip(texture(240, 136), 0.02, 0.98)] * 150), dreamer=dreamer)
    assert np.abs(levels(found)[1:] / levels(found)[0] - 1).max() < 0.01
    assert np.abs([each.picture.mean() - found[0].picture.mean() for each in found]).max() < 0.01
    assert found[-1].picture.min() > 0 and found[-1].picture.max() < 1
    assert 0.02 < np.mean([dreamer.work.get(index, 0) for index in range(1, 150)]) < DREAM.steps / 8
    # The decay is made up for by what is new: the dream goes on, though nothing else does.
    assert np.corrcoef(found[0].state.change.ravel(), found[-1].state.change.ravel())[0, 1] < 0.98


def test_the_level_depends_on_neither_rate_nor_blend_nor_motion() -> None:
    full = run(panned(160, 96, 1, 2))[0].level
    work = {}
    for rate, blend, speed in ((24, 0.98, 2), (30, 0.98, 2), (60, 0.98, 2), (24, 0.8, 2), (24, 0.98, 0), (24, 0.98, 9)):
        dreamer = FakeDreamer()
        found = levels(run(panned(160, 96, rate, speed, rate), CoherenceConfig(blend=blend), dreamer=dreamer))
        assert found[2:] == pytest.approx(full, rel=0.05)
        assert found[2:].mean() == pytest.approx(full, rel=0.02)
        work[rate, blend, speed] = sum(dreamer.work.values()) - DREAM.steps
    assert work[24, 0.98, 0] < work[24, 0.98, 2] < work[24, 0.8, 2]
    # As much is new in a second of 60 frames as in one of 24.
    assert max(work[rate, 0.98, 2] for rate in (24, 30, 60)) < 2 * min(work[rate, 0.98, 2] for rate in (24, 30, 60))


def test_the_controller_closes_an_error_at_once_and_takes_off_too_much_slowly() -> None:
    assert share_for(0.5, lambda share: 0.4 + 0.4 * share) == pytest.approx(0.25, abs=0.01)
    assert share_for(0.5, lambda share: 0.1 + 0.2 * share) == 1
    assert share_for(0.5, lambda share: 0.6 + share) == 0
    assert gain_for(0.5, 0.4) == 1 and gain_for(0.5, 0.51) == pytest.approx(0.5 / 0.51)
    assert gain_for(0.5, 5.0) == LEAST_KEPT


def test_what_a_frame_does_not_need_is_kept_for_the_next() -> None:
    change, presence = texture(96, 64) - 0.5, np.full((64, 96), 1, np.float32)
    presence[:, :48] = 0.9
    state = CarryState(texture(96, 64), change, presence, 0.3 * change, 0.2, Fraction(0), 0.2, 1.0)
    shown, paid = state.with_reserve(0.25), state.paid(0.25)
    assert np.array_equal(paid.change, shown)
    assert shown + paid.reserve == pytest.approx(change + state.reserve, abs=1e-6), "nothing is lost"
    assert shown[:, 48:] == pytest.approx(change[:, 48:] * 1.075, abs=1e-6)
    assert shown[:, :48] == pytest.approx(change[:, :48] * 1.225, abs=1e-6), "more where the dream lacks"
    assert paid.effort == pytest.approx(0.15) and paid.presence.max() == 1 and paid.presence[0, 0] == 1
    gone = state.paid(1.0)
    assert gone.effort == 0 and not gone.reserve.any()
    assert np.array_equal(gone.with_reserve(1.0), change + state.reserve)


def test_a_reserve_spares_steps_and_changes_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, reserved, unreserved = panned(160, 96, 36, 3), FakeDreamer(), FakeDreamer()
    one = levels(run(frames, dreamer=reserved))
    paid = CarryState.paid
    monkeypatch.setattr(
        CarryState, "paid", lambda self, share: replace(paid(self, share), reserve=0 * self.reserve, effort=0.0)
    )
    other = levels(run(frames, dreamer=unreserved))
    assert sum(reserved.work.values()) < 0.8 * sum(unreserved.work.values())
    assert one.mean() == pytest.approx(other.mean(), rel=0.02)


@pytest.mark.parametrize("dream", [DREAM, LARGE])
def test_strength_nought_is_the_source(dream: DreamConfig) -> None:
    found = run(panned(320, 180, 3, 2), CoherenceConfig(strength=0), dream)
    assert all(np.array_equal(each.picture, each.source) for each in found)


@pytest.mark.parametrize(
    ("begin", "end", "dream"), [(0.0, 1.0, DREAM), (1.0, 0.5, DREAM), (0.4, 1.0, LARGE), (1.0, 0.0, LARGE)]
)
def test_another_strength_inside_a_shot_is_reached(begin: float, end: float, dream: DreamConfig) -> None:
    frames = panned(*((320, 180) if dream is LARGE else (160, 96)), 50, 1)
    before = run(frames[:4], CoherenceConfig(strength=begin), dream)
    after = levels(run(frames[4:], CoherenceConfig(strength=end), dream, before[-1].state))
    full = run(frames[:1], CoherenceConfig(), dream)[0].level
    assert after[-1] == pytest.approx(end * full, rel=0.2, abs=0.15 * full)
    assert begin < end or np.diff([before[-1].level, *after]).min() > -0.2 * full, "no jump down"


@pytest.mark.parametrize("dream", [DREAM, replace(DREAM, octaves=1)], ids=["octaves", "one octave"])
def test_what_appears_is_filled_where_it_lies(dream: DreamConfig) -> None:
    """Patches leave the largest octave out, but not the only one."""
    ground, place = texture(200, 120), (slice(40, 100), slice(120, 190))
    changed = ground.copy()
    changed[place] = texture(200, 120, seed=4)[place]
    dreamer = FakeDreamer()
    found = run(frames_of([ground] + [changed] * 8), dream=dream, dreamer=dreamer)
    assert not any(each.begun for each in found[1:])
    inside = np.array([level_of(each.picture[place], each.source[place]) for each in found])
    assert inside[1] > 0.3 * inside[0] and (inside[3:] > 0.75 * inside[0]).all()
    assert found[-1].state.presence[place].min() > 0.7
    assert sum(dreamer.work.values()) < 2 * DREAM.steps, "for less than another dream of the frame"
    assert level_of(found[1].picture[:, :80], found[0].picture[:, :80]) < 0.3 * found[0].level, "and only there"


def test_patches_hold_what_lacks_and_can_be_dreamed() -> None:
    lack = np.zeros((180, 320), np.float32)
    assert find_windows(lack, 64) == []
    lack[20:60, 30:70] = 1
    lack[100:140, 250:320] = 0.6
    one, other = sorted(find_windows(lack, 64), key=lambda window: window.left)
    for window, place in ((one, lack[20:60, 30:70]), (other, lack[100:140, 250:320])):
        assert lack[window.slices].sum() == pytest.approx(place.sum())
        assert min(window.bottom - window.top, window.right - window.left) >= 64
    assert not one.meets(other)
    assert find_windows(np.ones_like(lack), 64) == [], "the whole frame is dreamed instead"


def test_a_bare_place_is_filled_though_thin_edges_lead_away_from_it() -> None:
    lack = np.zeros((180, 320), np.float32)
    lack[10:14, 10:310] = lack[10:170, 10:14] = 1
    lack[110:170, 14:60] = 0.9
    (window,) = find_windows(lack, 64)
    assert lack[window.slices].sum() > 0.9 * lack[110:170, 14:60].sum()
    assert window.area < 0.4 * lack.size
    lack[110:170, 14:60] = 0
    assert find_windows(lack, 64) == [], "edges alone are not worth a window"


def test_without_coherence_every_frame_is_dreamed_in_full() -> None:
    frames = frames_of([texture(96, 64)] * 2)
    found = run(frames, CoherenceConfig(coherence="none"))
    assert all(each.begun for each in found)
    assert np.array_equal(found[1].picture, run(frames[1:])[0].picture)


def test_plain_blending_leaves_the_dream_where_it_is() -> None:
    one, other = frames_of(disc_clip(2))
    carrier = Carrier(CoherenceConfig(coherence="blend", blend=0.5), DREAM, FakeDreamer())
    _, state = carrier.advance(one, None)
    assert carrier.motion(one.picture, other.picture) is None
    carried = carry(state, other, None, 0.5)
    assert np.array_equal(carried.change, state.change * np.float32(0.5))
    picture, _ = carrier.advance(other, state)
    assert level_of(picture, other.picture) == pytest.approx(state.level, rel=0.05)


@pytest.mark.parametrize("dream", [DREAM, LARGE])
def test_going_on_from_a_saved_state_changes_nothing(dream: DreamConfig) -> None:
    frames = panned(320, 180, 2 * RENEWED + 2, 3)
    whole = run(frames, dream=dream)
    assert (whole[-1].state.detail is not None) == (dream is LARGE)
    for stop in (RENEWED - 2, RENEWED + 1):
        resumed = run(frames[stop:], dream=dream, state=saved(whole[stop - 1].state))
        assert all(np.array_equal(one.picture, other.picture) for one, other in zip(whole[stop:], resumed, strict=True))


def test_large_frames_show_the_carried_dream_and_their_own_detail() -> None:
    found = run(panned(320, 180, 5 * RENEWED, 2), dream=LARGE)
    fine = []
    for each in found:
        assert each.state.source.shape == (90, 160, 3) and each.picture.shape == (180, 320, 3)
        base = lift(each.state.change, (320, 180))
        assert np.corrcoef(base.ravel(), (each.picture - each.source).ravel())[0, 1] > 0.9
        change = each.picture - each.source
        fine.append(float((change - cv2.GaussianBlur(change, (0, 0), 1.2)).std()))
    assert min(fine) > 0.75 * fine[0] and max(fine) < 1.1 * fine[0], "neither soft nor noisy as the clip goes on"
    assert levels(found) == pytest.approx(found[0].level, rel=0.07)


def test_detail_is_resampled_once_however_many_motions_there_were() -> None:
    (first,) = run(panned(320, 180, 1, 0), dream=LARGE)
    detail = first.state.detail
    assert detail is not None
    right = np.full((90, 160, 2), (1.25, 0), np.float32)
    motion = Motion(right, np.ones((90, 160, 1), np.float32))
    for _ in range(4):
        detail = carry_detail(detail, motion, 1.0)
    # Five pixels of the working size are ten of the frame's
    assert detailed(detail)[:, 20:-40] == pytest.approx(detail.change[:, 30:-30], abs=1e-5)
    gone = carry_detail(detail, replace(motion, consistency=0 * motion.consistency), 1.0)
    assert not detailed(gone).any()
    still = Motion(0 * right, motion.consistency)
    assert np.array_equal(detailed(carry_detail(first.state.detail, still, 1.0)), detail.change)


@pytest.mark.parametrize("dream", [DREAM, LARGE])
def test_a_cut_starts_anew(dream: DreamConfig) -> None:
    pictures = [texture(320, 180)] * 2 + [texture(320, 180, seed=9)] * 2
    found = run(frames_of(pictures), dream=dream)
    assert [each.begun for each in found] == [True, False, True, False]
    assert np.array_equal(found[2].picture, run(frames_of(pictures)[2:], dream=dream)[0].picture)


def test_cuts_are_told_from_flashes_pans_and_fades() -> None:
    whole, other = texture(400, 120), texture(200, 120, seed=5)
    one = shifted(whole, 200, 120, 0, 0)
    detector = CutDetector()
    assert detector.is_cut(one, other)
    assert detector.is_cut(other, one)
    assert detector.is_cut(np.zeros_like(one), one)
    assert not detector.is_cut(one, shifted(whole, 200, 120, 16, 0)), "a fast pan"
    assert not detector.is_cut(one, np.clip(one + 0.4, 0, 1)), "a flash"
    assert not detector.is_cut(one, one * 0.9), "a fade"
    assert not detector.is_cut(one, one)
    assert not CutDetector(0).is_cut(one, other)
    assert not CutDetector(10).is_cut(one, other)


@pytest.mark.parametrize(("clip", "start"), [("cockatoo", 145), ("chaplin", 0), ("sintel", 0)])
def test_real_clips_hold_no_cut_but_between_them(clip: str, start: int, media_dir: Path) -> None:
    """A whip pan, a runner, a dissolve into white and out of it."""
    pictures = read_clip(media_dir / f"{clip}.mp4", 20, start)
    scores = [cut_score(one, other) for one, other in pairwise(pictures)]
    assert max(scores) < 1
    for stranger in ("pan", "realshort"):
        assert CutDetector().is_cut(pictures[-1], read_clip(media_dir / f"{stranger}.mp4", 1)[0])


def test_motion_explains_real_frames(media_dir: Path) -> None:
    pictures = read_clip(media_dir / "pan.mp4", 3)
    motion: Motion = estimate_flow(pictures[1], pictures[2])
    unexplained = np.abs(warp(pictures[1], motion.backward) - pictures[2]).mean()
    assert unexplained < 0.35 * np.abs(pictures[1] - pictures[2]).mean()
    assert motion.consistency.mean() > 0.95


def read_clip(path: Path, count: int = 60, start: int = 0) -> list[Picture]:
    capture = cv2.VideoCapture(str(path))
    pictures: list[Picture] = []
    for number in range(start + count):
        good, picture = capture.read()
        if not good:
            break
        if number < start:
            continue
        small = cv2.resize(picture, (256, 144), interpolation=cv2.INTER_AREA)
        pictures.append(np.ascontiguousarray(small[..., ::-1], np.float32) / 255)
    return pictures
