"""Every error that dreamvideo raises on purpose: a `DreamVideoError`, and a built-in error of the same kind.

A message says what was expected, what was found, and what to do. The command ends with the error's `exit_code`.
"""

from __future__ import annotations

from pathlib import Path

EXITS = (
    ("0", "Done."),
    ("1", "A bug: the full trace is in a file, which is named."),
    ("2", "Usage, or refused: a wrong option, or a target that is there already."),
    ("3", "The input cannot be used."),
    ("4", "The output, the disk or a worker failed; `dreamvideo resume` goes on."),
    ("5", "Done, but the input was damaged and only what could be read was dreamed."),
    ("6", "A network, its weights or the device."),
    ("129, 130, 143", "Stopped by a signal: hung up on, Ctrl-C, terminated; `dreamvideo resume` goes on."),
    ("141", "Nobody reads what is printed."),
)
"""Exit codes of the command, as its manual lists them."""


def printable(text: str | Path) -> str:
    """`text` with control characters, escape codes and undecodable bytes escaped, since names come from anyone."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(text))


class DreamVideoError(Exception):
    """Base of all errors that are raised on purpose."""

    exit_code = 1


class ConfigError(DreamVideoError, ValueError):
    """A setting has an invalid value."""

    exit_code = 2


class LayerNotFoundError(ConfigError):
    """The network has no such layer or channel; the message lists near misses."""


class FrameTooSmallError(ConfigError):
    """A frame, or its smallest octave, is too small for the network; the message names the smallest size."""

    exit_code = 3


class ScheduleError(ConfigError):
    """A schedule cannot be parsed; the message names the key and the column."""


class RefusedError(DreamVideoError):
    """Something possible was not done, since it might do harm."""

    exit_code = 2


class TargetExistsError(RefusedError, FileExistsError):
    """The target exists, or must not be replaced."""


class JobChangedError(RefusedError, ValueError):
    """A job cannot be resumed with other input, settings or weights."""


class JobLockedError(RefusedError, BlockingIOError):
    """Another process works on the job."""


class InputError(DreamVideoError, OSError):
    """The source cannot be used."""

    exit_code = 3


class InputNotFoundError(InputError, FileNotFoundError):
    """There is no such source."""


class NoVideoError(InputError):
    """The source has no picture."""


class DamagedInputError(InputError):
    """The source is cut off or corrupt.

    Attributes:
        frames: number of frames that were read before the damage.
    """

    def __init__(self, message: str, frames: int = 0) -> None:
        super().__init__(message)
        self.frames = frames


class TooLargeError(InputError):
    """The source has more pixels per frame than allowed."""


class OutputError(DreamVideoError, OSError):
    """The result cannot be written."""

    exit_code = 4


class EncodeError(OutputError):
    """The encoder refused, or the written file failed the check."""


class DiskFullError(OutputError):
    """The disk is full, or would become full."""


class RenderError(DreamVideoError, RuntimeError):
    """Frames could not be made."""

    exit_code = 4


class NotFiniteError(RenderError, ArithmeticError):
    """A gradient held NaN or infinity."""


class WorkerError(RenderError):
    """A worker died, hung or was lost."""


class ModelError(DreamVideoError, RuntimeError):
    """A network or a device failed."""

    exit_code = 6


class WeightsError(ModelError, OSError):
    """Weights are missing, damaged, or for another network."""


class DeviceError(ModelError):
    """A device is missing or out of memory."""


class MissingExtraError(DreamVideoError, ImportError):
    """An optional package is not installed."""

    exit_code = 2


class StoppedError(DreamVideoError):
    """A signal stopped the work; finished parts are kept.

    Attributes:
        job: folder of the job, for `dreamvideo resume`.
        exit_code: 128 + the signal's number.
    """

    def __init__(self, message: str, job: str, signal: int) -> None:
        super().__init__(message)
        self.job = job
        self.exit_code = 128 + signal
