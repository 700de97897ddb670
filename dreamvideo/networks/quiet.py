"""Import TensorFlow without its start-up messages, which it writes straight to file descriptor 2.

TF_CPP_MIN_LOG_LEVEL hides some of them. Those written before its log is set up (CPU features, missing GPU drivers)
cannot be turned off. So standard error is held back while TensorFlow is imported and looks for devices. All other text
is passed on afterwards.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_CHATTER = re.compile(
    rb"WARNING: All log messages before absl|[IWE]\d{4} \d\d:|[IWE]0000 00:00:"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] |To enable the following instructions|Skipping registering GPU"
)


def hush_tensorflow() -> None:
    """Make a later import of TensorFlow quiet. For dreamvideo's own processes only."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if "tensorflow" not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Precedes the usual finders until TensorFlow is imported, then removes itself."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, usual: Loader) -> None:
        self._usual = usual

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._usual.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # TensorFlow reads its own spec, and needs the original loader there.
        if module.__spec__ is not None:
            module.__spec__.loader = self._usual
        module.__loader__ = self._usual
        with _standard_error_held():
            self._usual.exec_module(module)
            module.config.list_physical_devices()


@contextlib.contextmanager
def _standard_error_held() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            rest = b"".join(line for line in held if not _CHATTER.match(line))
            with contextlib.suppress(OSError):
                os.write(2, rest)
