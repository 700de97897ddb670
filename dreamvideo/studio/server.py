"""Serve the page on a port of this machine, with a temporary or a permanent folder."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamvideo.errors import ConfigError, MissingExtraError
from dreamvideo.jobs.processes import environment_set
from dreamvideo.studio.guard import Guard

if TYPE_CHECKING:
    from dreamvideo.studio.choices import Desk

HOST = "127.0.0.1"
MAX_UPLOAD = 512 * 10**6
"""Largest upload in bytes."""
_GRACE = 1
"""Seconds that open pages have when the server ends."""
_LONGEST_STEP = 30.0
"""Seconds that work has to end; it checks after every step and frame."""


def import_gradio() -> Any:
    """Import Gradio, without its warnings.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # About future changes of its parts.
            warnings.simplefilter("ignore", DeprecationWarning)
            import gradio
    except ImportError as error:
        raise MissingExtraError("the studio needs Gradio: pip install 'dreamvideo[studio]'") from error
    return gradio


@contextlib.contextmanager
def serving(
    port: int, own: Mapping[str, object] | None = None, *, max_upload: int = MAX_UPLOAD, keep: Path | None = None
) -> Iterator[str]:
    """Serve the page to this machine inside a `with` block.

    Args:
        port: the port; 0: any free one.
        own: setting -> value, which override choices on the page: the network.
        max_upload: largest file in bytes.
        keep: folder of uploads and tries; None: a temporary one.

    Yields:
        The page's address.

    Raises:
        MissingExtraError: Gradio is not installed.
        ConfigError: the port is taken, or a setting is invalid.
        ModelError: the network cannot be loaded.
    """
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(_listening(port))
        folder = stack.enter_context(_folder(keep))
        stack.enter_context(environment_set(_environment(folder)))
        gradio = import_gradio()
        from dreamvideo.studio.actions import perform
        from dreamvideo.studio.cuts import Cuts
        from dreamvideo.studio.handlers import Handlers
        from dreamvideo.studio.live import LiveTab
        from dreamvideo.studio.page import mount
        from dreamvideo.studio.queue import Queue
        from dreamvideo.studio.samples import Samples
        from dreamvideo.studio.tries import saved

        tries, pictures, snapshots = folder / "tries", folder / "samples", folder / "live"
        tries.mkdir(exist_ok=True)
        desk = open_desk(own or {})
        samples, cuts = Samples(desk, pictures), Cuts()
        port, queue = (
            listening.getsockname()[1],
            Queue(perform, saved(tries), lambda busy: cuts.make_one() or samples.make_one(busy)),
        )
        handlers = Handlers(desk, folder, queue, samples, cuts, max_upload)
        live = LiveTab(desk, snapshots)
        application = mount(gradio, handlers, live, [tries, pictures, snapshots], port, max_upload)
        stack.callback(queue.end, _LONGEST_STEP)
        stack.callback(live.end, _LONGEST_STEP)
        stack.enter_context(_running(Guard(application, port), listening))
        yield f"http://{HOST}:{port}/"


def open_desk(own: Mapping[str, object]) -> Desk:
    """Load the network, and make what the choices start from."""
    from dreamvideo.choose.atlas import main_layers
    from dreamvideo.config import NetworkConfig
    from dreamvideo.networks import load_network
    from dreamvideo.recipe import Settings, assemble
    from dreamvideo.studio.choices import EVERY, Desk
    from dreamvideo.studio.command import usual_settings
    from dreamvideo.words import load_vocabulary, own_words

    chosen = (Settings("the command", own),)
    usual = {kind: usual_settings(kind) for kind in EVERY}
    image, *_ = [assemble([*usual[kind], *chosen]) for kind in EVERY]  # all, so that errors show at the start
    network = load_network(image.network)
    layers, usual_layers = tuple(main_layers(network)), tuple(map(str, network.default_layers))
    words = (*own_words(), *load_vocabulary().meanings) if network.name == NetworkConfig().model else ()
    return Desk(layers, usual_layers, words, chosen, usual.__getitem__)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder of uploads and tries. Raises ConfigError if it cannot be made."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="dreamvideo-studio-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"expected a folder for the tries, and {keep} cannot be one: {error.strerror}") from error
    yield keep.absolute()


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        if os.name == "posix":  # on Windows it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} cannot be had: {error.strerror}; --port 0 takes any that is free"
            ) from error
        yield listening


def _environment(folder: Path) -> dict[str, str]:
    """Variables that Gradio reads: it sends no reports, and keeps files in our folder."""
    return {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_RUN_HISTORY": "False",
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "HF_HUB_OFFLINE": "1",
    }


@contextlib.contextmanager
def _running(application: Any, listening: socket.socket) -> Iterator[None]:
    """Run an HTTP server in a thread, so that signals stay with the caller."""
    import uvicorn

    config = uvicorn.Config(
        application, log_config=None, access_log=False, log_level="critical", timeout_graceful_shutdown=_GRACE
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="dreamvideo-studio-server", daemon=True
    )
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            thread.join(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join()
