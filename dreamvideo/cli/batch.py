"""Several inputs: their targets, and the exit code of all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Annotated

import typer

from dreamvideo.cli.arguments import option
from dreamvideo.cli.ending import ending, tell
from dreamvideo.cli.options import Run
from dreamvideo.cli.targets import beside, still_suffix
from dreamvideo.errors import ConfigError, DreamVideoError, OutputError, printable

if TYPE_CHECKING:
    from dreamvideo.media.formats import Holds

To = Annotated[
    Path | None,
    option(
        "Where results go, under the names that they would have beside their inputs; made if it is missing.",
        panel="Result",
        metavar="FOLDER",
    ),
]
Output = Annotated[
    str | None,
    option(
        "How results are named, beside their inputs or in --to: {stem}_{preset}{suffix}, with {name}, {number}.",
        panel="Result",
        metavar="NAME",
    ),
]
_SEVERITY = (0, 5, 2, 3, 4, 6, 1)
"""Exit codes, the worst last."""
_WILD = re.compile(r"[*?\[]")
_SIGNALS = 128
"""Exit codes of stops are this or higher."""


def pairs(
    paths: Sequence[Path], to: Path | None, output: str | None, holds: Holds, run: Run
) -> list[tuple[Path, Path]]:
    """Inputs, each with its target.

    Args:
        paths: the paths of the command: inputs; or one input, and its target.
        to: folder of the targets.
        output: template of their names.

    Raises:
        ConfigError: the template is invalid, two targets have one name, or -y would replace an input.
        InputError: a folder or a pattern holds no inputs.
    """
    named, target = list(paths), None
    if to is None and output is None and len(paths) == 2 and not _is_input(paths[1], paths[0], run):
        named, target = named[:1], paths[1]
    sources = [source for path in named for source in _expanded(path, holds)]
    if target is not None:
        into = holds == "still" and target.is_dir()
        if len(sources) == 1 and not into:
            return [(sources[0], target)]
        if target.suffix and not into:
            raise ConfigError(f"expected one input for {target}, got {len(sources)}: say --to FOLDER")
        to = target
    made = [(source, _target(source, number, to, output, holds, run)) for number, source in enumerate(sources, 1)]
    made = _without_results(made, holds, run)
    twice = [path for path, count in Counter(path.absolute() for _, path in made).items() if count > 1]
    if twice:
        raise ConfigError(f"several results would be {twice[0]}: say --output '{{name}}_{{number}}{{suffix}}' or so")
    if to is not None and not run.dry_run:
        try:
            to.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder {to} cannot be made: {error.strerror}") from error
    return made


def each(inputs: Sequence[tuple[Path, Path]], make: Callable[[Path, Path], None], run: Run) -> None:
    """Make every target. Errors do not stop the others; the worst one is the exit code."""
    if len(inputs) == 1:
        make(*inputs[0])
        return
    codes = [0]
    for number, (source, target) in enumerate(inputs, 1):
        if not (run.quiet or run.json):
            tell(f"{source} ({number} of {len(inputs)})")
        try:
            with ending(run.verbose, run.json):
                make(source, target)
        except typer.Exit as ended:
            if ended.exit_code >= _SIGNALS:
                raise
            codes.append(ended.exit_code)
    if worst := max(codes, key=_SEVERITY.index):
        raise typer.Exit(worst)


def _is_input(path: Path, first: Path, run: Run) -> bool:
    """Whether the second of two paths is an input, too: a picture or clip that is no result of ours, or a pattern.

    Raises:
        ConfigError: it is one, and -y would replace it.
    """
    from dreamvideo.jobs import has_job
    from dreamvideo.media import probe
    from dreamvideo.media.sequence import find_pictures

    if not path.exists() and _WILD.search(path.name):
        with suppress(DreamVideoError):
            return bool(find_pictures(path))
    if not path.is_file() or (first.exists() and path.samefile(first)) or has_job(path) or _is_result(path):
        return False
    try:
        probe(path)
    except DreamVideoError:
        return False
    if run.overwrite:
        raise ConfigError(
            f"{printable(path)} is there, and no result of a dream: --output {printable(path)} replaces it, "
            "--to FOLDER dreams both"
        )
    return True


def _is_result(path: Path) -> bool:
    """Whether a file holds a recipe."""
    from dreamvideo.recipe import text_in

    try:
        return bool(text_in(path))
    except DreamVideoError:
        return False


def _without_results(made: list[tuple[Path, Path]], holds: Holds, run: Run) -> list[tuple[Path, Path]]:
    """Leave out inputs that are results of others, as folders and patterns hold at a second run."""
    results = {}
    for source, target in made:
        for path in (target, beside(source, still_suffix(source) if holds == "still" else None)):
            for name in (path, path.with_name(f"{path.stem}_partial{path.suffix}")):
                results[name.absolute()] = source
    left = []
    for source, target in made:
        origin = results.get(source.absolute())
        if origin is None or origin == source or not _is_result(source):
            left.append((source, target))
        elif not (run.quiet or run.json):
            tell(f"{source} was made of {origin}: left out")
    return left


def _expanded(path: Path, holds: Holds) -> list[Path]:
    """The pictures in a folder or pattern; or its clips, if it holds only clips, and clips are wanted."""
    from dreamvideo.media.formats import format_named
    from dreamvideo.media.sequence import find_pictures, is_sequence

    if not is_sequence(path):
        return [path]
    if holds == "still":
        return find_pictures(path)
    try:
        inside = sorted(path.iterdir()) if path.is_dir() else find_pictures(path)
    except (OSError, DreamVideoError):
        return [path]  # its reader reports the error
    forms = [(one, format_named(one)) for one in inside if one.suffix and not one.name.startswith(".")]
    clips = [one for one, form in forms if form is not None and form.holds == "clip"]
    return clips if clips and not any(form is not None and form.holds == "still" for _, form in forms) else [path]


def _target(source: Path, number: int, to: Path | None, output: str | None, holds: Holds, run: Run) -> Path:
    from dreamvideo.media.oneway import is_piped

    if holds == "clip" and to is None and output is None and is_piped(source):
        return source
    usual = beside(source, still_suffix(source) if holds == "still" else None)
    folder = usual.parent if to is None else to
    if output is None:
        return folder / usual.name
    looks = [place.origin.removeprefix("preset ") for place in run.places if place.origin.startswith("preset ")]
    fields = {
        "stem": usual.stem.removesuffix("_dream"),
        "name": source.name,
        "suffix": usual.suffix,
        "preset": looks[-1] if looks else "dream",
        "number": number,
    }
    try:
        if any(name is not None and name not in fields for _, name, _, _ in Formatter().parse(output)):
            raise KeyError(output)
        return folder / output.format_map(fields)
    except (KeyError, ValueError) as error:
        known = ", ".join(f"{{{field}}}" for field in fields)
        raise ConfigError(f"--output: expected a name with {known}, got {output!r}") from error
