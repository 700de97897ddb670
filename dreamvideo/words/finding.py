"""Find the word that typed text means: by synonyms, plurals and files; suggest similar words if there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from dreamvideo.config import Word
from dreamvideo.errors import ConfigError, InputNotFoundError
from dreamvideo.words.meaning import Meaning
from dreamvideo.words.own import SUFFIX, folder, own_words
from dreamvideo.words.vocabulary import load_vocabulary

_IRREGULAR = {"mice": "mouse", "oxen": "ox", "wolves": "wolf", "geese": "goose", "people": "person", "men": "man"}
_NEAR = 5


def find(word: Word) -> Meaning:
    """The meaning of a word as typed: from its file, from the user's own words, or from those that ship.

    Raises:
        ConfigError: there is no such word; the message names the most similar ones.
        InputError: a file that holds no word.
    """
    if word.name.endswith(SUFFIX):
        return Meaning.read(Path(word.name).expanduser())
    own = own_words()
    if word.digest is not None:
        return _by_digest(word, own)
    for spelling in _spellings(word.name):
        if spelling in own:
            return own[spelling]
    vocabulary = load_vocabulary()
    for spelling in _spellings(word.name):
        name = spelling if spelling in vocabulary.meanings else vocabulary.synonyms.get(spelling)
        if name is not None:
            return vocabulary.meanings[name]
    raise ConfigError(
        f"there is no word {word.name!r}; {nearest(word.name)}; all of them: dreamvideo words; "
        f'to teach it: dreamvideo learn "{word.name}" PICTURES'
    )


def nearest(name: str) -> str:
    """A phrase for error messages that names the known words most similar to `name`."""
    vocabulary = load_vocabulary()
    known = {key.casefold(): key for key in (*own_words(), *vocabulary.meanings, *vocabulary.synonyms)}
    wanted = " ".join(name.casefold().split())
    near = difflib.get_close_matches(wanted, known, n=_NEAR, cutoff=0.6)
    near += [key for key in known if key not in near and set(key.split()) & set(wanted.split())]
    if near:
        return "close to it: " + ", ".join(known[key] for key in near[:_NEAR])
    return "known are " + ", ".join([*vocabulary.meanings][:_NEAR]) + " and others"


def _by_digest(word: Word, own: dict[str, Meaning]) -> Meaning:
    for meaning in own.values():
        if meaning.digest == word.digest:
            return meaning
    same = word.name.casefold() in own
    raise InputNotFoundError(
        f"expected {word.name!r} as somebody taught it ({word.digest}), found {'another' if same else 'none'} in "
        f"{folder()}: put its .npz file there, which whoever made the recipe has, or name another word"
    )


def _spellings(name: str) -> Iterator[str]:
    """Possible spellings of a name, likeliest first: as it is, then without a plural's ending."""
    text = " ".join(name.casefold().replace("_", " ").split())
    yield text
    yield text.replace("-", " ")
    *before, last = text.split(" ") if text else [""]
    endings = {last: _IRREGULAR.get(last, last)}
    yield " ".join([*before, endings[last]])
    for ending, singular in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        if last.endswith(ending) and len(last) > len(ending) + 2:
            yield " ".join([*before, last.removesuffix(ending) + singular])
