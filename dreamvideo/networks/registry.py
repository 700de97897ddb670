"""The table of networks: their preprocessing, default layers and weights.

Importing the table does not import TensorFlow. Its numbers are those of the networks' papers and of Keras'
`applications` (Chollet et al.), whose weights are used unchanged. NASNet is left out: Keras builds it for one size of
picture only.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from dreamvideo.config import Layer
from dreamvideo.errors import ConfigError

_KERAS_URL = "https://storage.googleapis.com/tensorflow/keras-applications"

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a network's input is made from RGB in [0, 1]: `scale * picture + offset`, by channel."""

    scale: Triple
    offset: Triple
    bgr: bool = False
    """Channels are reversed first; `scale` and `offset` are in the network's order."""


_SIGNED = Preprocessing((2.0, 2.0, 2.0), (-1.0, -1.0, -1.0))
_BYTES = Preprocessing((255.0, 255.0, 255.0), (0.0, 0.0, 0.0))
_UNIT = Preprocessing((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
_CAFFE = Preprocessing((255.0, 255.0, 255.0), (-103.939, -116.779, -123.68), bgr=True)

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def _triple(values: list[float]) -> Triple:
    red, green, blue = values
    return red, green, blue


_TORCH = Preprocessing(
    _triple([1 / d for d in _DEVIATION]), _triple([-m / d for m, d in zip(_MEAN, _DEVIATION, strict=True)])
)

# The published EfficientNet weights normalise by sqrt(deviation) inside the model and need another
# 1 / sqrt(deviation) after it, a layer that Keras only adds when it downloads the weights itself
# (tensorflow issue 49930): k * (x - mean) = (k * x + mean * (1 - k)) - mean gives the same from outside.
_EFFICIENT = Preprocessing(
    _triple([255 / d**0.5 for d in _DEVIATION]),
    _triple([255 * m * (1 - 1 / d**0.5) for m, d in zip(_MEAN, _DEVIATION, strict=True)]),
)


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """A published weights file, as Keras names, fetches and checks it."""

    file: str
    url: str
    digest: str | None
    """MD5 (32 digits) or SHA-256 (64) in hex; None: Keras publishes none."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One row of the table."""

    name: str
    builder: str
    """Its constructor in `keras.applications`; empty: built in this package."""
    preprocessing: Preprocessing
    default_layers: tuple[Layer, ...]
    minimum_size: int
    """Shortest side of a picture, in pixels, at which the network has features at all."""
    stride: int
    """Pixels per step of the deepest feature maps."""
    source: WeightsSource | None
    """None: the weights are part of the package."""
    note: str
    view: float = 175.0
    """Side in pixels of the square whose area the smallest octave has: the network sees whole heads best there."""


def _keras(
    name: str,
    builder: str,
    preprocessing: Preprocessing,
    layers: str,
    digest: str | None,
    note: str,
    *,
    folder: str = "",
    file: str = "",
    minimum_size: int = 32,
) -> Architecture:
    """A network of `keras.applications`, whose weights lie in `folder`; by default, all are called as the network."""
    file = file or f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    source = WeightsSource(file, f"{_KERAS_URL}/{folder or name}/{file}", digest)
    default_layers = tuple(map(Layer, layers.split()))
    return Architecture(name, builder, preprocessing, default_layers, minimum_size, 32, source, note)


def _resnet(depth: int, version: int, layers: str, digest: str) -> Architecture:
    name, builder, preprocessing = f"resnet{depth}", f"ResNet{depth}", _CAFFE
    file = ""
    if version == 2:
        name, builder, preprocessing = f"{name}_v2", f"{builder}V2", _SIGNED
        file = f"resnet{depth}v2_weights_tf_dim_ordering_tf_kernels_notop.h5"
    note = f"residual, {depth} layers"
    return _keras(name, builder, preprocessing, layers, digest, note, folder="resnet", file=file)


def _densenet(depth: int, layers: str, digest: str) -> Architecture:
    name, builder = f"densenet{depth}", f"DenseNet{depth}"
    return _keras(name, builder, _TORCH, layers, digest, "densely connected", folder="densenet")


def _efficient(index: int, digest: str) -> Architecture:
    name, builder, file = f"efficientnet_b{index}", f"EfficientNetB{index}", f"efficientnetb{index}_notop.h5"
    row = _keras(name, builder, _EFFICIENT, "block4c_add block6b_add", digest, "mobile blocks, scaled", file=file)
    return replace(row, source=WeightsSource(file, f"https://storage.googleapis.com/keras-applications/{file}", digest))


def _efficient_v2(size: str, digest: str) -> Architecture:
    name, builder, file = f"efficientnet_v2_{size}", f"EfficientNetV2{size.upper()}", f"efficientnetv2-{size}_notop.h5"
    layers, folder = "block4b_add block5c_add", "efficientnet_v2"
    return _keras(name, builder, _BYTES, layers, digest, "fused mobile blocks", folder=folder, file=file)


def _convnext(size: str, builder: str, layers: str, digest: str) -> Architecture:
    name, note = f"convnext_{size}", "7x7 depthwise, layer norm"
    return _keras(name, builder, _BYTES, layers, digest, note, folder="convnext", file=f"{name}_notop.h5")


_ROWS = (
    Architecture("dreamnet", "", _UNIT, (Layer("mixed6"),), 32, 16, None, "bundled; quick enough for video on a CPU"),
    _keras(
        "inception_v3", "InceptionV3", _SIGNED, "mixed3 mixed5",
        "bcbd6486424b2319ff4ef7d526e38f63", "the classic look: eyes, dogs, pagodas", minimum_size=75,
    ),
    _keras(
        "inception_resnet_v2", "InceptionResNetV2", _SIGNED, "mixed_6a block17_10_ac",
        "d19885ff4a710c122648d3b5c3b684e4", "inception with residuals: heavy", minimum_size=75,
    ),
    _keras(
        "xception", "Xception", _SIGNED, "block4_sepconv2_bn block8_sepconv2_act",
        "b0042744bf5b25fce3cb969f33bebb97", "depthwise separable", minimum_size=71,
    ),
    _keras(
        "vgg16", "VGG16", _CAFFE, "block4_conv3 block5_conv2",
        "6d6bbae143d832006294945121d1f1fc", "painterly: brush strokes, eyes, birds",
    ),
    _keras(
        "vgg19", "VGG19", _CAFFE, "block4_conv4 block5_conv2",
        "253f8cb515780f3b799900260a226db6", "painterly, deeper",
    ),
    _resnet(50, 1, "conv3_block4_out conv4_block3_out", "4d473c1dd8becc155b73f8504c6f6626"),
    _resnet(101, 1, "conv3_block4_out conv4_block10_out", "88cf7a10940856eca736dc7b7e228a21"),
    _resnet(152, 1, "conv3_block8_out conv4_block15_out", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    _resnet(50, 2, "conv3_block3_out conv4_block3_out", "fac2f116257151a9d068a22e544a4917"),
    _resnet(101, 2, "conv3_block3_out conv4_block10_out", "c0ed64b8031c3730f411d2eb4eea35b5"),
    _resnet(152, 2, "conv3_block7_out conv4_block15_out", "ed17cf2e0169df9d443503ef94b23b33"),
    _densenet(121, "conv3_block12_concat conv4_block12_concat", "30ee3e1110167f948a6b9946edeeb738"),
    _densenet(169, "conv3_block12_concat conv4_block16_concat", "b8c4d4c20dd625c148057b9ff1c1176b"),
    _densenet(201, "conv3_block12_concat conv4_block24_concat", "c13680b51ded0fb44dff2d8f86ac8bb1"),
    _keras(
        "mobilenet", "MobileNet", _SIGNED, "conv_pw_6_relu conv_pw_9_relu", None, "depthwise separable, small",
        file="mobilenet_1_0_224_tf_no_top.h5",
    ),
    _keras(
        "mobilenet_v2", "MobileNetV2", _SIGNED, "block_6_expand_relu block_12_expand_relu",
        None, "inverted residuals, small",
        file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    ),
    _keras(
        "mobilenet_v3_small", "MobileNetV3Small", _BYTES, "expanded_conv_5_add expanded_conv_7_add",
        "d3e8ec802a04aa4fc771ee12a9a9b836", "searched, very small",
        folder="mobilenet_v3", file="weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    ),
    _keras(
        "mobilenet_v3_large", "MobileNetV3Large", _BYTES, "expanded_conv_5_add expanded_conv_11_add",
        "07fb09a5933dd0c8eaafa16978110389", "searched, small",
        folder="mobilenet_v3", file="weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    ),
    _efficient(0, "50bc09e76180e00e4465e1a485ddc09d"),
    _efficient(1, "74c4e6b3e1f6a1eea24c589628592432"),
    _efficient(2, "111f8e2ac8aa800a7a99e3239f7bfb39"),
    _efficient(3, "af6d107764bb5b1abb91932881670226"),
    _efficient(4, "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    _efficient(5, "38879255a25d3c92d5e44e04ae6cec6f"),
    _efficient(6, "9ecce42647a20130c1f39a5d4cb75743"),
    _efficient(7, "cbcfe4450ddf6f3ad90b1b398090fe4a"),
    _efficient_v2("b0", "893217f2bb855e2983157299931e43ff"),
    _efficient_v2("b1", "0e80663031ca32d657f9caa404b6ec37"),
    _efficient_v2("b2", "1dfe2e7a5d45b6632553a8961ea609eb"),
    _efficient_v2("b3", "f6abf7b5849ac99a89b50dd3fd532856"),
    _efficient_v2("s", "af0682fb74e8c54910f2d4393339c070"),
    _efficient_v2("m", "1b8dc055df72dde80d614482840fe342"),
    _efficient_v2("l", "b0b66b5c863aef5b46e8608fe1711615"),
    _convnext(
        "tiny", "ConvNeXtTiny", "add_8 add_12", "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"
    ),
    _convnext(
        "small", "ConvNeXtSmall", "add_12 add_24", "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"
    ),
    _convnext(
        "base", "ConvNeXtBase", "add_12 add_24", "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"
    ),
    _convnext(
        "large", "ConvNeXtLarge", "add_12 add_24", "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"
    ),
    _convnext(
        "xlarge", "ConvNeXtXLarge", "add_12 add_24", "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"
    ),
)  # fmt: skip

NETWORKS: Mapping[str, Architecture] = MappingProxyType({row.name: row for row in _ROWS})
"""Every network by name; the first is the default."""


def known_network(name: str) -> Architecture:
    """The row of a network.

    Raises:
        ConfigError: there is no such network; the message lists near misses.
    """
    if name not in NETWORKS:
        near = difflib.get_close_matches(name, NETWORKS, n=3) or list(NETWORKS)[:3]
        raise ConfigError(
            f"there is no network {name!r}; close to it: {', '.join(near)}; all of them: dreamvideo models"
        )
    return NETWORKS[name]
