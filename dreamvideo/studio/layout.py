"""The layout of the page: a large picture, and controls beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dreamvideo.config import Recipe
from dreamvideo.live import FPS
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.schedule import SETTINGS
from dreamvideo.schedule.keyframes import EASINGS
from dreamvideo.studio.asked import FORMS, FRAME_STEP, NO_LOOK, note
from dreamvideo.studio.choices import CONTROLS, Box, Desk, Slider, standing
from dreamvideo.studio.live import CONTROLS as LIVE_CONTROLS
from dreamvideo.studio.pieces import INVITATION, status_html
from dreamvideo.studio.samples import words_pictured
from dreamvideo.studio.timeline import VARIES

TITLE = "dreamvideo studio"
HEADLINE = (
    "<h1>dreamvideo <i>studio</i></h1>"
    "<span>Choose a look and press Dream. Hold the picture down to see what it was.</span>"
)
DROP = '<label class="drop"><input type="file" aria-label="Choose a picture or a clip"></label>'
PAINT = (
    '<canvas aria-label="Paint on the picture where to dream"></canvas>'
    '<div class="brush" role="toolbar" aria-label="Brush"><label>Brush <input type="range" min="1" max="40" value="10">'
    '</label><button type="button" data-erase aria-pressed="false">Erase</button>'
    '<button type="button" data-clear>Clear</button><button type="button" data-done>Done</button></div>'
)
PAINTING = (
    '<button type="button" data-paint>Paint where to dream</button>'
    '<a id="save-mask" href="#" download="mask.png">Save mask.png, which the command names</a>'
)
CAMERA = (
    '<video muted playsinline aria-label="What the camera sees"></video><button type="button">Use the camera</button>'
)
HANDLE = (
    '<button type="button" aria-expanded="false" onclick="'
    "this.ariaExpanded = this.closest('.side').toggleAttribute('data-open')"
    '">Choices</button>'
)
"""Opens and closes the drawer of choices on a phone."""
LISTS = ("chip", "queue", "tries")
"""Parts with buttons that send data."""
_HERE = Path(__file__).parent
_LOOK = ("steps", "clip_strength", "dive_strength", "width")
_MOTION = ("blend", "clip_zoom", "duration", "dive_zoom", "center_x", "center_y", "rotate", "start", "end", "loop")
_MORE = ("motif", "octave_scale", "step_size", "seed", "keep_colors")


class Layout:
    """Builds the parts of the page.

    Attributes:
        parts: name -> component.
    """

    def __init__(self, gradio: Any, desk: Desk, max_upload: int) -> None:
        self._gradio = gradio
        self._desk = desk
        self.parts: dict[str, Any] = {}
        gradio.HTML(HEADLINE, elem_id="title")
        with gradio.Tabs(elem_id="tabs"):
            with gradio.Tab("Pictures", elem_id="pictures"), gradio.Row(equal_height=False, elem_classes="columns"):
                with gradio.Column(scale=5, min_width=320, elem_id="main", elem_classes="main"):
                    self._lay_out_stage(max_upload)
                with gradio.Column(scale=2, min_width=320, elem_id="side", elem_classes="side"):
                    self._lay_out_side()
            with gradio.Tab("Live", elem_id="camera"), gradio.Row(equal_height=False, elem_classes="columns"):
                self._lay_out_live()
        self._put("seen", "HTML", "", visible="hidden")  # last, since it says that all other parts are updated

    def _put(self, name: str, kind: str, *values: Any, **facts: Any) -> None:
        self.parts[name] = getattr(self._gradio, kind)(*values, elem_id=f"part-{name}", **facts)

    def _put_buttons(self, name: str) -> None:
        """A list with buttons that send data."""
        script = (_HERE / "buttons.js").read_text(encoding="utf-8")
        self._put(name, "HTML", "", js_on_load=script, visible=name == "chip")

    def _lay_out_stage(self, max_upload: int) -> None:
        with self._gradio.Column(elem_id="stage", elem_classes="stage"):
            self._put("source", "HTML", INVITATION, js_on_load=(_HERE / "aim.js").read_text(encoding="utf-8"))
            self._put("aim", "HTML", "")
            self._put("dream", "HTML", "")
            script = (_HERE / "paint.js").read_text(encoding="utf-8")
            self._put("mask", "HTML", "", html_template=PAINT, js_on_load=script)
            script = (_HERE / "drop.js").read_text(encoding="utf-8")
            self._put("drop", "HTML", None, html_template=DROP, js_on_load=script, most=max_upload)
            self._put_buttons("chip")
        with self._gradio.Row(elem_classes="below"):
            self._put("status", "HTML", "")
            self._put("result", "HTML", "", visible=False)
        self._put("moment", "Slider", 0, 1, 0, step=FRAME_STEP, label="Frame at, in seconds", visible=False, buttons=[])
        self._put_buttons("queue")
        self._put_buttons("tries")
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
        base = self._desk.base("image", None)
        layers = self._desk.shown_layers(base)
        self._put("kind", "Radio", [], label="Make", visible=False)
        self._put("look", "Radio", [NO_LOOK, *PRESETS], value=NO_LOOK, label="Preset", info=note(NO_LOOK))
        self._put("shelf", "CheckboxGroup", list(self._desk.layers), value=layers, label="Dream of")
        self._put_lists("", base)
        if words := words_pictured(self._desk):
            with gradio.Accordion("Words as pictures", open=False, elem_id="words") as self.parts["words_drawer"]:
                self._put("pictured", "CheckboxGroup", words, value=[], label="Words on your picture")
        else:
            self._put("pictured", "CheckboxGroup", [], value=[], visible=False)
        self._put("samples", "HTML", "")
        self._put_controls(*_LOOK)
        self._lay_out_actions()
        with gradio.Accordion("Motion", open=False, visible=False, elem_id="motion") as self.parts["motion"]:
            self._put_controls(*_MOTION)
        self._lay_out_change()
        self._lay_out_where()
        with gradio.Accordion("More", open=False, elem_id="more"):
            self._put_controls(*_MORE)

    def _lay_out_change(self) -> None:
        """Schedules with their time line, and music."""
        gradio = self._gradio
        with gradio.Accordion("Over time", open=False, visible=False, elem_id="change") as self.parts["change"]:
            script = (_HERE / "timeline.js").read_text(encoding="utf-8")
            self._put("timeline", "HTML", "", js_on_load=script)
            self._put("varies", "Dropdown", list(SETTINGS), value=VARIES, label="A click there sets a key of")
            self._put("easing", "Radio", list(EASINGS), value="linear", label="The way into it")
            self._put(
                "over_time",
                "Textbox",
                label="Schedules",
                info="A line a setting, as camera.zoom = 0s: 1, 4s: 1.6 smooth",
                lines=2,
                max_lines=6,
            )
            self._put("music", "File", label="Music: its bass, mid, treble and loudness drive schedules", height=90)

    def _lay_out_where(self) -> None:
        """Guide and mask."""
        gradio = self._gradio
        with gradio.Accordion("Guide and mask", open=False, visible=False, elem_id="where") as self.parts["where"]:
            self._put("guide", "File", label="Guide: a picture whose features the dream seeks", height=90)
            gradio.HTML(PAINTING, elem_id="painting")

    def _lay_out_actions(self) -> None:
        """Buttons that stay visible; on a phone, the edge of the drawer."""
        gradio = self._gradio
        with gradio.Column(elem_classes="actions"):
            gradio.HTML(HANDLE, elem_id="handle", elem_classes="handle")
            with gradio.Row(elem_classes="do"):
                self._put("dream_button", "Button", "Dream", variant="primary", interactive=False, min_width=90)
                self._put("try_button", "Button", "Try two seconds", visible=False, min_width=90)
                self._put("stop_button", "Button", "Stop", visible=False, min_width=70)
            with gradio.Row(visible=False, elem_classes="do") as self.parts["whole"]:
                self._put("render_button", "Button", "Render the whole", variant="secondary", min_width=90)
                facts = {"label": "File type", "show_label": False, "container": False}
                self._put("form", "Radio", list(FORMS), value=FORMS[0], **facts)

    def _lay_out_live(self) -> None:
        """The live tab: camera, dream, and controls."""
        gradio, base = self._gradio, self._desk.base("video", None)
        with gradio.Column(scale=5, min_width=320, elem_classes="main"):
            with gradio.Column(elem_id="live", elem_classes="stage"):
                script = (_HERE / "live.js").read_text(encoding="utf-8")
                self._put("camera", "HTML", None, html_template=CAMERA, js_on_load=script, fps=FPS)
                self._put("live_dream", "HTML", "")
            with gradio.Row(elem_classes="below"):
                self._put("live_status", "HTML", status_html("The camera's pictures do not leave this machine."))
                self._put("live_result", "HTML", "", visible=False)
        with gradio.Column(scale=2, min_width=320, elem_classes="side"):
            self._put("live_look", "Radio", [NO_LOOK, *PRESETS], value=NO_LOOK, label="Preset", info=note(NO_LOOK))
            self._put_lists("live_", base)
            for name, like in LIVE_CONTROLS.items():
                control, value = CONTROLS[like], standing(like, base)
                assert isinstance(control, Slider)
                facts = {"value": value, "step": control.step, "label": control.label, "info": control.note}
                self._put(name, "Slider", control.low, control.high, buttons=[], **facts)
            with gradio.Column(elem_classes="actions"):
                gradio.HTML(HANDLE, elem_id="live-handle", elem_classes="handle")
                with gradio.Row(elem_classes="do"):
                    self._put("freeze", "Checkbox", False, label="Freeze", container=False, min_width=90)
                    self._put("keep_button", "Button", "Keep this picture", min_width=90)

    def _put_lists(self, prefix: str, base: Recipe) -> None:
        """Lists of layers and of words, to which others can be added."""
        layers, words = self._desk.shown_layers(base), list(self._desk.words)
        facts: dict[str, Any] = {"multiselect": True, "allow_custom_value": True, "label": "Layers and channels"}
        if not prefix:
            facts["info"] = "Shallow to deep; also one channel with a weight, as mixed4:23=1.5"
        choices = list(dict.fromkeys([*self._desk.layers, *layers]))
        self._put(f"{prefix}layers", "Dropdown", choices, value=layers, **facts)
        facts |= {"label": "What shall appear", "visible": bool(words)}
        if not prefix:
            facts["info"] = "Words, also with a weight, as coral=0.5"
        self._put(f"{prefix}words", "Dropdown", words, value=[], **facts)

    def _put_controls(self, *names: str) -> None:
        for name in names:
            control = CONTROLS[name]
            facts = {
                "value": standing(name, self._desk.base(control.kinds[0], None)),
                "label": control.label,
                "info": control.note,
                "visible": "image" in control.kinds and name != "width",
            }
            if isinstance(control, Box):
                self._put(name, "Checkbox", **facts)
            elif name == "seed":
                self._put_seed(facts)
            else:
                self._put(name, "Slider", control.low, control.high, step=control.step, buttons=[], **facts)

    def _put_seed(self, facts: dict[str, Any]) -> None:
        with self._gradio.Row(elem_id="chance"):
            self._put("seed", "Number", precision=0, **facts)
            self._put("die_button", "Button", "Roll the die", min_width=90)
