"""`python -m dreamvideo`, and the `dreamvideo` command."""

from __future__ import annotations

import os
import sys

AT_ONCE = ("-h", "--help", "--version")
"""What is answered without importing any command."""


def main() -> None:
    """Run the command line and exit with its code."""
    _open_streams()
    if len(sys.argv) == 2 and sys.argv[1] in AT_ONCE:
        from dreamvideo.cli.outline import outline

        app = outline()
    else:
        _prepare()
        from dreamvideo.app import app
    app(prog_name="dreamvideo")


def _open_streams() -> None:
    """Let what is said go nowhere where whoever started us, such as a daemon, has closed the standard streams.

    Their numbers are taken, too: a result that was opened as number 1 would hold whatever a library prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


def _prepare() -> None:
    """Silence other packages: what they warn their callers of is not for who uses a command; `python -W` shows it."""
    import warnings

    from dreamvideo.networks.quiet import hush_tensorflow

    hush_tensorflow()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


if __name__ == "__main__":
    main()
