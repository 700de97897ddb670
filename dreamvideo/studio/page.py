"""The page as an application: its parts, and the handlers of their events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from dreamvideo.studio.asked import CHOSEN, SAID, Asked, EventData
from dreamvideo.studio.choices import CONTROLS
from dreamvideo.studio.handlers import Handlers
from dreamvideo.studio.layout import LISTS, TITLE, Layout
from dreamvideo.studio.live import CHOSEN as LIVE
from dreamvideo.studio.live import LiveTab
from dreamvideo.studio.state import PageState
from dreamvideo.studio.theme import theme_of
from dreamvideo.studio.view import Changes

Handler: TypeAlias = Callable[[PageState, Asked, EventData], Changes]
LOOK_EVERY = 0.3
"""Seconds between updates."""
_ASKED = ("seen", "drop", *SAID, "timeline", "varies", "easing", *CHOSEN)
"""Parts whose values handlers get."""


def mount(gradio: Any, handlers: Handlers, live: LiveTab, folders: Sequence[Path], port: int, max_upload: int) -> Any:
    """The page as an ASGI application.

    Args:
        folders: folders whose files the page may show.
        max_upload: largest file in bytes.
    """
    from fastapi import FastAPI

    page = Page(gradio, handlers, live, max_upload).blocks
    return gradio.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        page.queue(default_concurrency_limit=1),
        path="/",
        server_name="127.0.0.1",
        server_port=port,
        allowed_paths=[str(folder) for folder in folders],
        max_file_size=max_upload,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        show_error=False,
        theme=theme_of(gradio),
        css_paths=[Path(__file__).with_name("page.css")],
    )


class Page:
    """The parts of the page, connected to their handlers."""

    def __init__(self, gradio: Any, handlers: Handlers, live: LiveTab, max_upload: int) -> None:
        self._gradio = gradio
        self._handlers = handlers
        self._live = live
        self._lock = threading.Lock()
        self._pages: dict[str, PageState] = {}
        with gradio.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as self.blocks:
            self.parts: dict[str, Any] = Layout(gradio, handlers.desk, max_upload).parts
            self._wire(gradio.Timer(LOOK_EVERY))
            self._wire_live()

    def _wire(self, timer: Any) -> None:
        parts, handlers = self.parts, self._handlers
        said = [
            parts["layers"].change,
            parts["words"].change,
            parts["over_time"].input,
            parts["music"].change,
            parts["guide"].change,
            parts["mask"].input,
            parts["form"].input,
            *(parts[name].input for name in CONTROLS),
        ]
        self._on([self.blocks.load], handlers.open)
        self.blocks.unload(self._leaving())
        self._on([parts["drop"].upload], handlers.receive, "always_last")
        self._on([parts["kind"].input], handlers.arrange, "always_last")
        self._on([parts["shelf"].input], handlers.take_down, "always_last")
        self._on([parts["pictured"].input], handlers.take_words, "always_last")
        if "words_drawer" in parts:
            self._on([parts["words_drawer"].expand], handlers.picture_words)
        self._on([parts["look"].input], handlers.choose, "always_last")
        self._on(said, handlers.say, "always_last")
        self._on([parts["moment"].change], handlers.look_at, "always_last")
        self._on([parts["source"].click], handlers.aim, "always_last")
        self._on([parts["timeline"].click], handlers.add_key, "multiple")
        self._on([parts["die_button"].click], handlers.roll, "multiple")
        for name in ("dream", "trial", "render", "stop"):
            button = "try_button" if name == "trial" else f"{name}_button"
            self._on([parts[button].click], getattr(handlers, name))
        self._on([parts[name].click for name in LISTS], handlers.act, "multiple")
        self._on([timer.tick], handlers.look_again)

    def _wire_live(self) -> None:
        parts, live = self.parts, self._live
        shown = [name for name in parts if name.startswith("live_")]
        events = ((parts["camera"].input, live.frame), (parts["live_look"].input, live.choose))
        for trigger, handler in (*events, (parts["keep_button"].click, live.keep)):
            self._have([trigger], partial(_with_owner, handler), LIVE, shown)

    def _on(self, triggers: list[Any], handler: Handler, trigger_mode: str = "once") -> None:
        """Connect events to a handler, which gets the state of their page, the values of its parts, and their data."""
        self._have(
            triggers,
            lambda request, asked, data: handler(self._page(request), asked, data) or {"seen": {}},  # at least one
            _ASKED,
            list(self.parts),
            trigger_mode,
        )

    def _have(
        self,
        triggers: list[Any],
        handler: Callable[[Any, Asked, EventData], Changes],
        sent: Sequence[str],
        changed: Sequence[str],
        trigger_mode: str = "once",
    ) -> None:
        """Connect events to a handler, which gets their request, the values of the parts `sent`, and their data."""

        def call(request: Any, event: Any, *values: Any) -> dict[Any, Any]:
            changes = handler(request, dict(zip(sent, values, strict=True)), event._data or {})
            return {self.parts[name]: self._gradio.update(**facts) for name, facts in changes.items()}

        call.__annotations__ |= {"request": self._gradio.Request, "event": self._gradio.EventData}
        self._gradio.on(
            triggers,
            call,
            [self.parts[name] for name in sent],
            [self.parts[name] for name in changed],
            trigger_mode=trigger_mode,
            # Gradio's checks refuse numbers out of range silently; the recipe's say why.
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
            queue=False,
        )

    def _page(self, request: Any) -> PageState:
        """The state of the page that sent a request; made at its first event."""
        with self._lock:
            return self._pages.setdefault(request.session_hash, PageState())

    def _leaving(self) -> Callable[[Any], None]:
        """The handler of a closed page: its state is dropped, its tries go on."""

        def leave(request: Any) -> None:
            with self._lock:
                self._pages.pop(request.session_hash, None)
            self._live.leave(request.session_hash)

        leave.__annotations__ |= {"request": self._gradio.Request}
        return leave


def _with_owner(
    handler: Callable[[str, Asked, EventData], Changes], request: Any, asked: Asked, data: EventData
) -> Changes:
    """Call a handler that takes the session of its page."""
    return handler(request.session_hash, asked, data)
