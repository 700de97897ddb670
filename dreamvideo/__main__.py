"""`python -m dreamvideo`, and the `dreamvideo` command."""

from __future__ import annotations

import sys

AT_ONCE = ("-h", "--help", "--version")
"""What is answered without importing any command."""


def main() -> None:
    """Run the command line and exit with its code."""
    if len(sys.argv) == 2 and sys.argv[1] in AT_ONCE:
        from dreamvideo.cli.outline import outline

        app = outline()
    else:
        _prepare()
        from dreamvideo.app import app
    app(prog_name="dreamvideo")


def _prepare() -> None:
    """Silence other packages: what they warn their callers of is not for who uses a command; `python -W` shows it."""
    import warnings

    from dreamvideo.networks.quiet import hush_tensorflow

    hush_tensorflow()
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


if __name__ == "__main__":
    main()
