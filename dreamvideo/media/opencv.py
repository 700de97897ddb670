"""Import OpenCV, with advice if that fails."""

from __future__ import annotations

from types import ModuleType

from dreamvideo.errors import MissingExtraError


def load_cv2() -> ModuleType:
    """Import OpenCV.

    Raises:
        MissingExtraError: it, or a system library that it needs, is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        reason = str(error).splitlines()[0]
        if "libGL" in reason or "libgthread" in reason or "libglib" in reason:
            remedy = "install libgl1 and libglib2.0-0 (Debian, Ubuntu), or the package opencv-python-headless instead"
        else:
            remedy = "install it with: pip install opencv-python"
        raise MissingExtraError(f"OpenCV cannot be loaded ({reason}): {remedy}") from error
    return cv2
