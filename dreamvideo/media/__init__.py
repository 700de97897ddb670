"""Read and write frames: videos, GIFs, image sequences, stills, and their sound.

Nothing heavy is imported before a file is opened.
"""

from __future__ import annotations

from dreamvideo.media.audio import AudioSpan, decode_audio
from dreamvideo.media.extras import ExtrasSpan
from dreamvideo.media.frame import Frame, Picture
from dreamvideo.media.info import SourceInfo
from dreamvideo.media.metadata import read_metadata
from dreamvideo.media.opencv import load_cv2
from dreamvideo.media.picture import PictureLike, PictureReader, as_mask, as_picture, is_batch, refuse_one
from dreamvideo.media.prefetch import prefetch
from dreamvideo.media.publish import check_target
from dreamvideo.media.source import Source, open_source, probe
from dreamvideo.media.stills import read_mask, read_still, write_still
from dreamvideo.media.target import Target, open_target

__all__ = [
    "AudioSpan",
    "ExtrasSpan",
    "Frame",
    "Picture",
    "PictureLike",
    "PictureReader",
    "Source",
    "SourceInfo",
    "Target",
    "as_mask",
    "as_picture",
    "check_target",
    "decode_audio",
    "is_batch",
    "load_cv2",
    "open_source",
    "open_target",
    "prefetch",
    "probe",
    "read_mask",
    "read_metadata",
    "read_still",
    "refuse_one",
    "write_still",
]
