"""Sheets: every picture in its place, under a label that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamvideo.choose.sheet import INK, PAPER, contact_sheet, fit, label, side_by_side
from dreamvideo.media.frame import Picture


def plain(width: int, height: int, red: float) -> Picture:
    picture = np.zeros((height, width, 3), np.float32)
    picture[..., 0] = red
    return picture


def test_each_picture_appears_once_in_reading_order() -> None:
    reds = [0.3, 0.5, 0.7, 0.9, 1.0]
    sheet = contact_sheet([plain(80, 60, red) for red in reds], [f"n{red}" for red in reds], cell=(80, 60), columns=3)
    coloured = (sheet[..., 0] > 0.25) & (sheet[..., 1] < 0.01)
    assert coloured.sum() == len(reds) * 80 * 60
    centres = []
    for red in reds:
        rows, columns = np.nonzero(coloured & (np.abs(sheet[..., 0] - red) < 1e-3))
        centres.append((int(rows.mean()), int(columns.mean())))
    assert centres == sorted(centres)
    assert len({row for row, _ in centres}) == 2
    assert sheet.dtype == np.float32 and sheet.min() >= 0 and sheet.max() <= 1


@given(st.integers(1, 90), st.integers(1, 90))
def test_fit_keeps_the_shape_of_any_picture(width: int, height: int) -> None:
    cell = fit(plain(width, height, 1.0), (40, 30))
    assert cell.shape == (30, 40, 3)
    rows, columns = np.nonzero(cell[..., 1] < PAPER / 2)
    shown = (int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    assert max(shown[0] / 40, shown[1] / 30) == 1.0
    assert abs(shown[0] - shown[1] * width / height) <= max(1.0, width / height)


@pytest.mark.parametrize("text", ["mixed4:23=1.5", "a rather long label that cannot fit in so little room", "é漢\n"])
def test_labels_are_ink_on_paper_inside_their_band(text: str) -> None:
    band = label(text, 160)
    assert band.max() > 0.8 * INK
    assert np.allclose(band[:, -2:], PAPER, atol=0.01) and np.allclose(band[:2], PAPER, atol=0.01)
    other = label(text[::-1], 160)
    assert len(set(text)) < 4 or not np.array_equal(band, other)


def test_rows_suit_a_video() -> None:
    row = side_by_side([plain(33, 20, 0.5), plain(64, 48, 0.6)], ["a", "b"], 31)
    assert row.shape[0] % 2 == 0 and row.shape[1] % 2 == 0
