"""The package as a whole: its public names, what importing it costs, and which way its rooms look."""

from __future__ import annotations

import ast
import pydoc
import subprocess
import sys
import time
from graphlib import TopologicalSorter
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dreamvideo
from dreamvideo.app import app
from dreamvideo.cli.outline import outline

ROOT = Path(dreamvideo.__file__).parent
HEAVY = ("tensorflow", "keras", "cv2", "av", "numpy", "imageio", "rich.progress")
ROOMS = (
    *("errors", "version", "progress", "values", "config"),
    *(
        "media",
        "notebook",
        "networks",
        "schedule",
        "words",
        "recipe",
        "objectives",
        "camera",
        "dreamer",
        "coherence",
        "jobs",
        "zoom",
    ),
    *("render", "choose", "cost", "live", "pipeline"),
    *("cli", "studio", "app", "__main__", "__init__"),
)
"""From the ground up: a room imports only from those before it, so that no two can need each other."""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)


def test_every_public_name_is_there() -> None:
    assert dreamvideo.__all__ == sorted(set(dreamvideo.__all__))
    for name in dreamvideo.__all__:
        assert getattr(dreamvideo, name) is not None
    with pytest.raises(AttributeError):
        dreamvideo.no_such_name  # noqa: B018


def test_names_show_where_people_look_for_them() -> None:
    assert set(dreamvideo.__all__) <= set(dir(dreamvideo))
    shown = pydoc.plain(pydoc.render_doc(dreamvideo))
    assert all(name in shown for name in dreamvideo.__all__ if name != "__version__")
    assert "dream(picture: " in shown and "class ZoomConfig" in shown


@pytest.mark.parametrize("module", ["dreamvideo", "dreamvideo.app", "dreamvideo.recipe", "dreamvideo.networks"])
def test_importing_it_is_light(module: str) -> None:
    loaded = run(f"import sys, {module}; print(*sys.modules)").stdout.split()
    assert not {name for name in loaded for heavy in HEAVY if name == heavy or name.startswith(f"{heavy}.")}


@pytest.mark.parametrize(
    "module", ["media", "camera", "coherence", "jobs", "schedule", "render.durable", "choose.preview", "cost.estimate"]
)
def test_rooms_come_without_tensorflow(module: str) -> None:
    loaded = run(f"import sys, dreamvideo.{module}; print(*sys.modules)").stdout.split()
    assert "tensorflow" not in loaded and "keras" not in loaded


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_answer_at_once(argument: str) -> None:
    times = []
    for _ in range(3):
        start = time.process_time(), sum(_children())
        subprocess.run([sys.executable, "-m", "dreamvideo", argument], capture_output=True, check=True, timeout=60)
        times.append(sum(_children()) - start[1])
    # Processor time, since the machine may be busy; half a second is the promise on an idle one.
    assert min(times) < 1.0


def test_help_lists_the_commands_and_imports_none() -> None:
    code = "import sys, dreamvideo.__main__ as command; sys.argv[1:] = ['--help']\ntry: command.main()\n"
    loaded = run(code + "except SystemExit: print('imported', *sys.modules)").stdout.rpartition("imported")[2].split()
    own = {name for name in loaded if name.startswith("dreamvideo.")}
    assert own == {"dreamvideo.__main__", "dreamvideo.cli", "dreamvideo.cli.outline", "dreamvideo.cli.tables"}
    listed, whole = (CliRunner().invoke(made, ["--help"]).stdout for made in (outline(), app))
    assert listed == whole


def _children() -> tuple[float, float]:
    resource = pytest.importorskip("resource", reason="child processes' time is only told on Unix")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime, usage.ru_stime


def test_the_command_is_installed_where_the_package_is() -> None:
    commands = [entry for entry in entry_points(group="console_scripts") if entry.name == "dreamvideo"]
    if not commands:
        pytest.skip("dreamvideo runs from its checkout and is not installed")
    assert commands[0].value == "dreamvideo.__main__:main"


def test_no_two_files_need_each_other() -> None:
    """Nor do more in a ring, not even for types or inside a function; `__init__` hands names on, and is no file."""
    needed = {}
    for path in ROOT.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        if path != ROOT / "__init__.py":
            needed[name.removesuffix(".__init__")] = _imports(path, types=True)
    assert list(TopologicalSorter(needed).static_order())


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _imports(path: Path, *, types: bool = False) -> list[str]:
    """Modules of this package that a file imports, wherever in the file; those for type checking only with `types`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = node.body if types else []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports say where from"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                place = ROOT.parent.joinpath(*whole.split("."))
                is_module = place.is_dir() or place.with_suffix(".py").is_file() or node.module == "dreamvideo"
                found.append(whole if is_module else str(node.module))
    return [name for name in found if name.split(".")[0] == "dreamvideo"]


def test_imports_point_one_way() -> None:
    for path in ROOT.rglob("*.py"):
        own = path.relative_to(ROOT).with_suffix("").parts[0]
        for name in _imports(path):
            other = _room(name)
            assert other == own or ROOMS.index(other) < ROOMS.index(own), f"{path} imports {name}"


def test_files_are_short() -> None:
    long = {str(path): lines for path in ROOT.rglob("*.py") if (lines := len(path.read_text().splitlines())) > 400}
    assert not long
