"""A decorator that gives commands their flags, and a recipe made from them."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from dreamvideo.cli import completion
from dreamvideo.cli.ending import ending
from dreamvideo.cli.flags import GROUPS, NAMES, Flag, given_value, parameters
from dreamvideo.errors import ConfigError, InputError
from dreamvideo.recipe import Settings, assemble, from_environment, from_file, from_places, preset
from dreamvideo.recipe.presets import PRESETS

PANELS = {
    "network": "Network",
    "dream": "Dream",
    "coherence": "From frame to frame",
    "parts": "From frame to frame",
    "amount": "Dream",
    "size": "Size",
    "moment": "Time",
    "span": "Time",
    "write": "Result",
    "recording": "Live",
    "still": "Result",
    "camera": "Camera",
    "zoom": "Zoom",
}


@dataclass(frozen=True, slots=True)
class Run:
    """Options of all commands.

    Attributes:
        skip: do nothing if the target exists and is finished.
        overwrite: whether the target may be replaced; None: ask, on a terminal.
        places: places of the recipe's settings, lowest priority first.
    """

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    dry_run: bool = False
    skip: bool = False
    overwrite: bool | None = None
    places: tuple[Settings, ...] = ()


_RECIPE_OPTIONS: Mapping[str, Any] = {
    "preset": Annotated[
        str | None,
        typer.Option(
            help="A look with a name: " + ", ".join(PRESETS) + ".",
            metavar="NAME",
            rich_help_panel="Recipe",
            autocompletion=completion.presets,
        ),
    ],
    "recipe_file": Annotated[
        Path | None,
        typer.Option(
            "--recipe",
            help="Repeat a recipe: a TOML file, or any picture or video made by dreamvideo.",
            metavar="FILE",
            rich_help_panel="Recipe",
        ),
    ],
    "config": Annotated[
        Path | None,
        typer.Option(
            help="Settings from a TOML file, over those of ./dreamvideo.toml and your own file.",
            metavar="FILE",
            rich_help_panel="Recipe",
        ),
    ],
}


def _switch(*names: str, words: str) -> Any:
    """A flag of the panel "Run"."""
    return Annotated[bool, typer.Option(*names, rich_help_panel="Run", help=words)]


_RUN_OPTIONS: Mapping[str, Any] = {
    "quiet": _switch("--quiet", "-q", words="Only warnings and errors."),
    "verbose": _switch("--verbose", "-v", words="Details, and the full trace of an error."),
    "json": _switch("--json", words="One JSON object a line on stdout: plan, progress, warning, result."),
}
_MAKING_OPTIONS: Mapping[str, Any] = {
    "yes": _switch("--yes", "-y", words="Replace the target if it is there."),
    "no": _switch("--no", "-n", words="Never replace the target, and do not ask."),
}
_PLAN_OPTIONS: Mapping[str, Any] = {
    "skip_existing": _switch("--skip-existing", words="End well, and do nothing, if the target is done."),
    "dry_run": _switch(
        "--dry-run", words="Measure a few frames, print what would be made and what it costs, and make nothing."
    ),
}


def takes(
    *groups: str, makes: bool = True, plans: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of `groups`, and those of every command.

    Its parameters `recipe` and `run` are filled in; its own stay.

    Args:
        groups: keys of `flags.GROUPS`.
        makes: whether it has -y and -n.
        plans: whether it has --dry-run and --skip-existing.
    """
    flags = [(flag, PANELS[group]) for group in groups for flag in GROUPS[group]]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = {
            name: parameter
            for name, parameter in inspect.signature(command, eval_str=True).parameters.items()
            if name not in ("recipe", "run")
        }
        extra: dict[str, Any] = dict(_RECIPE_OPTIONS) if groups else {}
        for flag, panel in flags:
            extra |= parameters(flag, panel, bool({"span", "zoom"} & set(groups)))
        common = {**(_MAKING_OPTIONS if makes else {}), **(_PLAN_OPTIONS if plans else {}), **_RUN_OPTIONS}

        @functools.wraps(command)
        def wrapper(**given: Any) -> None:
            run = _run(given)
            with ending(run.verbose, run.json):
                _check_current_folder()
                arguments = {name: given[name] for name in own}
                if groups:
                    places = gather([flag for flag, _ in flags], given)
                    run = _run(given, tuple(places))
                    arguments["recipe"] = assemble(places)
                command(**arguments, run=run)

        first = [parameter for parameter in own.values() if parameter.kind is not parameter.KEYWORD_ONLY]
        last = [parameter for parameter in own.values() if parameter.kind is parameter.KEYWORD_ONLY]
        everything = [*first, *map(_parameter, extra.items()), *last, *map(_parameter, common.items())]
        wrapper.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in everything}
        return wrapper

    return decorate


def _check_current_folder() -> None:
    """Refuse to work in a removed folder.

    Raises:
        InputError: the current folder was removed, or moved to the trash.
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise InputError("the folder that you are in is gone: go to one that is there, such as by cd ~") from error


def _parameter(named: tuple[str, Any]) -> inspect.Parameter:
    name, kind = named
    default = False if get_args(kind)[0] is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _run(given: Mapping[str, Any], places: tuple[Settings, ...] = ()) -> Run:
    overwrite = True if given.get("yes") else False if given.get("no") else None
    dry, skip = given.get("dry_run", False), given.get("skip_existing", False)
    return Run(given["quiet"], given["verbose"], given["json"], dry, skip, overwrite, places)


def gather(flags: Sequence[Flag], given: Mapping[str, Any]) -> list[Settings]:
    """Settings of all places, lowest priority first: files, variables, --recipe, --preset, flags.

    Raises:
        ConfigError: a key or value is invalid.
        InputError: a file cannot be read, or holds no recipe.
    """
    places = from_places(os.environ, given["config"])
    places += from_environment(os.environ, {flag.name: flag.key for flag in flags}, NAMES)
    if given["recipe_file"] is not None:
        places += from_file(given["recipe_file"])
    if given["preset"] is not None:
        places.append(preset(given["preset"], "--preset"))
    said = [
        Settings(flag.names[0], {flag.key: value}) for flag in flags if (value := given_value(flag, given)) is not None
    ]
    if {"--end", "--duration"} <= {place.origin for place in said}:
        raise ConfigError("expected either --end or --duration, got both")
    return places + said
