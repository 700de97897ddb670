"""Convert decoded frames of any pixel format to float32 RGB in [0, 1].

swscale only unpacks formats and scales chroma up. It does not convert to RGB: its 16-bit path is 0.4 % too dark, and
its 8-bit path loses precision of 10-bit sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import ConfigError
from dreamvideo.media.frame import Picture
from dreamvideo.media.hdr import is_hdr
from dreamvideo.media.opencv import load_cv2

if TYPE_CHECKING:
    from av import VideoFrame

LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Number of a matrix in ITU-T H.273 -> its weights of red and blue."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.709)."""
UNSPECIFIED = 2
FULL_RANGE = 2


def parse_color(text: str) -> NDArray[np.float32]:
    """RGB in [0, 1] of a colour's name or of #rrggbb, as in CSS.

    Raises:
        ConfigError: it is neither.
    """
    from PIL import ImageColor

    try:
        return np.array(ImageColor.getrgb(text.strip())[:3], np.float32) / np.float32(255)
    except ValueError as error:
        raise ConfigError(f"expected a colour as #rrggbb or a name such as black or orange, got {text!r}") from error


def has_alpha(frame: VideoFrame) -> bool:
    """Whether the frame's format has an alpha channel."""
    return frame.format.name == "pal8" or any(part.is_alpha for part in frame.format.components)


def to_picture(frame: VideoFrame, background: NDArray[np.float32], wanted: tuple[int, int] | None = None) -> Picture:
    """Float32 RGB (H, W, 3) of a decoded frame, laid on `background`; HDR stays as coded.

    If a smaller size (width, height) is wanted later, frames without alpha and HDR are reduced to it here, which saves
    work.
    """
    rgb, alpha = _planes(frame, wanted)
    if alpha is not None:
        rgb = composite(rgb, alpha, background)
    return np.ascontiguousarray(rgb, np.float32)


def composite(rgb: Picture, alpha: NDArray[np.float32], background: NDArray[np.float32]) -> Picture:
    """`rgb` (H, W, 3) with `alpha` (H, W, 1) over `background` (3,)."""
    return np.asarray(background + (rgb - background) * alpha, np.float32)


def _planes(frame: VideoFrame, wanted: tuple[int, int] | None) -> tuple[Picture, NDArray[np.float32] | None]:
    if frame.format.name.startswith(("gray", "mono", "y")) and len(frame.format.components) <= 2:
        return _gray(frame)
    if (
        frame.format.is_rgb
        or frame.format.has_palette
        or (frame.colorspace == 0 and frame.format.name.startswith("yuv444"))
    ):
        return _rgb(frame)
    return _yuv(frame, wanted)


def _gray(frame: VideoFrame) -> tuple[Picture, NDArray[np.float32] | None]:
    alpha = None
    if frame.format.name.startswith("ya"):
        pixels = frame.reformat(format="rgba64le").to_ndarray().astype(np.float32) / np.float32(65535)
        return np.ascontiguousarray(pixels[..., :3]), pixels[..., 3:]
    if frame.format.components[0].bits <= 8:
        luma = frame.reformat(format="gray").to_ndarray().astype(np.float32) / np.float32(255)
    else:
        luma = frame.reformat(format="gray16le").to_ndarray().astype(np.float32) / np.float32(65535)
    if frame.color_range == 1:
        luma = np.clip((luma * np.float32(255) - 16) / np.float32(219), 0, 1)
    return np.repeat(luma[..., None], 3, axis=2), alpha


def _rgb(frame: VideoFrame) -> tuple[Picture, NDArray[np.float32] | None]:
    deep = max(part.bits for part in frame.format.components) > 8
    scale = np.float32(65535 if deep else 255)
    if has_alpha(frame):
        pixels = frame.reformat(format="rgba64le" if deep else "rgba").to_ndarray().astype(np.float32) / scale
        return pixels[..., :3], pixels[..., 3:]
    return frame.reformat(format="rgb48le" if deep else "rgb24").to_ndarray().astype(np.float32) / scale, None


def _yuv(frame: VideoFrame, wanted: tuple[int, int] | None) -> tuple[Picture, NDArray[np.float32] | None]:
    from av.video.reformatter import Interpolation

    alpha = has_alpha(frame)
    # Not with alpha, where hidden colours would count; nor HDR, where a mean of codes is no mean of light.
    smaller = wanted is not None and wanted[0] < frame.width and wanted[1] < frame.height
    reduced = smaller and not alpha and not is_hdr(frame)
    size = wanted if reduced and wanted is not None else (frame.width, frame.height)
    accurate = (
        (Interpolation.AREA if reduced else Interpolation.BICUBIC)
        | Interpolation.ACCURATE_RND
        | Interpolation.FULL_CHR_H_INT
        | Interpolation.FULL_CHR_H_INP
    )
    is_full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    # With the same range on both sides swscale only shifts. The J formats always have the full range.
    same = 2 if frame.format.name.startswith("yuvj") else 1
    unpacked = frame.reformat(
        *size,
        format="yuva444p16le" if alpha else "yuv444p16le",
        interpolation=int(accurate),
        src_colorspace=1,
        dst_colorspace=1,
        src_color_range=same,
        dst_color_range=same,
    )
    planes = [
        np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, plane.line_size // 2)[:, : plane.width]
        for plane in unpacked.planes
    ]
    cv2 = load_cv2()
    yuv = cv2.merge(planes[:3]).astype(np.float32)
    rgb = cv2.transform(yuv, _to_rgb_matrix(frame, is_full))
    np.clip(rgb, 0, 1, out=rgb)
    if not alpha:
        return rgb, None
    # swscale widens by a shift: 255 becomes 65280. Formats without alpha get 65535.
    return rgb, np.minimum(planes[3].astype(np.float32) / np.float32(65280), 1)[..., None]


def _to_rgb_matrix(frame: VideoFrame, is_full: bool) -> NDArray[np.float32]:
    """The (3, 4) affine map from 16-bit YUV to RGB in [0, 1]."""
    red, blue = LUMA_WEIGHTS.get(_matrix_number(frame), LUMA_WEIGHTS[6])
    green = 1 - red - blue
    to_rgb = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    # In units of 8 bits: at n bits one is 2^(n-8), and the full range ends at 2^n - 1.
    bits = frame.format.components[0].bits
    top = 256 - 2.0 ** (8 - bits)
    scale, offset = (
        (np.full(3, 1 / top), [0, 128, 128]) if is_full else (np.array([1 / 219, 1 / 224, 1 / 224]), [16, 128, 128])
    )
    matrix = to_rgb * scale
    return np.hstack([matrix / 256, -(matrix @ np.array(offset))[:, None]]).astype(np.float32)


def _matrix_number(frame: VideoFrame) -> int:
    """The frame's matrix; if unspecified, the one that players assume."""
    if frame.colorspace != UNSPECIFIED:
        return int(frame.colorspace)
    return assumed_matrix((frame.width, frame.height))


def assumed_matrix(size: tuple[int, int]) -> int:
    """The matrix that players assume for untagged video of (width, height): BT.709 from HD sizes on, else BT.601."""
    return 1 if size[0] >= 1280 or size[1] > 576 else 6
