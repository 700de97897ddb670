"""The studio without a browser: choices become recipes and command lines, actions tell of their work and stop."""

from __future__ import annotations

import asyncio
import importlib.util
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dreamvideo.cli.app import app
from dreamvideo.config import DreamConfig, Layer, Recipe, ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.errors import RenderError
from dreamvideo.media import Picture, open_source, probe, read_still, write_still
from dreamvideo.networks.network import Network
from dreamvideo.pipeline import Result, dream_image
from dreamvideo.recipe import Settings
from dreamvideo.recipe.presets import PRESETS
from dreamvideo.studio import actions
from dreamvideo.studio.actions import Report, Task, receive
from dreamvideo.studio.choices import CONTROLS, EVERY, SPANS, Box, Desk, Slider, Upload, shown
from dreamvideo.studio.command import Kind, command_line, usual_target
from dreamvideo.studio.guard import Guard
from dreamvideo.studio.handlers import NO_LOOK, Handlers
from dreamvideo.studio.work import Worker
from tests.clips import moving_clip

PICTURE = Upload("/x/it's a photo.jpg", "it's a photo.jpg", False, (1600, 1200))
CLIP = Upload("/x/-clip.mp4", "-clip.mp4", True, (640, 360), 9.64, 25.0)
DESK = Desk(("mixed3", "mixed4", "mixed5"), ("mixed5=0.4", "mixed6"))
ROOT = Path(__file__).resolve().parents[1]
SMALL = Recipe(dream=DreamConfig(layers=(Layer("mixed4"),), octaves=2, steps=3))


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without settings from elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Path, Path, Recipe]]:
    """Reads a command line by the real parser: its input, its result and its recipe."""
    taken: list[tuple[Path, Path, Recipe]] = []

    def take(source: Path, target: Path, recipe: Recipe, *others: Any, **named: Any) -> Any:
        taken.append((source, target, recipe))
        return Result(Path(target), 1) if others[1:] or named else Path(target)

    monkeypatch.setattr("dreamvideo.pipeline.dream_image", take)
    monkeypatch.setattr("dreamvideo.rendering.render_video", take)
    monkeypatch.setattr("dreamvideo.rendering.render_zoom", take)

    command = typer.main.get_command(app)

    def parse(line: str) -> tuple[Path, Path, Recipe]:
        name, *words = shlex.split(line)
        assert name == "dreamvideo" and not command.main(words, standalone_mode=False), line
        return taken.pop()

    return parse


def left_alone(kind: Kind, look: str | None, upload: Upload, desk: Desk = DESK) -> dict[str, Any]:
    """What the controls hold where nobody moved them."""
    base = desk.base(kind, look)
    values = {name: shown(name, base, upload) for name in CONTROLS}
    return {**values, "layers": desk.shown_layers(base)}


def line_of(kind: Kind, look: str | None, chosen: dict[str, Any], upload: Upload, target: Path | None = None) -> str:
    values = {name: chosen[name] for name in CONTROLS}
    recipe = DESK.recipe(kind, look, chosen["layers"], values, upload)
    source = Path(upload.name)
    target = target or usual_target(kind, source)
    return command_line(kind, source, recipe, DESK.base(kind, look), preset=look, target=target)


@pytest.mark.parametrize("look", [None, *PRESETS])
@pytest.mark.parametrize("kind", EVERY)
def test_what_nobody_moves_stays_exactly_as_it_is(kind: Kind, look: str | None) -> None:
    upload = CLIP if kind == "video" else PICTURE
    chosen = left_alone(kind, look, upload)
    base = DESK.base(kind, look)
    assert DESK.recipe(kind, look, chosen["layers"], {name: chosen[name] for name in CONTROLS}, upload) == base
    for name, control in CONTROLS.items():
        if isinstance(control, Slider) and name not in SPANS:
            assert control.low <= chosen[name] <= control.high
    preset = [] if look is None else ["--preset", look]
    assert shlex.split(line_of(kind, look, chosen, upload))[3:] == preset


MOVED = st.fixed_dictionaries(
    {},
    optional={
        name: st.booleans()
        if isinstance(control, Box)
        else st.integers(0, round((control.high - control.low) / control.step)).map(
            lambda n, c=control: c.low + n * c.step
        )
        for name, control in CONTROLS.items()
        if name not in SPANS
    }
    | {
        "width": st.integers(32, 960).map(lambda n: 2 * n),
        "start": st.integers(0, 40).map(lambda n: n / 10),
        "end": st.integers(41, 96).map(lambda n: n / 10),
        "layers": st.lists(st.sampled_from(["mixed3", "mixed4:23=1.5", "mixed5:7", "mixed6=-0.1234567"]), max_size=3),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(EVERY), st.sampled_from([None, *PRESETS]), MOVED, st.sampled_from(["", ".gif"]))
def test_the_command_line_is_the_recipe(
    parsed: Callable[[str], tuple[Path, Path, Recipe]], kind: Kind, look: str | None, moved: dict[str, Any], form: str
) -> None:
    upload = CLIP if kind == "video" else PICTURE
    chosen = left_alone(kind, look, upload) | moved
    recipe = DESK.recipe(kind, look, chosen["layers"], {name: chosen[name] for name in CONTROLS}, upload)
    target = usual_target(kind, Path(upload.name))
    target = target.with_suffix(form or target.suffix) if kind != "image" else target
    source, written, read = parsed(line_of(kind, look, chosen, upload, target))
    assert (source.name, written.name, read) == (upload.name, target.name, recipe)


def test_a_command_says_only_what_differs() -> None:
    chosen = left_alone("image", None, PICTURE)
    assert line_of("image", None, chosen, PICTURE) == """dreamvideo image 'it'"'"'s a photo.jpg'"""
    chosen |= {"steps": 20, "layers": ["mixed4:23=1.5"], "keep_colors": True}
    assert line_of("image", None, chosen, PICTURE).endswith("' -l mixed4:23=1.5 --steps 20 --keep-colors")
    chosen = left_alone("video", None, CLIP) | {"end": 5.5, "clip_strength": 0.6, "rotate": -10}
    line = line_of("video", None, chosen, CLIP, Path("out.gif"))
    assert line == "dreamvideo video ./-clip.mp4 out.gif --strength 0.6 --end 5.5 --rotate=-10"
    chosen = left_alone("image", "seed", PICTURE) | {"octaves": 3}
    assert line_of("image", "seed", chosen, PICTURE).endswith("--preset seed --octaves 3 --octave-factors none")


def test_settings_from_files_and_variables_are_where_choices_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("dreamvideo.toml").write_text("[dream]\nsteps = 3\n[read]\nscale = 0.5\n")
    monkeypatch.setenv("DREAMVIDEO_OCTAVES", "2")
    chosen = left_alone("image", None, PICTURE)
    assert (chosen["steps"], chosen["octaves"], chosen["width"]) == (3, 2, 800)
    assert shlex.split(line_of("image", None, chosen, PICTURE))[3:] == []
    chosen |= {"steps": 10, "width": 640}
    assert shlex.split(line_of("image", None, chosen, PICTURE))[3:] == [
        "--steps",
        "10",
        "--width",
        "640",
        "--scale",
        "none",
    ]
    own = replace(DESK, own=(Settings("the command", {"network.model": "vgg16"}),))
    recipe = own.recipe("image", None, chosen["layers"], {}, PICTURE)
    line = command_line(
        "image", Path("a.jpg"), recipe, own.base("image", None), preset=None, target=Path("a_dream.jpg")
    )
    assert line == "dreamvideo image a.jpg --model vgg16"


def test_a_watched_dream_is_the_same(network: Network, photo: Picture) -> None:
    for config in (SMALL.dream, replace(SMALL.dream, detail=False, keep_colors=True)):
        dreamer, seen = Dreamer(network, config), list[Picture]()
        watched = dreamer.dream(photo, watch=seen.append)
        assert np.array_equal(watched, dreamer.dream(photo)) and len(seen) == 6
        assert np.abs(seen[-1] - watched).max() < 1e-6 < np.abs(seen[0] - photo).max()
        assert all(picture.shape == photo.shape for picture in seen)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, network: Network) -> None:
    """Dreamers of the small network."""

    def dreamer(recipe: Recipe) -> Dreamer:
        return Dreamer(network, recipe.dream)

    monkeypatch.setattr("dreamvideo.pipeline.open_dreamer", dreamer)
    monkeypatch.setattr("dreamvideo.studio.actions.open_dreamer", dreamer)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return moving_clip(tmp_path / "clip.mp4")


def test_a_picture_dreams_step_by_step_into_what_the_command_makes(small: None, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "photo.png", photo)
    task = Task("image", receive(source, source.name), SMALL, tmp_path / "page.png")
    *steps, last = actions.dream(Worker(), task, threading.Event())
    assert last.done and last.file == task.target and last.words == "Dreamed in 6 steps"
    parts = [report.part for report in steps]
    assert parts == sorted(parts) and all(report.file is None for report in steps)
    other = dream_image(source, tmp_path / "command.png", SMALL)
    assert (tmp_path / "page.png").read_bytes() == other.read_bytes()
    assert last.picture is not None and np.abs(last.picture - read_still(other)).max() < 1 / 255


def test_a_clip_shows_the_frame_that_was_chosen_and_renders(small: None, clip: Path, tmp_path: Path) -> None:
    upload = receive(clip, clip.name)
    assert upload.clip and upload.duration == pytest.approx(float(probe(clip).duration or 0))
    with open_source(clip) as source:
        frames = [frame.picture for frame in source]
    assert np.array_equal(actions.look(upload, SMALL, 3 / upload.rate + 0.01), frames[4])
    assert np.array_equal(actions.look(upload, SMALL, 99.0), frames[-1])
    task = Task("video", upload, SMALL, tmp_path / "out.mp4", at=0.0)
    *_, still = actions.dream(Worker(), task, threading.Event())
    assert still.done and still.file is None and not task.target.exists()
    *told, last = actions.render(Worker(), task, threading.Event())
    assert last.done and last.file == task.target and probe(task.target).frames == len(frames)
    assert told[-1].words.startswith(f"Frame {len(frames)} of {len(frames)}")


def test_a_dive_shows_its_beginning(small: None, photo: Picture, tmp_path: Path) -> None:
    source = write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, zoom=ZoomConfig(duration=Fraction(1), fps=Fraction(4), journey=False))
    task = Task("zoom", receive(source, source.name), recipe, tmp_path / "out.mp4")
    *_, last = actions.dream(Worker(), task, threading.Event())
    assert last.words == "The first 1.0 s, 4 frames" and last.picture is not None
    assert np.abs(last.picture - photo).mean() > 0.01
    *_, last = actions.render(Worker(), task, threading.Event())
    assert probe(task.target).frames == 4


@pytest.mark.parametrize("kind", EVERY)
def test_stop_ends_the_work_with_what_is_done(
    small: None, kind: Kind, photo: Picture, clip: Path, tmp_path: Path
) -> None:
    source = clip if kind == "video" else write_still(tmp_path / "photo.png", photo)
    recipe = replace(SMALL, zoom=ZoomConfig(journey=False), dream=replace(SMALL.dream, steps=100))
    task, stop = Task(kind, receive(source, source.name), recipe, tmp_path / "out.mp4"), threading.Event()
    reports = []
    for report in actions.dream(Worker(), task, stop):
        reports.append(report)
        if report.part > 0:
            stop.set()
    assert reports[-1].done and reports[-1].part < 1 and not task.target.exists()
    if kind == "image":
        return
    stop = threading.Event()
    for report in actions.render(Worker(), replace(task, recipe=SMALL), stop):
        if report.words.startswith("Frame"):
            stop.set()
    assert report.words.startswith("Stopped after") and 1 <= (probe(task.target).frames or 0) < 20


def test_work_comes_one_after_the_other_and_ends_when_nobody_listens() -> None:
    worker, running, most = Worker(), [0], [0]

    def work(tell: Callable[[int], None], stop: threading.Event) -> int:
        running[0] += 1
        most[0] = max(most[0], running[0])
        for number in range(1000):
            tell(number)
            if stop.wait(0.001):
                break
        running[0] -= 1
        return number

    stops = [threading.Event() for _ in range(3)]
    runs = [worker.reports(lambda tell, stop=stop: work(tell, stop), stop) for stop in stops]
    first, second, third = (threading.Thread(target=next, args=(run,)) for run in runs)
    first.start()
    first.join()
    second.start()
    runs[0].close()
    second.join()
    assert most == [1] and stops[0].is_set()
    third.start()
    worker.end(5)
    third.join()
    assert running == [0] and all(stop.is_set() for stop in stops)
    for run in runs:
        run.close()


def test_errors_of_the_work_come_through() -> None:
    def fail(tell: Callable[[Report], None]) -> Report:
        raise RenderError("no")

    with pytest.raises(RenderError, match="no"):
        list(Worker().reports(fail, threading.Event()))


def asked(upload: Upload | None, kind: Kind, **moved: Any) -> dict[str, Any]:
    """What is on the page."""
    chosen = left_alone(kind, None, upload or PICTURE) | moved
    page = {"upload": upload, "kind": kind, "look": NO_LOOK, "form": ".mp4", "moment": 0.0, "file": None, "halt": None}
    return page | {"halt": threading.Event()} | chosen


def test_trouble_is_one_line_on_the_page(small: None, photo: Picture, tmp_path: Path, caplog: Any) -> None:
    handlers = Handlers(DESK, tmp_path, Worker())
    (tmp_path / "secret").mkdir()
    broken = tmp_path / "secret" / "<b>broken.mp4"
    broken.write_bytes(b"no video at all")
    huge = tmp_path / "huge.png"
    write_still(huge, photo)
    head = bytearray(huge.read_bytes())
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    huge.write_bytes(head)
    for path in (broken, huge):
        changes = handlers.receive(asked(None, "image") | {"file": str(path)})
        line = changes["status"]["value"]
        assert "failed" in line and "secret" not in line and "<b>" not in line and "Traceback" not in line
        assert changes["upload"]["value"] is None and not changes["dream_button"]["interactive"]
    upload = receive(write_still(tmp_path / "photo.png", photo), "photo.png")
    page = asked(upload, "image", layers=["no_such"], width=128)
    *_, line, last = handlers.dream(page)
    assert "no_such" in line["status"]["value"] and "failed" in line["status"]["value"]
    assert last["dream_button"]["interactive"] and not last["stop_button"]["visible"]
    comment = handlers.command({**page, "layers": ["mixed4:x"]})["command"]["value"]
    assert comment.startswith("# ") and "expected a layer as NAME" in comment
    page["upload"] = replace(upload, path=None)  # type: ignore[arg-type]
    *_, line, last = handlers.dream(page)
    assert "a bug: TypeError" in line["status"]["value"] and "Traceback" in caplog.text


def test_the_page_lays_itself_out_for_what_was_dropped(small: None, clip: Path, photo: Picture, tmp_path: Path) -> None:
    handlers = Handlers(DESK, tmp_path, Worker())
    wide = write_still(tmp_path / "wide.png", np.ascontiguousarray(np.tile(photo, (1, 10, 1))))
    changes = handlers.receive(asked(None, "image") | {"file": str(wide)})
    assert changes["command"]["value"] == "dreamvideo image wide.png --width 1024"
    assert changes["kind"]["visible"] and not changes["whole"]["visible"] and not changes["blend"]["visible"]
    changes = handlers.receive(asked(None, "image") | {"file": str(clip)})
    assert changes["command"]["value"] == "dreamvideo video clip.mp4"
    assert changes["moment"]["visible"] and changes["whole"]["visible"] and not changes["duration"]["visible"]
    page = asked(changes["upload"]["value"], "video") | {"look": "subtle"}
    changes = handlers.choose(page)
    assert changes["clip_strength"]["value"] == 0.35 and changes["layers"]["value"] == ["mixed3"]
    assert changes["command"]["value"] == "dreamvideo video clip.mp4 --preset subtle"


def answer(guard: Guard, **headers: str) -> int:
    """The status with which a request is answered."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(guard(scope, lambda: None, send))  # type: ignore[arg-type,return-value]
    return int(sent[0]["status"])


def test_only_the_page_is_answered() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    guard = Guard(application, 7860)
    assert answer(guard, host="127.0.0.1:7860") == answer(guard, host="localhost:7860") == 200
    assert answer(guard, host="127.0.0.1:7860", origin="http://127.0.0.1:7860") == 200
    for headers in (
        {},
        {"host": "evil.example:7860"},
        {"host": "127.0.0.1:80"},
        {"host": "127.0.0.1:7860", "origin": "http://evil.example"},
        {"host": "127.0.0.1:7860", "origin": "null"},
        {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:8000"},
    ):
        assert answer(guard, **headers) == 403


def test_without_gradio_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    done = CliRunner().invoke(app, ["studio", "--no-browser", "--port", "0"])
    assert done.exit_code == 2
    assert done.stderr == "dreamvideo: the studio needs Gradio: pip install 'dreamvideo[studio]'\n"


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = CliRunner().invoke(app, ["studio", "--no-browser", "--port", str(port)])
    assert done.exit_code == 2 and f"port {port} cannot be had" in done.stderr and "--port 0" in done.stderr


def test_the_page_has_what_handlers_change(small: None, clip: Path, tmp_path: Path) -> None:
    """In a process of its own, since Gradio leaves an event loop open."""
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("Gradio is not installed: the studio extra")
    code = """if True:
        from pathlib import Path
        from dreamvideo.studio.choices import Desk
        from dreamvideo.studio.handlers import Handlers
        from dreamvideo.studio.page import Page
        from dreamvideo.studio.server import import_gradio
        from dreamvideo.studio.work import Worker
        page = Page(import_gradio(), Handlers(Desk(("mixed3",), ("mixed3",)), Path("."), Worker()))
        print(*page.parts)"""
    words = [sys.executable, "-c", code]
    parts = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True, cwd=ROOT)
    handlers = Handlers(DESK, tmp_path, Worker())
    received = handlers.receive(asked(None, "image") | {"file": str(clip)})
    page = asked(received["upload"]["value"], "video")
    changed = [received, *handlers.dream(page)]
    changed += [made(page) for made in (handlers.choose, handlers.look_at, handlers.begin, handlers.stop)]
    assert {name for changes in changed for name in changes} <= set(parts.stdout.split())
