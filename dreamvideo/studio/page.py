"""The page: the picture large, the controls at its side."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from dreamvideo.recipe.presets import PRESETS
from dreamvideo.studio.choices import CONTROLS, Box, shown
from dreamvideo.studio.handlers import FORMS, FRAME_STEP, NO_LOOK, Asked, Changes, Handlers, note
from dreamvideo.studio.shown import INVITATION, status_html

TITLE = "dreamvideo studio"
_FACES = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")
HEADLINE = (
    "<h1>dreamvideo <i>studio</i></h1>"
    "<span>Choose a look and press Dream. Hold the picture down to see what it was.</span>"
)
Handler: TypeAlias = Callable[..., Any]
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LOOK = ("steps", "clip_strength", "dive_strength", "width")
_MOTION = ("blend", "clip_zoom", "duration", "dive_zoom", "rotate", "start", "end", "loop")
_MORE = ("octaves", "octave_scale", "step_size", "seed", "keep_colors")


def mount(gradio: Any, handlers: Handlers, results: Path, port: int, max_upload: int) -> Any:
    """The page as an ASGI application.

    Args:
        gradio: the module.
        handlers: what its events call.
        results: folder of what they make.
        port: the server's.
        max_upload: largest file in bytes.
    """
    from fastapi import FastAPI

    page = Page(gradio, handlers).blocks
    return gradio.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        page.queue(default_concurrency_limit=1),
        path="/",
        server_name="127.0.0.1",
        server_port=port,
        allowed_paths=[str(results)],
        max_file_size=max_upload,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        show_error=False,
        theme=_theme(gradio),
        css_paths=[Path(__file__).with_name("page.css")],
    )


def _theme(gradio: Any) -> Any:
    """Dark, whatever the browser prefers, in fonts that are on every machine."""
    ink = gradio.themes.Color(
        *("#f4f2f8", "#ece8f4", "#d8d2e4", "#cbc5d8", "#a39db3", "#7c768c", "#4b4559", "#332e40", "#221e2e", "#17141f"),
        "#0d0b12",
    )
    amber = gradio.themes.Color(
        *("#fdf1e4", "#fbe2c8", "#f9d1a8", "#f7c08a", "#f4b073", "#f0a35e", "#d9853a", "#b0682a", "#824d20", "#57351a"),
        "#331f11",
    )
    theme = gradio.themes.Base(primary_hue=amber, secondary_hue=amber, neutral_hue=ink, font=_FACES, font_mono=_MONO)
    theme = theme.set(
        body_background_fill_dark="*neutral_950",
        block_background_fill_dark="*neutral_900",
        block_border_color_dark="*neutral_800",
        border_color_primary_dark="*neutral_800",
        input_background_fill_dark="*neutral_800",
        button_primary_background_fill_dark="linear-gradient(100deg, #f0a35e, #d9598c)",
        button_primary_background_fill_hover_dark="linear-gradient(100deg, #f7b87d, #e56f9e)",
        button_primary_text_color_dark="#14101c",
        slider_color_dark="*primary_500",
        checkbox_label_background_fill_selected_dark="*primary_500",
        checkbox_label_text_color_selected_dark="#14101c",
    )
    for name in [name for name in vars(theme) if name.endswith("_dark")]:
        value = getattr(theme, name)
        if value is not None:
            setattr(theme, name.removesuffix("_dark"), value)
    return theme


class Page:
    """The parts of the page, and what each of them sets off.

    Attributes:
        blocks: the page.
        parts: its components by the names that handlers know.
    """

    def __init__(self, gradio: Any, handlers: Handlers) -> None:
        self._gradio = gradio
        self._desk = handlers.desk
        self._handlers = handlers
        self.parts: dict[str, Any] = {}
        with gradio.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as self.blocks:
            self.parts |= {"upload": gradio.State(None), "halt": gradio.State(None)}
            gradio.HTML(HEADLINE, elem_id="title")
            with gradio.Row(equal_height=False):
                with gradio.Column(scale=5, min_width=480):
                    self._lay_out_stage()
                with gradio.Column(scale=2, min_width=360, elem_id="side"):
                    self._lay_out_side()
            self._wire()

    def _put(self, name: str, kind: str, *values: Any, **facts: Any) -> None:
        self.parts[name] = getattr(self._gradio, kind)(*values, elem_id=f"part-{name}", **facts)

    def _lay_out_stage(self) -> None:
        with self._gradio.Column(elem_id="stage"):
            self._put("source", "HTML", INVITATION)
            self._put("dream", "HTML", "")
            self._put("file", "File", label="Picture or clip", show_label=False)
        with self._gradio.Row(elem_id="below"):
            self._put("status", "HTML", status_html(""))
            self._put("result", "HTML", "", visible=False)
        self._put("moment", "Slider", 0, 1, 0, step=FRAME_STEP, label="Frame at, in seconds", visible=False, buttons=[])
        self._put(
            "command",
            "Textbox",
            label="The same from a terminal, in the folder of the file",
            interactive=False,
            max_lines=4,
            buttons=["copy"],
            visible=False,
        )

    def _lay_out_side(self) -> None:
        gradio = self._gradio
        layers = self._desk.shown_layers(self._desk.base("image", None))
        self._put("kind", "Radio", [], label="Make", visible=False)
        self._put("look", "Radio", [NO_LOOK, *PRESETS], value=NO_LOOK, label="Preset", info=note(NO_LOOK))
        self._put(
            "layers",
            "Dropdown",
            list(dict.fromkeys([*self._desk.layers, *layers])),
            value=layers,
            multiselect=True,
            allow_custom_value=True,
            label="Dream of",
            info="Layers, shallow to deep; also one channel with a weight, as mixed4:23=1.5",
        )
        self._put_controls(*_LOOK)
        with gradio.Row():
            self._put("dream_button", "Button", "Dream", variant="primary", interactive=False, scale=3)
            self._put("stop_button", "Button", "Stop", visible=False, min_width=90)
        with gradio.Column(visible=False, elem_id="whole") as self.parts["whole"]:
            self._put("render_button", "Button", "Render the whole", variant="secondary")
            self._put("form", "Radio", list(FORMS), value=FORMS[0], label="As", show_label=False, container=False)
        with gradio.Accordion("Motion", open=False, visible=False) as self.parts["motion"]:
            self._put_controls(*_MOTION)
        with gradio.Accordion("More", open=False):
            self._put_controls(*_MORE)

    def _put_controls(self, *names: str) -> None:
        for name in names:
            control = CONTROLS[name]
            facts = {
                "value": shown(name, self._desk.base(control.kinds[0], None)),
                "label": control.label,
                "info": control.note,
                "visible": "image" in control.kinds and name != "width",
            }
            if isinstance(control, Box):
                self._put(name, "Checkbox", **facts)
            elif name == "seed":
                self._put(name, "Number", precision=0, minimum=control.low, **facts)
            else:
                self._put(name, "Slider", control.low, control.high, step=control.step, buttons=[], **facts)

    def _wire(self) -> None:
        parts, handlers = self.parts, self._handlers
        said = [parts["layers"].change, parts["form"].input, *(parts[name].input for name in CONTROLS)]
        self._on([parts["file"].upload, parts["file"].clear], handlers.receive)
        self._on([parts["kind"].input], handlers.arrange)
        self._on([parts["look"].input], handlers.choose)
        self._on(said, handlers.command, trigger_mode="always_last")
        self._on([parts["moment"].change], handlers.look_at, trigger_mode="always_last")
        self._on([parts["stop_button"].click], handlers.stop)
        for name, work in (("dream_button", handlers.dream), ("render_button", handlers.render)):
            begun = self._on([parts[name].click], handlers.begin)
            begun.then(
                self._calling(work), self._inputs, self._outputs, **_QUIET, concurrency_limit=1, concurrency_id="work"
            )

    def _on(self, triggers: list[Any], handler: Handler, **options: Any) -> Any:
        return self._gradio.on(
            triggers, self._calling(handler), self._inputs, self._outputs, queue=False, **_QUIET, **options
        )

    @property
    def _inputs(self) -> list[Any]:
        return [self.parts[name] for name in self._asked]

    @property
    def _outputs(self) -> list[Any]:
        return list(self.parts.values())

    @property
    def _asked(self) -> list[str]:
        return ["file", "upload", "halt", "kind", "look", "layers", "form", "moment", *CONTROLS]

    def _calling(self, handler: Handler) -> Handler:
        """A handler as Gradio calls it: values in order, updates by component."""

        def read(values: Sequence[Any]) -> Asked:
            return dict(zip(self._asked, values, strict=True))

        def once(*values: Any) -> Any:
            return self._updates(handler(read(values)))

        def repeatedly(*values: Any) -> Any:
            with closing(handler(read(values))) as all_changes:
                for changes in all_changes:
                    yield self._updates(changes)

        return repeatedly if inspect.isgeneratorfunction(handler) else once

    def _updates(self, changes: Changes) -> dict[Any, Any]:
        states = (self.parts["upload"], self.parts["halt"])
        return {
            part: facts["value"] if part in states else self._gradio.update(**facts)
            for part, facts in ((self.parts[name], facts) for name, facts in changes.items())
        }
