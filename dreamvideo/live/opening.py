"""Open a live session: feed, network, window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dreamvideo.choose.atlas import main_layers
from dreamvideo.config import Recipe
from dreamvideo.live import FPS
from dreamvideo.live.choices import Choices
from dreamvideo.live.dreaming import LiveDreamer
from dreamvideo.live.feed import open_feed
from dreamvideo.live.recording import RawStream, Recorder
from dreamvideo.live.session import Session, Shown
from dreamvideo.live.window import OpenCVWindow
from dreamvideo.networks.network import Network
from dreamvideo.words import load_vocabulary


def open_session(
    camera: str,
    recipe: Recipe,
    fps: float = FPS,
    *,
    record: Path | None = None,
    out: BinaryIO | None = None,
    windowed: bool = True,
    repeat: bool = False,
    on_message: Callable[[str], None] = lambda text: None,
    on_file: Callable[[Path], None] = lambda path: None,
    on_picture: Callable[[Shown], None] = lambda shown: None,
) -> Session:
    """Open a live session; `Session.run` starts it.

    Args:
        camera: the source, see `open_feed`.
        record: file of a recording that starts at once.
        out: where to write the raw stream.
        windowed: whether to open a window, see `why_no_window`.
        repeat: whether to start a file again at its end.

    Raises:
        InputError: the camera or the file cannot be used.
        DreamVideoError: see `dreamvideo.errors`.
    """
    feed = open_feed(camera, recipe.read, repeat=repeat)
    dreamer = LiveDreamer(recipe, feed.size, fps)
    network = dreamer.dreamer.network
    session = Session(
        feed,
        dreamer,
        Recorder(feed.size, fps, record),
        Choices(recipe, main_layers(network), words_of(network)),
        screen=OpenCVWindow(feed.size) if windowed else None,
        stream=None if out is None else RawStream(out, feed.size, fps),
        on_message=on_message,
        on_file=on_file,
        on_picture=on_picture,
    )
    if record is not None:
        session.start_recording()
    return session


def words_of(network: Network) -> tuple[str, ...]:
    """The words that a network knows; only the bundled network knows any."""
    vocabulary = load_vocabulary()
    return tuple(vocabulary.meanings) if vocabulary.basis.weights_sha256 == network.weights_hash else ()
