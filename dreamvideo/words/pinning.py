"""A recipe whose own words carry their digests, so that it means the same on another day and on another machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dreamvideo.config import Recipe, Word
from dreamvideo.schedule import WordSchedule
from dreamvideo.words.finding import find


def pin(recipe: Recipe) -> Recipe:
    """The same recipe, each of the user's own words with its digest.

    Raises:
        ConfigError: a word that there is not, in the recipe's words, their schedule or its journey.
        InputError: a word's file cannot be read, or is missing.
    """
    schedules = tuple(
        (key, _pinned_text(text, _words_of(text)) if key == "dream.of" else text) for key, text in recipe.schedules
    )
    journey = _pinned_text(recipe.zoom.journey, (word for stop in recipe.zoom.journey_words for word in stop))
    of = tuple(_pinned(word) for word in recipe.dream.of)
    if (schedules, journey, of) == (recipe.schedules, recipe.zoom.journey, recipe.dream.of):
        return recipe
    return replace(
        recipe,
        dream=replace(recipe.dream, of=of),
        zoom=replace(recipe.zoom, journey=journey),
        schedules=schedules,
    )


def _words_of(text: str) -> Iterable[Word]:
    return (word for words in WordSchedule.parse(text, duration=1.0).mixtures for word in words)


def _pinned(word: Word) -> Word:
    meaning = find(word)
    return Word(meaning.name, word.weight, meaning.digest) if meaning.own else word


def _pinned_text(text: str, words: Iterable[Word]) -> str:
    """A text in which some words stand, with those of the user's own replaced."""
    for word in dict.fromkeys(replace(word, weight=1.0) for word in words):
        pinned = _pinned(word)
        if pinned != word:
            text = re.sub(rf"(?<![\w'-]){re.escape(word.name)}(?![\w'#-])", str(pinned).replace("\\", r"\\"), text)
    return text
