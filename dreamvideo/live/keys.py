"""The keys of a live dream: one table, from which the window, its help and the command's help are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


class Act(Enum):
    """What a key asks for."""

    PRESET = auto()
    LAYER = auto()
    WORD = auto()
    STRENGTH = auto()
    MOTIF = auto()
    FREEZE = auto()
    SNAPSHOT = auto()
    RECORD = auto()
    FULL_SCREEN = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """What a key, or a pair of them, does.

    Attributes:
        act: what it asks for.
        forth: letters that ask for it.
        back: letters that ask for the opposite.
        shown: how help writes them.
        does: in a few words.
    """

    act: Act
    forth: str
    back: str
    shown: str
    does: str


ESCAPE, SPACE = "\x1b", " "
# A letter and its neighbour, since OpenCV's Qt windows tell no capitals from small letters.
KEYS: Sequence[Key] = (
    Key(Act.PRESET, "p", "o", "p o", "next look, the one before"),
    Key(Act.LAYER, "l", "k", "l k", "next layer, the one before"),
    Key(Act.WORD, "w", "e", "w e", "next word, the one before"),
    Key(Act.STRENGTH, "+=", "-_", "+ -", "more dream, less"),
    Key(Act.MOTIF, "]", "[", "] [", "larger motifs, smaller"),
    Key(Act.FREEZE, SPACE, "", "space", "freeze, go on"),
    Key(Act.SNAPSHOT, "s", "", "s", "keep the picture as a PNG"),
    Key(Act.RECORD, "r", "", "r", "record, stop recording"),
    Key(Act.FULL_SCREEN, "f", "", "f", "full screen, and back"),
    Key(Act.HELP, "h?", "", "h", "this help"),
    Key(Act.QUIT, f"q{ESCAPE}", "", "q Esc", "end"),
)


def act_of(code: int) -> tuple[Act, int] | None:
    """What the key of a code asks for, and which way: 1 or -1; None where it means nothing.

    Args:
        code: from OpenCV's `waitKey`, which adds bits for modifiers on some systems; -1: no key.
    """
    letter = chr(code & 0xFF) if code >= 0 else ""
    for key in KEYS:
        for letters, way in ((key.forth, 1), (key.back, -1)):
            if letter and letter in letters:
                return key.act, way
    return None
