"""The version of the package, and of others."""

from __future__ import annotations

from collections.abc import Iterable

__version__ = "0.1.0"


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """Package -> its version, without importing it; "none" if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found
