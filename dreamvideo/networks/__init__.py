"""Networks to dream with: the table, their weights, and their fast differentiable graph.

Importing this does not import TensorFlow; `load_network` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dreamvideo.config import NetworkConfig
from dreamvideo.networks.registry import NETWORKS, Architecture, Preprocessing, WeightsSource

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

__all__ = ["NETWORKS", "Architecture", "Preprocessing", "WeightsSource", "load_network"]


def load_network(config: NetworkConfig | None = None) -> Network:
    """Build a network and load its weights, once a process for each configuration.

    Args:
        config: which network, and a weights file if not the usual one; None: the bundled one.

    Raises:
        ConfigError: no network of that name; the message lists near misses.
        WeightsError: weights are missing, damaged or for another network.
    """
    from dreamvideo.networks.network import load

    return load(config or NetworkConfig())
