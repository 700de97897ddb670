"""Pin a recipe to the exact words it was made with, by their digests.

A pinned recipe means the same on another day and on another machine, or is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dreamvideo.config import Recipe, Word
from dreamvideo.schedule import WordSchedule
from dreamvideo.words.finding import find


def pin(recipe: Recipe) -> Recipe:
    """Add the digest to each of the user's own words in a recipe: in its words, their schedule and its journey.

    Raises:
        ConfigError: there is no such word.
        InputError: a word's file is missing or cannot be read.
    """
    schedules = tuple(
        (key, _pinned_text(text, _words_of(text)) if key == "dream.of" else text) for key, text in recipe.schedules
    )
    journey = _pinned_text(recipe.zoom.journey, (word for stop in recipe.zoom.journey_words for word in stop))
    of = tuple(_pinned(word) for word in recipe.dream.of)
    if (schedules, journey, of) == (recipe.schedules, recipe.zoom.journey, recipe.dream.of):
        return recipe
    return replace(
        recipe, dream=replace(recipe.dream, of=of), zoom=replace(recipe.zoom, journey=journey), schedules=schedules
    )


def _words_of(text: str) -> Iterable[Word]:
    return (word for words in WordSchedule.parse(text, duration=1.0).mixtures for word in words)


def _pinned(word: Word) -> Word:
    meaning = find(word)
    return Word(meaning.name, word.weight, meaning.digest) if meaning.own else word


def _pinned_text(text: str, words: Iterable[Word]) -> str:
    """Replace the user's own words in a text by their pinned form."""
    for word in dict.fromkeys(replace(word, weight=1.0) for word in words):
        pinned = _pinned(word)
        if pinned != word:
            text = re.sub(rf"(?<![\w'-]){re.escape(word.name)}(?![\w'#-])", str(pinned).replace("\\", r"\\"), text)
    return text
