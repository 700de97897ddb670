"""The whole idea in three loops: pictures, videos, zooms.

Frames come in, each is met by the dream of the one before, the octave core dreams it, and the result is
encoded. `rendering.py` runs the same loops as jobs that survive a crash and may be spread over processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError
from dreamvideo.media import (
    AudioSpan,
    Frame,
    Picture,
    Source,
    check_target,
    open_source,
    open_target,
    prefetch,
    read_still,
    write_still,
)
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.recipe import METADATA_KEY, recipe_text
from dreamvideo.video import VideoDreamer
from dreamvideo.zoom import backwards, noise_picture, zoom_frames, zoom_length

if TYPE_CHECKING:
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.music import Music

Stop = Callable[[], bool]
NOISE_SIZE = (640, 360)
"""(width, height) of a zoom from nothing, where the recipe names none."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Result:
    """What was made.

    Attributes:
        path: where it is.
        frames: how many frames it has.
        cuts: seconds at which shots begin, but for the first.
        warnings: what was assumed, repaired or left out, in plain sentences.
        damaged: whether the source was damaged, and only what could be read of it was dreamed.
    """

    path: Path
    frames: int
    cuts: tuple[Fraction, ...] = ()
    warnings: tuple[str, ...] = ()
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What a zoom begins with.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        warnings: what was assumed or left out to get it, in plain sentences.
        damaged: whether its source was damaged, and this is the last picture of it that could be read.
    """

    picture: Picture
    warnings: tuple[str, ...] = ()
    damaged: bool = False


def dream_image(source: Path, target: Path, recipe: Recipe | None = None, on_progress: OnProgress = silent) -> Path:
    """Dream one picture: from a file, or the frame at `read.start` of a video.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = recipe or Recipe()
    check_target(target, source, recipe.write.overwrite)
    picture = first_picture(source, recipe)
    dreamer = open_dreamer(recipe)
    on_progress(Progress(0, 1, "dream"))
    dream = dreamer.dream(picture)
    on_progress(Progress(1, 1, "dream"))
    return write_still(target, dream, recipe.write, metadata_of(recipe, dreamer.network.weights_hash))


def dream_video(
    source: Path,
    target: Path,
    recipe: Recipe | None = None,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    stop: Stop = never,
) -> Result:
    """Dream a video, GIF or image sequence into .mp4, .mov, .webm, .gif or a folder of PNGs.

    Args:
        source: what to dream.
        target: where the result goes; kept if it is there, unless `recipe.write.overwrite`.
        recipe: how; None: all defaults.
        on_progress: told of every frame, cut and warning.
        music: sound in place of the source's, whose loudness schedules may use.
        stop: asked after every frame; True ends the work with a playable file of what is done.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = recipe or Recipe()
    check_target(target, source, recipe.write.overwrite)
    cuts = []
    with open_source(source, recipe.read) as frames:
        dreamer = open_dreamer(recipe)
        with open_target(
            target,
            frames.size,
            frames.rate,
            recipe.write,
            audio_from=sound_of(source, frames, recipe) if music is None else music_span(music),
            metadata=metadata_of(recipe, dreamer.network.weights_hash),
            time_base=frames.time_base,
        ) as writer:
            for dreamed in video_dreamer(frames, recipe, dreamer, read_music(music)).dream(frames):
                frame = dreamed.frame
                writer.write(frame.picture, frame.time, frame.duration)
                cuts += [frame.time] if dreamed.cut else []
                on_progress(Progress(frame.index + 1, frames.frames, "dream", _cut_note(dreamed.cut, frame)))
                if stop():
                    writer.finish_early()
                    break
        return Result(target, writer.frames, tuple(cuts), (*frames.warnings, *writer.notes), frames.damaged)


def dream_frames(
    frames: Iterable[Frame] | Iterable[Picture], recipe: Recipe | None = None, *, fps: Fraction | int = 24
) -> Iterator[Frame]:
    """Dream frames from anywhere, for use inside another tool: frames in, dreamed frames out.

    Args:
        frames: `Frame`s, or float32 RGB pictures (H, W, 3) in [0, 1] of one size.
        recipe: how; None: all defaults.
        fps: frames a second of bare pictures, and of schedules that count frames.
    """
    recipe = recipe or Recipe()
    dreamer = VideoDreamer(recipe, open_dreamer(recipe), fps=float(fps))
    for dreamed in dreamer.dream(_as_frames(frames, Fraction(fps))):
        yield dreamed.frame


def dream_zoom(
    source: Path | None,
    target: Path,
    recipe: Recipe | None = None,
    on_progress: OnProgress = silent,
    *,
    music: Path | None = None,
    stop: Stop = never,
) -> Result:
    """Dive into a picture, dreaming on the way: each frame is the last one through the camera, dreamed again.

    Args:
        source: a picture, or a video, whose last frame is taken; None with `zoom.from_noise`.
        target: .mp4, .mov, .webm, .gif or a folder of PNGs.
        recipe: how; None: all defaults.
        on_progress: told of every frame.
        music: sound to lay under it, whose loudness schedules may use.
        stop: asked after every frame; True ends the work with a playable file of what is done.

    Raises:
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = recipe or Recipe()
    check_target(target, source, recipe.write.overwrite)
    start = read_start(source, recipe)
    first = start.picture
    size, count = (first.shape[1], first.shape[0]), zoom_length(recipe)
    dreamer = open_dreamer(recipe)
    made = counted(zoom_frames(first, recipe, dreamer, music=read_music(music)), count, on_progress, stop)
    if recipe.zoom.reverse:
        made = backwards(made, target.parent)
    with open_target(
        target,
        size,
        recipe.zoom.fps,
        recipe.write,
        audio_from=None if music is None else music_span(music),
        metadata=metadata_of(recipe, dreamer.network.weights_hash),
        time_base=1 / recipe.zoom.fps,
    ) as writer:
        for frame in made:
            writer.write(frame.picture, frame.time, frame.duration)
    return Result(target, writer.frames, (), (*start.warnings, *writer.notes), start.damaged)


def open_dreamer(recipe: Recipe) -> Dreamer:
    """The core for a recipe: its network loaded, its guide and mask read."""
    from dreamvideo.dreamer import Dreamer
    from dreamvideo.networks import load_network

    guide, mask = (
        None if path is None else read_still(path, recipe.read.background)
        for path in (recipe.dream.guide, recipe.dream.mask)
    )
    return Dreamer(load_network(recipe.network), recipe.dream, guide=guide, mask=mask)


def video_dreamer(
    frames: Source,
    recipe: Recipe,
    dreamer: Dreamer,
    music: Music | None = None,
    *,
    duration: float | None = None,
) -> VideoDreamer:
    """The video loop for a source, refusing at once what is too small for the network.

    Args:
        frames: the source, or a stretch of it.
        recipe: what to do.
        dreamer: made from `recipe.dream`.
        music: drives schedules.
        duration: seconds of the whole, where `frames` is a stretch: keys in percent are of the whole.
    """
    if recipe.dream.steps:
        dreamer.refuse_if_too_small(frames.size)
    if duration is None:
        duration = float(frames.frames / frames.rate) if frames.frames and frames.rate else 0.0
    return VideoDreamer(recipe, dreamer, fps=float(frames.rate or 24), duration=duration, music=music)


def first_picture(source: Path, recipe: Recipe) -> Picture:
    """The picture of a still, or of a video's frame at `read.start`, at the size that the recipe asks for."""
    with open_source(source, recipe.read) as frames, closing(iter(frames)) as selected:  # type: ignore[type-var]
        for frame in selected:
            return frame.picture
    raise ConfigError(f"expected a frame between start and end in {source}, got none")


def zoom_start(source: Path | None, recipe: Recipe) -> Picture:
    """The picture that a zoom begins with, and nothing of how it was found."""
    return read_start(source, recipe).picture


def read_start(source: Path | None, recipe: Recipe) -> Start:
    """Find what a zoom begins with: noise, a picture, or the last selected frame of a video.

    Raises:
        InputError: the source cannot be used; or it is damaged, and the recipe says to stop at that.
        ConfigError: there is no source and no wish for noise, or no frame between start and end.
    """
    if source is None:
        if not recipe.zoom.from_noise:
            raise ConfigError("expected a picture to zoom into, got none: name one, or zoom from noise")
        size = (recipe.read.width or NOISE_SIZE[0], recipe.read.height or NOISE_SIZE[1])
        return Start(noise_picture(size, recipe.dream.seed))
    last: Picture | None = None
    with open_source(source, recipe.read) as frames:
        for frame in prefetch(frames):
            last = frame.picture
        if last is None:
            raise ConfigError(f"expected a frame between start and end in {source}, got none")
        return Start(last, tuple(frames.warnings), frames.damaged)


def read_music(path: Path | None) -> Music | None:
    """The loudness of a track over time, for schedules."""
    if path is None:
        return None
    from dreamvideo.music import Music

    return Music.read(path)


def music_span(path: Path) -> AudioSpan:
    """A track to lay under a result, from its beginning, fading out at the end."""
    return AudioSpan(path, fade_out=Fraction(1))


def sound_of(source: Path, frames: Source, recipe: Recipe) -> AudioSpan | None:
    """The source's own sound, from where its frames are taken."""
    return AudioSpan(source, recipe.read.start) if recipe.write.audio and frames.info.has_audio else None


def metadata_of(recipe: Recipe, weights_hash: str) -> dict[str, str]:
    """What is written into a result, so that it can be repeated."""
    return {METADATA_KEY: recipe_text(recipe, weights_hash)} if recipe.write.metadata else {}


def counted(frames: Iterable[Frame], total: int, on_progress: OnProgress, stop: Stop) -> Iterator[Frame]:
    """Pass frames on, telling of each, until someone asks to stop."""
    for frame in frames:
        yield frame
        on_progress(Progress(frame.index + 1, total, "dream"))
        if stop():
            return


def _as_frames(frames: Iterable[Frame] | Iterable[Picture], fps: Fraction) -> Iterator[Frame]:
    for index, frame in enumerate(frames):
        yield frame if isinstance(frame, Frame) else Frame(np.asarray(frame, np.float32), index / fps, 1 / fps, index)


def _cut_note(cut: bool, frame: Frame) -> str | None:
    return f"a new shot begins at {float(frame.time):.2f} s" if cut else None
