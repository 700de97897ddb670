"""The whole idea in three loops: pictures, videos, zooms.

Frames come in, each is met by the dream of the one before, the octave core dreams it, and the result is
encoded. `rendering.py` runs the same loops as jobs that survive a crash and may be spread over processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.config import Recipe
from dreamvideo.media import (
    Frame,
    PictureLike,
    PictureReader,
    check_target,
    open_source,
    open_target,
    refuse_one,
    write_still,
)
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.recipe import metadata_of
from dreamvideo.render.opening import first_picture, music_span, open_dreamer, read_start, sound_of
from dreamvideo.render.result import Result, Stop, never
from dreamvideo.render.video import VideoDreamer, video_dreamer
from dreamvideo.schedule.music import read_music
from dreamvideo.values import read
from dreamvideo.zoom import backwards, zoom_frames, zoom_length


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
    frames: Iterable[Frame] | Iterable[PictureLike], recipe: Recipe | None = None, *, fps: Fraction | float | str = 24
) -> Iterator[Frame]:
    """Dream frames from anywhere, for use inside another tool: frames in, dreamed frames out.

    Args:
        frames: `Frame`s, or pictures of one size: float32 RGB (H, W, 3) in [0, 1], or what else `media.as_picture`
            makes one of. Floats have one scale, which the first picture decides.
        recipe: how; None: all defaults.
        fps: frames a second of bare pictures, and of schedules that count frames.

    Raises:
        ConfigError: one of the frames is no picture, or of another size than the first.
        DreamVideoError: see `dreamvideo.errors`.
    """
    recipe = recipe or Recipe()
    rate: Fraction = read("fps", Fraction, fps)
    dreamer = VideoDreamer(recipe, open_dreamer(recipe), fps=float(rate))
    for dreamed in dreamer.dream(_as_frames(frames, rate)):
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


def counted(frames: Iterable[Frame], total: int, on_progress: OnProgress, stop: Stop) -> Iterator[Frame]:
    """Pass frames on, telling of each, until someone asks to stop."""
    for frame in frames:
        yield frame
        on_progress(Progress(frame.index + 1, total, "dream"))
        if stop():
            return


def _as_frames(frames: Iterable[Frame] | Iterable[PictureLike], fps: Fraction) -> Iterator[Frame]:
    refuse_one(frames)
    reader = PictureReader()
    for index, frame in enumerate(frames):
        # Frames are read ahead of the dream, and a tool may fill one buffer again for each: so copies.
        if isinstance(frame, Frame):
            yield replace(frame, picture=reader.read(frame.picture).copy())
        else:
            yield Frame(reader.read(frame).copy(), index / fps, 1 / fps, index)


def _cut_note(cut: bool, frame: Frame) -> str | None:
    return f"a new shot begins at {float(frame.time):.2f} s" if cut else None
