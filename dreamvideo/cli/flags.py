"""The flags of settings: their names and help. Types and defaults come from the dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from dreamvideo.cli import completion
from dreamvideo.recipe.settings import SETTINGS, VARYING, Setting
from dreamvideo.schedule import POINTS


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag.

    Attributes:
        names: its spellings, the long one first.
        key: a setting, a point of two settings, or a schedule.
        help: one line.
        unset: description of the default None.

    A boolean setting has a flag that changes its default, which help shows and `help` describes, and one that restores
    it.
    """

    names: tuple[str, ...]
    key: str
    help: str
    unset: str = ""

    @property
    def name(self) -> str:
        """The long spelling without dashes, as in `DREAMVIDEO_STEP_SIZE`."""
        return self.names[0].removeprefix("--").replace("-", "_")

    @property
    def setting(self) -> Setting | None:
        """Its setting, if it has exactly one."""
        return SETTINGS.get(self.key)


def _flag(names: str, key: str, words: str, unset: str = "") -> Flag:
    return Flag(tuple(names.split("/")), key, words, unset)


GROUPS: Mapping[str, tuple[Flag, ...]] = {
    "network": (
        _flag("--model/-m", "network.model", "Network that dreams; `dreamvideo models` lists them."),
        _flag("--weights", "network.weights", "Its weights, from a file.", "bundled or downloaded"),
    ),
    "dream": (
        _flag(
            "--layer/-l",
            "dream.layers",
            "What to dream of: NAME[:CHANNEL][=WEIGHT], such as mixed4:23=1.5. May be given several times.",
            "the network's own",
        ),
        _flag(
            "--of",
            "dream.of",
            "What shall appear: a word, several ('penguin=1, coral=0.5'), or over time ('0s: starfish, 4s: castle'). "
            "`dreamvideo words` lists them. May be given several times.",
            "none",
        ),
        _flag("--layer-schedule", "layers", 'Layers over time: "0s: mixed3, 5s: mixed5+mixed6".', "none"),
        _flag("--measure", "dream.measure", "What of a layer is raised: the mean of its squares, or its mean."),
        _flag("--motif", "dream.motif", "Size of what is dreamed, at any resolution: 2 is twice as large as usual."),
        _flag(
            "--octaves",
            "dream.octaves",
            "At how many sizes the picture is dreamed, up to that of 640x360; larger ones only sharpen.",
            "by the network",
        ),
        _flag("--octave-scale", "dream.octave_scale", "Ratio between one size and the next."),
        _flag(
            "--octave-factors",
            "dream.octave_factors",
            "Sizes relative to the picture's, as powers of --octave-scale, such as -2,-1,0.",
            "absolute sizes",
        ),
        _flag(
            "--steps",
            "dream.steps",
            "Steps at each octave for a picture dreamed from scratch; 0 leaves pictures as they are.",
        ),
        _flag("--noise", "dream.noise", "Spread of the noise that the smallest size begins on; skies follow it."),
        _flag("--step-size", "dream.step_size", "How far a step moves a pixel, whose values range from 0 to 1."),
        _flag(
            "--normalise",
            "dream.normalise",
            "What a step's size is measured against: the gradient's mean size, or its deviation.",
        ),
        _flag("--natural", "dream.natural", "Leave the gradient's neon colours and fine noise in."),
        _flag(
            "--jitter",
            "dream.jitter",
            "Pixels by which the picture is moved at random before a step, so that no grid shows.",
        ),
        _flag("--detail", "dream.detail", "Let small octaves blur the picture, as the first recipes did."),
        _flag("--highlights", "dream.highlights", "Whether a dream bends towards white and black, or is cut off."),
        _flag("--guide", "dream.guide", "Picture whose features the dream seeks.", "none"),
        _flag(
            "--mask",
            "dream.mask",
            "Grey picture: white dreams, black stays. On transparency, what is painted dreams.",
            "none",
        ),
        _flag("--keep-colors", "dream.keep_colors", "Take only the dream's light, keep the source's colours."),
        _flag("--seed", "dream.seed", "Same seed, same dream."),
        _flag(
            "--tile", "dream.tile", "Side in pixels of the tiles that larger pictures are dreamed in, to save memory."
        ),
    ),
    "coherence": (
        _flag(
            "--coherence",
            "coherence.coherence",
            "The last frame's dream is carried along the motion (flow), stays where it is (blend), or is left behind.",
        ),
        _flag("--blend", "coherence.blend", "Part of the last dream that a frame keeps, at 24 fps."),
        _flag("--strength", "coherence.strength", "How much is dreamed: 0 is the source, 1 as much as a picture gets."),
        _flag(
            "--cut-threshold",
            "coherence.cut_threshold",
            "How sure a cut must be: above 1 fewer are found; 0 finds none.",
        ),
    ),
    "parts": (
        _flag(
            "--split",
            "coherence.split",
            "Dream shots longer than this in parts of at most this, side by side where there are several workers; "
            "each passes into the next within a second and a half.",
            "shots stay whole",
        ),
    ),
    "size": (
        _flag("--width", "read.width", "Width in pixels; the height follows, where it is not given.", "the source's"),
        _flag("--height", "read.height", "Height in pixels; the width follows.", "the source's"),
        _flag("--scale", "read.scale", "Factor on the source's size.", "1"),
        _flag("--background", "read.background", "What transparent pixels lie on: a colour's name or #rrggbb."),
        _flag("--max-pixels", "read.max_pixels", "Refuse pictures of more pixels than this."),
    ),
    "moment": (_flag("--start", "read.start", "Which frame of a video, in seconds or M:SS."),),
    "amount": (
        _flag("--strength", "coherence.strength", "How much is dreamed: 0 is the source, 1 as much as the steps give."),
    ),
    "span": (
        _flag("--start", "read.start", "Where to begin, in seconds or M:SS."),
        _flag("--end", "read.end", "Where to end, in seconds or M:SS.", "the source's end"),
        _flag("--duration", "read.duration", "How long, in seconds or M:SS, in place of an end.", "to the end"),
        _flag("--fps", "read.fps", "Frames a second to resample to.", "every frame at its own time"),
        _flag("--on-error", "read.on_error", "At damage in the source: stop, or keep what can be read."),
    ),
    "write": (
        _flag(
            "--crf", "write.crf", "Quality of a video's encoding, 0 to 63: lower is better and larger.", "16, VP9 24"
        ),
        _flag("--audio", "write.audio", "Leave the sound out."),
        _flag("--gif-palette", "write.gif_palette", "Colours of a GIF: one palette for the clip, or one a frame."),
        _flag(
            "--max-size", "write.max_bytes", "Largest GIF, such as 8MB: size, rate and colours are made to fit.", "any"
        ),
        _flag("--metadata", "write.metadata", "Do not write the recipe into the result."),
    ),
    "recording": (
        _flag("--crf", "write.crf", "Quality of recordings, 0 to 63: lower is better and larger.", "16, VP9 24"),
        _flag("--metadata", "write.metadata", "Do not write the recipe into recordings and snapshots."),
    ),
    "still": (
        _flag("--quality", "write.quality", "Of a JPEG or WebP, 1 to 100: higher is better and larger.", "95"),
        _flag("--metadata", "write.metadata", "Do not write the recipe into the result."),
    ),
    "camera": (
        _flag(
            "--zoom",
            "camera.zoom",
            "Factor a second: 2 is twice as close each second, 0.5 goes out.",
            "1 on a video, 1.5 in a zoom",
        ),
        _flag("--rotate", "camera.rotate", "Degrees a second, counter-clockwise."),
        _flag("--pan", "camera.pan", "Frame widths and heights a second."),
        _flag("--center", "camera.center", "Where to dive, from 0,0 (top left) to 1,1."),
    ),
    "zoom": (
        _flag("--duration", "zoom.duration", "Length in seconds or M:SS."),
        _flag("--fps", "zoom.fps", "Frames a second."),
        _flag("--strength", "zoom.strength", "How fast the dream grows; 0 only moves the camera."),
        _flag("--drift", "zoom.drift", "Colours held to the first frame's, or free."),
        _flag(
            "--journey",
            "zoom.journey",
            "Where it wanders: random through layers and channels, none, or words in order, such as "
            "'coral, starfish, penguin'.",
        ),
        _flag("--journey-seconds", "zoom.journey_seconds", "About how long the journey stays at one place."),
        _flag("--loop", "zoom.loop", "Let the last frame lead into the first."),
        _flag("--reverse", "zoom.reverse", "Play it backwards."),
        _flag("--from-noise", "zoom.from_noise", "Begin with noise in place of a picture."),
        _flag("--on-error", "read.on_error", "At damage in a video: stop, or begin with the last frame to be read."),
    ),
}
"""Group -> flags; commands take the groups that they need."""

NAMES: Mapping[str, tuple[str, ...]] = {flag.name: flag.names for group in GROUPS.values() for flag in group}
"""Name of a flag -> its spellings."""

_REPEATED = ("dream.layers", "dream.of")
_COMPLETE: Mapping[str, Callable[..., list[str]]] = {
    "network.model": completion.networks,
    "dream.layers": completion.layers,
    "dream.of": completion.words,
}
_METAVARS = {int: "N", float: "NUM", Path: "FILE", str: "TEXT"}


def parameters(flag: Flag, panel: str, moving: bool = True) -> dict[str, Any]:
    """Parameter name -> annotation for Typer; `moving`: whether the command has schedules."""
    setting = flag.setting
    if setting is not None and setting.kind is bool:
        change, keep = flag.names[0], f"--no-{flag.names[0].removeprefix('--')}"
        if setting.default:
            change, keep = keep, change
        visible = typer.Option(change, help=flag.help, rich_help_panel=panel, show_default=False)
        return {
            f"change_{flag.name}": Annotated[bool, visible],
            f"keep_{flag.name}": Annotated[bool, typer.Option(keep, hidden=True)],
        }
    choices = setting.choices if setting is not None else ()
    option = typer.Option(
        *flag.names,
        help=f"{flag.help} {default_text(default_value(flag))}",
        metavar=metavar(flag) if moving else metavar(flag).removesuffix("*"),
        rich_help_panel=panel,
        show_default=False,
        autocompletion=completion.starting(choices) if choices else _COMPLETE.get(flag.key),
    )
    if flag.key in _REPEATED:
        return {f"flag_{flag.name}": Annotated[list[str] | None, option]}
    return {f"flag_{flag.name}": Annotated[str | None, option]}


def given_value(flag: Flag, given: Mapping[str, Any]) -> object:
    """The value of a flag; None: it was not given."""
    setting = flag.setting
    if setting is not None and setting.kind is bool:
        if given[f"change_{flag.name}"]:
            return not setting.default
        return setting.default if given[f"keep_{flag.name}"] else None
    value = given[f"flag_{flag.name}"]
    if flag.key == "dream.of" and value:
        return ", ".join(value)
    return None if value == [] else value


def default_text(text: str) -> str:
    """How help shows a default; the bracket is escaped, since help is marked up."""
    return f"[dim]\\[default: {text}][/dim]"


def metavar(flag: Flag) -> str:
    """The metavariable of a flag; a star means that a schedule is allowed."""
    setting = flag.setting
    if flag.key in POINTS:
        return "X,Y*"
    if setting is None:
        return "SCHEDULE"
    if setting.choices:
        return "|".join(setting.choices)
    if setting.key in VARYING:
        return f"{_METAVARS[setting.kind]}*"
    if setting.kind is Fraction:
        return "FPS" if setting.key.endswith("fps") else "TIME"
    if setting.key == "network.model":
        return "NAME"
    if setting.key == "write.max_bytes":
        return "SIZE"
    if setting.key in _REPEATED:
        return "LAYER" if setting.key == "dream.layers" else "WORD*"
    return _METAVARS.get(setting.kind, "N,N,...")


def default_value(flag: Flag) -> str:
    """The dataclass's default, as help shows it."""
    if flag.key in POINTS:
        return ",".join(f"{SETTINGS[axis].default:g}" for axis in POINTS[flag.key])
    setting = flag.setting
    if setting is None or setting.default is None or setting.default == ():
        return flag.unset
    return f"{setting.default:g}" if setting.kind is float else str(setting.default)
