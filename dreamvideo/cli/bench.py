"""`bench`: measure the cost of dreaming."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from dreamvideo.cli import completion
from dreamvideo.cli.arguments import option
from dreamvideo.cli.display import Display, clock_text
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import megabytes
from dreamvideo.config import NetworkConfig
from dreamvideo.errors import ConfigError

_HEAD = f"{'network':<20} {'size':>11} {'step':>9} {'still':>8} {'video':>10} {'memory':>9}"


@takes(makes=False)
def bench(
    *,
    model: Annotated[
        list[str] | None,
        option(
            "Network; may be given several times.",
            *("--model", "-m"),
            unset="dreamnet",
            metavar="NAME",
            autocompletion=completion.networks,
        ),
    ] = None,
    size: Annotated[
        list[str] | None, option("Size of frames; may be given several times.", unset="320x180, 640x360", metavar="WxH")
    ] = None,
    run: Run,
) -> None:
    """Measure this machine: seconds a step, frames a second, memory."""
    sizes = [_size(text) for text in size or ("320x180", "640x360")]
    from dreamvideo.cost.bench import benchmark

    show = Display(as_json=run.json)
    if not run.json:
        typer.echo(_HEAD)
    for cost in benchmark(model or [NetworkConfig().model], sizes):
        memory = "unknown" if cost.memory is None else megabytes(cost.memory)
        text = (
            f"{cost.model:<20} {cost.size[0]:>6}x{cost.size[1]:<4} {cost.step:>7.3f} s {clock_text(cost.image):>8} "
            f"{cost.frames:>6.2f} fps {memory:>9}"
        )
        show.answer("cost", asdict(cost), text)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None:
        raise ConfigError(f"expected a size as WIDTHxHEIGHT, such as 640x360, got {text!r}")
    return int(match[1]), int(match[2])
