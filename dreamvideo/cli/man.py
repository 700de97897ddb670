"""`man`: the manual, generated from the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from dreamvideo.cli.arguments import argument, option
from dreamvideo.cli.completion import starting
from dreamvideo.cli.examples import EXAMPLES
from dreamvideo.cli.flags import NAMES
from dreamvideo.cli.options import Run, takes
from dreamvideo.errors import EXITS, ConfigError
from dreamvideo.version import __version__

FORMS = ("man", "markdown")
FILES = (
    ("./dreamvideo.toml", "Settings for what is run in this folder."),
    ("~/.config/dreamvideo/config.toml", "Your own settings; under %APPDATA% on Windows, in Library on macOS."),
    ("OUTPUT.job", "A job's folder beside its output while it works: what `dreamvideo resume` goes on from."),
    ("NAME_partial.EXT", "What a job had done when it was stopped."),
    ("~/.local/state/dreamvideo/", "The full traces of bugs."),
)
VARIABLES = (
    ("XDG_CONFIG_HOME", "Where your own settings lie, in place of ~/.config."),
    ("XDG_STATE_HOME", "Where traces of bugs go, in place of ~/.local/state."),
    ("KERAS_HOME", "Where downloaded weights lie, in place of ~/.keras."),
    ("TF_NUM_INTRAOP_THREADS", "Threads that dream; without it, one for each core."),
)
ORDER = (
    "Settings come from flags, then DREAMVIDEO_* variables, --config, ./dreamvideo.toml, your own file, "
    "and last the defaults."
)
SCHEDULE = (
    "What is marked with a star takes a number or a schedule, such as '0s: 1, 4s: 1.5 smooth, 8s: 1', "
    "with sin, t, and bass, mid, treble and loudness of --music. Schedules whose keys are all in frames, such as "
    "'0: (1.0), 60: (1.04)', mean what they mean in Deforum: t is the frame's number and max_f the last one's, zoom, "
    "rotation and pan are per frame, and an expression holds until the next key. In others it fades into the next "
    "one's, t is in seconds, and speeds are per second. Functions are NumExpr's: where(t % 60 < 5, 1.08, 1.02)."
)


@dataclass(frozen=True, slots=True)
class Option:
    """An option or argument."""

    names: tuple[str, ...]
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class ManPage:
    """The manual page of a command.

    Attributes:
        name: name without "dreamvideo".
        panels: panel -> options; arguments are in "Arguments".
        variables: environment variables of its options.
    """

    name: str
    summary: str
    text: tuple[str, ...]
    usage: str
    panels: dict[str, list[Option]]
    variables: tuple[str, ...]


def pages(command: Any, name: str = "") -> Iterator[ManPage]:
    """The pages of a Typer command and its subcommands; `name` is its name without "dreamvideo"."""
    yield page(command, name)
    for below, found in getattr(command, "commands", {}).items():
        if not found.hidden:
            yield from pages(found, f"{name} {below}".strip())


def page(command: Any, name: str) -> ManPage:
    """The page of one command."""
    paragraphs = [" ".join(_plain(part).split()) for part in (command.help or "").split("\n\n")]
    panels: dict[str, list[Option]] = {}
    usage = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            value = str(parameter.metavar or parameter.name.upper())
            usage.append(value if parameter.required else f"[{value}]")
            panels.setdefault("Arguments", []).append(Option((value,), "", _help(parameter)))
        elif not parameter.hidden:
            option = Option(_spellings(parameter, command.params), _value(parameter), _help(parameter))
            panels.setdefault(parameter.rich_help_panel or "Options", []).append(option)
    panels.setdefault("Options", []).append(Option(("--help", "-h"), "", "Show help and exit."))
    for below, found in getattr(command, "commands", {}).items():
        panels.setdefault("Commands", []).append(Option((below,), "", _plain(found.help or "").split("\n\n")[0]))
    known = {option for parameter in command.params for option in parameter.opts}
    variables = [f"DREAMVIDEO_{key.upper()}" for key, spellings in NAMES.items() if _settable(spellings[0], known)]
    variables += ["DREAMVIDEO_PRESET"] if "--preset" in known else []
    usage = [*(["COMMAND"] if getattr(command, "commands", None) else []), "[OPTIONS]", *usage]
    return ManPage(name, paragraphs[0], tuple(paragraphs[1:]), " ".join(usage), panels, tuple(variables))


def _settable(flag: str, known: set[str]) -> bool:
    return flag in known or f"--no-{flag.removeprefix('--')}" in known


def _spellings(parameter: Any, parameters: Sequence[Any]) -> tuple[str, ...]:
    """All spellings of an option, including that of its opposite."""
    names = [*parameter.opts, *parameter.secondary_opts]
    if str(parameter.name).startswith("change_"):
        opposite = f"keep_{parameter.name.removeprefix('change_')}"
        names += [name for other in parameters if other.name == opposite for name in other.opts]
    return tuple(names)


def _value(parameter: Any) -> str:
    return "" if parameter.is_flag else str(parameter.metavar or parameter.name.upper())


def _help(parameter: Any) -> str:
    text = _plain(parameter.help or "")
    default = parameter.default
    if parameter.show_default is True and "[default" not in text and default not in (None, False, True):
        text += f" [default: {default}]"
    if str(parameter.name).startswith("change_"):
        text += " The other spelling undoes what a file or variable says."
    return text


def _plain(marked: str) -> str:
    """Remove markup of Rich."""
    return re.sub(r"\[/?(?:bold|dim)\]", "", marked).replace("\\[", "[")


def markdown(page: ManPage) -> str:
    """A page as Markdown."""
    title = f"dreamvideo {page.name}".strip()
    lines = [f"## {title}", "", page.summary, "", f"    {title} {page.usage}", ""]
    lines += [line for paragraph in page.text for line in (paragraph, "")]
    for panel, options in page.panels.items():
        lines += [f"**{panel}**", ""]
        for one in options:
            value = f" {one.value}" if one.value else ""
            lines.append(f"- `{', '.join(one.names)}{value}`: {one.help}")
        lines.append("")
    if examples := EXAMPLES.get(page.name):
        lines += ["**Examples**", "", *(f"    {typed}  # {does}" for typed, does in examples), ""]
    return "\n".join(lines)


def common_markdown() -> str:
    """The section about all commands, as Markdown."""
    tables = (("Environment", _variables(())), ("Files", FILES), ("Exit codes", EXITS))
    lines = ["## All commands", "", SCHEDULE, "", ORDER, ""]
    for title, rows in tables:
        lines += [f"**{title}**", "", *(f"- `{name}`: {text}" for name, text in rows), ""]
    return "\n".join(lines)


def roff(page: ManPage) -> str:
    """A page in man(7)."""
    title = f"dreamvideo {page.name}".strip()
    lines = [f'.TH "{title.replace(" ", "-").upper()}" 1 "" "dreamvideo {__version__}" "dreamvideo"', ".SH NAME"]
    lines += [f"{_roff(title.replace(' ', '-'))} \\- {_roff(page.summary)}", ".SH SYNOPSIS"]
    lines += [f"\\fB{_roff(title)}\\fR {_roff(page.usage)}", ".SH DESCRIPTION", _roff(page.summary)]
    lines += [line for paragraph in page.text for line in (".PP", _roff(paragraph))]
    for panel, options in page.panels.items():
        lines.append(f'.SH "{panel.upper()}"')
        for one in options:
            names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in one.names)
            value = f" \\fI{_roff(one.value)}\\fR" if one.value else ""
            lines += [".TP", names + value, _roff(one.help)]
    lines += [".SH SCHEDULES", _roff(SCHEDULE)] if any("*" in o.value for p in page.panels.values() for o in p) else []
    if examples := EXAMPLES.get(page.name):
        lines.append(".SH EXAMPLES")
        lines += [line for typed, does in examples for line in (".TP", f"\\fB{_roff(typed)}\\fR", _roff(does))]
    lines += [".SH ENVIRONMENT", _roff(ORDER)]
    for heading, rows in (("", _variables(page.variables)), ("FILES", FILES), ('"EXIT STATUS"', EXITS)):
        lines += [f".SH {heading}"] if heading else []
        lines += [line for name, text in rows for line in (".TP", f"\\fB{_roff(name)}\\fR", _roff(text))]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Escape text for roff: dashes can be copied, and no line is a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped.startswith((".", "\\(aq")) else escaped


def _variables(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    own = f" Here: {', '.join(names)}." if names else ""
    return (("DREAMVIDEO_STEPS and so on", f"A setting, named as its flag: --steps, in capitals.{own}"), *VARIABLES)


@takes(makes=False)
def man(
    command: Annotated[list[str] | None, argument("COMMAND", "Whose page.", unset="all of them")] = None,
    *,
    form: Annotated[
        str,
        option(
            "man for the man command, or markdown.", "--format", metavar="man|markdown", autocompletion=starting(FORMS)
        ),
    ] = "man",
    context: typer.Context,
    run: Run,
) -> None:
    """Print the manual of a command, or of all."""
    if form not in FORMS:
        raise ConfigError(f"expected man or markdown as --format, got {form!r}")
    root = context.find_root().command
    wanted = " ".join(command or ())
    found = [page for page in pages(root) if command is None or page.name == wanted]
    if not found:
        raise ConfigError(f"there is no command {wanted!r}: `dreamvideo --help` lists them")
    texts = [roff(page) if form == "man" else markdown(page) for page in found]
    typer.echo("\n".join([*texts, *([common_markdown()] if form == "markdown" else [])]), nl=False)
