"""What tests share: synthetic clips made on the fly, and real media where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def media_dir() -> Path:
    """Folder of real clips; the test is skipped where there is none."""
    folder = SHARED / "media"
    if not folder.is_dir():
        pytest.skip(f"real clips are not here: {folder}")
    return folder
