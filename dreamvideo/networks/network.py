"""A network: its layers by name, and their features as a fast differentiable function."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from dreamvideo.config import Layer, NetworkConfig
from dreamvideo.errors import LayerNotFoundError, ModelError
from dreamvideo.networks.dreamnet import build_dreamnet
from dreamvideo.networks.graph import Graph
from dreamvideo.networks.lowering import functional
from dreamvideo.networks.registry import Architecture, Preprocessing, known_network
from dreamvideo.networks.weights import load_weights, weights_hash

Features = Callable[[tf.Tensor], list[tf.Tensor]]

_SIGNED = Preprocessing((2.0, 2.0, 2.0), (-1.0, -1.0, -1.0))


class Network:
    """A Keras model, and what a dream needs to know about it.

    Attributes:
        architecture: its row of the table; for a user's own model, one made by `wrap`.
        model: the functional Keras model. Batch norm always runs in inference mode.
    """

    def __init__(self, architecture: Architecture, model: keras.Model) -> None:
        self.architecture = architecture
        self.model = model
        self._outputs = _named_outputs(model)

    @classmethod
    def wrap(
        cls,
        model: keras.Model,
        *,
        preprocessing: Preprocessing = _SIGNED,
        default_layers: Sequence[Layer] = (),
        minimum_size: int = 1,
        stride: int = 32,
    ) -> Network:
        """Make a network of any functional Keras model with one RGB input.

        Args:
            model: its input is (B, H, W, 3), best of any size. `features` reads its weights.
            preprocessing: maps [0, 1] to the model's input; by default to [-1, 1].
            default_layers: layers of a recipe that names none; empty: the last layer of 4 dimensions.
            minimum_size: shortest side of a picture, in pixels.
            stride: pixels per step of the deepest feature maps.

        Raises:
            ModelError: the model is not functional, or has another input.
        """
        whole = functional(model) if isinstance(model, keras.Model) else model
        if not hasattr(whole, "_nodes_by_depth"):
            raise ModelError(f"expected a functional or sequential Keras model, got {type(model).__name__}")
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
        if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 3:
            raise ModelError(f"expected a model of one input (batch, height, width, 3), got {shapes}")
        architecture = Architecture(
            model.name, "", preprocessing, tuple(default_layers), minimum_size, stride, None, "a model of your own"
        )
        network = cls(architecture, whole)
        if not default_layers:
            network.architecture = replace(architecture, default_layers=(Layer(network.layer_names[-1]),))
        return network

    @property
    def name(self) -> str:
        """The network's name in the table."""
        return self.architecture.name

    @property
    def layer_names(self) -> list[str]:
        """Every layer that can be dreamed of, from the input upwards."""
        return list(self._outputs)

    @property
    def default_layers(self) -> tuple[Layer, ...]:
        """The layers of a recipe that names none."""
        return self.architecture.default_layers

    @property
    def minimum_size(self) -> int:
        """Shortest side of a picture, in pixels."""
        return self.architecture.minimum_size

    @property
    def view(self) -> float:
        """Side in pixels of the square in which the network sees best."""
        return self.architecture.view

    @property
    def stride(self) -> int:
        """Pixels per step of the deepest feature maps."""
        return self.architecture.stride

    @functools.cached_property
    def weights_hash(self) -> str:
        """SHA-256 of the weights, in hex."""
        return weights_hash(self.model)

    def channels(self, layer: str) -> int:
        """Number of channels of a layer. Raises LayerNotFoundError."""
        return int(self.output(layer).shape[-1])

    def output(self, layer: str) -> keras.KerasTensor:
        """The symbolic output of a layer.

        Raises:
            LayerNotFoundError: there is no such layer; the message lists near misses.
        """
        if layer not in self._outputs:
            near = difflib.get_close_matches(layer, self._outputs, n=5, cutoff=0.5) or self.layer_names[-5:]
            raise LayerNotFoundError(
                f"{self.name} has no layer {layer!r}; close to it: {', '.join(near)}; "
                f"all of them: dreamvideo layers --model {self.name}"
            )
        return self._outputs[layer]

    def features(self, layers: Sequence[str]) -> Features:
        """The features of some layers, as a differentiable function of a picture.

        Args:
            layers: names, each at most once.

        Returns:
            A function from RGB (B, H, W, 3) in [0, 1] to a tensor (B, h, w, C) for each layer, in order.

        Raises:
            LayerNotFoundError: there is no such layer.
        """
        preprocessing = self.architecture.preprocessing
        tensors = [self.output(layer) for layer in layers]
        graph = Graph.of(self.model, tensors, preprocessing.scale, preprocessing.offset)
        return (lambda picture: graph(picture[..., ::-1])) if preprocessing.bgr else graph


def build_model(architecture: Architecture) -> keras.Model:
    """Build an architecture of the table with new weights, for pictures of any size.

    Layers that Keras numbers start at the same number in any process.
    """
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"expected Keras to run on TensorFlow, got {keras.backend.backend()}: set KERAS_BACKEND=tensorflow"
        )
    if not architecture.builder:
        return build_dreamnet()
    builder = getattr(keras.applications, architecture.builder)
    model = builder(weights=None, include_top=False, input_shape=(None, None, 3))
    _renumber(model)
    return model


@functools.lru_cache(maxsize=4)
def load(config: NetworkConfig) -> Network:
    """See `dreamvideo.networks.load_network`."""
    architecture = known_network(config.model)
    model = build_model(architecture)
    load_weights(model, architecture, config.weights)
    return Network(architecture, model)


def _renumber(model: keras.Model) -> None:
    """Give automatically numbered operations the names that they have in a new process."""
    numbered: dict[str, list[tuple[int, keras.Operation]]] = {}
    for operation in model.operations:
        match = re.fullmatch(r"(.+?)(?:_(\d+))?", operation.name)
        if match and match[1].replace("_", "") == type(operation).__name__.lower():
            numbered.setdefault(match[1], []).append((int(match[2] or 0), operation))
    for stem, operations in numbered.items():
        for index, (_, operation) in enumerate(sorted(operations, key=lambda pair: pair[0])):
            operation.name = f"{stem}_{index}" if index else stem


def _named_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Operation -> its output (B, h, w, C) in this model."""
    named = {}
    nodes_by_depth = model._nodes_by_depth
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            outputs = node.output_tensors
            is_input = isinstance(node.operation, keras.layers.InputLayer)
            if not is_input and len(outputs) == 1 and len(outputs[0].shape) == 4:
                named[node.operation.name] = outputs[0]
    return named
