"""Every format of pictures and clips: suffixes, signature, capabilities, and encoder.

A new output format is one module with an encoder (see `encoder.py`) and one row here. A file's format is told by its
content; its name counts only if the content does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dreamvideo.errors import OutputError, printable

Holds = Literal["still", "clip"]
_USUAL_RATIO = 0.2


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """The sound that a container takes.

    Attributes:
        encoder: ffmpeg's encoder for all others.
        hides_early: whether players skip sound from before the clip's start.
    """

    copied: frozenset[str]
    encoder: str
    hides_early: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        suffixes: suffixes in lower case, the usual one first; "" is a folder.
        holds: a picture, or frames with times.
        begins: pattern of the content's first bytes; None: only the name tells.
        writer: the encoder, as MODULE:CLASS of this room, or the module that writes stills; None: read only.
        muxer: ffmpeg's name of the container, for writing.
        demuxer: ffmpeg's name of it for reading; "": ffmpeg detects it, or Pillow reads it.
        codec: key of the codec in `video_writer.py`.
        bytes_ratio: typical size, as a fraction of raw RGB.
        counts: whether it stores no times, so that its frames come at one rate.
        spools: whether the writer stores all frames before it encodes them.
    """

    name: str
    suffixes: tuple[str, ...]
    holds: Holds
    begins: re.Pattern[bytes] | None = None
    writer: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    muxer: str = ""
    demuxer: str = ""
    codec: str = ""
    sound: SoundFormat | None = None
    subtitles: frozenset[str] = frozenset()
    chapters: bool = False
    timecode: bool = False
    bytes_ratio: float = _USUAL_RATIO
    counts: bool = False
    spools: bool = False

    @property
    def between_frames(self) -> bool:
        """Whether frames are coded as changes of others, so that a single one takes more bytes."""
        return self.codec not in ("", "raw")


def _begins(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_STILLS, _VIDEO = "stills", "video_writer:VideoEncoder"
_MP4_SOUND = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
_PCM = frozenset({"pcm_s16le", "pcm_s24le", "pcm_s16be"})
_FASTSTART = {"movflags": "+faststart"}

FORMATS = (
    Format("PNG", (".png", ".apng"), "still", _begins(rb"\x89PNG\r\n\x1a\n"), writer=_STILLS),
    Format(
        "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), "still", _begins(rb"\xff\xd8\xff"), writer=_STILLS,
        options={"quality": 95, "subsampling": 0},
    ),
    Format(
        "WebP", (".webp",), "still", _begins(rb"RIFF....WEBP"), writer=_STILLS, options={"quality": 95, "method": 4}
    ),
    Format("BMP", (".bmp", ".dib"), "still", _begins(rb"BM....\0\0\0\0")),
    Format("TIFF", (".tif", ".tiff"), "still", _begins(rb"II\*\0|MM\0\*|II\+\0|MM\0\+")),
    Format("AVIF", (".avif",), "still", _begins(rb"....ftypavi[fs]")),
    Format("HEIF", (".heic", ".heif", ".hif"), "still", _begins(rb"....ftyp(hei[cxms]|mif1)")),
    Format("JPEG 2000", (".jp2", ".j2k", ".jpx", ".j2c"), "still", _begins(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51")),
    Format("Netpbm", (".ppm", ".pgm", ".pbm", ".pnm"), "still", _begins(rb"P[1-6]\s")),
    Format("TGA", (".tga",), "still"),
    Format(
        "MP4", (".mp4",), "clip", _begins(rb"....(ftyp|moov|mdat|wide|free|skip)"), demuxer="mov",
        writer=_VIDEO, options=_FASTSTART, muxer="mp4", codec="h264",
        sound=SoundFormat(_MP4_SOUND, "aac", hides_early=True),
        subtitles=frozenset({"mov_text"}), chapters=True, timecode=True,
    ),
    Format(
        "M4V", (".m4v",), "clip", writer=_VIDEO, options=_FASTSTART, muxer="ipod", codec="h264",
        sound=SoundFormat(frozenset({"aac", "ac3", "alac"}), "aac", hides_early=True),
        subtitles=frozenset({"mov_text"}), chapters=True,
    ),
    Format(
        "QuickTime", (".mov",), "clip", writer=_VIDEO, options=_FASTSTART, muxer="mov", codec="h264",
        sound=SoundFormat(_MP4_SOUND | _PCM, "aac", hides_early=True),
        subtitles=frozenset({"mov_text"}), chapters=True, timecode=True,
    ),
    Format(
        "Matroska", (".mkv",), "clip", _begins(rb"\x1aE\xdf\xa3"), demuxer="matroska",
        writer=_VIDEO, muxer="matroska", codec="h264",
        sound=SoundFormat(
            _MP4_SOUND | _PCM
            | {"opus", "vorbis", "flac", "mp2", "dts", "truehd", "pcm_s32le", "pcm_f32le", "tta", "wavpack"},
            "aac",
        ),
        subtitles=frozenset({"subrip", "ass", "ssa", "webvtt", "dvd_subtitle", "hdmv_pgs_subtitle", "dvb_subtitle"}),
        chapters=True, timecode=True,
    ),
    Format(
        "WebM", (".webm",), "clip", writer=_VIDEO, muxer="webm", codec="vp9",
        sound=SoundFormat(frozenset({"opus", "vorbis"}), "libopus"), subtitles=frozenset({"webvtt"}), chapters=True,
    ),
    Format(
        "GIF", (".gif",), "clip", _begins(rb"GIF8"), demuxer="gif", writer="gif_writer:GifEncoder", bytes_ratio=0.4,
        spools=True,
    ),
    Format(
        "YUV4MPEG2", (".y4m",), "clip", _begins(rb"YUV4MPEG2 "), demuxer="yuv4mpegpipe", writer=_VIDEO,
        muxer="yuv4mpegpipe", codec="raw", bytes_ratio=1, counts=True,
    ),
    Format("Motion JPEG", (".mjpeg", ".mjpg"), "clip", demuxer="mjpeg"),
    Format("AVI", (".avi",), "clip", _begins(rb"RIFF....AVI "), demuxer="avi"),
    Format("MPEG transport stream", (".ts",), "clip", _begins(rb"(G.{187}){3}|(....G.{187}){3}"), demuxer="mpegts"),
    Format("MPEG program stream", (".mpg",), "clip", _begins(rb"\0\0\x01\xba"), demuxer="mpeg"),
    Format("Flash video", (".flv",), "clip", _begins(rb"FLV\x01"), demuxer="flv"),
    Format("Ogg", (".ogv",), "clip", _begins(rb"OggS"), demuxer="ogg"),
    Format("Windows Media", (".wmv",), "clip", _begins(rb"0&\xb2u\x8ef\xcf\x11"), demuxer="asf"),
    Format("a folder of PNGs", ("",), "clip", writer="folder_writer:FolderEncoder", bytes_ratio=0.8),
)  # fmt: skip
"""Pillow reads all stills, animated ones too. ffmpeg reads all other files, listed here or not, with `DEMUXERS`."""

DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts,mpeg,mpegvideo,m4v,flv,ogg,asf,h264,hevc,av1,obu,ivf,"
    "nut,mxf,dv,rm,wtv,yuv4mpegpipe,mp3,wav,w64,flac,aac,aiff,ac3,eac3,caf,au,amr,opus,tta,wv,ape"
)
"""Containers that ffmpeg may read: those that hold pictures or sound themselves, and do not refer to other files.

PNG is missing, since Pillow reads it; and Motion JPEG, which ffmpeg detects in any file that contains a JPEG."""
PICTURES = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "AVIF", "HEIF", "JPEG2000", "PPM", "TGA", "GIF")
"""Formats that Pillow may read. It knows more, and starts programs for some of them."""
STRANGERS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (_begins(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL: save it as PNG"),
    (_begins(rb"8BPS"), "a Photoshop document: export it as PNG"),
    (_begins(rb"%PDF|%!PS"), "a document of pages: export the pictures"),
    (_begins(rb"v/1\x01|#\?RADIANCE"), "a picture of measured light: save it with 16 bits, as PNG or TIFF"),
    (_begins(rb"FUJIFILMCCD-RAW|II\*\0\x10\0\0\0CR|....ftypcrx "), "a camera's raw file: develop it first"),
    (_begins(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ"), "an archive: unpack it"),
    (_begins(rb"version https://git-lfs"), "a pointer of Git LFS: fetch the file with `git lfs pull`"),
    (_begins(rb"\s*<(svg|\?xml.{0,500}<svg)"), "a drawing in SVG: export it as PNG"),
    (_begins(rb"\s*<(!doctype html|!DOCTYPE html|html)"), "a page of the web: download the file that it shows"),
)
"""Formats that cannot be read: signature, and advice."""
RAW_STREAMS = ("h264", "hevc", "mpegvideo", "m4v", "obu", "mjpeg")
"""Containers that only concatenate pictures, without times or a length."""
STREAMED = "yuv4mpegpipe,matroska,webm,mpegts"
"""Containers that can be read from a pipe."""
_HEAD = 600
"""Number of first bytes that identify every format."""
_BY_SUFFIX = {suffix: form for form in FORMATS for suffix in form.suffixes}


def format_named(path: Path | str) -> Format | None:
    """The format of a name's suffix; None: unknown. A name without a suffix is a folder."""
    name = Path(path).name
    if name.endswith(".") and name.strip("."):
        return None  # an incomplete suffix
    return _BY_SUFFIX.get(Path(path).suffix.lower())


def format_of_suffix(suffix: str) -> Format | None:
    """The format of a suffix such as ".mp4"."""
    return _BY_SUFFIX.get(suffix.lower())


def format_inside(path: Path) -> Format | None:
    """The format of a file's content, else that of its name; None: ffmpeg decides."""
    head = _head(path)
    named = format_named(path) if path.suffix else None
    for form in FORMATS:
        if form.begins is not None and form.begins.match(head):
            # Motion JPEG begins as a JPEG does.
            return named if named is not None and (form.name, named.demuxer) == ("JPEG", "mjpeg") else form
    return named if named is not None and named.holds == "still" else None


def stranger_inside(path: Path) -> str | None:
    """What a file is that can never be read, and advice; None: it may be readable."""
    head = _head(path)
    return next((what for begins, what in STRANGERS if begins.match(head)), None)


def _head(path: Path) -> bytes:
    with suppress(OSError, ValueError):
        if path.is_file():  # opening a pipe would block
            with path.open("rb") as file:
                return file.read(_HEAD)
    return b""


def room_of(suffix: str, spool_ratio: float) -> float:
    """Bytes on disk while a clip is written, per byte of raw RGB; `spool_ratio` is the size of a spool."""
    form = format_of_suffix(suffix)
    return _USUAL_RATIO if form is None else form.bytes_ratio + (spool_ratio if form.spools else 0)


def is_picture(path: Path) -> bool:
    """Whether a file holds a picture, by its content, else by its name."""
    form = format_inside(path)
    return form is not None and form.holds == "still"


def endings(holds: Holds) -> tuple[str, ...]:
    """Suffixes that can be written, the usual one of each format, for messages."""
    return tuple(form.suffixes[0] for form in FORMATS if form.holds == holds and form.writer and form.suffixes[0])


def writes(suffix: str, holds: Holds) -> bool:
    """Whether a picture, or a clip, can be written with this suffix."""
    form = format_of_suffix(suffix)
    return form is not None and form.holds == holds and form.writer is not None


def format_to_write(path: Path, holds: Holds) -> Format:
    """The format of a result's name.

    Raises:
        OutputError: the suffix cannot be written, or is a picture's where a clip is wanted, or the reverse.
    """
    form = format_named(path)
    if form is not None and form.writer is not None and form.holds == holds:
        return form
    known = ", ".join(endings(holds))
    if holds == "still":
        raise OutputError(f"expected a picture's name to end in {known}, got {printable(path.name)}")
    raise OutputError(
        f"expected a clip's name to end in {known}, or a name without ending for a folder of PNGs, "
        f"got {printable(path.name)}"
    )
