"""`words` and `learn`: the words of `--of`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dreamvideo.cli.arguments import argument, option
from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.targets import agreed, may_replace
from dreamvideo.cli.working import working
from dreamvideo.config import Recipe
from dreamvideo.errors import ConfigError

OWN = "your own"


@takes("network", "dream")
def words(
    part: Annotated[str | None, argument("PART", "Only words and groups that hold this.")] = None,
    *,
    sheet: Annotated[bool, option("Draw a dream of each.", "--sheet", metavar="")] = False,
    on: Annotated[Path | None, option("Picture or video to draw them on.", unset="noise", metavar="FILE")] = None,
    output: Annotated[Path, option("Where the sheet goes.", "--output", "-o", metavar="FILE")] = Path("words.png"),
    recipe: Recipe,
    run: Run,
) -> None:
    """List the words to dream of, by group, those of your own first; or draw them.

    After each stand its other names. Plurals do, too.
    """
    groups, synonyms = _known(part)
    if not groups:
        from dreamvideo.words import nearest

        raise ConfigError(f"there is no word with {part!r} in it; {nearest(part or '')}")
    if not sheet:
        text = "\n".join(
            f"{group}\n" + "\n".join(f"  {', '.join([name, *synonyms.get(name, ())])}" for name in names)
            for group, names in groups.items()
        )
        Display(as_json=run.json).answer("words", {"groups": {k: list(v) for k, v in groups.items()}}, text)
        return
    recipe = agreed(recipe, on, output, run, "still")
    with working(run) as work:
        from dreamvideo.choose.gallery import draw_gallery

        everything = [name for names in groups.values() for name in names]
        work.show.result(draw_gallery(everything, output, recipe, on, work.show).path)


@takes()
def learn(
    name: Annotated[str, argument("WORD", "What to call it.")],
    pictures: Annotated[list[Path], argument("PICTURES", "5 to 50 pictures of it, folders of them, or clips.")],
    *,
    output: Annotated[
        Path | None,
        option("Keep it in this .npz file.", "--output", "-o", unset="among your own words", metavar="FILE"),
    ] = None,
    run: Run,
) -> None:
    """Teach it a word from a few pictures, to dream of with --of.

    It takes seconds. The word is kept among your own, which `dreamvideo words` lists, or in a file for --of ./FILE.npz.
    """
    from dreamvideo.words import learn as make
    from dreamvideo.words import word_path
    from dreamvideo.words.own import SUFFIX

    kept = word_path(name)
    target = output or kept
    if target.suffix != SUFFIX:
        raise ConfigError(f"expected a file that ends in {SUFFIX}, got {target}")
    may_replace(target, run)
    with working(run) as work:
        from dreamvideo.networks import load_network
        from dreamvideo.words.lessons import read_lessons

        work.show.result(make(name.strip(), read_lessons(pictures), load_network()).write(target))


def _known(part: str | None) -> tuple[dict[str, tuple[str, ...]], dict[str, list[str]]]:
    """Group -> words, and word -> synonyms; only those that contain `part`."""
    from dreamvideo.words import load_vocabulary, own_words

    vocabulary = load_vocabulary()
    synonyms: dict[str, list[str]] = {}
    for synonym, name in vocabulary.synonyms.items():
        synonyms.setdefault(name, []).append(synonym)
    own = {OWN: tuple(meaning.name for meaning in own_words().values())}
    wanted = (part or "").casefold()
    groups = {
        group: tuple(
            name
            for name in names
            if wanted in group or any(wanted in each.casefold() for each in (name, *synonyms.get(name, ())))
        )
        for group, names in (own | dict(vocabulary.groups)).items()
    }
    return {group: names for group, names in groups.items() if names}, synonyms
