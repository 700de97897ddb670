"""Pictures to choose by: every layer of a network, a few dreamed frames of a clip, clips side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.config import Layer, ReadConfig, Recipe, WriteConfig
from dreamvideo.errors import ConfigError
from dreamvideo.media import Source, check_target, load_cv2, open_source, open_target, read_still, write_still
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.pipeline import first_picture, open_dreamer
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.sheet import contact_sheet, side_by_side
from dreamvideo.shots import Glance, glance, spread

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks.network import Network
    from dreamvideo.objectives import Objective

CELL = 320
"""Longest side in pixels of a picture on a sheet."""
MOST_LAYERS = 24
MOST_CHANNELS = 24
PREVIEW_FRAMES = 6
"""Of a clip with fewer shots."""
MOST_PREVIEW_FRAMES = 12
"""Of a clip with more."""
PREVIEW_SIDE = 640
"""Longest side at which a preview is dreamed: smaller, motifs would look much larger than in the result."""
_JOINTS = ("Concatenate", "Add")
"""Kinds of layer in which the branches of a block meet: the ones worth a look in a deep network."""


def atlas(
    source: Path, target: Path, recipe: Recipe, channels_of: str | None = None, on_progress: OnProgress = silent
) -> Path:
    """Dream one picture through each layer of the network, same steps each, onto one labelled sheet.

    Args:
        source: a picture, or a video, whose frame at the recipe's start is taken.
        target: the sheet.
        recipe: network, steps and size of steps; its layers, if it names any, are the ones shown.
        channels_of: a layer whose strongest channels on this picture are shown in place of layers.
        on_progress: told of each dream.

    Returns:
        Where the sheet is.
    """
    check_target(target, source, recipe.write.overwrite)
    picture = thumbnail(first_picture(source, recipe))
    dreamer = open_dreamer(recipe)
    network = dreamer.network
    entries = atlas_entries(network, recipe, picture, channels_of)
    dreams = []
    for number, entry in enumerate(entries):
        on_progress(Progress(number, len(entries), "atlas"))
        dreams.append(dreamer.dream(picture, objective=objective_of(entry, recipe, dreamer)))
    on_progress(Progress(len(entries), len(entries), "atlas"))
    sheet = contact_sheet(
        [picture, *dreams],
        [source.name, *map(str, entries)],
        cell=(picture.shape[1], picture.shape[0]),
        title=f"{network.name}: {recipe.dream.steps} steps of {recipe.dream.step_size:g} in "
        f"{len(recipe.dream.factors)} octaves",
    )
    return write_still(target, sheet, recipe.write, {})


def atlas_entries(network: Network, recipe: Recipe, picture: Picture, channels_of: str | None) -> tuple[Layer, ...]:
    """What an atlas of a picture (H, W, 3) shows: the layers asked for, or the network's; or channels of one."""
    if channels_of is None:
        return recipe.dream.layers or tuple(Layer(name) for name in main_layers(network))
    return tuple(Layer(channels_of, channel) for channel in strongest_channels(network, channels_of, picture))


def objective_of(entry: Layer, recipe: Recipe, dreamer: Dreamer) -> Objective:
    """What an atlas dreams of for one of its entries."""
    from dreamvideo.objectives import configured

    guide = None if recipe.dream.guide is None else read_still(recipe.dream.guide, recipe.read.background)
    return configured(replace(recipe.dream, layers=(entry,)), dreamer.network, guide)


def main_layers(network: Network) -> list[str]:
    """The layers worth showing: all of a small network, else those where branches meet, evenly thinned."""
    names = network.layer_names
    if len(names) > MOST_LAYERS:
        kinds = {operation.name: type(operation).__name__ for operation in network.model.operations}
        joints = [name for name in names if kinds[name] in _JOINTS]
        names = joints if len(joints) >= 4 else names
    if len(names) > MOST_LAYERS:
        names = [names[index] for index in np.linspace(0, len(names) - 1, MOST_LAYERS).round().astype(int)]
    return names


def strongest_channels(network: Network, layer: str, picture: Picture) -> list[int]:
    """The channels of a layer that a picture (H, W, 3) excites most, strongest first.

    Raises:
        LayerNotFoundError: no such layer.
    """
    import tensorflow as tf

    (features,) = network.features([layer])(tf.constant(picture[None]))
    strength = tf.reduce_mean(tf.square(features), axis=(0, 1, 2)).numpy()
    return [int(channel) for channel in np.argsort(-strength, kind="stable")[:MOST_CHANNELS]]


def preview(
    source: Path,
    target: Path,
    recipe: Recipe,
    note: str = "",
    on_progress: OnProgress = silent,
    *,
    seen: Glance | None = None,
) -> Path:
    """Dream a few frames of a clip, one of each shot while there is room, beside their sources onto one sheet.

    Each frame is dreamed from scratch at the recipe's strength: what the carried dream settles at.

    Args:
        source: a video, GIF or sequence.
        target: the sheet.
        recipe: as for the whole clip.
        note: written above, such as what the whole will cost; lines are kept.
        on_progress: told of each dream.
        seen: the clip looked over, where that is done already.

    Returns:
        Where the sheet is.
    """
    check_target(target, source, recipe.write.overwrite)
    seen = seen or glance(source, recipe)
    frames = list(spread_frames(source, recipe, seen))
    dreamer = open_dreamer(recipe)
    pictures, labels = [], []
    for number, (shot, frame) in enumerate(frames):
        on_progress(Progress(number, len(frames), "preview"))
        small = thumbnail(frame.picture, PREVIEW_SIDE)
        steps = recipe.dream.steps * recipe.coherence.strength
        pictures += [thumbnail(small), thumbnail(dreamer.dream(small, steps=steps, index=frame.index))]
        labels += [f"{float(frame.time):.2f} s" + (f", shot {shot + 1}" if len(seen.seen) > 1 else ""), "dreamed"]
    on_progress(Progress(len(frames), len(frames), "preview"))
    cell = (pictures[0].shape[1], pictures[0].shape[0])
    sheet = contact_sheet(pictures, labels, cell=cell, columns=4, title=note or source.name)
    return write_still(target, sheet, recipe.write, {})


def compare(
    paths: Sequence[Path],
    target: Path,
    labels: Sequence[str] | None = None,
    write: WriteConfig | None = None,
    on_progress: OnProgress = silent,
) -> Path:
    """Put clips side by side, each under its label, in the first one's time.

    Args:
        paths: two or more videos, GIFs, sequences or pictures; one that ends early stays on its last frame.
        target: the video.
        labels: one a path; None: the files' names.
        write: how it is encoded.
        on_progress: told of each frame.

    Returns:
        Where the video is.

    Raises:
        ConfigError: fewer than two clips, or not one label each.
    """
    write = write or WriteConfig()
    rows = compared(paths, labels)
    for path in paths:
        check_target(target, path, write.overwrite)
    with open_source(paths[0], ReadConfig()) as first:
        info, base = first.info, first.time_base
    with ExitStack() as stack:
        out = None
        for row in rows:
            on_progress(Progress(row.index, info.frames, "compare"))
            if out is None:
                size = (row.picture.shape[1], row.picture.shape[0])
                out = stack.enter_context(open_target(target, size, info.rate, write, time_base=base))
            out.write(row.picture, row.time, row.duration)
    return target


def compared(paths: Sequence[Path], labels: Sequence[str] | None = None) -> Iterator[Frame]:
    """The frames of a comparison: clips in a row, in the first one's time.

    Raises:
        ConfigError: fewer than two clips, or not one label each.
    """
    if len(paths) < 2:
        raise ConfigError(f"expected at least two clips to compare, got {len(paths)}")
    names = [path.name for path in paths] if labels is None else list(labels)
    if len(names) != len(paths):
        raise ConfigError(f"expected {len(paths)} labels, one a clip, got {len(names)}")
    return _rows(paths, names)


def _rows(paths: Sequence[Path], names: Sequence[str]) -> Iterator[Frame]:
    with ExitStack() as stack:
        sources = [stack.enter_context(open_source(path, ReadConfig())) for path in paths]
        height = min(source.info.size[1] for source in sources)
        others = [_Held(source) for source in sources[1:]]
        for frame in sources[0]:
            row = side_by_side([frame.picture, *(other.at(frame.time) for other in others)], names, height)
            yield replace(frame, picture=row)


class _Held:
    """A clip that shows, at any later time, the last frame that has begun by then."""

    def __init__(self, source: Source) -> None:
        self._frames = iter(source)
        self._shown = next(self._frames)
        self._next = next(self._frames, None)

    def at(self, time: Fraction) -> Picture:
        while self._next is not None and self._next.time <= time:
            self._shown, self._next = self._next, next(self._frames, None)
        return self._shown.picture


def spread_frames(source: Path, recipe: Recipe, seen: Glance) -> Iterator[tuple[int, Frame]]:
    """A few frames, spread over the selected part of a clip and over its shots.

    Yields:
        Position of the frame's shot, and the frame; its time is that in the selected part.
    """
    read = recipe.read
    for index, (shot, moment) in enumerate(spread(seen, PREVIEW_FRAMES, MOST_PREVIEW_FRAMES)):
        with open_source(source, replace(read, start=read.start + moment)) as frames:
            frame = next(iter(frames), None)
        if frame is not None:
            yield shot, replace(frame, time=moment + frame.time, index=index)


def thumbnail(picture: Picture, side: int = CELL) -> Picture:
    """A picture shrunk so that its longest side is a sheet's cell; smaller ones stay."""
    scale = min(1.0, side / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    if scale == 1.0:
        return picture
    small: Picture = load_cv2().resize(picture, size, interpolation=load_cv2().INTER_AREA)
    return np.clip(small, 0, 1)
