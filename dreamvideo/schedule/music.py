"""Loudness of a track over time, in total and in three bands, for schedules: `1.2 + 0.6*bass`.

The track is analysed before the first frame. The same file always gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreamvideo.errors import NoVideoError

RATE = 22_050
"""Sample rate, in hertz, at which a track is analysed: twice the highest band, and a little more."""

BANDS: Mapping[str, tuple[float, float]] = {
    "bass": (20.0, 150.0),
    "mid": (150.0, 2_000.0),
    "treble": (2_000.0, 10_000.0),
    "loudness": (20.0, 10_000.0),
}
"""Name -> lowest and highest frequency in hertz."""

_HOP = RATE // 100
"""Samples between two windows: 10 ms, less than a frame."""
_WINDOW = 2_048
"""Samples in a window: 93 ms. Its bins of 10.8 Hz are fine enough to separate bass from mid."""
_RELEASE = 0.15
"""Time constant, in seconds, of a falling level. It is long, so that a beat swells the picture without flicker."""
_ATTACK = 0.02
"""Time constant, in seconds, of a rising level. It is short, so that the picture follows a beat at once."""
_FULL = 98.0
"""Percentile of a track's levels that is scaled to 1. The few louder ones are clipped."""
_AT_ONCE = 2_048
"""Windows transformed at once: the limit on memory."""


@dataclass(frozen=True, eq=False)
class Music:
    """Levels of a track.

    Attributes:
        levels: band -> (N,) levels in [0, 1], one every `hop` seconds, starting at 0 s.
        hop: seconds between two levels.
    """

    levels: Mapping[str, NDArray[np.float32]]
    hop: float = _HOP / RATE

    @classmethod
    def read(cls, path: Path) -> Music:
        """Decode and analyse a track.

        Raises:
            InputError: the file is missing, holds no sound or cannot be decoded.
        """
        from dreamvideo.media.audio import decode_audio

        return cls.of(decode_audio(path, RATE))

    @classmethod
    def of(cls, samples: NDArray[np.float32]) -> Music:
        """Analyse sound.

        Args:
            samples: (N,) mono at `RATE`.

        Raises:
            NoVideoError: there is no sound in it.
        """
        if len(samples) == 0:
            raise NoVideoError("expected sound, got a track without a single sample")
        return cls({name: _level(power) for name, power in zip(BANDS, _band_power(samples), strict=True)})

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.levels["loudness"]) * self.hop

    def at(self, t: float) -> dict[str, float]:
        """The level of every band at `t` seconds, interpolated; 0 before and after the track."""
        place = t / self.hop
        before = math.floor(place)
        share = place - before

        def level(index: int, levels: NDArray[np.float32]) -> float:
            return float(levels[index]) if 0 <= index < len(levels) else 0.0

        return {
            name: (1 - share) * level(before, levels) + share * level(before + 1, levels)
            for name, levels in self.levels.items()
        }


def _band_power(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean power of each band around every hop: (bands, N)."""
    count = -(-len(samples) // _HOP)
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW // 2 + _HOP))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    inside = np.array([(low <= frequencies) & (frequencies < high) for low, high in BANDS.values()], np.float64)
    hann = np.hanning(_WINDOW + 1)[:-1]
    parts = [
        inside @ np.square(np.abs(np.fft.rfft(windows[start : start + _AT_ONCE] * hann))).T
        for start in range(0, count, _AT_ONCE)
    ]
    return np.concatenate(parts, axis=1) / _WINDOW


def _level(power: NDArray[np.float64]) -> NDArray[np.float32]:
    """Smooth the amplitude, fast up and slowly down, and scale it to [0, 1]."""
    amplitude = np.sqrt(power)
    seconds = _HOP / RATE
    up, down = (1 - np.exp(-seconds / length) for length in (_ATTACK, _RELEASE))
    smooth, level = np.empty_like(amplitude), 0.0
    for index, value in enumerate(amplitude):
        level += (up if value > level else down) * (value - level)
        smooth[index] = level
    full = np.percentile(smooth, _FULL)
    # Silence stays silence: 1e-4 is 80 dB below full scale.
    return np.asarray(np.clip(smooth / max(full, 1e-4), 0, 1), np.float32)


def read_music(path: Path | None) -> Music | None:
    """The loudness of a track over time; None where there is no track."""
    return None if path is None else Music.read(path)
