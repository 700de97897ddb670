"""Samples: the user's picture in every preset, layer and some words, small, made once, in the background."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from pathlib import Path

from dreamvideo.choose.sheet import thumbnail
from dreamvideo.config import Layer, Recipe, Word
from dreamvideo.dreamer import Dreamer, Step
from dreamvideo.errors import DreamVideoError
from dreamvideo.objectives import configured
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.render.opening import open_dreamer
from dreamvideo.studio.choices import Desk
from dreamvideo.studio.pieces import file_address, save_thumb
from dreamvideo.studio.uploads import Upload, source_picture

SIDE = 224
"""Longest side of a sample, in pixels."""
WORDS = (
    *("starfish", "flamingo", "leopard", "penguin", "mushroom", "goldfish", "strawberry", "castle", "octopus", "car"),
    *("piano", "spider", "parrot", "teapot", "elephant", "boat"),
)
"""Words that have samples; others can be typed."""
SLOW = 50
"""Steps per octave above which a preset comes last."""
MOST_STEPS = 12
"""Most steps per octave of a sample. At this size more look the same."""


class _Interrupted(Exception):
    """Raised inside a sample when other work is waiting."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample to make.

    Attributes:
        part: the part of the page that offers the choice.
    """

    part: str
    name: str
    recipe: Recipe


def words_pictured(desk: Desk) -> list[str]:
    """Words that have samples, if the network knows words."""
    return [word for word in WORDS if word in desk.words]


class Samples:
    """Pictures to choose by, in a `folder`, by upload."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self.folder = folder
        self._wanted: Upload | None = None
        self._words_wanted = False
        self._failed: set[Path] = set()
        self._last: tuple[Recipe, Dreamer] | None = None

    def want(self, upload: Upload | None) -> None:
        """Request the samples of an upload; None: none."""
        self._wanted = upload

    def want_words(self) -> None:
        """Request samples of words, too."""
        self._words_wanted = True

    def make_one(self, busy: Callable[[], bool] = lambda: False) -> bool:
        """Make the next missing sample, unless it is interrupted by `busy` or by another request.

        Returns:
            Whether there may be more.
        """
        upload, _ = wanted = self._wanting
        if upload is None:
            return False
        for sample in self._all():
            path = self._path(upload, sample.part, sample.name)
            if not path.exists() and path not in self._failed:
                with contextlib.suppress(_Interrupted):
                    self._make(upload, sample, path, lambda: busy() or wanted != self._wanting)
                return True
        return False

    @property
    def _wanting(self) -> tuple[Upload | None, bool]:
        return self._wanted, self._words_wanted

    def styles(self, upload: Upload | None) -> str:
        """A style sheet that puts the finished samples behind their choices."""
        if upload is None:
            return ""
        rules = [
            f'#part-{sample.part} label:has(input:is([value="{escape(sample.name)}"], [name="{escape(sample.name)}"]))'
            f'{{--sample:url("{file_address(path)}")}}'
            for sample in self._all()
            if (path := self._path(upload, sample.part, sample.name)).exists()
        ]
        return f"<style>{''.join(rules)}</style>" if rules else ""

    def _all(self) -> Iterator[Sample]:
        """All samples: presets, layers and words in turn; layers with large motifs first."""
        bases = [(name or "default", self._desk.base("image", name)) for name in (None, *PRESETS)]
        bases.sort(key=lambda item: item[1].dream.steps > SLOW)
        looks = [Sample("look", name, self._small(base)) for name, base in bases]
        base = self._small(self._desk.base("image", None))
        plain = replace(base.dream, layers=(), of=())
        layers = [
            Sample("shelf", name, replace(base, dream=replace(plain, layers=(Layer(name),))))
            for name in reversed(self._desk.layers)
        ]
        words = words_pictured(self._desk) if self._words_wanted else []
        pictured = [Sample("pictured", name, replace(base, dream=replace(plain, of=(Word(name),)))) for name in words]
        for row in zip_longest(looks, layers, pictured):
            yield from filter(None, row)

    def _small(self, recipe: Recipe) -> Recipe:
        dream = replace(recipe.dream, steps=min(recipe.dream.steps, MOST_STEPS))
        return replace(recipe, dream=dream, read=replace(recipe.read, width=None, height=None, scale=None))

    def _make(self, upload: Upload, sample: Sample, path: Path, interrupted: Callable[[], bool]) -> None:
        def watch(_: Step) -> None:
            if interrupted():
                raise _Interrupted

        try:
            picture = thumbnail(source_picture(upload, sample.recipe, 0.0), SIDE)
            dreamer = self._dreamer(replace(sample.recipe, dream=replace(sample.recipe.dream, layers=(), of=())))
            dream = dreamer.dream(picture, objective=configured(sample.recipe.dream, dreamer.network), on_step=watch)
        except DreamVideoError:  # the picture is too small, or the network lacks the preset's layers
            self._failed.add(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        save_thumb(dream, path)

    def _dreamer(self, recipe: Recipe) -> Dreamer:
        """One dreamer for all samples that differ only in layers or words, so that its graphs are kept."""
        if self._last is None or self._last[0] != recipe:
            self._last = (recipe, open_dreamer(recipe))
        return self._last[1]

    def _path(self, upload: Upload, part: str, name: str) -> Path:
        digest = hashlib.sha256(upload.path.encode(errors="surrogateescape")).hexdigest()[:16]
        return self.folder / digest / f"{part}-{name}.jpg"
