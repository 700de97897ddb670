"""`python -m dreamvideo`, and the `dreamvideo` command."""

from __future__ import annotations

import sys
import warnings

from dreamvideo.networks.quiet import hush_tensorflow


def main() -> None:
    """Run the command line and exit with its code."""
    hush_tensorflow()
    # What other packages warn their callers of is not for who uses a command; `python -W` shows it.
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    from dreamvideo.cli.app import app

    app(prog_name="dreamvideo")


if __name__ == "__main__":
    main()
