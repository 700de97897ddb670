"""Clips side by side, with labels, at the times of the first one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreamvideo.choose.sheet import side_by_side
from dreamvideo.config import ReadConfig, WriteConfig
from dreamvideo.errors import ConfigError
from dreamvideo.media import Source, check_target, open_source, open_target
from dreamvideo.media.frame import Frame, Picture, size_of
from dreamvideo.progress import OnProgress, Progress, silent
from dreamvideo.render.result import Result


def compare_clips(
    paths: Sequence[Path],
    target: Path,
    labels: Sequence[str] | None = None,
    write: WriteConfig | None = None,
    on_progress: OnProgress = silent,
) -> Result:
    """Make a video of clips side by side, with labels.

    Args:
        paths: two or more videos, GIFs, sequences or pictures. Times are those of the first; a shorter one stays on its
            last frame.
        labels: one for each clip; None: the files' names.

    Returns:
        The video, which a notebook plays, with the warnings of all clips.

    Raises:
        ConfigError: there are fewer than two clips, or not one label each.
    """
    write = write or WriteConfig()
    said: list[str] = []
    rows = compared(paths, labels, said)
    for path in paths:
        check_target(target, path, write.overwrite, "clip")
    with open_source(paths[0], ReadConfig()) as first:
        info, base = first.info, first.time_base
    with ExitStack() as stack:
        out, frames = None, 0
        for row in rows:
            on_progress(Progress(row.index, info.frames, "compare"))
            if out is None:
                size = size_of(row.picture)
                out = stack.enter_context(open_target(target, size, info.rate, write, time_base=base))
            out.write(row.picture, row.time, row.duration)
            frames += 1
    return Result(target, frames, warnings=tuple(said))


def compared(
    paths: Sequence[Path], labels: Sequence[str] | None = None, said: list[str] | None = None
) -> Iterator[Frame]:
    """The frames of a comparison; arguments as for `compare_clips`. After the last one, `said` holds the warnings.

    Raises:
        ConfigError: there are fewer than two clips, or not one label each.
    """
    if len(paths) < 2:
        raise ConfigError(f"expected at least two clips to compare, got {len(paths)}")
    names = [path.name for path in paths] if labels is None else list(labels)
    if len(names) != len(paths):
        raise ConfigError(f"expected {len(paths)} labels, one a clip, got {len(names)}")
    return _rows(paths, names, [] if said is None else said)


def _rows(paths: Sequence[Path], names: Sequence[str], said: list[str]) -> Iterator[Frame]:
    with ExitStack() as stack:
        sources = [stack.enter_context(open_source(path, ReadConfig())) for path in paths]
        height = min(source.info.size[1] for source in sources)
        others = [_Held(source) for source in sources[1:]]
        for frame in sources[0]:
            row = side_by_side([frame.picture, *(other.at(frame.time) for other in others)], names, height)
            yield replace(frame, picture=row)
        said += [
            f"{path.name}: {text}" for path, source in zip(paths, sources, strict=True) for text in source.warnings
        ]


class _Held:
    """A clip that returns its displayed frame at rising times."""

    def __init__(self, source: Source) -> None:
        self._frames = iter(source)
        self._shown = next(self._frames)
        self._next = next(self._frames, None)

    def at(self, time: Fraction) -> Picture:
        while self._next is not None and self._next.time <= time:
            self._shown, self._next = self._next, next(self._frames, None)
        return self._shown.picture
