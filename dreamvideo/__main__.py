"""`python -m dreamvideo`, and the `dreamvideo` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from dreamvideo.cli.app import app

    app(prog_name="dreamvideo")


if __name__ == "__main__":
    main()
