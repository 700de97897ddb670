"""A network ready to dream with: its layers by name, and its features as a fast differentiable graph."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from dreamvideo.config import Layer, NetworkConfig
from dreamvideo.errors import ConfigError, LayerNotFoundError, ModelError
from dreamvideo.networks.dreamnet import build_dreamnet
from dreamvideo.networks.graph import Graph
from dreamvideo.networks.lowering import functional
from dreamvideo.networks.registry import NETWORKS, Architecture, Preprocessing
from dreamvideo.networks.weights import load_weights, weights_hash

Features = Callable[[tf.Tensor], list[tf.Tensor]]

_SIGNED = Preprocessing((2.0, 2.0, 2.0), (-1.0, -1.0, -1.0))


class Network:
    """A Keras model with what dreaming needs to know about it.

    Attributes:
        architecture: its row of the table; made up for a user's own model.
        model: the functional Keras model; batch norm is always in inference.
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
        """Dream with any functional Keras model of one RGB input.

        Args:
            model: input (B, H, W, 3), best of any size. It is used as it is: its weights are read when
                `features` is called.
            preprocessing: from [0, 1] to what the model wants; the default gives [-1, 1].
            default_layers: what to dream of where nothing is said; empty: the last layer of 4 dimensions.
            minimum_size: smallest side in pixels.
            stride: pixels a step of the deepest feature maps.

        Raises:
            ModelError: not functional, or not one input of three channels.
        """
        if not isinstance(model, keras.Model) or not hasattr(functional(model), "_nodes_by_depth"):
            raise ModelError(f"expected a functional or sequential Keras model, got {type(model).__name__}")
        shapes = [tuple(tensor.shape) for tensor in model.inputs]
        if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 3:
            raise ModelError(f"expected a model of one input (batch, height, width, 3), got {shapes}")
        architecture = Architecture(
            model.name, "", preprocessing, tuple(default_layers), minimum_size, stride, None, "a model of your own"
        )
        network = cls(architecture, model)
        if not default_layers:
            network.architecture = replace(architecture, default_layers=(Layer(network.layer_names[-1]),))
        return network

    @property
    def name(self) -> str:
        """The network's name in the table."""
        return self.architecture.name

    @property
    def layer_names(self) -> list[str]:
        """Every layer that can be dreamed of, from the picture upwards."""
        return list(self._outputs)

    @property
    def default_layers(self) -> tuple[Layer, ...]:
        """What is dreamed of where nothing is said."""
        return self.architecture.default_layers

    @property
    def minimum_size(self) -> int:
        """Smallest side in pixels of a picture that the whole network can see."""
        return self.architecture.minimum_size

    @property
    def view(self) -> float:
        """Side in pixels of the square in which the network sees best."""
        return self.architecture.view

    @property
    def stride(self) -> int:
        """Pixels a step of the deepest feature maps."""
        return self.architecture.stride

    @functools.cached_property
    def weights_hash(self) -> str:
        """SHA-256 of the weights, in hex."""
        return weights_hash(self.model)

    def channels(self, layer: str) -> int:
        """Number of channels of a layer.

        Raises:
            LayerNotFoundError: no such layer.
        """
        return int(self.output(layer).shape[-1])

    def output(self, layer: str) -> keras.KerasTensor:
        """The symbolic output of a layer.

        Raises:
            LayerNotFoundError: no such layer; the message lists near misses.
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
            A function from (B, H, W, 3) RGB in [0, 1] to one (B, h, w, C) tensor a layer, in order.

        Raises:
            LayerNotFoundError: no such layer.
        """
        preprocessing = self.architecture.preprocessing
        tensors = [self.output(layer) for layer in layers]
        graph = Graph.of(self.model, tensors, preprocessing.scale, preprocessing.offset)
        return (lambda picture: graph(picture[..., ::-1])) if preprocessing.bgr else graph


def build_model(architecture: Architecture) -> keras.Model:
    """Build an architecture of the table with fresh weights, for pictures of any size.

    Layers that Keras numbers are numbered from the start, whatever was built before.
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


def known_network(name: str) -> str:
    """The name itself, where the table has it.

    Raises:
        ConfigError: it has not; the message lists near misses.
    """
    if name not in NETWORKS:
        near = difflib.get_close_matches(name, NETWORKS, n=3) or list(NETWORKS)[:3]
        raise ConfigError(
            f"there is no network {name!r}; close to it: {', '.join(near)}; all of them: dreamvideo models"
        )
    return name


@functools.lru_cache(maxsize=4)
def load(config: NetworkConfig) -> Network:
    """What `dreamvideo.networks.load_network` does."""
    architecture = NETWORKS[known_network(config.model)]
    model = build_model(architecture)
    load_weights(model, architecture, config.weights)
    return Network(architecture, model)


def _renumber(model: keras.Model) -> None:
    """Give automatically numbered operations the names they have in a fresh process."""
    numbered: dict[str, list[tuple[int, keras.Operation]]] = {}
    for operation in model.operations:
        match = re.fullmatch(r"(.+?)(?:_(\d+))?", operation.name)
        if match and match[1].replace("_", "") == type(operation).__name__.lower():
            numbered.setdefault(match[1], []).append((int(match[2] or 0), operation))
    for stem, operations in numbered.items():
        for index, (_, operation) in enumerate(sorted(operations, key=lambda pair: pair[0])):
            operation.name = f"{stem}_{index}" if index else stem


def _named_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Outputs of shape (B, h, w, C) of a model's operations, as they were made in this model."""
    named = {}
    nodes_by_depth = functional(model)._nodes_by_depth
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            outputs = node.output_tensors
            is_input = isinstance(node.operation, keras.layers.InputLayer)
            if not is_input and len(outputs) == 1 and len(outputs[0].shape) == 4:
                named[node.operation.name] = outputs[0]
    return named
