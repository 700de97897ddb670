"""`atlas`, `preview`, `compare`, `layers`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreamvideo.cli import completion
from dreamvideo.cli.arguments import AnythingArgument, ClipArgument, PictureArgument, option
from dreamvideo.cli.display import Display
from dreamvideo.cli.options import Run, takes
from dreamvideo.cli.plans import MEASURING, facts, show_plan, words
from dreamvideo.cli.targets import agreed, beside, may_replace
from dreamvideo.cli.working import Work, working
from dreamvideo.config import Recipe, WriteConfig
from dreamvideo.errors import ConfigError

if TYPE_CHECKING:
    from dreamvideo.render.result import Result


@takes("network", "dream", "moment", "size", plans=True)
def atlas(
    source: AnythingArgument,
    target: PictureArgument = None,
    *,
    channels: Annotated[
        str | None,
        option("Show the strongest channels of this layer instead.", metavar="LAYER", autocompletion=completion.layers),
    ] = None,
    recipe: Recipe,
    run: Run,
) -> None:
    """Show a picture dreamed through every layer, on one sheet.

    Each with the same steps, small: a layer's look, not its size in a result.
    """
    target = target or beside(source, ".png", word="atlas")
    recipe = agreed(recipe, source, target, run, "still")
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_atlas

        show_plan(lambda: estimate_atlas(source, recipe, channels, target.suffix), target, run)
        return
    with working(run) as work:
        from dreamvideo.choose.atlas import draw_atlas

        work.show.result(draw_atlas(source, target, recipe, channels, work.show).path)


@takes("network", "dream", "coherence", "parts", "size", "span", "camera", "write", plans=True)
def preview(source: ClipArgument, target: PictureArgument = None, *, recipe: Recipe, run: Run) -> None:
    """Show a few frames of a clip dreamed, beside their sources, and what the whole will cost.

    One frame of each shot while there is room, dreamed at 640 pixels at most and shown at 320.
    """
    target = target or beside(source, ".png", word="preview")
    recipe = agreed(recipe, source, target, run, "still")
    whole = beside(source)
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_video

        show_plan(lambda: estimate_video(source, recipe, whole.suffix), whole, run)
        return
    with working(run) as work:
        from dreamvideo.choose.preview import draw_preview
        from dreamvideo.cost.estimate import estimate_video
        from dreamvideo.render.survey import glance

        work.show.note(MEASURING)
        seen = glance(source, recipe)
        plan = estimate_video(source, recipe, whole.suffix, seen=seen)
        if run.json:
            work.show.answer("plan", facts(plan, whole), words(plan))
        else:
            work.show.note(f"{whole}: {words(plan)}")
        note = f"{source.name}: " + words(plan).replace(": ", "\n", 1)
        _show(draw_preview(source, target, recipe, note, work.show, seen=seen), work)


@takes(plans=True)
def compare(
    clips: Annotated[
        list[Path], typer.Argument(metavar="CLIP", help="Two clips or more, and last the result, such as both.mp4.")
    ],
    *,
    label: Annotated[list[str] | None, option("What stands above a clip; once for each.", metavar="TEXT")] = None,
    run: Run,
) -> None:
    """Put clips side by side in one video.

    They keep the first one's time; one that ends early stays on its last frame.
    """
    from dreamvideo.media import check_target

    *paths, target = clips
    if len(paths) < 2:
        raise ConfigError(f"expected two clips or more and a result, got {len(clips)} paths")
    for path in paths:
        check_target(target, path, True, "clip")
    if run.dry_run:
        from dreamvideo.cost.estimate import estimate_comparison

        show_plan(lambda: estimate_comparison(paths, target.suffix), target, run)
        return
    write = WriteConfig(overwrite=may_replace(target, run))
    with working(run) as work:
        from dreamvideo.choose.comparison import compare_clips

        _show(compare_clips(paths, target, label or None, write, work.show), work)


def _show(made: Result, work: Work) -> None:
    for warning in made.warnings:
        work.show.warn(warning)
    work.show.result(made.path)


@takes("network", makes=False)
def layers(
    *,
    everything: Annotated[bool, option("Every layer, not only those where branches meet.", "--all")] = False,
    recipe: Recipe,
    run: Run,
) -> None:
    """List the layers of a network, with how many channels each has.

    A channel is named by its number: mixed4:0 is the first of mixed4.
    """
    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.blocks import BLOCKS

    model = recipe.network.model
    channels = _channels(recipe, everything) if everything or model not in BLOCKS else dict(BLOCKS[model])
    usual = {layer.name for layer in NETWORKS[model].default_layers}
    width = max(map(len, channels))
    lines = [f"{name:<{width}} {count:5d}{'  default' if name in usual else ''}" for name, count in channels.items()]
    Display(as_json=run.json).answer("layers", {"model": model, "channels": channels}, "\n".join(lines))


def _channels(recipe: Recipe, everything: bool) -> dict[str, int]:
    """Layer -> number of channels, from the network as it is built, without weights."""
    from dreamvideo.choose.atlas import main_layers
    from dreamvideo.networks.network import Network, build_model
    from dreamvideo.networks.registry import known_network

    architecture = known_network(recipe.network.model)
    network = Network(architecture, build_model(architecture))
    return {name: network.channels(name) for name in (network.layer_names if everything else main_layers(network))}
