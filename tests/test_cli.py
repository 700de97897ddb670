"""The command line: flags become the recipe they show, results go to stdout, and each end has its code."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from dreamvideo import errors
from dreamvideo.app import app
from dreamvideo.cli.display import Display, Pace, clock_text
from dreamvideo.cli.flags import GROUPS, default_value
from dreamvideo.cli.targets import beside
from dreamvideo.config import Layer, Recipe
from dreamvideo.cost.measuring import Estimate
from dreamvideo.media import read_still, write_still
from dreamvideo.media.frame import Picture
from dreamvideo.progress import Progress
from dreamvideo.recipe import assemble, from_file, from_toml, metadata_of
from dreamvideo.render.result import Result

runner = CliRunner()


PLAN = Estimate(48, 2, (64, 48), seconds=75.0, disk_bytes=2_500_000, output_bytes=90_000)


class Calls(list[tuple[Any, ...]]):
    """What the command line asked of the pipeline; `act` runs inside, `warnings` come out."""

    warnings: tuple[str, ...] = ()
    damaged = False
    act: Callable[..., object] = staticmethod(lambda *arguments, **named: None)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    """A pipeline that only takes notes, in an empty folder without settings from elsewhere."""
    noted = Calls()

    def note(kind: str) -> Callable[..., Any]:
        def call(source: Path, target: Path, recipe: Recipe, on_progress: Any = None, **named: Any) -> Any:
            noted.append((kind, source, target, recipe, named))
            if on_progress is not None:
                on_progress(Progress(1, 3, "dream"))
            noted.act(on_progress=on_progress, **named)
            return Result(Path(target), 3, (Fraction(1, 2),), noted.warnings, noted.damaged)

        return call

    monkeypatch.setattr("dreamvideo.pipeline.dream_image", note("image"))
    monkeypatch.setattr("dreamvideo.pipeline.dream_video", note("video"))
    monkeypatch.setattr("dreamvideo.pipeline.dream_zoom", note("zoom"))
    for kind in ("video", "image", "job", "comparison"):
        monkeypatch.setattr(f"dreamvideo.cost.estimate.estimate_{kind}", lambda *arguments, **named: PLAN)
    monkeypatch.setattr("dreamvideo.cost.estimate.estimate_atlas", lambda *arguments: replace(PLAN, shots=0))
    monkeypatch.setattr("dreamvideo.cost.estimate.estimate_zoom", lambda *arguments, music: replace(PLAN, shots=1))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("DREAMVIDEO_")]:
        monkeypatch.delenv(name)
    return noted


def call(*arguments: str | Path, code: int = 0) -> Any:
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def test_help_shows_the_dataclasses_defaults() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, groups in {"video": ("dream", "coherence", "span", "write"), "zoom": ("camera", "zoom")}.items():
        helps = {option: found.help or "" for found in commands[name].params for option in found.opts}
        for flag in (flag for group in groups for flag in GROUPS[group]):
            if flag.setting is not None and flag.setting.kind is bool:
                change = f"--no-{flag.names[0][2:]}" if flag.setting.default else flag.names[0]
                assert flag.help in helps[change]
            else:
                assert f"[default: {default_value(flag)}]" in helps[flag.names[0]]
    assert default_value(next(flag for flag in GROUPS["dream"] if flag.key == "dream.steps")) == str(
        Recipe().dream.steps
    )


def test_without_flags_the_recipe_is_the_default(calls: Calls) -> None:
    out = call("video", "clip.mp4")
    kind, source, target, recipe, _ = calls[0]
    assert (kind, source, target, recipe) == ("video", Path("clip.mp4"), Path("clip_dream.mp4"), Recipe())
    assert out.stdout == "clip_dream.mp4\n"


def test_flags_reach_the_recipe(calls: Calls) -> None:
    call(
        *[
            "video",
            "a.mp4",
            "b.gif",
            "-l",
            "mixed4:23=1.5",
            "-l",
            "mixed5",
            "--steps",
            "4",
            "--no-audio",
            "--keep-colors",
            "--start",
            "1:05",
        ],
        "--fps=12",
    )
    call(
        "zoom",
        "a.jpg",
        "--zoom",
        "0s: 1, 4s: 2 smooth",
        "--center",
        "0.2,0.8",
        "--strength",
        "0.5",
        "--loop",
        "--fps",
        "30",
    )
    video, zoom = calls[0][3], calls[1][3]
    assert video.dream.layers == (Layer("mixed4", 23, 1.5), Layer("mixed5"))
    assert (video.dream.steps, video.dream.keep_colors, video.write.audio) == (4, True, False)
    assert (video.read.start, video.read.fps, video.zoom.fps) == (65, 12, 24)
    assert zoom.schedules == (("camera.zoom", "0s: 1, 4s: 2 smooth"),)
    assert (zoom.camera.center_x, zoom.camera.center_y) == (0.2, 0.8)
    assert (zoom.zoom.strength, zoom.coherence.strength, zoom.zoom.loop, zoom.zoom.fps) == (0.5, 1.0, True, 30)


def test_flags_of_pictures_and_lengths(calls: Calls) -> None:
    call("image", "a.mp4", "a.jpg", "--start", "0:02", "--strength", "0.5", "--quality", "70")
    image = calls[0][3]
    assert (image.read.start, image.coherence.strength, image.write.quality) == (2, 0.5, 70)
    call("video", "a.mp4", "--start", "3", "--duration", "0:05")
    assert (calls[1][3].read.start, calls[1][3].read.end, calls[1][3].zoom.duration) == (3, 8, 10)
    assert "either --end or --duration" in call("video", "a.mp4", "--end", "3", "--duration", "5", code=2).stderr


def test_precedence(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("dreamvideo.toml").write_text("[dream]\nsteps = 2\noctaves = 2\njitter = 2\nseed = 2\n")
    Path("mine.toml").write_text("[dream]\nsteps = 3\noctaves = 3\njitter = 3\n[write]\naudio = false\n")
    monkeypatch.setenv("DREAMVIDEO_STEPS", "5")
    monkeypatch.setenv("DREAMVIDEO_OCTAVES", "5")
    monkeypatch.setenv("DREAMVIDEO_DRIFT", "free")  # means something to zoom alone
    call("video", "a.mp4", "--config", "mine.toml", "--steps", "6", "--audio")
    recipe = calls[0][3]
    assert (recipe.dream.steps, recipe.dream.octaves, recipe.dream.jitter, recipe.dream.seed) == (6, 5, 3, 2)
    assert recipe.write.audio
    call("video", "a.mp4", "--preset", "seed", "-y")
    assert calls[1][3].dream.steps == 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("video a.mp4 --steps many", "--steps: expected a whole number or a schedule for dream.steps, got 'many'"),
        ("video a.mp4 --octaves many", "--octaves: expected a whole number for dream.octaves, got 'many'"),
        ("video a.mp4 --preset clasic", "did you mean 'classic'"),
        ("video a.mp4 --scale 2 --width 100", "either scale or width"),
        ("zoom", "name one, or say --from-noise"),
        ("compare a.mp4 out.mp4", "two clips or more"),
        ("bench --size big", "WIDTHxHEIGHT"),
        ("models fetch dreamnt", "close to it: dreamnet"),
        ("video a.mp4 --no-such-flag", "No such option"),
    ],
)
def test_usage_errors_end_with_2_and_one_line(calls: Calls, arguments: str, words: str) -> None:
    Path("bad.toml").write_text("[dream]\nstep = 1\n")
    result = call(*arguments.split(), code=2)
    assert words in " ".join(result.stderr.split())
    assert result.stdout == "" and not calls


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputNotFoundError("no such file: a.mp4"), 3),
        (errors.DamagedInputError("cut off", 12), 3),
        (errors.DiskFullError("the disk is full"), 4),
        (errors.WorkerError("a worker died"), 4),
        (errors.WeightsError("no weights"), 6),
        (errors.StoppedError("stopped", "a.job", signal.SIGTERM), 143),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(errno.EPIPE, "nobody reads"), 141),
    ],
)
def test_every_end_has_its_code(calls: Calls, error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**named: object) -> None:
        raise error

    calls.act = fail
    monkeypatch.setattr(os, "dup2", lambda *files: None)
    result = call("video", "a.mp4", "-q", code=code)
    assert len(result.stderr.splitlines()) == (0 if code == 141 else 1) and result.stdout == ""
    if isinstance(error, errors.DreamVideoError):
        report = json.loads(call("video", "a.mp4", "--json", code=code).stdout.splitlines()[-1])
        assert report == {"event": "error", "message": str(error), "exit_code": code}
        assert "Traceback" in runner.invoke(app, ["video", "a.mp4", "-v"]).stderr


def test_a_bug_is_one_line_and_a_log(calls: Calls) -> None:
    calls.act = lambda **named: 1 / 0
    result = call("video", "a.mp4", "-q", code=1)
    (line,) = result.stderr.splitlines()
    log = Path(line.split(" is in ")[1])
    assert "ZeroDivisionError" in line and "Traceback" in log.read_text()


def test_damage_that_was_kept_ends_with_5(calls: Calls) -> None:
    calls.warnings, calls.damaged = ("the input is damaged (no index): 12 frames could be read",), True
    result = call("video", "a.mp4", "--on-error", "keep", "-q", code=5)
    assert result.stdout == "a_dream.mp4\n" and result.stderr == f"warning: {calls.warnings[0]}\n"
    calls.warnings, calls.damaged = ("the sound was left out",), False
    call("video", "a.mp4", "-y")


def test_messages_cannot_steer_the_terminal(calls: Calls) -> None:
    def fail(**named: object) -> None:
        raise errors.InputError("no \x1b[2Jsuch\nfile \x9b1m")

    calls.act = fail
    assert call("video", "a.mp4", "-q", code=3).stderr == "dreamvideo: no \\x1b[2Jsuch file \\x9b1m\n"


def test_json_is_one_object_a_line(calls: Calls) -> None:
    calls.act = lambda on_progress, **named: on_progress(Progress(3, 3, "dream", "a cut"))
    lines = [json.loads(line) for line in call("video", "a.mp4", "--json").stdout.splitlines()]
    assert [line["event"] for line in lines] == ["progress", "progress", "progress", "result"]
    assert [line["stage"] for line in lines[:-1]] == ["load", "dream", "dream"]
    assert lines[2]["done"] == 3 and lines[-1] == {"event": "result", "path": "a_dream.mp4", "frames": 3, "cuts": [0.5]}
    (plan,) = [json.loads(line) for line in call("zoom", "a.jpg", "--dry-run", "--json").stdout.splitlines()]
    assert plan["event"] == "plan" and plan["frames"] == 48


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ("video a.mp4 --music b.mp3", "a_dream.mp4"),
        ("image a.jpg", "a_dream.jpg"),
        ("zoom a.jpg", "a_dream.mp4"),
        ("resume a.mp4.job", "a.mp4"),
        ("atlas a.jpg", "a_atlas.png"),
        ("preview a.mp4", "a_dream.mp4"),
        ("compare a.mp4 b.mp4 both.mp4", "both.mp4"),
    ],
)
def test_a_dry_run_makes_nothing(calls: Calls, arguments: str, target: str) -> None:
    Path(target).write_text("old")
    result = call(*arguments.split(), "--dry-run")
    assert result.stdout.startswith(f"{target}: 48 frames, ") or result.stdout.startswith(
        f"{Path(target).absolute()}: "
    )
    assert "64x48: about 1:15 here, 2.5 MB on disk while it works, 90 KB in the end" in result.stdout
    assert ("2 shots" in result.stdout) == (arguments.split()[0] not in ("zoom", "atlas")) and not calls
    assert [path.name for path in Path().iterdir()] == [Path(target).name] and Path(target).read_text() == "old"


def test_every_command_that_makes_something_has_a_dry_run() -> None:
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        options = {option for parameter in command.params for option in parameter.opts}
        if name not in ("live", "words", "learn"):  # one takes as long as one looks; the others, seconds
            assert ("--dry-run" in options) == ("--yes" in options), name


def test_an_old_target_is_kept_unless_told(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a_dream.mp4").write_text("old")
    assert "-y replaces it" in call("video", "a.mp4", code=2).stderr
    assert "-y replaces it" in call("video", "a.mp4", "-n", code=2).stderr
    assert not calls
    call("video", "a.mp4", "-y")
    assert calls[0][3].write.overwrite and calls[0][4]["job"] is not None
    monkeypatch.setattr("dreamvideo.cli.targets._someone_is_there", lambda: True)
    assert runner.invoke(app, ["video", "a.mp4"], input="n\n").exit_code == 2
    assert len(calls) == 1
    assert runner.invoke(app, ["video", "a.mp4"], input="y\n").exit_code == 0
    assert calls[1][3].write.overwrite


@pytest.mark.parametrize("command", [("video", "a.mp4", "out.mp4"), ("image", "a.png", "out.png"), ("zoom", "a.png")])
def test_what_is_done_can_be_skipped(calls: Calls, command: tuple[str, ...]) -> None:
    call(*command, "--skip-existing")
    assert len(calls) == 1
    target = calls[0][2]
    target.write_text("done")
    out = call(*command, "--skip-existing")
    assert (out.stdout, out.stderr) == (f"{target}\n", f"{target} is there already: skipped\n")
    assert json.loads(call(*command, "--skip-existing", "--json").stdout)["skipped"] and len(calls) == 1
    job = target.with_name(f"{target.name}.job")
    job.mkdir()  # what a kill left of a job that was done
    call(*command, "--skip-existing")
    assert len(calls) == 1
    (job / "job.json").write_text("begun")
    call(*command, "--skip-existing", "-y")
    assert len(calls) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_asks_once_and_then_insists(calls: Calls) -> None:
    stops = []

    def act(stop: Callable[[], bool], **named: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        stops.append(stop())

    calls.act = act
    result = call("zoom", "a.jpg", code=130)
    assert stops == [True] and result.stdout == "a_dream.mp4\n"

    def insist(**named: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("the second signal should have ended this")

    calls.act = insist
    assert call("zoom", "a.jpg", code=143).stdout == ""


def test_default_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shots.v2").mkdir()
    names = {
        "a.b.mov": "a.b_dream.mov",
        "clip.AVI": "clip_dream.mp4",
        "shots.v2": "shots_v2_dream",
        "clip.m4v": "clip_dream.m4v",
        "clip.mkv": "clip_dream.mkv",
        "clip": "clip_dream.mp4",
        "x/y.gif": "x/y_dream.gif",
    }
    names |= {"in/%04d.png": "in_dream", "in/*.png": "in_dream"}
    for source, target in names.items():
        assert beside(Path(source)) == Path(target)
    for name in ("My Holiday [id].mp4", "50%.mp4", "what?.mov", "*.gif", "%04d.mp4"):
        Path(name).write_text("a clip")
        assert beside(Path(name)) == Path(f"{Path(name).stem}_dream{Path(name).suffix}")


def test_several_inputs_each_have_their_result(calls: Calls, photo: Picture) -> None:
    for name in ("a.jpg", "b.jpg", "in/c.png", "in/d.jpg", "again/e.png"):
        Path(name).parent.mkdir(exist_ok=True)
        write_still(Path(name), photo)
    for name in ("made.png", "again/e_dream.png"):
        write_still(Path(name), photo, metadata=metadata_of(Recipe(), "0" * 64))
    Path("junk.png").write_text("junk")
    Path("out/put").mkdir(parents=True)
    Path("clips").mkdir()
    for name in ("x.mp4", "y.webm"):
        (Path("clips") / name).write_text("a clip")
    expected = {
        "image a.jpg b.jpg": {"a.jpg": "a_dream.jpg", "b.jpg": "b_dream.jpg"},
        "image a.jpg b.jpg -n": {"a.jpg": "a_dream.jpg", "b.jpg": "b_dream.jpg"},
        "image a.jpg --output b.jpg -y": {"a.jpg": "b.jpg"},
        "image a.jpg made.png -y": {"a.jpg": "made.png"},
        "image a.jpg junk.png -y": {"a.jpg": "junk.png"},
        "image a.jpg out/put": {"a.jpg": "out/put/a_dream.jpg"},
        "image in again --to out": {"in/c.png": "out/c_dream.png", "in/d.jpg": "out/d_dream.jpg"}
        | {"again/e.png": "out/e_dream.png"},
        "image again -y": {"again/e.png": "again/e_dream.png"},
        "image again/e.png again/e_dream.png a.jpg -y": {"again/e.png": "again/e_dream.png", "a.jpg": "a_dream.jpg"},
        "image a.jpg new.png": {"a.jpg": "new.png"},
        "image in": {"in/c.png": "in/c_dream.png", "in/d.jpg": "in/d_dream.jpg"},
        "image in/*.jpg a.jpg b.jpg": {name: name.replace(".", "_dream.") for name in ("in/d.jpg", "a.jpg", "b.jpg")},
        "image in/*.png in/d.*": {"in/c.png": "in/c_dream.png", "in/d.jpg": "in/d_dream.jpg"},
        "image a.jpg none?.png": {"a.jpg": "none?.png"},
        "image a.jpg in --to out/put": {
            "a.jpg": "out/put/a_dream.jpg",
            "in/c.png": "out/put/c_dream.png",
            "in/d.jpg": "out/put/d_dream.jpg",
        },
        "image in out2": {"in/c.png": "out2/c_dream.png", "in/d.jpg": "out2/d_dream.jpg"},
        "image a.jpg --preset eyes --output {stem}_{preset}{suffix}": {"a.jpg": "a_eyes.jpg"},
        "image in --output {number:02d}.png --to out": {"in/c.png": "out/01.png", "in/d.jpg": "out/02.png"},
        "video clips": {f"clips/{name}": f"clips/{name.replace('.', '_dream.')}" for name in ("x.mp4", "y.webm")},
        "video in": {"in": "in_dream"},
        "video clips/*.mp4 --output {name}.gif": {"clips/x.mp4": "clips/x.mp4.gif"},
        "video clips/x.mp4 clips/y.webm a.mp4": {
            name: name.replace(".", "_dream.") for name in ("clips/x.mp4", "clips/y.webm", "a.mp4")
        },
    }
    for line, made in expected.items():
        calls.clear()
        call(*line.split())
        assert {str(source): str(target) for _, source, target, *_ in calls} == made, line
    assert Path("out/put").is_dir()
    for line, words in {
        "image in out.png": "expected one input for out.png, got 2",
        "image in --output {stam}.png": "--output: expected a name with {stem}",
        "image in --output {stem.__class__}.png": "--output: expected a name with {stem}",
        "image in --output same.png": "several results would be",
        "image a.jpg b.jpg -y": "--output b.jpg replaces it, --to FOLDER dreams both",
        "image https://example.com/a.jpg": "the address https://example.com/a.jpg: download it",
        "video none/clip.mp4": "there is no file none/clip.mp4",
        "image none/*.jpg": "no folder",
    }.items():
        calls.clear()
        assert (
            words in " ".join(call(*line.split(), code=3 if "none" in line or "://" in line else 2).stderr.split())
            and not calls
        )


def test_one_that_fails_does_not_stop_the_others_and_the_worst_ends_it(calls: Calls, photo: Picture) -> None:
    failing = {"b.jpg": errors.DiskFullError("full"), "c.jpg": errors.DamagedInputError("cut off")}
    names = ("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    for name in names:
        write_still(Path(name), photo)

    def act(**named: object) -> None:
        if calls[-1][1].name in failing:
            raise failing[calls[-1][1].name]

    calls.act = act
    result = call("image", *names, code=4)
    assert [str(source) for _, source, *_ in calls] == list(names)
    assert result.stdout.split() == ["a_dream.jpg", "d_dream.jpg"]
    assert "b.jpg (2 of 4)" in result.stderr and "dreamvideo: full" in result.stderr
    failing["b.jpg"] = errors.StoppedError("stopped", "a.job", signal.SIGTERM)
    calls.clear()
    call("video", *names, code=143)
    assert len(calls) == 2


def test_from_noise_needs_no_input(calls: Calls) -> None:
    call("zoom", "--from-noise")
    call("zoom", "--from-noise", "out.gif")
    assert [made[1:3] for made in calls] == [(None, Path("noise_dream.mp4")), (None, Path("out.gif"))]


def test_show_prints_what_is_in_force(calls: Calls) -> None:
    out = call("show", "--preset", "eyes", "--steps", "3").stdout
    assert "# dream.steps: from --steps" in out and "# dream.layers: from preset eyes" in out
    assert from_toml(out, "out")[0].values["dream.steps"] == 3


def test_pace_counts_this_run_alone() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.update(Progress(500, 600, "dream"))  # an earlier run's
    assert pace.rate is None and pace.left(Progress(500, 600, "dream")) is None
    now[0] = 4.0
    pace.update(Progress(502, 600, "dream"))
    assert pace.rate == pytest.approx(0.5) and pace.left(Progress(502, 600, "dream")) == pytest.approx(196)
    fresh = Pace(lambda: now[0])
    fresh.update(Progress(0, 10, "dream"))
    now[0] += 100  # loading, priming
    fresh.update(Progress(1, 10, "dream"))
    now[0] += 2
    fresh.update(Progress(2, 10, "dream"))
    assert fresh.left(Progress(2, 10, "dream")) == pytest.approx(16)
    assert clock_text(75) == "1:15" and clock_text(3675) == "1:01:15" and clock_text(None) == "-:--"


def test_without_a_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Display() as show:
        for done in range(5):
            show(Progress(done, 5, "dream", "a cut at 0.5 s" if done > 2 else None))
        show.warn("the sound was left out")
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines() == ["dream 0/5", "a cut at 0.5 s", "warning: the sound was left out"]
    with Display(quiet=True) as show:
        show(Progress(1, 5, "dream", "a cut"))
        show.warn("trouble")
    assert capsys.readouterr().err == "warning: trouble\n"


def test_the_command_itself_dreams_in_silence(tmp_path: Path, photo: Picture) -> None:
    """The real thing, in a process of its own: only the path on stdout, nothing of TensorFlow's on stderr."""
    source = write_still(tmp_path / "photo.png", photo)
    command = [sys.executable, "-m", "dreamvideo", "image", str(source), "--steps", "1", "--octaves", "1", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    target = tmp_path / "photo_dream.png"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{target}\n", "")
    assert 0.001 < np.abs(read_still(target) - photo).mean() < 0.2
    recipe = assemble(from_file(target))
    assert (recipe.dream.steps, recipe.dream.octaves) == (1, 1)


def test_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for line in ("video a.mp4", "image ../a.jpg", f"zoom {tmp_path}/a.jpg", "presets", "resume a.job"):
        assert "the folder that you are in is gone" in call(*line.split(), code=3).stderr
