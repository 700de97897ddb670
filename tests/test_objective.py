"""Objectives: that they add up, that every kind rises, and what a guide and a mix of channels mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from dreamvideo.config import DreamConfig, Layer
from dreamvideo.dreamer import Dreamer
from dreamvideo.errors import ConfigError
from dreamvideo.media.frame import Picture
from dreamvideo.networks.network import Network
from dreamvideo.objectives import Objective, channel, custom, guided, layer, mix

CONFIG = DreamConfig(layers=(Layer("mixed4"),), octaves=1, steps=3)


def brightest(features: dict[str, tf.Tensor]) -> tf.Tensor:
    return tf.reduce_mean(tf.reduce_max(features["mixed3"], axis=-1))


def objectives(network: Network, photo: Picture) -> dict[str, Objective]:
    ramp = np.linspace(-1, 1, network.channels("mixed5"))
    return {
        "layer": layer("mixed3"),
        "channel": channel("mixed5", 4),
        "sum": 0.2 * channel("mixed4", 2) + layer("mixed5") * 3,
        "mix": mix("mixed5", ramp),
        "guide": guided(network, photo[::-1, ::-1].copy(), [Layer("mixed4"), Layer("mixed5", weight=0.5)]),
        "custom": custom(brightest, ["mixed3"]),
        "all": layer("mixed3") + 0.1 * custom(brightest, ["mixed3"]) + guided(network, photo[::-1], [Layer("mixed4")]),
    }


@pytest.mark.parametrize("kind", ["layer", "channel", "sum", "mix", "guide", "custom", "all"])
def test_rises(network: Network, photo: Picture, kind: str) -> None:
    objective = objectives(network, photo)[kind]
    dreamer = Dreamer(network, CONFIG)
    dreamed = dreamer.dream(photo, objective=objective)
    before, after = dreamer.value(photo, objective), dreamer.value(dreamed, objective)
    assert after > before + 0.1 * abs(before)


@pytest.mark.parametrize("measure", ["mean_square", "mean"])
@pytest.mark.parametrize("normalise", ["mean_abs", "std"])
def test_rises_by_either_measure_and_normalisation(
    network: Network, photo: Picture, measure: str, normalise: str
) -> None:
    dreamer = Dreamer(network, replace(CONFIG, measure=measure, normalise=normalise))
    assert dreamer.value(dreamer.dream(photo)) > 1.1 * dreamer.value(photo)


def test_value_is_the_weighted_mean(network: Network, photo: Picture) -> None:
    features = [f.numpy() for f in network.features(["mixed4", "mixed5"])(tf.constant(photo)[None])]
    dreamer = Dreamer(network, CONFIG)
    squares = [np.mean(f**2) for f in features]
    assert dreamer.value(photo) == pytest.approx(squares[0], rel=1e-4)
    assert dreamer.value(photo, layer("mixed4") + 3 * layer("mixed5")) == pytest.approx(
        (squares[0] + 3 * squares[1]) / 4, rel=1e-4
    )
    assert dreamer.value(photo, channel("mixed5", 7)) == pytest.approx(np.mean(features[1][..., 7] ** 2), rel=1e-4)
    means = Dreamer(network, replace(CONFIG, measure="mean"))
    assert means.value(photo, -1 * layer("mixed5")) == pytest.approx(-np.mean(features[1]), rel=1e-4)


def test_a_layer_and_its_mix_are_the_same(network: Network, photo: Picture) -> None:
    even = np.full(network.channels("mixed5"), 1 / network.channels("mixed5"))
    dreamer = Dreamer(network, CONFIG)
    np.testing.assert_array_equal(
        dreamer.dream(photo, objective=layer("mixed5")), dreamer.dream(photo, objective=mix("mixed5", even))
    )


def test_guide_draws_the_picture_towards_its_features(network: Network, photo: Picture) -> None:
    stripes = np.zeros_like(photo)
    stripes[:, ::4] = 1
    stripes[:, 1::4] = 1
    features = network.features(["mixed4"])

    def likeness(picture: Picture) -> float:
        mean, sought = (np.mean(features(tf.constant(p)[None])[0], axis=(0, 1, 2)) for p in (picture, stripes))
        return float(mean @ sought / np.linalg.norm(mean) / np.linalg.norm(sought))

    dreamer = Dreamer(network, CONFIG, guide=stripes)
    assert likeness(dreamer.dream(photo, replace(CONFIG, steps=6))) > likeness(photo)


def test_guides_match_alike_however_many_positions_are_compared_at_once(
    network: Network, photo: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = guided(network, photo[::-1].copy(), [Layer("mixed4")])
    dreamer = Dreamer(network, CONFIG)
    value = dreamer.value(photo, guide)
    features = network.features(["mixed4"])(tf.constant(photo)[None])[0].numpy().reshape(-1, network.channels("mixed4"))
    (term,) = guide.terms
    vectors = term.vectors["mixed4"]
    assert value == pytest.approx((features @ vectors.T).max(axis=1).mean() / vectors.shape[1], rel=1e-3)
    monkeypatch.setattr("dreamvideo.objectives.guide._MATCHED_AT_ONCE", 100)
    assert Dreamer(Network.wrap(network.model), CONFIG).value(photo, guide) == pytest.approx(value, rel=1e-4)


def test_what_cannot_be_meant_is_refused(network: Network) -> None:
    with pytest.raises(ConfigError, match="numbers for the channels"):
        mix("mixed5", [1.0, 2.0]).bind(network, "mean")
    with pytest.raises(ConfigError, match="at least one layer"):
        Objective().bind(network, "mean")
