"""Help, the manual and completion, all made from the commands: nothing that a command takes may be missing."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dreamvideo import errors
from dreamvideo.app import app
from dreamvideo.cli.examples import EXAMPLES
from dreamvideo.cli.man import markdown, page, pages, roff
from dreamvideo.networks.blocks import BLOCKS
from dreamvideo.recipe.presets import PRESETS

runner = CliRunner()
ROOT = typer.main.get_command(app)


def commands(command: Any = ROOT, name: str = "") -> Iterator[tuple[str, Any]]:
    for below, found in getattr(command, "commands", {}).items():
        full = f"{name} {below}".strip()
        yield full, found
        yield from commands(found, full)


ALL = dict(commands())


def plain(roffed: str) -> str:
    """Roff's text as it will be read."""
    text = re.sub(r"\\f[BIR]", "", roffed).replace("\\&", "").replace("\\-", "-")
    return text.replace("\\(aq", "'").replace("\\(ga", "`").replace("\\e", "\\")


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_all_that_its_command_takes(name: str) -> None:
    made = page(ALL[name], name)
    for text in (plain(roff(made)), markdown(made)):
        for parameter in ALL[name].params:
            if parameter.param_type_name == "argument":
                assert parameter.metavar in text
            else:
                assert all(spelling in text for spelling in [*parameter.opts, *parameter.secondary_opts])
            words = re.sub(r"\[/?(?:bold|dim)\]", "", parameter.help or "").replace("\\[", "[")
            assert words in text
            if not parameter.hidden:
                assert words and words.endswith((".", "]")), f"{name} {parameter.name}: {words!r}"
        for typed, does in EXAMPLES[name]:
            assert typed in text and does in text
    assert all(f"\n\\fB{code}\\fR\n".replace("-", "\\-") in roff(made) for code, _ in errors.EXITS)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", ["", *ALL])
def test_help_fits_a_terminal(name: str, columns: int) -> None:
    lines = runner.invoke(app, [*name.split(), "--help"], env={"COLUMNS": str(columns)}).stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert not any(re.search(r"<[a-z]|default: \(|\.0]", line) for line in lines), "a type of Python's"
    assert any("NUM*" in line for line in lines) == any(line.startswith(" * Or a schedule") for line in lines)
    text = [line.strip() for line in lines[3 : next(index for index, line in enumerate(lines) if line[:1] == "╭")]]
    for line, following in pairwise(text):
        if line and following:  # wrapped where the terminal ends, not where the source does
            assert len(line) + 1 + len(following.split()[0]) > columns - 4, line
    shown = [line.rstrip() for line in lines]
    for typed, does in EXAMPLES.get(name, ()):
        assert shown[shown.index(f" {typed}") + 1] == f"     {does}"


@pytest.mark.parametrize("listing", [["models"], ["presets"]])
def test_tables_fit_the_terminal_and_are_one_line_a_row_elsewhere(listing: list[str]) -> None:
    for columns in (60, 80, 200):
        lines = runner.invoke(app, listing, env={"COLUMNS": str(columns)}).stdout.splitlines()
        assert max(map(len, lines)) <= columns
    assert len(runner.invoke(app, listing, env={"COLUMNS": ""}).stdout.splitlines()) == sum(
        not line.startswith(" ") for line in lines
    )


def test_every_example_is_understood() -> None:
    """Each is parsed as a shell and the command would, up to where it would begin to work."""
    assert EXAMPLES.keys() == ALL.keys()
    for name, lines in EXAMPLES.items():
        assert any(f"dreamvideo {name}" in typed for typed, _ in lines)
        for typed, _ in lines:
            (ours,) = (part for part in re.split(r" [|>] ", typed) if part.startswith("dreamvideo "))
            words = shlex.split(ours)[1:]
            found = ALL[" ".join(words[:2])] if " ".join(words[:2]) in ALL else ALL[words[0]]
            rest = words[2:] if " ".join(words[:2]) in ALL else words[1:]
            found.make_context("dreamvideo", list(rest))


def test_exit_codes_are_those_of_the_errors() -> None:
    raised = {kind.exit_code for kind in vars(errors).values() if hasattr(kind, "exit_code")}
    assert {str(code) for code in raised} <= {code for text, _ in errors.EXITS for code in text.split(", ")}


def test_man_prints_pages() -> None:
    one = runner.invoke(app, ["man", "models", "fetch"])
    assert one.exit_code == 0 and one.stdout.startswith('.TH "DREAMVIDEO-MODELS-FETCH" 1')
    whole = runner.invoke(app, ["man", "--format", "markdown"]).stdout
    assert [line[3:] for line in whole.splitlines() if line.startswith("## dreamvideo")] == [
        "dreamvideo",
        *(f"dreamvideo {name}" for name in ALL),
    ]
    assert "DREAMVIDEO_STEP_SIZE" in roff(page(ALL["video"], "video")).replace("\\", "")
    assert runner.invoke(app, ["man", "vidoe"]).exit_code == 2
    assert runner.invoke(app, ["man", "--format", "html"]).exit_code == 2


@pytest.mark.parametrize("checker", [["mandoc", "-T", "lint", "-W", "error"], ["groff", "-man", "-ww", "-z"]])
def test_pages_are_sound_roff(checker: list[str]) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    for made in pages(ROOT):
        done = subprocess.run(checker, input=roff(made), capture_output=True, text=True, check=False, timeout=30)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), made.name


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dreamvideo vi", {"video"}),
        ("dreamvideo models f", {"fetch"}),
        ("dreamvideo video --oct", {"--octaves", "--octave-scale", "--octave-factors"}),
        ("dreamvideo video a.mp4 --preset s", {name for name in PRESETS if name.startswith("s")}),
        ("dreamvideo image a.jpg -l mixed", set(BLOCKS["dreamnet"])),
        ("dreamvideo image a.jpg -m inception_v3 --layer mixed", set(BLOCKS["inception_v3"])),
        ("dreamvideo atlas a.jpg --channels mixed7", {"mixed7"}),
        ("dreamvideo zoom -m dreamn", {"dreamnet"}),
        ("dreamvideo models fetch vgg", {"vgg16", "vgg19"}),
        ("dreamvideo bench -m vgg", {"vgg16", "vgg19"}),
        ("dreamvideo video --coherence ", {"flow", "blend", "none"}),
        ("dreamvideo man --format ma", {"man", "markdown"}),
    ],
)
def test_the_shell_completes(typed: str, expected: set[str]) -> None:
    environment = {
        "_DREAMVIDEO_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split(" ")) - 1),
    }
    result = runner.invoke(app, [], env=environment, prog_name="dreamvideo")
    assert set(result.stdout.split()) == expected


def test_blocks_are_those_of_the_networks() -> None:
    from dreamvideo.choose.atlas import main_layers
    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.network import Network, build_model

    for name, blocks in BLOCKS.items():
        network = Network(NETWORKS[name], build_model(NETWORKS[name]))
        found = {layer: network.channels(layer) for layer in main_layers(network)}
        assert blocks == {layer: width for layer, width in found.items() if layer in blocks}
        assert name != "dreamnet" or blocks == found


def test_layers_are_listed_without_tensorflow() -> None:
    code = "import sys; from typer.testing import CliRunner; from dreamvideo.app import app\n"
    code += "print(CliRunner().invoke(app, ['layers']).stdout, 'tensorflow' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "mixed6   352  default" in shown and shown.strip().endswith("False")
