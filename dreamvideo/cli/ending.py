"""The end of a command: exit code (`errors.EXITS`), error message, trace."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import typer

from dreamvideo.errors import DreamVideoError, MissingExtraError, OutputError, printable

DAMAGED = 5
INTERRUPTED = 130
UNREAD = 141
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
LONGEST = 800
"""Most letters of a message."""


@contextlib.contextmanager
def ending(verbose: bool, as_json: bool) -> Iterator[None]:
    """Turn exceptions of a command into messages and exit codes.

    Args:
        verbose: show the trace of our own errors, too.
        as_json: also report errors on stdout as JSON.
    """
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, SystemExit):
        raise
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _let_go()
        raise typer.Exit(UNREAD) from None
    except DreamVideoError as error:
        if verbose:
            traceback.print_exc()
        _end(str(error) if verbose else short(str(error)), error.exit_code, as_json)
    except ImportError as error:
        if error.name != "cv2" and not str(error).startswith("lib"):
            _bug(error, verbose, as_json)
        _end(_opencv_trouble(error), MissingExtraError.exit_code, as_json)
    except Exception as error:
        if type(error).__module__.startswith(("typer.", "click.")):
            raise
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            # Errors of files are reported where they are written.
            _let_go()
            _end(f"standard output cannot be written: {error.strerror}", OutputError.exit_code, as_json=False)
        _bug(error, verbose, as_json)


def _let_go() -> None:
    """Redirect standard output to nowhere: Python flushes it at exit, and would report an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _bug(error: Exception, verbose: bool, as_json: bool) -> NoReturn:
    if verbose:
        traceback.print_exc()
    log = _log(traceback.format_exc())
    _end(f"a bug: {type(error).__name__}: {error}; the full trace is in {log}", 1, as_json)


def _opencv_trouble(error: ImportError) -> str:
    """Advice if OpenCV's system libraries are missing."""
    from dreamvideo.media.opencv import load_cv2

    try:
        load_cv2()
    except MissingExtraError as known:
        return str(known)
    return str(error)


def _end(message: str, code: int, as_json: bool) -> NoReturn:
    say(message)
    if as_json:
        print(json.dumps({"event": "error", "message": message, "exit_code": code}), flush=True)
    raise typer.Exit(code) from None


def say(message: str) -> None:
    """Print why a command ended, on stderr."""
    tell(f"dreamvideo: {message}")


def tell(text: str) -> None:
    """Print a line on stderr. If that fails, the work continues."""
    with contextlib.suppress(OSError):
        print(one_line(text), file=sys.stderr, flush=True)


def short(message: str) -> str:
    """Shorten a message: those of other packages may be pages long."""
    return message if len(message) <= LONGEST else f"{message[:LONGEST]} ... (-v shows all)"


def one_line(text: str) -> str:
    """Text on one line, without control characters."""
    return printable(text.strip().translate({ord("\n"): " ", ord("\t"): " "}))


def _log(trace: str) -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    for folder in (Path(base) / "dreamvideo", Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(".log", "dreamvideo-", folder)
            with open(handle, "w", encoding="utf-8") as log:
                log.write(f"{' '.join(sys.argv)}\n\n{trace}")
            return Path(name)
    return Path("nowhere: no folder can be written to")
