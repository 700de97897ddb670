"""Bytes gone wrong, as disks, networks and ill will leave them."""

from __future__ import annotations

import random


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, lost, doubled or foreign, or the end cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 12])):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + chance.randrange(1, 20)]
            case 2:
                changed[at:at] = changed[at : at + chance.randrange(1, 20)]
            case 3:
                changed[at:at] = chance.randbytes(chance.randrange(1, 8))
            case 4:
                changed = changed[: max(at, len(changed) // 2)]
    return bytes(changed)
