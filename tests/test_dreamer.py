"""The core: octaves, the seed's contract, what may not change, and what must rise."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from dreamvideo.config import DreamConfig, Layer
from dreamvideo.dreamer import DeepDreamer, Dreamer, keep_colors
from dreamvideo.dreamer.natural import natural_step
from dreamvideo.dreamer.octaves import deal_steps, resize
from dreamvideo.errors import ConfigError, DeviceError, FrameTooSmallError, LayerNotFoundError, NotFiniteError
from dreamvideo.media.frame import Picture, Window
from dreamvideo.networks.network import Network
from dreamvideo.objectives import layer, mix

QUICK = DreamConfig(layers=(Layer("mixed3"), Layer("mixed5")), octaves=3, steps=3, jitter=16)
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@pytest.fixture(scope="module")
def dreamer(network: Network) -> Dreamer:
    return Dreamer(network, QUICK)


class SeedDreamer:
    """The algorithm of the seed document on stock Keras, retold line by line."""

    def __init__(self, model: keras.Model, octave_scale: float, factors: Sequence[int], layers: Sequence[str]) -> None:
        self.octave_scale = octave_scale
        self.octave_power_factors = factors
        self.dreamer_model = keras.Model(model.input, [model.get_layer(name).output for name in layers])

    def calculate_loss(self, image: tf.Tensor) -> tf.Tensor:
        activation = self.dreamer_model(tf.expand_dims(image, axis=0))
        return tf.math.reduce_mean(activation)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, 3), tf.float32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((), tf.float32),
        ]
    )
    def gradient_ascent(self, image: tf.Tensor, steps: tf.Tensor, step_size: tf.Tensor) -> tf.Tensor:
        for _ in range(steps):
            with tf.GradientTape() as tape:
                tape.watch(image)
                loss = self.calculate_loss(image)
            gradients = tape.gradient(loss, image)
            gradients /= tf.math.reduce_std(gradients) + 1e-8
            image = image + gradients * step_size
            image = tf.clip_by_value(image, -1, 1)
        return image

    def dream(self, image: np.ndarray, steps: int, step_size: float) -> np.ndarray:
        base_shape = tf.cast(tf.shape(image)[:-1], tf.float32)
        image = tf.constant(image)
        for factor in self.octave_power_factors:
            new_shape = tf.cast(base_shape * (self.octave_scale**factor), tf.int32)
            image = tf.image.resize(image, new_shape).numpy()
            raised = self.gradient_ascent(tf.constant(image / 127.5 - 1), tf.constant(steps), tf.constant(step_size))
            image = tf.cast(255 * (raised + 1.0) / 2.0, tf.uint8).numpy()
        image = tf.image.resize(image, tf.cast(base_shape, tf.int32))
        return tf.image.convert_image_dtype(image / 255.0, dtype=tf.uint8).numpy()

    def objective(self, image: np.ndarray) -> float:
        return float(self.calculate_loss(tf.constant(image, tf.float32) / 127.5 - 1))


@pytest.fixture(scope="module")
def inception() -> keras.Model:
    keras.utils.set_random_seed(7)
    return keras.applications.InceptionV3(weights=None, include_top=False)


def held_to_the_seed(
    model: keras.Model, image: np.ndarray, factors: Sequence[int], layers: Sequence[str], steps: int
) -> tuple[float, float, float, float]:
    """Mean difference in levels, mean change by the seed's dream, and both dreams' objectives."""
    seed = SeedDreamer(model, 1.3, factors, layers)
    expected = seed.dream(image, steps, 0.02)
    ours = DeepDreamer(model, 1.3, factors, layers).dream(image, steps, 0.02)
    assert ours.dtype == np.uint8
    assert ours.shape == image.shape
    difference = np.abs(ours.astype(float) - expected.astype(float)).mean()
    change = np.abs(expected.astype(float) - image).mean()
    return difference, change, seed.objective(ours), seed.objective(expected)


@pytest.mark.parametrize("factors", [(-2, -1, 0, 1, 2), (-2, -1, 0, 2)])
def test_dreams_what_the_seed_dreams(stand_in: keras.Model, photo: Picture, factors: Sequence[int]) -> None:
    image = np.round(photo * 255).astype(np.float32)
    difference, change, ours, seeds = held_to_the_seed(stand_in, image, factors, ("mixed4", "mixed5"), 4)
    assert difference <= 1
    assert change > 8
    assert ours == pytest.approx(seeds, rel=0.01)


def test_dreams_what_the_seed_dreams_in_inception(inception: keras.Model, photo: Picture) -> None:
    image = np.round(resize(photo, (150, 131)) * 255).clip(0, 255).astype(np.float32)
    difference, change, ours, seeds = held_to_the_seed(inception, image, (-2, -1, 0, 2), ("mixed3", "mixed5"), 1)
    assert difference <= 1
    assert change > 3
    assert ours == pytest.approx(seeds, rel=0.01)


def test_reaches_the_seeds_objective_in_100_steps(stand_in: keras.Model, photo: Picture) -> None:
    image = np.round(photo[20:84, 20:100] * 255).astype(np.float32)
    _, _, ours, seeds = held_to_the_seed(stand_in, image, (-2, -1, 0, 2), ("mixed4", "mixed5"), 100)
    assert ours == pytest.approx(seeds, rel=0.01)


@pytest.mark.slow
def test_reaches_the_seeds_objective_in_100_steps_in_inception(inception: keras.Model, photo: Picture) -> None:
    image = np.round(resize(photo, (150, 131)) * 255).clip(0, 255).astype(np.float32)
    layers = ("mixed3", "mixed5", "mixed7")
    _, _, ours, seeds = held_to_the_seed(inception, image, (-2, -1, 0, 2), layers, 100)
    assert ours == pytest.approx(seeds, rel=0.01)


def test_same_seed_same_bits_other_seed_or_frame_other_bits(dreamer: Dreamer, photo: Picture) -> None:
    once = dreamer.dream(photo)
    again = Dreamer(dreamer.network, QUICK).dream(photo)
    assert once.dtype == np.float32
    assert once.min() >= 0 and once.max() <= 1
    np.testing.assert_array_equal(once, again)
    assert (dreamer.dream(photo, index=1) != once).any()
    assert (Dreamer(dreamer.network, replace(QUICK, seed=1)).dream(photo) != once).any()


def test_nothing_to_do_is_the_same_bits(dreamer: Dreamer, photo: Picture) -> None:
    for idle in ({"config": replace(QUICK, steps=0)}, {"strength": 0.0}):
        np.testing.assert_array_equal(dreamer.dream(photo, **idle), photo)
    carried = np.full_like(photo, 0.1)
    assert dreamer.grow(photo, carried, steps=[0.0] * len(dreamer.octaves((128, 96)))) is carried


def test_a_window_is_dreamed_alone(network: Network, photo: Picture) -> None:
    window = Window(10, photo.shape[0] - 20, 16, photo.shape[1] - 8)
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[:, photo.shape[1] // 2 :] = 1
    nothing, config = np.zeros_like(photo), replace(QUICK, octave_factors=(0,))
    grown = Dreamer(network, config, mask=mask).grow(photo, nothing, window=window)
    expected, inside = nothing.copy(), window.slices
    expected[inside] = Dreamer(network, config, mask=mask[inside]).grow(photo[inside], nothing[inside])
    np.testing.assert_allclose(grown, expected, atol=1e-6)
    assert np.abs(grown).max() > 0.05
    octaves = Dreamer(network, QUICK).grow(photo, nothing, window=window)
    assert not np.delete(octaves, np.s_[10 : photo.shape[0] - 20], axis=0).any() and not octaves[:, :16].any()
    assert np.abs(octaves[inside]).mean() > 0.01


def test_a_dream_is_its_beginning_shown_and_can_be_grown(network: Network, photo: Picture) -> None:
    dreamer = Dreamer(network, replace(QUICK, noise=0.0))
    begun = dreamer.begin(photo, strength=0.5)
    np.testing.assert_array_equal(dreamer.applied(photo, begun), dreamer.dream(photo, strength=0.5))
    grown = dreamer.grow(photo, begun, steps=[0.0] * (len(dreamer.octaves((128, 96))) - 1) + [1.0])
    assert dreamer.value(dreamer.applied(photo, grown)) > dreamer.value(dreamer.applied(photo, begun))
    np.testing.assert_array_equal(dreamer.grow(photo, np.zeros_like(photo)), dreamer.begin(photo))


def test_a_large_picture_has_the_dream_of_its_canonical_size(network: Network, photo: Picture) -> None:
    small = cv2.GaussianBlur(photo, (0, 0), 1)
    large = np.asarray(cv2.resize(small, (384, 288), interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)
    config = replace(QUICK, octaves=None, steps=10, motif=480 / np.sqrt(128 * 96))
    dreamer, told, seen = Dreamer(network, config), [], []
    shrunk = np.asarray(cv2.resize(large, (128, 96), interpolation=cv2.INTER_AREA), np.float32)
    dream = dreamer.dream(large, on_step=lambda step: told.append((step.done, step.total)))
    change, expected = dreamer.begin(large), dreamer.begin(shrunk)
    np.testing.assert_array_equal(dreamer.applied(large, change), dream)
    found = cv2.resize(change, (128, 96), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))
    dreamer.dream(large, strength=0.25, on_step=lambda step: seen.append(step.picture()))
    assert {picture.shape for picture in seen} == {large.shape}
    assert min(picture.min() for picture in seen) >= 0 and max(picture.max() for picture in seen) <= 1


def test_noise_decides_what_appears_where_there_is_nothing_and_is_taken_off(network: Network) -> None:
    sky = np.full((96, 128, 3), 0.5, np.float32)
    dream, other = (Dreamer(network, replace(QUICK, seed=seed)).dream(sky) for seed in (0, 1))
    flat = sky + np.random.default_rng(0).normal(0, 1e-3, sky.shape).astype(np.float32)
    grain = Dreamer(network, QUICK).dream(flat)
    assert np.corrcoef(dream.ravel(), grain.ravel())[0, 1] > np.corrcoef(dream.ravel(), other.ravel())[0, 1] + 0.1
    still = Dreamer(network, replace(QUICK, step_size=1e-6)).dream(sky)
    np.testing.assert_allclose(still, sky, atol=1e-3)


def test_soft_highlights_never_reach_the_ends_and_clipped_ones_do(network: Network, photo: Picture) -> None:
    strong = replace(QUICK, step_size=0.2)
    soft, clipped = (
        Dreamer(network, replace(strong, highlights=highlights)).dream(photo) for highlights in ("soft", "clip")
    )
    assert soft.min() > 0 and soft.max() < 1
    assert ((clipped == 0) | (clipped == 1)).mean() > 0.2


def test_black_mask_is_the_source_and_grey_dreams_less(network: Network, photo: Picture) -> None:
    mask = np.zeros(photo.shape[:2], np.float32)
    np.testing.assert_array_equal(Dreamer(network, QUICK, mask=mask).dream(photo), photo)
    mask[:, photo.shape[1] // 2 :] = 1
    change = np.abs(Dreamer(network, QUICK, mask=mask).dream(photo) - photo).mean(axis=(0, 2))
    assert change[:40].max() == 0
    assert change[-40:].min() > 0.02


def test_keeps_colors(network: Network, photo: Picture) -> None:
    dream = Dreamer(network, QUICK).dream(photo)
    kept = Dreamer(network, replace(QUICK, keep_colors=True)).dream(photo)
    np.testing.assert_allclose(kept @ LUMA, dream @ LUMA, atol=1e-5)
    was, now = photo - (photo @ LUMA)[..., None], kept - (kept @ LUMA)[..., None]
    # The same hue, and the same chroma or, where the gamut ends, less.
    parallel = np.sum(was * now, -1) - np.linalg.norm(was, axis=-1) * np.linalg.norm(now, axis=-1)
    np.testing.assert_allclose(parallel, 0, atol=1e-5)
    inside = (kept > 0.01).all(-1) & (kept < 0.99).all(-1)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(now[inside], was[inside], atol=1e-5)


def test_keep_colors_of_an_undreamed_picture_is_the_picture(photo: Picture) -> None:
    np.testing.assert_allclose(keep_colors(photo, photo), photo, atol=1e-6)


def test_one_trace_for_all_sizes_frames_weights_and_steps(network: Network, photo: Picture) -> None:
    config = replace(QUICK, tile=128)
    dreamer = Dreamer(network, config)
    dreamer.dream(photo)
    before = dreamer.traces
    dreamer.dream(photo[:95, :101], replace(config, step_size=0.01, octave_scale=1.2), strength=0.5, index=3)
    weighted = (Layer("mixed3", weight=0.3), Layer("mixed5", weight=2.0))
    dreamer.dream(photo, replace(config, layers=weighted, octave_factors=(0, 1)))
    dreamer.dream(photo, objective=0.2 * layer("mixed5") + mix("mixed3", np.ones(network.channels("mixed3"))))
    assert dreamer.traces == before
    dreamer.dream(photo, replace(config, steps=1), objective=layer("mixed5") + layer("mixed4"))
    assert dreamer.traces == before + 1


def test_carried_detail_stays_out_of_small_octaves(network: Network, photo: Picture) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, photo.shape).astype(np.float32)
    small = replace(QUICK, octave_factors=(-2,), steps=1)
    detailed, plain = (Dreamer(network, replace(small, detail=kept)).grow(photo, noise) for kept in (True, False))

    def grain(change: Picture) -> float:
        picture = photo + change
        return float(np.std(picture - cv2.GaussianBlur(picture, (0, 0), 1)))

    assert grain(detailed) > 0.9 * grain(noise)
    assert grain(plain) < 0.5 * grain(noise)


@pytest.mark.parametrize("factors", [None, (-3, -2, -1, 0)])
def test_refuses_frames_too_small_and_names_the_smallest_that_works(
    network: Network, factors: tuple[int, ...] | None
) -> None:
    dreamer = Dreamer(network, replace(QUICK, octave_factors=factors, steps=1))
    with pytest.raises(FrameTooSmallError, match="at least") as refusal:
        dreamer.dream(np.full((30, 200, 3), 0.5, np.float32))
    side = int(str(refusal.value).split("at least ")[1].split("x")[0])
    dreamer.dream(np.full((side, side, 3), 0.5, np.float32))
    with pytest.raises(FrameTooSmallError):
        dreamer.refuse_if_too_small((side - 1, 500))


def test_wrong_layers_and_channels_are_refused(network: Network) -> None:
    with pytest.raises(LayerNotFoundError):
        Dreamer(network, replace(QUICK, layers=(Layer("mixed55"),)))
    with pytest.raises(LayerNotFoundError, match="0 to"):
        Dreamer(network, replace(QUICK, layers=(Layer("mixed5", 9999),)))
    with pytest.raises(ConfigError, match="at least one layer"):
        Dreamer(network, replace(QUICK, layers=(Layer("mixed5", weight=0),)))


def test_gradients_that_are_not_finite_are_an_error(dreamer: Dreamer, photo: Picture) -> None:
    broken = photo.copy()
    broken[30, 40] = np.nan
    with pytest.raises(NotFiniteError, match="NaN"):
        dreamer.ascend(broken, 1)


def test_out_of_memory_tries_smaller_tiles_once(
    network: Network, photo: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def full(self: object, picture: Picture, change: Picture, *_: object, tiling: object, **__: object) -> Picture:
        tried.append(tiling.window[0] * tiling.window[1])  # type: ignore[attr-defined]
        if len(tried) % 2 == 1 or always:
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return change

    monkeypatch.setattr("dreamvideo.dreamer.ascent.Ascent.climb", full)
    always, config = False, replace(QUICK, octave_factors=(1,), steps=1, noise=0.0)
    Dreamer(network, config).dream(photo)
    assert tried[1] < tried[0]
    always = True
    with pytest.raises(DeviceError, match="smaller tiles"):
        Dreamer(network, config).dream(photo)


def test_fractional_steps_are_spread_evenly() -> None:
    dealt = np.array([deal_steps([1.3] * 4, seed=5, index=index) for index in range(200)])
    assert set(np.unique(dealt)) == {1, 2}
    np.testing.assert_allclose(dealt.mean(axis=0), 1.3, atol=0.03)
    assert np.ptp(dealt.sum(axis=1)) <= 1
    assert deal_steps([3, 0, 3.0, 1], seed=0, index=9) == [3, 0, 3, 1]


@pytest.mark.parametrize("size", [(33, 200), (97, 64), (64, 65)])
def test_sizes_odd_and_long(network: Network, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).random((size[1], size[0], 3), np.float32)
    dream = Dreamer(network, replace(QUICK, octaves=1, steps=1)).dream(picture)
    assert dream.shape == picture.shape
    assert np.abs(dream - picture).mean() > 0.005


def test_dreams_do_not_grow_along_the_border(network: Network) -> None:
    # A ramp: rolled round, its bright side meets its dark side, and an edge is dreamed there.
    ramp = np.broadcast_to(np.linspace(0.2, 0.8, 120, dtype=np.float32)[None, :, None], (90, 120, 3)).copy()
    change = np.abs(Dreamer(network, replace(QUICK, octaves=1, steps=4)).dream(ramp) - ramp).mean(axis=2)
    border = np.ones_like(change, bool)
    border[4:-4, 4:-4] = False
    assert 0.4 < change[border].mean() / change[~border].mean() < 1.6


def test_no_warnings_of_numpy_or_opencv(dreamer: Dreamer, photo: Picture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dreamer.dream(np.zeros_like(photo), replace(QUICK, steps=1))


def test_natural_steps_still_climb_with_less_chroma_and_less_noise(network: Network, photo: Picture) -> None:
    natural, raw = (Dreamer(network, replace(QUICK, natural=natural)) for natural in (True, False))
    changes = [d.dream(photo) - photo for d in (natural, raw)]
    chroma, grain = [], []
    for change in changes:
        luma = (change @ LUMA)[..., None]
        chroma.append(np.std(change - luma) / np.std(luma))
        grain.append(np.std(change - cv2.GaussianBlur(change, (0, 0), 1.5)) / np.std(change))
    assert chroma[0] < 0.7 * chroma[1]
    assert grain[0] < 0.7 * grain[1]


def test_a_natural_step_has_a_gradient_to_go_up(photo: Picture) -> None:
    # Positive definite: no gradient, whatever its colours and frequencies, is turned against itself.
    rng = np.random.default_rng(0)
    fine = np.indices((24, 24)).sum(0)[..., None] % 2 * 2.0 - 1
    for gradient in (rng.normal(size=(24, 24, 3)), fine * (1, -1, 0), fine * (0, 1, -1), fine * (1, 1, 1)):
        step = natural_step(np.asarray(gradient, np.float32))
        assert np.sum(step * gradient) > 0
