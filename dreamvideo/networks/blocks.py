"""The layers in which branches meet, of the most used networks: they need not be built to list these."""

from __future__ import annotations

from collections.abc import Mapping

BLOCKS: Mapping[str, Mapping[str, int]] = {
    "dreamnet": {f"mixed{number}": width for number, width in enumerate((48, 80, 96, 128, 256, 352, 352, 480))},
    "inception_v3": {
        f"mixed{number}": width
        for number, width in enumerate((256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048))
    },
}
"""Network -> layer -> number of channels."""
