"""What the shell offers after Tab: words that need no network to be loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer

from dreamvideo.recipe.presets import PRESETS


def starting(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Offer those of some words that begin with what is typed."""
    known = tuple(words)
    return lambda incomplete: [word for word in known if word.startswith(incomplete)]


presets = starting(PRESETS)


def networks(incomplete: str) -> list[str]:
    """Names of networks."""
    from dreamvideo.networks import NETWORKS

    return starting(NETWORKS)(incomplete)


def layers(context: typer.Context, incomplete: str) -> list[str]:
    """Layers of the network that the command line names so far."""
    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.blocks import BLOCKS

    model = context.params.get("flag_model") or context.params.get("model") or "dreamnet"
    usual = [layer.name for layer in NETWORKS[model].default_layers] if model in NETWORKS else []
    return starting(BLOCKS.get(model, usual))(incomplete)


def words(incomplete: str) -> list[str]:
    """Words that ship, and those of the user's own."""
    from dreamvideo.words import load_vocabulary, own_words

    return starting([*own_words(), *load_vocabulary().meanings])(incomplete)
