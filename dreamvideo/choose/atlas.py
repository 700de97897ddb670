"""An atlas: one picture dreamed with every layer, with a layer's strongest channels, or with some words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.choose.sheet import contact_sheet, thumbnail
from dreamvideo.config import Layer, Recipe, Word
from dreamvideo.media import check_target, read_still, write_still
from dreamvideo.media.frame import Picture, size_of
from dreamvideo.media.geometry import resized
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.render.opening import first_picture, open_dreamer
from dreamvideo.render.result import Result

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network
    from dreamvideo.objectives import Objective

MOST_LAYERS = 24
MOST_CHANNELS = 24
_JOINTS = ("Concatenate", "Add")
"""Kinds of layer in which branches meet: the most interesting ones of a deep network."""


def draw_atlas(
    source: Path, target: Path, recipe: Recipe, channels_of: str | None = None, on_progress: OnProgress = silent
) -> Result:
    """Dream a picture with each layer of the network, with the same steps, onto one labelled sheet.

    Args:
        source: a picture, or a video, whose frame at the recipe's start is taken.
        recipe: the settings. If it names layers or words, only these are shown.
        channels_of: a layer whose strongest channels on this picture are shown instead.

    Returns:
        The sheet, which a notebook shows.
    """
    check_target(target, source, recipe.write.overwrite, "still")
    picture = canonical_picture(source, recipe, on_progress)
    dreamer = open_dreamer(recipe)
    network = dreamer.network
    entries = atlas_entries(network, recipe, picture, channels_of)
    dreams = []
    for number, entry in enumerate(entries):
        on_progress(Progress(number, len(entries), "atlas"))
        dreams.append(thumbnail(dreamer.dream(picture, objective=objective_of(entry, recipe, dreamer))))
    on_progress(Progress(len(entries), len(entries), "atlas"))
    sheet = contact_sheet(
        [thumbnail(picture), *dreams],
        [source.name, *map(str, entries)],
        cell=size_of(dreams[0]),
        title=f"{network.name}: {recipe.dream.steps} steps of {recipe.dream.step_size:g} in "
        f"{len(dreamer.octaves(size_of(picture)))} octaves",
    )
    return Result(write_still(target, sheet, recipe.write, {}), 1)


def canonical_picture(source: Path, recipe: Recipe, on_progress: OnProgress = silent) -> Picture:
    """A source at its canonical size: on a small sheet, its dream looks the same."""
    picture = first_picture(source, recipe.read, on_progress)
    return resized(picture, recipe.dream.canonical_size(size_of(picture)))


def atlas_entries(
    network: Network, recipe: Recipe, picture: Picture, channels_of: str | None
) -> tuple[Layer | Word, ...]:
    """What an atlas of a picture (H, W, 3) shows: words and layers of the recipe, else of the network; or channels."""
    if channels_of is None:
        asked: tuple[Layer | Word, ...] = (*recipe.dream.of, *recipe.dream.layers)
        return asked or tuple(Layer(name) for name in main_layers(network))
    return tuple(Layer(channels_of, channel) for channel in strongest_channels(network, channels_of, picture))


def objective_of(entry: Layer | Word, recipe: Recipe, dreamer: Dreamer) -> Objective:
    """The objective of an entry."""
    from dreamvideo.objectives import configured

    if isinstance(entry, Word):
        return configured(replace(recipe.dream, layers=(), of=(entry,)), dreamer.network)
    guide = None if recipe.dream.guide is None else read_still(recipe.dream.guide, recipe.read.background)
    return configured(replace(recipe.dream, layers=(entry,), of=()), dreamer.network, guide)


def main_layers(network: Network) -> list[str]:
    """The most interesting layers: all of a small network, else those where branches meet, evenly thinned out."""
    names = network.layer_names
    if len(names) > MOST_LAYERS:
        kinds = {operation.name: type(operation).__name__ for operation in network.model.operations}
        joints = [name for name in names if kinds[name] in _JOINTS]
        names = joints if len(joints) >= 4 else names
    if len(names) > MOST_LAYERS:
        names = [names[index] for index in np.linspace(0, len(names) - 1, MOST_LAYERS).round().astype(int)]
    return names


def strongest_channels(network: Network, layer: str, picture: Picture) -> list[int]:
    """The channels of a layer that respond most to a picture (H, W, 3), strongest first.

    Raises:
        LayerNotFoundError: there is no such layer.
    """
    import tensorflow as tf

    (features,) = network.features([layer])(tf.constant(picture[None]))
    strength = tf.reduce_mean(tf.square(features), axis=(0, 1, 2)).numpy()
    return [int(channel) for channel in np.argsort(-strength, kind="stable")[:MOST_CHANNELS]]
