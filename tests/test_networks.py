"""The table, weights as plain data, and the fast graph held to stock Keras."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from dreamvideo.config import Layer, NetworkConfig
from dreamvideo.errors import ConfigError, LayerNotFoundError, ModelError, WeightsError
from dreamvideo.networks import NETWORKS, Preprocessing, load_network
from dreamvideo.networks.network import Network, build_model
from dreamvideo.networks.weights import fetch, fill

QUICK = ("dreamnet", "inception_v3", "mobilenet_v3_small")
TOLERANCE = 1e-4

# Keras 3.15 saving its own variables with NumPy 2.4.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Function = Callable[[tf.Tensor], tuple[tf.Tensor, list[tf.Tensor]]]


def random_network(name: str) -> Network:
    """A network of the table with random weights, batch norm included."""
    keras.utils.set_random_seed(0)
    model = build_model(NETWORKS[name])
    randomise(model)
    return Network(NETWORKS[name], model)


def randomise(model: keras.Model) -> None:
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if variable.path.endswith("moving_variance"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        elif len(variable.shape) == 1:
            variable.assign(variable + rng.normal(0, 0.1, variable.shape))


def with_gradient(features: Callable[[tf.Tensor], Sequence[tf.Tensor]]) -> Function:
    """Features and the gradient of their mean square, in a graph of any batch and size."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def compute(picture: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            values = list(features(picture))
            objective = tf.add_n([tf.reduce_mean(value**2) for value in values])
        return tape.gradient(objective, picture), values

    return compute


def stock_features(network: Network, layers: Sequence[str]) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    part = keras.Model(network.model.inputs, [network.output(layer) for layer in layers])
    preprocessing = network.architecture.preprocessing

    def features(picture: tf.Tensor) -> list[tf.Tensor]:
        channels = picture[..., ::-1] if preprocessing.bgr else picture
        values = part(channels * preprocessing.scale + preprocessing.offset, training=False)
        return values if isinstance(values, list) else [values]

    return features


def assert_like_stock(network: Network, layers: Sequence[str], *shapes: tuple[int, int, int]) -> None:
    fast, stock = with_gradient(network.features(layers)), with_gradient(stock_features(network, layers))
    for batch, height, width in shapes:
        picture = np.random.default_rng(height).random((batch, height, width, 3), np.float32)
        (grad, values), (expected, expected_values) = fast(picture), stock(picture)
        assert [value.shape for value in values] == [value.shape for value in expected_values]
        for value, reference in zip([grad, *values], [expected, *expected_values], strict=True):
            assert np.linalg.norm(value - reference) <= TOLERANCE * np.linalg.norm(reference)
    assert fast.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", QUICK)
def test_gradient_is_that_of_stock_keras(name: str) -> None:
    network = random_network(name)
    assert_like_stock(network, [layer.name for layer in network.default_layers], (1, 96, 119))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in QUICK])
def test_gradient_is_that_of_stock_keras_in_every_network(name: str) -> None:
    """One of a few pictures is enough: a wrong gradient is wrong for all.

    Among the millions of ReLUs of a deep network with random weights, one may lie so near its edge that rounding
    decides; the gradients of such a picture differ by 1e-3 at once, those of others by 1e-6.
    """
    network = random_network(name)
    layers = [layer.name for layer in network.default_layers]
    fast, stock = with_gradient(network.features(layers)), with_gradient(stock_features(network, layers))
    errors = []
    for seed in range(8):
        picture = np.random.default_rng(seed).random((1, 96, 119, 3), np.float32)
        (grad, values), (expected, expected_values) = fast(picture), stock(picture)
        for value, reference in zip(values, expected_values, strict=True):
            assert np.linalg.norm(value - reference) <= TOLERANCE * np.linalg.norm(reference)
        errors.append(float(np.linalg.norm(grad - expected) / np.linalg.norm(expected)))
        if errors[-1] <= TOLERANCE:
            break
    keras.backend.clear_session()
    assert min(errors) <= TOLERANCE, errors


def own_model() -> keras.Model:
    """A model with a bit of everything: what the graph knows, what it does not, and what it must not merge."""
    layers = keras.layers
    picture = keras.Input((None, None, 3))
    x = layers.ZeroPadding2D(((0, 1), (2, 1)))(picture)
    x = layers.Conv2D(8, 5, 2, name="conv5", activation="relu")(x)
    x = layers.MaxPooling2D(3, 2, name="pool_valid")(x)
    split = layers.Conv2D(8, 3, padding="same", name="plain")(x)
    normal = layers.ReLU(6)(layers.BatchNormalization(name="norm")(split))
    other = layers.Conv2D(8, 3, padding="same", dilation_rate=2, activation="swish")(x)
    siblings = [layers.Conv2D(n, 1, name=f"sibling{n}")(x) for n in (4, 6)]
    average = layers.Conv2D(5, 1)(layers.AveragePooling2D(3, 1, "same")(x))
    x = layers.Concatenate(name="joined")([normal, split, other, *siblings, average])
    shared = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=1, name="shared")
    x = layers.Add()([shared(x), shared(layers.ReLU(name="relu")(x)), x])
    nested = keras.Sequential([layers.SeparableConv2D(16, 4, padding="same"), layers.ReLU()], name="nested")
    x = nested(x)
    x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Multiply()([x, layers.Activation("sigmoid")(x)]) + x * x
    x = layers.Conv2D(8, 3, padding="same", groups=4, name="grouped")(x)
    x = layers.Conv2D(8, 4, 2, padding="same", name="even")(x)
    x = layers.UpSampling2D()(x)
    x = layers.Conv2D(8, 3, 2, padding="same", name="odd")(x)
    x = layers.Conv2D(8, 1, 2, name="skipping")(x)
    return keras.Model(picture, x, name="own")


def test_own_model_of_every_kind_of_layer_any_batch_and_size() -> None:
    model = own_model()
    randomise(model)
    layers = ["plain", "joined", "nested", "skipping"]
    assert_like_stock(Network.wrap(model), layers, (1, 64, 64), (2, 61, 83), (1, 78, 57))


def test_folding_uses_the_weights_of_the_moment() -> None:
    model = own_model()
    network = Network.wrap(model)
    picture = np.full((1, 40, 40, 3), 0.3, np.float32)
    before = network.features(["norm"])(picture)[0].numpy()
    model.get_layer("norm").moving_mean.assign(np.ones(8))
    assert np.allclose(before - network.features(["norm"])(picture)[0], 1.0, atol=2e-3)


def test_wrap_takes_minus_one_to_one_unless_told_otherwise() -> None:
    picture = keras.Input((None, None, 3))
    model = keras.Model(picture, keras.layers.Activation("linear", name="same")(picture))
    grey = np.full((1, 4, 4, 3), 0.25, np.float32)
    assert np.allclose(Network.wrap(model).features(["same"])(grey)[0], -0.5)
    reversed_bytes = Preprocessing((255.0, 1.0, 1.0), (1.0, 0.0, 0.0), bgr=True)
    red = np.zeros((1, 4, 4, 3), np.float32)
    red[..., 0] = 0.5
    value = Network.wrap(model, preprocessing=reversed_bytes).features(["same"])(red)[0]
    assert np.allclose(value[0, 0, 0], (1.0, 0.0, 0.5))


def test_wrap_refuses_what_has_no_graph_or_no_picture() -> None:
    with pytest.raises(ModelError, match="one input"):
        Network.wrap(keras.Sequential([keras.Input((7,)), keras.layers.Dense(2)]))
    with pytest.raises(ModelError, match="functional"):
        Network.wrap("model.keras")


def test_layers_have_the_same_names_whatever_was_built_before() -> None:
    first, second = (Network(NETWORKS["mobilenet_v3_small"], build_model(NETWORKS["mobilenet_v3_small"])) for _ in "ab")
    assert first.layer_names == second.layer_names
    assert len(set(first.layer_names)) == len(first.layer_names)
    assert {"rescaling", "conv", "activation", "activation_1"} <= set(first.layer_names)


def test_wrong_layers_get_near_misses() -> None:
    network = Network.wrap(own_model())
    assert network.channels("joined") == 39
    with pytest.raises(LayerNotFoundError, match=r"sibling4.*dreamvideo layers --model own"):
        network.features(["siblings4"])
    with pytest.raises(ConfigError, match="inception_v3"):
        load_network(NetworkConfig("inception3"))


def test_the_table_is_sound_and_free() -> None:
    assert next(iter(NETWORKS)) == NetworkConfig().model
    for row in NETWORKS.values():
        assert row.default_layers and all(isinstance(layer, Layer) for layer in row.default_layers)
        assert row.source is None or row.source.url.startswith("https://")
    code = "import sys, dreamvideo.networks; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def small_model() -> keras.Model:
    picture = keras.Input((None, None, 3))
    return keras.Model(picture, keras.layers.Conv2D(4, 3, name="conv")(picture), name="small")


def test_plain_weights_fill_the_model(tmp_path: Path) -> None:
    model, other = small_model(), small_model()
    kernel, bias = model.get_weights()
    np.savez(tmp_path / "w.npz", **{"conv/kernel": kernel, "conv/bias": bias + 1})
    fill(other, tmp_path / "w.npz")
    assert np.array_equal(other.get_weights()[0], kernel) and np.array_equal(other.get_weights()[1], bias + 1)
    model.save_weights(tmp_path / "w.weights.h5")
    fill(other, tmp_path / "w.weights.h5")
    assert np.array_equal(other.get_weights()[1], bias)
    assert Network.wrap(model).weights_hash == Network.wrap(other).weights_hash


def test_everything_but_plain_weights_is_refused(tmp_path: Path) -> None:
    model = small_model()
    before = model.get_weights()
    model.save(tmp_path / "whole.keras")
    (tmp_path / "renamed.h5").write_bytes((tmp_path / "whole.keras").read_bytes())
    np.savez(tmp_path / "pickle.npz", **{"conv/kernel": np.array([{}], object), "conv/bias": np.zeros(4)})
    np.savez(tmp_path / "foreign.npz", **{"other/kernel": before[0]})
    np.savez(tmp_path / "shape.npz", **{"conv/kernel": before[0][:2], "conv/bias": before[1]})
    np.savez(tmp_path / "nan.npz", **{"conv/kernel": before[0] * np.nan, "conv/bias": before[1]})
    np.savez_compressed(tmp_path / "bomb.npz", **{"conv/kernel": np.zeros(2_000_000), "conv/bias": before[1]})
    whole = (tmp_path / "foreign.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with h5py.File(tmp_path / "link.weights.h5", "w") as archive:
        archive["layers"] = h5py.ExternalLink("/etc/hostname", "/")
    with h5py.File(tmp_path / "code.h5", "w") as archive:
        archive.attrs["model_config"] = '{"class_name": "Lambda"}'
    with h5py.File(tmp_path / "empty.weights.h5", "w"):
        pass
    for file in sorted(tmp_path.iterdir()):
        with pytest.raises(WeightsError):
            fill(model, file)
    with pytest.raises(WeightsError, match="found none"):
        fill(model, tmp_path / "absent.h5")
    for now, then in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(now, then)


def test_offline_says_what_to_fetch_and_where_to_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: object, **__: object) -> str:
        print("Downloading data")
        raise Exception("URL fetch failure")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", unreachable)
    source = NETWORKS["vgg16"].source
    assert source is not None
    target = tmp_path / "models" / source.file
    target.parent.mkdir()
    target.write_bytes(b"half a download")
    with pytest.raises(WeightsError) as caught:
        fetch(NETWORKS["vgg16"])
    assert all(text in str(caught.value) for text in (source.file, source.url, str(target.parent)))
    assert capsys.readouterr().out == ""


def test_a_download_of_the_wrong_checksum_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_file(name: str, *_: object, cache_dir: str, **__: object) -> str:
        file = Path(cache_dir) / name
        file.write_bytes(b"something else")
        return str(file)

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", other_file)
    with pytest.raises(WeightsError, match="checksum"):
        fetch(NETWORKS["vgg16"])
    assert list((tmp_path / "models").iterdir()) == []
    row = NETWORKS["vgg16"]
    assert row.source is not None
    md5_of_it = hashlib.md5(b"something else").hexdigest()
    found = fetch(replace(row, source=replace(row.source, digest=md5_of_it)))
    assert found.read_bytes() == b"something else"


def test_the_bundled_weights_are_those_of_the_model_card() -> None:
    digest = hashlib.sha256(resources.files("dreamvideo.networks").joinpath("dreamnet.npz").read_bytes()).hexdigest()
    card = resources.files("dreamvideo.networks").joinpath("DREAMNET.md").read_text(encoding="utf-8")
    assert digest in card
