"""Lower a functional Keras model to ops. Layers without an op of their own stay Keras calls."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from dreamvideo.networks.convolutions import Conv, DepthwiseConv
from dreamvideo.networks.operations import Affine, Array, Call, Op
from dreamvideo.networks.pooling import MaxPoolByDilation
from dreamvideo.networks.registry import Triple


class Lowering:
    """Lowers a model. Values are numbered in the order of ops: the picture is 0, the model's input 1."""

    def __init__(self, scale: Triple, offset: Triple) -> None:
        self.ops: list[Op] = [Affine((0,), (1,), np.asarray(scale, np.float32), np.asarray(offset, np.float32))]
        self._count = 2
        self._by_dilation = not (tf.config.list_logical_devices("GPU") or onednn_is_on())

    def lower(self, model: keras.Model, wanted: Sequence[keras.KerasTensor]) -> list[int]:
        """Lower a whole model; returns the numbers of the values that are its `wanted` tensors."""
        (picture,) = model.inputs
        return self._lower_model(model, {id(picture): 1}, wanted)

    def _lower_model(self, model: keras.Model, known: dict[int, int], wanted: Sequence[keras.KerasTensor]) -> list[int]:
        nodes_by_depth = model._nodes_by_depth
        for depth in sorted(nodes_by_depth, reverse=True):
            for node in nodes_by_depth[depth]:
                if node.is_input or any(id(tensor) not in known for tensor in node.input_tensors):
                    continue
                for tensor, value in zip(node.outputs, self._lower_node(node, known), strict=True):
                    known[id(tensor)] = value
        return [known[id(tensor)] for tensor in wanted]

    def _lower_node(self, node: Any, known: dict[int, int]) -> list[int]:
        operation = node.operation
        inputs = [known[id(tensor)] for tensor in node.input_tensors]
        if _is_functional(operation):
            inner = functional(operation)
            inside = {id(tensor): value for tensor, value in zip(inner.inputs, inputs, strict=True)}
            return self._lower_model(inner, inside, inner.outputs)
        lowered = None
        if isinstance(operation, keras.Layer) and operation.compute_dtype == "float32":
            lowered = self._lower_layer(operation, node, inputs)
        return lowered if lowered is not None else self._lower_call(node, known)

    def _new(self) -> int:
        self._count += 1
        return self._count - 1

    def _add(self, kind: type[Op], inputs: Sequence[int], *details: Any) -> int:
        output = self._new()
        self.ops.append(kind(tuple(inputs), (output,), *details))
        return output

    def _lower_call(self, node: Any, known: dict[int, int]) -> list[int]:
        operation, arguments = node.operation, node.arguments
        fixed = {"training": False} if "training" in inspect.signature(operation.call).parameters else {}
        tensors = list({id(tensor): tensor for tensor in node.input_tensors}.values())

        def call(values: list[tf.Tensor]) -> Any:
            filled = {id(tensor): value for tensor, value in zip(tensors, values, strict=True)}
            args, kwargs = arguments.fill_in(filled)
            return operation(*args, **(kwargs | fixed))

        outputs = tuple(self._new() for _ in node.outputs)
        values = [known[id(tensor)] for tensor in tensors]
        self.ops.append(Call(tuple(values), outputs, call))
        return list(outputs)

    def _lower_layer(self, layer: keras.Layer, node: Any, inputs: list[int]) -> list[int] | None:
        shape = tuple(node.input_tensors[0].shape)
        if len(shape) != 4 or getattr(layer, "data_format", "channels_last") != "channels_last":
            return None
        kind = type(layer)
        if kind in (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D):
            return self._lower_convolution(layer, inputs[0], shape[-1])
        if kind is layers.BatchNormalization and layer.axis in (3, -1):
            return [self._add(Affine, inputs, *batch_norm(layer))]
        if kind is layers.Rescaling:
            scale, offset = np.broadcast_arrays(np.float32(layer.scale), np.float32(layer.offset))
            if scale.ndim <= 1:
                width = shape[-1]
                return [self._add(Affine, inputs, _spread(scale, width), _spread(offset, width))]
        if kind is layers.MaxPooling2D and self._by_dilation:
            size, strides = tuple(layer.pool_size), tuple(layer.strides)
            return [self._add(MaxPoolByDilation, inputs, size, strides, layer.padding.upper())]
        return None

    def _lower_convolution(self, layer: keras.Layer, value: int, channels: int) -> list[int] | None:
        if layer.padding not in ("same", "valid") or getattr(layer, "lora_enabled", False):
            return None
        strides, dilation, same = tuple(layer.strides), tuple(layer.dilation_rate), layer.padding == "same"
        bias = _numpy(layer.bias) if layer.use_bias else None
        if isinstance(layer, layers.SeparableConv2D):
            value = self._add(DepthwiseConv, [value], _numpy(layer.depthwise_kernel), None, strides, dilation, same)
            return self._activate(layer, self._add(Conv, [value], _numpy(layer.pointwise_kernel), bias))
        kernel = _numpy(layer.kernel)
        groups = channels // kernel.shape[2]
        if isinstance(layer, layers.Conv2D) and groups == 1:
            return self._activate(layer, self._add(Conv, [value], kernel, bias, strides, dilation, same))
        if strides[0] != strides[1] or (isinstance(layer, layers.Conv2D) and groups != channels):
            return None
        apart = np.ascontiguousarray(kernel.reshape(*kernel.shape[:2], channels, -1))
        return self._activate(layer, self._add(DepthwiseConv, [value], apart, bias, strides, dilation, same))

    def _activate(self, layer: keras.Layer, value: int) -> list[int]:
        """Add the activation of a convolution, which in Keras is part of the layer."""
        if layer.activation in (None, keras.activations.linear):
            return [value]
        return [self._add(Call, [value], lambda values: layer.activation(values[0]))]


def onednn_is_on() -> bool:
    """Whether TensorFlow runs its CPU kernels through oneDNN."""
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return False
    return bool(_pywrap_util_port.IsMklEnabled())


def functional(model: keras.Model) -> Any:
    """The functional model of a sequential one; any other model is returned itself."""
    if isinstance(model, keras.Sequential) and hasattr(model, "inputs"):
        return keras.Model(model.inputs, model.outputs)
    return model


def batch_norm(layer: keras.Layer) -> tuple[Array, Array]:
    """Scale and offset (C,) of batch norm in inference (Ioffe & Szegedy 2015)."""
    scale = 1.0 / np.sqrt(_numpy(layer.moving_variance).astype(np.float64) + layer.epsilon)
    if layer.scale:
        scale *= _numpy(layer.gamma)
    offset = -_numpy(layer.moving_mean) * scale
    if layer.center:
        offset += _numpy(layer.beta)
    return scale.astype(np.float32), offset.astype(np.float32)


def _is_functional(operation: Any) -> bool:
    """Whether a nested model is only its graph. A subclass may do anything in its `call`."""
    if type(operation) is keras.Sequential:
        return functional(operation) is not operation
    return type(operation).__name__ == "Functional" and hasattr(operation, "_nodes_by_depth")


def _numpy(variable: Any) -> Array:
    return np.asarray(variable.numpy(), np.float32)


def _spread(values: Any, channels: int) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.float32(values), (channels,)))
