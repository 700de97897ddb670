"""Coherence: motion, what is carried along it, where a shot ends, and how strong the dream stays."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from dreamvideo.coherence.baseline import Baseline, sharpness_of
from dreamvideo.coherence.belief import Belief
from dreamvideo.coherence.holding import FADING, RISE, Hold
from dreamvideo.coherence.reserve import Reserve
from dreamvideo.coherence.steps import StepPlan

from dreamvideo.coherence import (
    Carrier,
    CarryState,
    CutDetector,
    Level,
    Motion,
    blend_over,
    carry,
    cut_score,
    estimate_flow,
    level_of,
    warp,
)
from dreamvideo.coherence.patches import find_patches
from dreamvideo.config import CoherenceConfig, DreamConfig
from dreamvideo.media.frame import Frame, Picture, Window


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


def fake_dream(
    start: Picture,
    *,
    steps: float | Sequence[float],
    step_size: float,
    index: int,
    window: Window | None = None,
    tell: Callable[[float], None] | None = None,
) -> Picture:
    """A dream in small: what stands out grows, by normalised steps with some chance in them, and saturates."""
    if window is not None:
        whole = start.copy()
        whole[window.slices] = fake_dream(start[window.slices], steps=steps, step_size=step_size, index=index)
        return whole
    if tell is not None:
        tell(fake_objective(start))
    random = np.random.default_rng((7, index))
    picture, left = start, steps if isinstance(steps, (int, float)) else max(steps)
    while left > 0:
        moved = np.roll(picture, random.integers(-2, 3, 2), (0, 1))
        detail = cv2.GaussianBlur(moved, (0, 0), 1) - cv2.GaussianBlur(moved, (0, 0), 3)
        gradient = np.tanh(20 * detail) + 0.3 * random.normal(size=detail.shape).astype(np.float32)
        picture = picture + np.float32(min(left, 1) * step_size) * gradient / np.abs(gradient).mean()
        picture = np.clip(picture, 0, 1).astype(np.float32)
        left -= 1
    return picture


def fake_objective(picture: Picture) -> float:
    """What `fake_dream` raises: the energy of fine detail."""
    detail = cv2.GaussianBlur(picture, (0, 0), 1) - cv2.GaussianBlur(picture, (0, 0), 3)
    return float(np.mean(detail**2))


def run(
    frames: list[Frame],
    config: CoherenceConfig,
    dream: DreamConfig | None = None,
    state: CarryState | None = None,
    measure: Callable[[Picture], float] | None = None,
) -> list[CarryState]:
    """The loop over a clip: the state after every frame."""
    carrier = Carrier(config, dream or DreamConfig(step_size=0.02))
    states = []
    for frame in frames:
        state = carrier.advance(frame, state, partial(fake_dream, index=frame.index), measure=measure)
        states.append(state)
    return states


def levels(states: list[CarryState]) -> np.ndarray:
    return np.array([level_of(state.dream, state.source) for state in states])


def test_still_frames_carry_the_dream_bit_for_bit() -> None:
    source, dream = texture(120, 70), texture(120, 70, seed=1)
    motion = estimate_flow(source, source.copy())
    assert motion.still
    assert (motion.consistency == 1).all()
    assert np.array_equal(warp(dream, motion.backward), dream)
    residue = dream - source
    assert np.array_equal(carry(source, source, dream, motion, 1.0), np.clip(source + residue, 0, 1))


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


def disc_clip(count: int = 8) -> list[Picture]:
    """A bright disc that moves over a still, dark background."""
    pictures = []
    ground, disc = texture(200, 120) * 0.5, texture(200, 120, seed=3) * 0.4 + 0.6
    y, x = np.mgrid[:120, :200]
    for index in range(count):
        inside = np.hypot(x - 60 - 8 * index, y - 60) < 30
        pictures.append(np.where(inside[..., None], np.roll(disc, 8 * index, 1), ground).astype(np.float32))
    return pictures


def test_uncovered_background_inherits_nothing() -> None:
    previous, current = disc_clip(2)
    dream = np.clip(previous + 0.2, 0, 1)
    y, x = np.mgrid[:120, :200]
    uncovered = (np.hypot(x - 60, y - 60) < 28) & (np.hypot(x - 68, y - 60) > 33)
    motion = estimate_flow(previous, current)
    start = carry(current, previous, dream, motion, 1.0)
    assert motion.consistency[uncovered].mean() < 0.35
    assert np.abs(start - current)[uncovered].mean() < 0.06
    far = np.hypot(x - 64, y - 60) > 50
    assert motion.consistency[far].mean() > 0.98
    assert np.abs(start - current)[far].mean() > 0.15


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


def test_a_static_shot_neither_fades_in_nor_piles_up() -> None:
    source = texture(96, 64)
    states = run(frames_of([source] * 300), CoherenceConfig())
    held = levels(states)
    assert np.abs(held[2:] / held[2:].mean() - 1).max() < 0.1
    assert np.abs(held[-50:].mean() / held[0] - 1) < 0.1
    means = np.array([state.dream.mean() for state in states])
    assert np.abs(means - means[0]).max() < 0.03
    saturated = [float(((state.dream < 0.01) | (state.dream > 0.99)).mean()) for state in states]
    assert saturated[-1] < saturated[0] + 0.05


def test_a_dream_that_has_paled_is_lifted_though_its_objective_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = frames_of([texture(96, 64)] * 40)
    config = CoherenceConfig()
    (first,) = run(frames[:1], config, measure=fake_objective)
    target = first.level.target
    faint = np.asarray(first.source + np.float32(0.4) * (first.dream - first.source), np.float32)
    content = replace(first.level, hold=replace(first.level.hold, ratio=first.level.hold.ratio / 10))
    assert [content.lift(part * target) > 0 for part in (1.0, 0.66, 0.64, 0.4)] == [False, False, True, True]
    assert content.lift(0) == pytest.approx(0.65 * content.hold.full)
    blurred = replace(content, hold=replace(content.hold, source=content.source / 4))
    assert [blurred.lift(part * target) > 0 for part in (0.64, 0.34, 0.31)] == [False, False, True]
    found = levels(run(frames[1:], config, state=replace(first, dream=faint, level=content), measure=fake_objective))
    assert 0.58 * target < found[-10:].min() <= found.max() < 1.1 * target
    monkeypatch.setattr("dreamvideo.coherence.level.LEAST_LEVEL", 0.0)
    sunk = levels(run(frames[1:], config, state=replace(first, dream=faint, level=content), measure=fake_objective))
    assert sunk.max() < 0.5 * target


@pytest.mark.parametrize("kind", ["still", "pan", "decay"])
def test_the_objective_is_held_whatever_the_motion_does_to_the_dream(kind: str) -> None:
    whole = texture(240, 64)
    speed = 3 if kind == "pan" else 0
    frames = frames_of([shifted(whole, 96, 64, index * speed, 0) for index in range(48)])
    config = CoherenceConfig(blend=0.9) if kind == "decay" else CoherenceConfig()
    states = run(frames, config, measure=fake_objective)
    strengths = np.array([fake_objective(state.dream) / fake_objective(state.source) for state in states])
    assert strengths[0] > 2
    assert np.abs(strengths[2:] / strengths[0] - 1).max() < 0.15
    assert strengths[2:].mean() == pytest.approx(strengths[0], rel=0.06)


@pytest.mark.parametrize("bias", [-0.05, 0.0, 0.12])
@pytest.mark.parametrize("rise", [0.5, 1.0, 1.8])
def test_what_effort_leads_to_is_learnt(bias: float, rise: float) -> None:
    """Steps may tell too little or too much, and lead to more or less than a first frame's."""
    hold, value, values, looks = Hold.of_first(1.0, 5.0, 0.1, 0.08), 5.0, [], 0
    chance = np.random.default_rng(0)
    for _ in range(80):
        value *= 0.85
        hold = hold.carried().told(value * math.exp(chance.normal(0, 0.03) - bias), 0.0)
        effort = max(hold.effort, 0.0)
        value *= math.exp(rise * RISE / 0.08 * effort)
        hold = hold.paid(effort)
        if hold.doubtful:
            hold, looks = hold.looked(value), looks + 1
        value *= hold.damping**FADING
        hold = hold.faded(hold.damping)
        values.append(value)
    assert np.mean(values[20:]) == pytest.approx(5, rel=0.04) and np.std(values[20:]) < 0.3
    assert looks >= 3
    assert hold.belief.mean[1] + hold.belief.mean[3] - bias == pytest.approx(-math.log(0.85), abs=0.06)


def test_a_belief_is_what_all_that_was_seen_says() -> None:
    """Against the least squares of the same observations, which a Kalman filter gives one by one."""
    chance = np.random.default_rng(0)
    mean, deviation = np.array([1.0, -1.0, 2.0]), np.array([0.5, 2.0, 1.0])
    belief, rows, values, variances = (
        Belief.of(mean.tolist(), deviation.tolist()),
        list(np.eye(3)),
        list(mean),
        list(deviation**2),
    )
    for _ in range(6):
        row, value, variance = chance.normal(size=3), chance.normal(), chance.uniform(0.1, 2)
        belief = belief.seen(row.tolist(), value, variance)
        rows, values, variances = [*rows, row], [*values, value], [*variances, variance]
    weights = np.diag(1 / np.array(variances))
    information = np.array(rows).T @ weights @ np.array(rows)
    assert belief.mean == pytest.approx(np.linalg.solve(information, np.array(rows).T @ weights @ np.array(values)))
    assert belief.covariance == pytest.approx(np.linalg.inv(information))
    moved = belief.moved((1.0, -1.0, 0.0), (0.5, 0.0, 0.0))
    assert moved.mean[0] == pytest.approx(belief.mean[0] - belief.mean[1])
    assert moved.doubt((1, 0, 0)) ** 2 == pytest.approx(belief.doubt((1, -1, 0)) ** 2 + 0.5)


def test_noise_is_smoothed_where_nothing_else_happens_and_a_loss_is_believed() -> None:
    chance, calm = np.random.default_rng(0), Hold.of_first(1.0, 5.0, 0.1, 0.08)
    for _ in range(40):
        calm = calm.carried()
        level = math.exp(calm.reached)
        calm = calm.told(level * math.exp(chance.normal(0, 0.05) - calm.belief.mean[3]), 0.0)
        calm = replace(calm, belief=calm.belief.shifted((math.log(5) - calm.reached, 0, 0, 0)))
        assert calm.doubt < 0.12
    assert calm.doubt < 0.08
    assert abs(calm.carried().told(4.5, 0.0).reached - math.log(4.5)) > 0.03
    assert calm.looked(3.0).reached == pytest.approx(math.log(3), abs=0.02)
    assert calm.carried().told(2.0, 0.0).unrest > 2 * calm.unrest


def test_what_turns_out_to_be_lacking_is_paid_for_at_once() -> None:
    plan = StepPlan(1.0, 0.016, np.zeros((4, 4), np.float32), largest=0.016)
    for needed in (0.003, 0.016, 0.02):
        assert plan.more(needed).steps == 0
    for needed in (0.024, 0.05, 0.08):
        more = plan.more(needed)
        assert more.step_size <= 0.016 and plan.and_then(more).effort == pytest.approx(needed, abs=0.008)
        assert plan.and_then(more).share(plan.and_then(more).effort).max() == 1
    assert replace(plan, steps=0.0).more(0.08).steps == 5  # seen by a look, before any step
    assert replace(plan, steps=0.0, reserve=0.08).more(0.08).steps == 0


def test_what_lacks_in_places_is_made_up_for_though_there_be_too_much_as_a_whole() -> None:
    lacking = np.array([[0.0, 0.01, 0.04]], np.float32)
    plan = StepPlan(1.0, 0.016, lacking, largest=0.016)
    hold = Hold.of_first(1.0, 5.0, 0.1, 0.08)
    excessive = Level.of_first(0.08, 0.1, 1.0, hold.looked(8.0), Baseline())
    assert excessive.hold.effort < 0 and excessive.needed(lift=0.0) == 0
    assert plan.share(0.0)[0] == pytest.approx([0, 0.01 / 0.016, 1.35])
    assert plan.shown(0.0) == 0


@pytest.mark.parametrize("reached", [1.5, 3.0, 4.8])
def test_the_objective_grows_evenly_with_effort(reached: float) -> None:
    hold = Hold.of_first(1.0, 5.0, 0.1, 0.08)
    hold = replace(hold, belief=hold.belief.shifted((math.log(reached / 5), 0.0, 0.0, 0.0)))
    slope = hold.belief.mean[2] * 5 / hold.full
    assert math.exp(hold.reached) + slope * hold.effort == pytest.approx(5)
    assert math.exp(hold.paid(hold.effort).reached) == pytest.approx(5)


@pytest.mark.parametrize("error", [0.6, 2.5])
def test_what_a_look_shows_to_be_too_much_or_too_little_is_corrected_at_once(error: float) -> None:
    """Though what a step leads to be believed to be quite another."""
    frames = frames_of([texture(96, 64)] * 2)
    config, dream_config = CoherenceConfig(), DreamConfig(step_size=0.02)
    (first,) = run(frames[:1], config, measure=fake_objective)
    reached, lost, rise, bias = first.level.hold.belief.mean.tolist()
    belief = Belief.of((reached, lost, rise * error, bias), (0.3, 0.3, 1.0, 0.1))
    level = replace(first.level, hold=replace(first.level.hold, belief=belief))
    faint = np.asarray(first.source + np.float32(0.7) * (first.dream - first.source), np.float32)
    (after,) = run(frames[1:], config, dream_config, replace(first, dream=faint, level=level), fake_objective)
    assert fake_objective(faint) < 0.7 * fake_objective(first.dream)
    assert fake_objective(after.dream) == pytest.approx(fake_objective(first.dream), rel=0.13)


def test_what_steps_have_made_and_a_frame_does_not_need_is_kept_for_the_next() -> None:
    change, share = texture(32, 16) - 0.5, np.full((16, 32), 0.25, np.float32)
    rest = Reserve(change, 0.016).left(share, 0.004)
    assert rest.effort == pytest.approx(0.012) and rest.change == pytest.approx(0.75 * change)
    shown = share[..., None] * change + rest.change
    assert shown == pytest.approx(change, abs=1e-6)
    gone = rest.left(np.ones_like(share), 0.012)
    assert gone.effort == 0 and not gone.change.any()
    still = Motion(np.zeros((16, 32, 2), np.float32), np.ones((16, 32, 1), np.float32))
    assert np.array_equal(rest.carried(still).change, rest.change)
    uncovered = Motion(still.backward, np.zeros_like(still.consistency))
    assert not rest.carried(uncovered).change.any()


def test_a_reserve_spares_steps_and_changes_no_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = texture(240, 64)
    frames = frames_of([shifted(whole, 96, 64, index, 0) for index in range(48)])

    def steps_and_strength() -> tuple[float, float]:
        taken: list[float] = []

        def counted(index: int, start: Picture, **how: Any) -> Picture:
            taken.append(max(how["steps"]) if how.get("window") is None else 0.0)
            return fake_dream(start, index=index, **how)

        carrier, state, strengths = Carrier(CoherenceConfig(), DreamConfig(step_size=0.02)), None, []
        for frame in frames:
            state = carrier.advance(frame, state, partial(counted, frame.index), measure=fake_objective)
            strengths.append(fake_objective(state.dream) / fake_objective(state.source))
        return sum(taken), float(np.mean(strengths[2:]) / strengths[0])

    with_reserve = steps_and_strength()
    monkeypatch.setattr(Reserve, "left", lambda self, *_: Reserve.none(self.change))
    without = steps_and_strength()
    assert with_reserve[0] < 0.9 * without[0]
    assert with_reserve[1] == pytest.approx(1, abs=0.08) and without[1] == pytest.approx(1, abs=0.08)


def test_a_frame_without_steps_is_looked_at_where_too_little_is_known() -> None:
    frames = frames_of([texture(96, 64)] * 2)
    config, dream_config = CoherenceConfig(), DreamConfig(step_size=0.02)
    (first,) = run(frames[:1], config, measure=fake_objective)
    sure = Belief.of(first.level.hold.belief.mean.tolist(), (0.01, 0.0, 0.1, 0.02))
    sure = sure.shifted((0.0, 0.02 - sure.mean[1], 0.0, 0.0))
    reserve = Reserve(np.zeros_like(first.dream), 0.02)
    paid: dict[tuple[float, bool], float] = {}
    for kept, unrest in ((1.0, 0.0), (0.6, 0.0), (0.6, 0.1)):
        dream = np.asarray(first.source + np.float32(kept) * (first.dream - first.source), np.float32)
        taken: list[float] = []

        def spy(start: Picture, taken: list[float] = taken, **how: Any) -> Picture:
            taken.extend(how["steps"])
            return fake_dream(start, index=1, **how)

        hold = replace(first.level.hold, belief=sure, unrest=unrest)
        state = replace(first, dream=dream, level=replace(first.level, hold=hold), reserve=reserve)
        after = Carrier(config, dream_config).advance(frames[1], state, spy, measure=fake_objective)
        paid[kept, unrest > 0] = sum(taken)
        if unrest:
            assert fake_objective(after.dream) / fake_objective(first.dream) == pytest.approx(1, abs=0.25)
    assert paid[1.0, False] == paid[0.6, False] == 0 < paid[0.6, True]


@pytest.mark.parametrize("power", [0.0, 0.4, 0.6])
def test_the_objective_of_the_source_is_followed_by_its_sharpness(power: float) -> None:
    chance, baseline, looks = np.random.default_rng(0), Baseline(2.0, 1.0), 0
    errors, stale, value, sharpness = [], [], 2.0, 1.0
    for index in range(100):
        change = 0.1 * math.sin(index / 2) + chance.normal(0, 0.02)
        sharpness, value = sharpness * math.exp(change), value * math.exp(power * change + chance.normal(0, 0.01))
        baseline = baseline.aged()
        if baseline.is_due(sharpness):
            baseline, looks = baseline.looked(value, sharpness), looks + 1
        errors.append(math.log(baseline.at(sharpness)[0] / value))
        stale.append(math.log(baseline.objective / value))
    assert np.std(errors) < 0.04 and looks < 70
    assert power < 0.3 or np.std(errors) < np.std(stale)
    blurred = np.asarray(cv2.GaussianBlur(texture(96, 64), (0, 0), 2), np.float32)
    assert sharpness_of(blurred) < 0.7 * sharpness_of(texture(96, 64))


def test_an_objective_that_no_step_tells_is_measured() -> None:
    """A recipe may have no octave of the picture's own size."""
    frames = frames_of([texture(96, 64)] * 12)

    def silent(index: int, start: Picture, **steps: Any) -> Picture:
        return fake_dream(start, index=index, **(steps | {"tell": None}))

    carrier, state = Carrier(CoherenceConfig(), DreamConfig(step_size=0.02)), None
    for frame in frames:
        state = carrier.advance(frame, state, partial(silent, frame.index), measure=fake_objective)
    assert state is not None
    told = run(frames, CoherenceConfig(), measure=fake_objective)[-1]
    assert fake_objective(state.dream) == pytest.approx(fake_objective(told.dream), rel=0.1)


def test_an_objective_without_a_ratio_is_not_held() -> None:
    """A guide's objective may be of any sign: the level is held instead."""
    frames = frames_of([texture(96, 64)] * 12)
    by_level = run(frames, CoherenceConfig())
    for measure in (lambda _: 0.0, lambda picture: -fake_objective(picture)):
        states = run(frames, CoherenceConfig(), measure=measure)
        assert all(np.array_equal(one.dream, other.dream) for one, other in zip(states, by_level, strict=True))


def test_frames_in_which_the_network_sees_nothing_are_got_over() -> None:
    """A black frame, a failed measure: what is held is found again once there is something to see."""
    frames = frames_of([texture(96, 64)] * 24)
    numbers = iter(range(1000))

    def blind(picture: Picture) -> float:
        number = next(numbers)
        return fake_objective(picture) if not 4 <= number < 9 else (0.0, -1.0)[number % 2]

    states = run(frames, CoherenceConfig(), measure=blind)
    assert next(numbers) > 12
    strengths = np.array([fake_objective(state.dream) / fake_objective(state.source) for state in states])
    assert np.isfinite([state.level.hold.reached for state in states]).all()
    assert strengths[-4:].mean() == pytest.approx(strengths[0], rel=0.15)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_strength_depends_on_neither_blend_nor_rate(strength: float) -> None:
    whole = texture(160, 64)
    found = []
    for blend, rate in ((0.8, 24), (0.97, 24), (0.95, 12), (0.95, 60)):
        pictures = [shifted(whole, 96, 64, index * 48 // rate, 0) for index in range(rate)]
        found.append(levels(run(frames_of(pictures, rate), CoherenceConfig(blend=blend, strength=strength)))[2:].mean())
    assert max(found) / min(found) < 1.1
    full = levels(run(frames_of([shifted(whole, 96, 64, 0, 0)]), CoherenceConfig(strength=strength)))[0]
    assert np.mean(found) == pytest.approx(full, rel=0.12)


def test_strength_nought_is_the_source() -> None:
    states = run(frames_of(disc_clip(3)), CoherenceConfig(strength=0))
    assert all(np.array_equal(state.dream, state.source) for state in states)


def test_work_stays_small_and_uncovered_places_catch_up() -> None:
    frames = frames_of(disc_clip(4) + [disc_clip(4)[-1]] * 20)
    dream = DreamConfig(step_size=0.02)
    carrier, state, paid = Carrier(CoherenceConfig(), dream), None, []
    for frame in frames:
        meeting = carrier.meet(frame, state)
        assert meeting.first == (frame.index == 0)
        paid.append(meeting.plan.steps + sum(p.steps * p.window.area for p in meeting.plan.patches) / (120 * 200))
        state = carrier.advance(frame, state, partial(fake_dream, index=frame.index))
    assert paid[0] == dream.steps
    assert np.mean(paid[1:]) < dream.steps / 8
    assert state is not None
    assert state.presence.min() > 0.7


def test_what_appears_is_paid_for_where_it_lies() -> None:
    ground = texture(200, 120)
    changed = ground.copy()
    place = (slice(40, 100), slice(120, 190))
    changed[place] = texture(200, 120, seed=4)[place]
    first, second = frames_of([ground, changed])
    carrier = Carrier(CoherenceConfig(), DreamConfig(step_size=0.02))
    state = carrier.advance(first, None, partial(fake_dream, index=0))
    plan = carrier.meet(second, state).plan
    (patch,) = plan.patches
    assert plan.steps < 1.5
    assert patch.steps > 1
    assert patch.window.left > 80
    after = carrier.advance(second, state, partial(fake_dream, index=1))
    with_patch = np.abs(after.dream - after.source)[place].mean()
    whole = partial(fake_dream, index=1)(ground, steps=plan.steps, step_size=plan.step_size)
    assert with_patch > 1.5 * np.abs(whole - ground)[place].mean()


def test_patches_hold_what_lacks_and_can_be_dreamed() -> None:
    lack = np.zeros((180, 320), np.float32)
    assert find_patches(lack, 64) == []
    lack[20:60, 30:70] = 1
    lack[100:140, 250:320] = 0.6
    one, other = sorted(find_patches(lack, 64), key=lambda window: window.left)
    for window, place in ((one, lack[20:60, 30:70]), (other, lack[100:140, 250:320])):
        assert lack[window.slices].sum() == pytest.approx(place.sum())
        assert min(window.bottom - window.top, window.right - window.left) >= 64
    assert not one.meets(other)
    assert find_patches(lack, 64) == find_patches(lack.copy(), 64)
    assert find_patches(np.ones_like(lack), 64) == [], "the whole frame is dreamed instead"


@pytest.mark.parametrize(("begin", "end"), [(0.0, 1.0), (1.0, 0.4), (0.3, 1.0)])
def test_another_strength_inside_a_shot_is_reached(begin: float, end: float) -> None:
    frames = frames_of([texture(96, 64)] * 40)
    dream = DreamConfig(step_size=0.02)
    state: CarryState | None = None
    for frame in frames:
        strength = begin if frame.index < 4 else end
        state = Carrier(CoherenceConfig(strength=strength), dream).advance(
            frame, state, partial(fake_dream, index=frame.index)
        )
    assert state is not None
    full = levels(run(frames[:1], CoherenceConfig(strength=end), dream))[0]
    assert level_of(state.dream, state.source) == pytest.approx(full, rel=0.3)


def test_without_coherence_every_frame_is_dreamed_in_full() -> None:
    carrier = Carrier(CoherenceConfig(coherence="none"), DreamConfig())
    one, other = frames_of([texture(64, 48)] * 2)
    state = carrier.begin(carrier.meet(one, None), one.picture)
    meeting = carrier.meet(other, state)
    assert meeting.first
    assert meeting.plan.steps == DreamConfig().steps


def test_plain_blending_leaves_the_dream_where_it_is() -> None:
    carrier = Carrier(CoherenceConfig(coherence="blend", blend=0.5), DreamConfig())
    one, other = frames_of(disc_clip(2))
    state = carrier.begin(carrier.meet(one, None), np.clip(one.picture + 0.1, 0, 1))
    start = carrier.meet(other, state).start
    assert np.allclose(start, np.clip(other.picture + 0.5 * (state.dream - one.picture), 0, 1))


@pytest.mark.parametrize("measure", [None, fake_objective])
def test_going_on_from_a_saved_state_changes_nothing(measure: Callable[[Picture], float] | None) -> None:
    frames = frames_of(disc_clip(12))
    whole = run(frames, CoherenceConfig(), measure=measure)
    file = io.BytesIO()
    np.savez(file, **run(frames[:6], CoherenceConfig(), measure=measure)[-1].arrays())  # type: ignore[arg-type]
    file.seek(0)
    with np.load(file) as arrays:
        state = CarryState.from_arrays(dict(arrays))
    resumed = run(frames[6:], CoherenceConfig(), state=state, measure=measure)
    assert all(np.array_equal(one.dream, other.dream) for one, other in zip(whole[6:], resumed, strict=True))


def test_a_cut_starts_anew() -> None:
    pictures = [texture(96, 64)] * 3 + [texture(96, 64, seed=9)] * 3
    carrier, state, begun = Carrier(CoherenceConfig(), DreamConfig()), None, []
    for frame in frames_of(pictures):
        meeting = carrier.meet(frame, state)
        if meeting.first:
            begun.append(frame.index)
            assert meeting.start is frame.picture
        state = carrier.advance(frame, state, partial(fake_dream, index=frame.index))
    assert begun == [0, 3]


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
