"""What commands share: a decorator that gives a command its flags, and hands it a recipe made from them."""

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
    """How a command behaves, whatever it makes.

    Attributes:
        quiet: warnings and errors only.
        verbose: details, and the full trace of an error.
        json: JSON lines on stdout in place of the result's path.
        dry_run: print the plan and make nothing.
        skip: make nothing where the target is there and done.
        overwrite: whether the target may be replaced; None: ask, where there is someone to ask.
        places: where the recipe's settings came from, lowest first.
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

_RUN_OPTIONS: Mapping[str, Any] = {
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel="Run", help="Only warnings and errors.")],
    "verbose": Annotated[
        bool,
        typer.Option("--verbose", "-v", rich_help_panel="Run", help="Details, and the full trace of an error."),
    ],
    "json": Annotated[
        bool,
        typer.Option(
            "--json",
            rich_help_panel="Run",
            help="One JSON object a line on stdout: plan, progress, warning, result.",
        ),
    ],
}

_MAKING_OPTIONS: Mapping[str, Any] = {
    "yes": Annotated[
        bool, typer.Option("--yes", "-y", rich_help_panel="Run", help="Replace the target if it is there.")
    ],
    "no": Annotated[
        bool,
        typer.Option("--no", "-n", rich_help_panel="Run", help="Never replace the target, and do not ask."),
    ],
}

_PLAN_OPTIONS: Mapping[str, Any] = {
    "skip_existing": Annotated[
        bool,
        typer.Option(
            "--skip-existing",
            rich_help_panel="Run",
            help="End well, and do nothing, if the target is done.",
        ),
    ],
    "dry_run": Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel="Run",
            help="Measure a few frames, print what would be made and what it costs, and make nothing.",
        ),
    ],
}


def takes(
    *groups: str, makes: bool = True, plans: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the flags of `groups`, and of every command.

    The command's parameters `recipe` and `run` are filled in; its others stay as they are.

    Args:
        groups: keys of `flags.GROUPS`.
        makes: whether it writes a target, so that -y and -n mean something.
        plans: whether it takes long enough for --dry-run and --skip-existing.
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
                _check_folder()
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


def _check_folder() -> None:
    """Refuse to work from nowhere.

    Raises:
        InputError: the current folder was removed, or moved by way of the trash.
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
    """Settings from everywhere, lowest first: files, variables, --recipe, --preset, flags.

    Raises:
        ConfigError: a key or value that means nothing.
        InputError: a named file cannot be read, or carries no recipe.
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
