"""The keys of a live dream. The window's help and the command's help are made from this table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


class Act(Enum):
    """The action of a key."""

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
    """A key, or a pair of keys.

    Attributes:
        forth: letters for the action.
        back: letters for the opposite.
        shown: how help writes them.
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
    """The action of a key's code, and its direction: 1 or -1; None: the key means nothing.

    Args:
        code: from OpenCV's `waitKey`, which sets higher bits for modifiers on some systems; -1: no key.
    """
    letter = chr(code & 0xFF) if code >= 0 else ""
    for key in KEYS:
        for letters, way in ((key.forth, 1), (key.back, -1)):
            if letter and letter in letters:
                return key.act, way
    return None
