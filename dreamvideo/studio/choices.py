"""The controls of the page, and the recipe that they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dreamvideo.config import Recipe
from dreamvideo.media.geometry import chosen_size
from dreamvideo.recipe import Settings, assemble, preset
from dreamvideo.studio.command import Kind, usual_settings
from dreamvideo.studio.uploads import Upload
from dreamvideo.zoom.animation import DIVE

EVERY: tuple[Kind, ...] = ("image", "video", "zoom")


@dataclass(frozen=True, slots=True)
class Slider:
    """A control for a number: its setting `key`, and the commands that have it, `kinds`."""

    key: str
    label: str
    note: str
    low: float
    high: float
    step: float
    kinds: tuple[Kind, ...] = EVERY


@dataclass(frozen=True, slots=True)
class Box:
    """A control that is on or off."""

    key: str
    label: str
    note: str
    kinds: tuple[Kind, ...] = EVERY


CONTROLS: Mapping[str, Slider | Box] = {
    "steps": Slider("dream.steps", "Steps", "More steps, more dream.", 0, 100, 1),
    "clip_strength": Slider(
        "coherence.strength", "Strength", "0 is the clip itself, 1 the full dream.", 0, 2, 0.05, ("video",)
    ),
    "dive_strength": Slider("zoom.strength", "Strength", "How fast the dream grows.", 0, 2, 0.05, ("zoom",)),
    "width": Slider("read.width", "Width", "Pixels; small is fast.", 64, 1920, 2),
    "blend": Slider("coherence.blend", "Steadiness", "Dream kept from frame to frame.", 0, 0.999, 0.001, ("video",)),
    "clip_zoom": Slider("camera.zoom", "Camera zoom", "Factor a second; 1 stands still.", 0.5, 4, 0.05, ("video",)),
    "start": Slider("read.start", "From", "Seconds.", 0, 1, 0.1, ("video",)),
    "end": Slider("read.end", "To", "Seconds.", 0, 1, 0.1, ("video",)),
    "duration": Slider("zoom.duration", "Length", "Seconds.", 1, 60, 1, ("zoom",)),
    "dive_zoom": Slider("camera.zoom", "Camera zoom", "Factor a second; below 1 goes out.", 0.5, 4, 0.05, ("zoom",)),
    "center_x": Slider(
        "camera.center_x", "Dive to, across", "Fraction of the width; or click the picture.", 0, 1, 0.01, ("zoom",)
    ),
    "center_y": Slider(
        "camera.center_y", "Dive to, down", "Fraction of the height; or click the picture.", 0, 1, 0.01, ("zoom",)
    ),
    "rotate": Slider("camera.rotate", "Turn", "Degrees a second.", -90, 90, 1, ("video", "zoom")),
    "loop": Box("zoom.loop", "Loop", "The end leads into the beginning.", ("zoom",)),
    "motif": Slider("dream.motif", "Motif", "Size of what is dreamed: 2 is twice as large.", 0.3, 4, 0.1),
    "octave_scale": Slider("dream.octave_scale", "Octave scale", "Ratio of one size to the next.", 1.1, 2, 0.05),
    "step_size": Slider("dream.step_size", "Step size", "How far a step moves a pixel.", 0.001, 0.03, 0.0001),
    "seed": Slider("dream.seed", "Seed", "Same seed, same dream.", 0, 2**31, 1),
    "keep_colors": Box("dream.keep_colors", "Keep the colours", "Only light and shade are dreamed."),
}
"""Name -> control. Layers and words are chosen by other parts."""


SPANS = ("width", "start", "end")
"""Controls whose range depends on the upload."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the choices start from.

    Attributes:
        usual_layers: the network's default layers.
        own: settings of the `studio` command; they count as chosen.
        usual: returns a command's settings from files and variables.
    """

    layers: tuple[str, ...]
    usual_layers: tuple[str, ...]
    words: tuple[str, ...] = ()
    own: tuple[Settings, ...] = ()
    usual: Callable[[Kind], Sequence[Settings]] = usual_settings

    def base(self, kind: Kind, look: str | None) -> Recipe:
        """The recipe of a command with a preset and no other flag."""
        return assemble(self._places(kind, look))

    def recipe(
        self,
        kind: Kind,
        look: str | None,
        layers: Sequence[str],
        values: Mapping[str, object],
        upload: Upload,
        more: Mapping[str, object] | None = None,
    ) -> Recipe:
        """The recipe of the choices. Controls that were not moved keep the preset's exact values.

        Args:
            look: name of a preset.
            layers: `NAME[:CHANNEL][=WEIGHT]`; empty: the preset's.
            values: name in `CONTROLS` -> value.

        Raises:
            ConfigError: a choice is invalid.
        """
        places = self._places(kind, look)
        base = assemble(places)
        chosen = dict(_changes(kind, values, base, upload)) | dict(more or {})
        if layers and list(layers) != self.shown_layers(base):
            chosen["dream.layers"] = list(layers)
        return assemble([*places, *self.own, Settings("the page", chosen)])

    def shown_layers(self, base: Recipe) -> list[str]:
        """The layers of a recipe, as text."""
        return [str(layer) for layer in base.dream.layers] or list(self.usual_layers)

    def _places(self, kind: Kind, look: str | None) -> list[Settings]:
        return [*self.usual(kind), *([] if look is None else [preset(look, "the page")])]


def standing(name: str, base: Recipe, upload: Upload | None = None) -> float | bool:
    """The value that a control shows for a recipe: the nearest one that it can show."""
    control = CONTROLS[name]
    value = _in_force(name, base, upload)
    if isinstance(control, Box):
        return bool(value)
    if name in SPANS and upload is not None:
        return value
    return min(max(value, control.low), control.high)


def _in_force(name: str, base: Recipe, upload: Upload | None) -> float:
    if name == "width":
        return base.read.width or 0 if upload is None else chosen_size(upload.size, base.read)[0]
    room, field = CONTROLS[name].key.split(".")
    value = getattr(getattr(base, room), field)
    if value is None:
        # A multiple of the slider's step.
        ends = {"end": 0.0 if upload is None else math.floor(upload.duration * 10) / 10}
        return ({"dive_zoom": DIVE, "clip_zoom": 1.0} | ends)[name]
    return value if isinstance(value, int) else float(value)


def _changes(kind: Kind, values: Mapping[str, object], base: Recipe, upload: Upload) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        control = CONTROLS[name]
        if kind not in control.kinds or value is None:
            continue
        before = standing(name, base, upload)
        if isinstance(control, Box):
            if value != before:
                yield control.key, bool(value)
        elif abs(float(str(value)) - before) >= control.step / 2:
            yield from _moved(control, float(str(value)), base)


def _moved(control: Slider, value: float, base: Recipe) -> Iterator[tuple[str, object]]:
    """The settings that a moved slider sets: its own, and others that conflict with it."""
    exact = Fraction(str(round(value, 6)))
    yield control.key, int(exact) if control.step == int(control.step) and exact.denominator == 1 else str(float(exact))
    if control.key == "dream.motif" and base.dream.octave_factors is not None:
        yield "dream.octave_factors", "none"
    if control.key == "read.width":
        yield from ((f"read.{other}", "none") for other in ("scale", "height") if getattr(base.read, other) is not None)
