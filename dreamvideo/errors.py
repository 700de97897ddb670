"""Every error that dreamvideo raises on purpose.

    DreamVideoError
    +-- ConfigError (ValueError)              a setting that cannot be meant so
    |   +-- LayerNotFoundError                names the near misses
    |   +-- FrameTooSmallError                names the smallest size that works
    |   +-- ScheduleError                     names the key and the column
    +-- RefusedError                          asked for, possible, and not done
    |   +-- TargetExistsError (FileExistsError)
    |   +-- JobChangedError (ValueError)      resumed with other input or settings
    |   +-- JobLockedError (BlockingIOError)  another process works on this job
    +-- InputError (OSError)                  the source cannot be used
    |   +-- InputNotFoundError (FileNotFoundError)
    |   +-- NoVideoError                      nothing in it to look at
    |   +-- DamagedInputError                 cut off or corrupt; `frames` were readable
    |   +-- TooLargeError                     more pixels than allowed
    +-- OutputError (OSError)                 the result cannot be written
    |   +-- EncodeError                       the encoder refused, or the file did not check out
    |   +-- DiskFullError
    +-- RenderError (RuntimeError)            frames could not be made
    |   +-- NotFiniteError (ArithmeticError)  a gradient held NaN or infinity
    |   +-- WorkerError                       a worker died, hung or was lost
    +-- ModelError (RuntimeError)             network or device
    |   +-- WeightsError (OSError)            missing, damaged or not for this network
    |   +-- DeviceError                       out of memory, or no such device
    +-- MissingExtraError (ImportError)       an optional package is not installed
    +-- StoppedError                          a signal asked to stop; `job` can be resumed

A message says what was expected, what came, and what to do. `exit_code` is what the command ends
with: 2 usage or refusal, 3 input (too small a one, too), 4 output, disk or worker, 6 model or device, 128 + the signal
that stopped it; 1 would be a bug.
"""

from __future__ import annotations

from pathlib import Path


def printable(text: str | Path) -> str:
    """`text` with control characters, escape codes and undecodable bytes escaped: names come from anyone."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(text))


class DreamVideoError(Exception):
    """Base of everything raised on purpose."""

    exit_code = 1


class ConfigError(DreamVideoError, ValueError):
    """A setting has a value that cannot be meant so."""

    exit_code = 2


class LayerNotFoundError(ConfigError):
    """The network has no such layer or channel."""


class FrameTooSmallError(ConfigError):
    """A frame, or its smallest octave, is smaller than the network can see: it is the input that is no use."""

    exit_code = 3


class ScheduleError(ConfigError):
    """A schedule that cannot be parsed."""


class RefusedError(DreamVideoError):
    """Something possible that was not done because it might do harm."""

    exit_code = 2


class TargetExistsError(RefusedError, FileExistsError):
    """The target is there already, or is nothing that may be replaced."""


class JobChangedError(RefusedError, ValueError):
    """A job cannot be resumed with other input, settings or weights."""


class JobLockedError(RefusedError, BlockingIOError):
    """Another process is at work on the job."""


class InputError(DreamVideoError, OSError):
    """The source cannot be used."""

    exit_code = 3


class InputNotFoundError(InputError, FileNotFoundError):
    """There is no such source."""


class NoVideoError(InputError):
    """The source holds no picture."""


class DamagedInputError(InputError):
    """The source is cut off or corrupt.

    Attributes:
        frames: how many frames could be read before the damage.
    """

    def __init__(self, message: str, frames: int = 0) -> None:
        super().__init__(message)
        self.frames = frames


class TooLargeError(InputError):
    """The source has more pixels a frame than allowed."""


class OutputError(DreamVideoError, OSError):
    """The result cannot be written."""

    exit_code = 4


class EncodeError(OutputError):
    """The encoder refused, or the written file did not check out."""


class DiskFullError(OutputError):
    """The disk is full, or would be."""


class RenderError(DreamVideoError, RuntimeError):
    """Frames could not be made."""

    exit_code = 4


class NotFiniteError(RenderError, ArithmeticError):
    """A gradient held NaN or infinity."""


class WorkerError(RenderError):
    """A worker died, hung or was lost."""


class ModelError(DreamVideoError, RuntimeError):
    """Something is wrong with a network or a device."""

    exit_code = 6


class WeightsError(ModelError, OSError):
    """Weights are missing, damaged or meant for another network."""


class DeviceError(ModelError):
    """A device is missing or out of memory."""


class MissingExtraError(DreamVideoError, ImportError):
    """An optional package is not installed."""

    exit_code = 2


class StoppedError(DreamVideoError):
    """A signal asked to stop; what was finished is kept.

    Attributes:
        job: folder of the job, for `dreamvideo resume`.
        exit_code: 128 + the signal's number.
    """

    def __init__(self, message: str, job: str, signal: int) -> None:
        super().__init__(message)
        self.job = job
        self.exit_code = 128 + signal
