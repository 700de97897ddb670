"""Networks to dream with: the table, their weights, and their fast differentiable graph.

Only `load_network` imports TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dreamvideo.config import NetworkConfig
from dreamvideo.networks.registry import NETWORKS, Preprocessing

if TYPE_CHECKING:
    from dreamvideo.networks.network import Network

__all__ = ["NETWORKS", "Preprocessing", "load_network"]


def load_network(config: NetworkConfig | None = None) -> Network:
    """Build a network and load its weights. Networks are cached by configuration.

    Args:
        config: the network and its weights; None: the bundled network.

    Raises:
        ConfigError: there is no such network; the message lists near misses.
        WeightsError: the weights are missing, damaged or for another network.
    """
    from dreamvideo.networks.network import load

    return load(config or NetworkConfig())
