"""Labelled sheets, pairs and rows of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dreamvideo.media.frame import Picture
from dreamvideo.media.geometry import resized
from dreamvideo.media.opencv import load_cv2

cv2 = load_cv2()

PAPER = 0.09
"""Grey of the background."""
INK = 0.92
GAP = 6
"""Pixels between cells."""
CELL = 320
"""Longest side of a picture on a sheet, in pixels."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_BAND = 22
"""Height of a label in pixels, for an ordinary cell."""


def fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize a picture (H, W, 3) to fit into a box (width, height), centred on the background."""
    width, height = size
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner = (max(1, min(width, round(picture.shape[1] * scale))), max(1, min(height, round(picture.shape[0] * scale))))
    small = resized(picture, inner)
    cell = np.full((height, width, 3), PAPER, np.float32)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    cell[top : top + inner[1], left : left + inner[0]] = small
    return cell


def label(text: str, width: int, height: int = _BAND) -> Picture:
    """A label with text as large as fits; a long text is shortened.

    Letters beyond ASCII become "?", since the font has no others.
    """
    words = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    room = max(1, width - 8)
    scale = 0.55 * height / _BAND
    while _text_width(words, scale) > room and scale > 0.4 * height / _BAND:
        scale -= 0.02
    while len(words) > 3 and _text_width(words, scale) > room:
        words = words.rstrip(".")[:-1] + "..."
    # In 8 bits, since OpenCV then smooths the edges of letters.
    band = np.full((height, width, 3), round(255 * PAPER), np.uint8)
    ink = (round(255 * INK),) * 3
    cv2.putText(band, words, (4, round(0.72 * height)), _FONT, scale, ink, max(1, height // _BAND), cv2.LINE_AA)
    return band.astype(np.float32) / np.float32(255)


def _text_width(text: str, scale: float) -> int:
    return int(cv2.getTextSize(text, _FONT, scale, 1)[0][0])


def labelled(picture: Picture, text: str) -> Picture:
    """A picture with its label above."""
    width = picture.shape[1]
    height = max(_BAND, round(_BAND * width / 480))
    return np.concatenate([label(text, width, height), picture], axis=0)


def grid(cells: Sequence[Picture], columns: int, *, title: str | None = None) -> Picture:
    """A sheet (H, W, 3) of pictures (h, w, 3), with gaps, and a title that may have several lines."""
    height, width = cells[0].shape[:2]
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    full = (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3)
    sheet = np.full(full, PAPER, np.float32)
    for index, cell in enumerate(cells):
        top = GAP + index // columns * (height + GAP)
        left = GAP + index % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = cell
    if title is None:
        return sheet
    return np.concatenate([*(label(line, full[1], 28) for line in title.splitlines()), sheet], axis=0)


def contact_sheet(
    pictures: Sequence[Picture],
    labels: Sequence[str],
    *,
    cell: tuple[int, int],
    columns: int | None = None,
    title: str | None = None,
) -> Picture:
    """A sheet of labelled pictures.

    Args:
        pictures: float32 RGB (H, W, 3) in [0, 1], of any sizes.
        cell: (width, height) of each picture on the sheet, without its label.
        columns: cells per row; None: such that the sheet is wider than high.
    """
    cells = [labelled(fit(picture, cell), text) for picture, text in zip(pictures, labels, strict=True)]
    if columns is None:
        columns = max(1, round((1.6 * len(cells) * cells[0].shape[0] / cell[0]) ** 0.5))
    return grid(cells, columns, title=title)


def side_by_side(pictures: Sequence[Picture], labels: Sequence[str], height: int) -> Picture:
    """Pictures in a row at one height, each with its label. Both sides of the row are even, as video requires."""
    cells = []
    for picture, text in zip(pictures, labels, strict=True):
        width = max(2, 2 * round(height * picture.shape[1] / picture.shape[0] / 2))
        cells.append(np.concatenate([label(text, width, 2 * (_BAND // 2)), fit(picture, (width, height))], axis=0))
    row = np.concatenate(cells, axis=1)
    return row if row.shape[0] % 2 == 0 else np.pad(row, ((0, 1), (0, 0), (0, 0)), constant_values=PAPER)


def thumbnail(picture: Picture, side: int = CELL) -> Picture:
    """Shrink a picture to a longest side of `side` pixels."""
    scale = min(1.0, side / max(picture.shape[:2]))
    return resized(picture, (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))))
