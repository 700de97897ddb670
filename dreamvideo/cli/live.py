"""`live`: dream a camera."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dreamvideo.cli.arguments import option
from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.piping import refuse_terminal
from dreamvideo.cli.targets import agreed
from dreamvideo.cli.working import working
from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError, DeviceError
from dreamvideo.live import FPS
from dreamvideo.live.keys import KEYS

KEYS_NOTE = "Keys: " + "; ".join(f"{key.shown} {key.does}" for key in KEYS) + "."
WITHOUT = "--record FILE and --to - work without one"


@takes("network", "dream", "coherence", "size", "camera", "recording")
def live(
    camera: Annotated[
        str,
        typer.Argument(
            metavar="CAMERA",
            help="A camera's number or device; or a video, a picture or a folder, played in real time; "
            "or - for a video from standard input, as fast as it comes.",
        ),
    ] = "0",
    *,
    fps: Annotated[
        float,
        option(
            "Frames a second to hold: the dream becomes as small as that takes.",
            panel="Live",
            metavar="FPS",
            min=0.5,
            max=120,
        ),
    ] = FPS,
    record: Annotated[
        Path | None,
        option(
            "Record from the beginning, with the recipe inside: .mp4, .webm, .mov, .gif or a folder.",
            panel="Live",
            metavar="FILE",
        ),
    ] = None,
    to: Annotated[
        str | None,
        option(
            "Write raw YUV4MPEG2 to standard output at a constant rate, for ffmpeg, OBS or a virtual camera.",
            panel="Live",
            metavar="-",
        ),
    ] = None,
    repeat: Annotated[bool, option("Begin a video or a folder anew at its end.", "--repeat", panel="Live")] = False,
    no_window: Annotated[
        bool, option("Open no window: record, or write a stream.", "--no-window", panel="Live")
    ] = False,
    recipe: Recipe,
    run: Run,
) -> None:
    """Dream a camera while you look, in a window with keys.

    Pictures that come too fast are dropped, so that what is shown never lags. h shows the keys.
    """
    from dreamvideo.words import pin

    if to not in (None, "-"):
        raise ConfigError(f"expected - for --to, which is standard output, got {to!r}: --record writes a file")
    if to is not None:
        refuse_terminal(run)
    windowed = _windowed(no_window, record is not None or to is not None, run)
    recipe = pin(recipe) if record is None else agreed(recipe, Path(camera), record, run, "clip")
    with working(run) as work:
        from dreamvideo.live.opening import open_session

        def on_file(path: Path) -> None:
            if to is None:
                work.show.result(path)
            else:  # standard output is the stream's
                work.show.note(str(path))

        session = open_session(
            camera,
            recipe,
            fps,
            record=record,
            out=None if to is None else sys.stdout.buffer,
            windowed=windowed,
            repeat=repeat,
            on_message=work.show.warn,
            on_file=on_file,
        )
        session.run(work.stop)


def _windowed(unwanted: bool, other: bool, run: Run) -> bool:
    """Whether to open a window; `unwanted`: --no-window is set, `other`: there is another output.

    Raises:
    """
    from dreamvideo.live.window import why_no_window

    if unwanted and not other:
        raise ConfigError(f"expected a window, --record FILE or --to -, got --no-window alone: {WITHOUT}")
    trouble = None if unwanted else why_no_window()
    if trouble is not None:
        if not other:
            raise DeviceError(f"no window can be opened: {trouble}; {WITHOUT}")
        Display(quiet=run.quiet, as_json=run.json).note(f"no window: {trouble}; Ctrl-C ends it")
    return not unwanted and trouble is None
