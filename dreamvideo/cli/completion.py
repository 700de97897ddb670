"""Completions of the shell, which load no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer

from dreamvideo.recipe.presets import PRESETS


def starting(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Complete with those of some words that start with the typed text."""
    known = tuple(words)
    return lambda incomplete: [word for word in known if word.startswith(incomplete)]


presets = starting(PRESETS)


def networks(incomplete: str) -> list[str]:
    """Names of networks."""
    from dreamvideo.networks import NETWORKS

    return starting(NETWORKS)(incomplete)


def layers(context: typer.Context, incomplete: str) -> list[str]:
    """Layers of the network of the command line."""
    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.blocks import BLOCKS

    model = context.params.get("flag_model") or context.params.get("model") or "dreamnet"
    usual = [layer.name for layer in NETWORKS[model].default_layers] if model in NETWORKS else []
    return starting(BLOCKS.get(model, usual))(incomplete)


def words(incomplete: str) -> list[str]:
    """Words that ship, and the user's own."""
    from dreamvideo.words import load_vocabulary, own_words

    return starting([*own_words(), *load_vocabulary().meanings])(incomplete)
