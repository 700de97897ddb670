"""The live room: what comes too fast is dropped, the size holds the rate, keys do what help says, recordings last."""

from __future__ import annotations

import ctypes
import ctypes.util
import io
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from clips import ffmpeg, hue_clip, video_times
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.coherence import CarryState, level_of
from dreamvideo.config import CoherenceConfig, DreamConfig, ReadConfig, Recipe
from dreamvideo.errors import InputError, InputNotFoundError
from dreamvideo.live.choices import Choices
from dreamvideo.live.dreaming import LiveDreamer
from dreamvideo.live.feed import Captured, display_size, open_feed
from dreamvideo.live.keys import KEYS, Act, act_of
from dreamvideo.live.recording import RawStream, Recorder
from dreamvideo.live.session import Session, Shown
from dreamvideo.live.size import SizeController, at_size, ladder
from dreamvideo.live.slot import Slot
from dreamvideo.live.window import why_no_window
from dreamvideo.media import open_source
from dreamvideo.recipe import assemble, from_file
from dreamvideo.recipe.presets import PRESETS

if TYPE_CHECKING:
    from dreamvideo.media import Picture
    from dreamvideo.networks.network import Network

SIZE = 96, 64
RECIPE = Recipe(dream=DreamConfig(steps=2, octaves=2, jitter=4))


def test_a_slot_keeps_the_newest_and_counts_what_it_drops() -> None:
    slot: Slot[int] = Slot()
    for number in range(5):
        slot.put(number)
    assert (slot.take(), slot.dropped, slot.take(timeout=0.01)) == (4, 4, None)
    slot.put(5)
    slot.end(InputError("unplugged"))
    assert not slot.ended
    assert slot.take() == 5, "what is there is not lost at the end"
    assert slot.ended
    with pytest.raises(InputError, match="unplugged"):
        slot.take()


def test_the_size_settles_where_the_rate_is_held_and_stays_there() -> None:
    sizes = ladder((640, 360), 64)
    noise = np.random.default_rng(5)

    def run(controller: SizeController, per_pixel: float, seconds: float) -> list[tuple[int, int]]:
        seen, spent = [], 0.0
        while spent < seconds:
            width, height = controller.size
            # Every third frame takes two steps of the network, as carried frames do.
            cost = (0.008 + per_pixel * width * height) * (noise.choice([0.6, 0.6, 1.8]) + noise.normal(0, 0.05))
            controller.spent(cost)
            spent += max(cost, 1 / 15)
            seen.append(controller.size)
        return seen

    controller = SizeController(sizes, 15)
    slow, fast = 1.2e-6, 3e-7
    held = run(controller, slow, 20)
    assert len(set(held[-150:])) == 1, "no swinging to and fro"
    width, height = controller.size
    assert 0.5 / 15 < 0.008 + slow * width * height < 1.08 / 15
    grown = run(controller, fast, 25)[-1]
    assert grown[0] * grown[1] > 1.8 * width * height
    assert 0.008 + fast * grown[0] * grown[1] < 1.08 / 15
    smaller = run(controller, 4 * slow, 3)[-1]
    assert smaller[0] * smaller[1] < width * height / 2, "a slow dream becomes small within three seconds"


def test_a_dream_keeps_its_level_and_place_at_another_size() -> None:
    small = cv2.resize(np.random.default_rng(1).random((9, 16, 3), np.float32), (160, 90))
    change = np.asarray(0.2 * (small - 0.5), np.float32)
    there = np.ones((90, 160), np.float32)
    state = CarryState(small, change, there, change, 0.1, Fraction(1), 0.06, 1.0)
    grown = at_size(state, (240, 136))
    assert grown.change.shape == grown.reserve.shape == (136, 240, 3)
    assert np.allclose(grown.presence, 1)
    levels = [level_of(each.change, np.zeros_like(each.change)) for each in (state, grown)]
    assert levels[1] == pytest.approx(levels[0], rel=0.05)
    back = at_size(grown, (160, 90))
    assert np.abs(back.change - change).mean() < 0.02 * np.abs(change).mean() + 1e-3
    assert at_size(state, (160, 90)) is state


def test_keys_are_a_table_and_help_shows_all_of_it() -> None:
    letters = [letter for key in KEYS for letter in key.forth + key.back]
    assert len(letters) == len(set(letters))
    assert {key.act for key in KEYS} == set(Act)
    assert all(act_of(ord(letter)) == (key.act, 1) for key in KEYS for letter in key.forth)
    assert act_of(ord("o") | 0x10000) == (Act.PRESET, -1)
    assert act_of(-1) is None and act_of(ord("z")) is None
    shown = " ".join(CliRunner().invoke(app, ["live", "--help"], env={"COLUMNS": "400"}).output.split())
    assert all(f"{key.shown} {key.does}" in shown for key in KEYS)


def test_keys_step_through_looks_layers_words_strength_and_motif() -> None:
    begun = replace(RECIPE, dream=replace(RECIPE.dream, seed=7))
    choices = Choices(begun, ("mixed3", "mixed4"), ("penguin", "coral"))
    recipe = begun
    for name in PRESETS:
        recipe = choices.after(recipe, Act.PRESET, 1)
        assert (choices.look, recipe.dream.seed) == (name, 7)
        assert recipe.dream.layers or recipe.dream.of
    assert choices.after(recipe, Act.PRESET, 1) == begun, "round, and back to what it began with"
    layers = choices.after(choices.after(begun, Act.LAYER, 1), Act.LAYER, 1)
    assert [str(layer) for layer in layers.dream.layers] == ["mixed4"]
    word = choices.after(layers, Act.WORD, -1)
    assert ([str(each) for each in word.dream.of], word.dream.layers) == (["coral"], ())
    for act, part, name in ((Act.STRENGTH, "coherence", "strength"), (Act.MOTIF, "dream", "motif")):
        for way in (1, -1):
            changed = begun
            for _ in range(30):
                changed = choices.after(changed, act, way)
            value = getattr(getattr(changed, part), name)
            assert (value > 1) == (way > 0) and 0.05 < value <= 4, "neither without end"
    assert choices.after(begun, Act.SNAPSHOT, 1) == begun


class Pictures:
    """A feed of a few pictures, one each 20 ms, that move; then it ends, or fails."""

    size = SIZE

    def __init__(self, picture: Picture, count: int, error: Exception | None = None) -> None:
        self.base = cv2.resize(picture, (SIZE[0] + count, SIZE[1]))
        self.count, self.error = count, error
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[Captured]:
        for number in range(self.count):
            if self.closed.wait(0.02):
                return
            picture = np.ascontiguousarray(self.base[:, number : number + SIZE[0]])
            yield Captured(picture, Fraction(number, 50), time.monotonic())
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed.set()


class Keyboard:
    """A screen that keeps what it is shown, and presses keys at given pictures."""

    closed = full = False

    def __init__(self, presses: dict[int, str]) -> None:
        self.presses = presses
        self.shown: list[Any] = []

    def show(self, pixels: Any) -> None:
        self.shown.append(pixels)

    def key(self) -> int:
        return ord(self.presses.pop(len(self.shown), "\0")[0]) if self.presses else -1

    def toggle_full_screen(self) -> None:
        self.full = not self.full

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def stand_in_dreams(network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Live dreams by the small network, in an empty folder."""
    from dreamvideo.dreamer import Dreamer

    monkeypatch.setattr("dreamvideo.live.dreaming.open_dreamer", lambda recipe: Dreamer(network, recipe.dream))
    monkeypatch.chdir(tmp_path)


def begun(feed: Pictures, recipe: Recipe = RECIPE, **more: Any) -> Session:
    choices = Choices(recipe, ("mixed3", "mixed4"), ())
    return Session(feed, LiveDreamer(recipe, SIZE, 30), Recorder(SIZE, 30, Path("out.mp4")), choices, **more)


@pytest.mark.usefixtures("stand_in_dreams")
def test_a_session_shows_records_and_hears_keys(photo: Picture) -> None:
    shown: list[Shown] = []
    made: list[Path] = []
    screen = Keyboard({2: "r", 5: "+", 8: "l", 11: "s", 14: "f", 17: "h"})
    session = begun(Pictures(photo, 60), screen=screen, on_file=made.append, on_picture=shown.append)
    session.run(lambda: False)
    assert screen.full and screen.closed
    assert session.dreamer.wanted.coherence.strength == 1.25
    assert [str(layer) for layer in session.dreamer.wanted.dream.layers] == ["mixed3"]
    snapshot, recording = made
    assert (snapshot.suffix, recording) == (".png", Path("out.mp4"))
    assert len(video_times(recording)) >= 5
    assert video_times(recording)[0] == 0
    (kept,) = from_file(recording)
    assert assemble([kept]) == RECIPE, "the recipe that the recording began with"
    assert assemble(from_file(snapshot)).coherence.strength == 1.25
    assert len(shown) + shown[-1].dropped <= 60
    assert all(each.picture.shape == (SIZE[1], SIZE[0], 3) for each in shown)
    assert not np.allclose(shown[-1].picture, cv2.resize(photo, SIZE), atol=0.05)


@pytest.mark.usefixtures("stand_in_dreams")
@pytest.mark.parametrize("blend", ["flow", "none"])
def test_a_new_look_melts_in_and_one_that_cannot_be_is_told(photo: Picture, blend: Any) -> None:
    dreamer = LiveDreamer(replace(RECIPE, coherence=CoherenceConfig(blend)), SIZE, 15)
    feed = Pictures(photo, 40)
    before, changes = None, []
    for number, captured in enumerate(feed):
        before = dreamer.see(captured, before)
        picture = dreamer.dream(before)
        assert picture is not None
        changes.append(picture - captured.picture)
        if number == 4:
            dreamer.wanted = replace(RECIPE, dream=replace(RECIPE.dream, octave_factors=(-9,)))
        while number == 10 and dreamer.trouble is None:
            dreamer.dream(before)
    dreamer.close()
    assert dreamer.trouble is not None and "at least" in dreamer.trouble
    assert dreamer.wanted == dreamer.recipe, "what cannot be dreamed is wanted no longer"
    assert np.std(changes[-1]) > 0.5 * np.std(changes[0]) > 0


@pytest.mark.usefixtures("stand_in_dreams")
def test_a_recording_is_whole_when_the_camera_is_unplugged(photo: Picture) -> None:
    session = begun(Pictures(photo, 12, InputError("camera 0 has stopped")))
    session.start_recording()
    with pytest.raises(InputError, match="stopped"):
        session.run(lambda: False)
    assert len(video_times(Path("out.mp4"))) >= 1


def test_a_raw_stream_keeps_real_time(tmp_path: Path) -> None:
    now = [10.0]
    out = io.BytesIO()
    stream = RawStream(out, (64, 48), 10, lambda: now[0])
    stream.go_on()
    grey = np.full((48, 64, 3), 0.5, np.float32)
    for seconds, value in ((0.0, 0.2), (0.05, 0.3), (0.35, 0.6), (0.01, 0.9), (1.0, 0.4)):
        now[0] += seconds
        stream.write(grey * 2 * value)
    stream.close()
    path = tmp_path / "stream.y4m"
    path.write_bytes(out.getvalue())
    with open_source(path) as source:
        levels = [round(float(frame.picture.mean()), 1) for frame in source]
    assert levels == [0.2, 0.6, 0.6, 0.6, 0.6] + [0.4] * 10


def test_a_file_plays_in_real_time_and_again(tmp_path: Path) -> None:
    clip = hue_clip(tmp_path / "clip.mp4", frames=12, rate=Fraction(24))
    feed = open_feed(str(clip), repeat=True)
    assert feed.size == (64, 48)
    began, seen = time.monotonic(), []
    for captured in feed:
        seen.append(captured)
        assert captured.at - began >= float(captured.time) - 0.001, "never before its time"
        if captured.time > Fraction(6, 10):
            feed.close()
    times = [captured.time for captured in seen]
    assert times == sorted(set(times))
    assert {time - Fraction(1, 2) for time in times if time >= Fraction(1, 2)} & set(times), (
        "the second time like the first"
    )
    with pytest.raises(InputNotFoundError, match="no file"):
        open_feed(str(tmp_path / "missing.mp4"))


def test_what_is_shown_is_even_and_small_unless_asked() -> None:
    assert display_size((1920, 1080), ReadConfig()) == (640, 360)
    assert display_size((321, 201), ReadConfig()) == (320, 200)
    assert display_size((1920, 1080), ReadConfig(width=1280)) == (1280, 720)


def test_a_missing_or_unplugged_camera_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputNotFoundError, match=r"no camera 97.*plug one in"):
        open_feed("97")

    class Unplugged:
        reads = 0

        def __init__(self, name: int | str) -> None:
            assert name == "/dev/video3"

        def isOpened(self) -> bool:
            return True

        def set(self, what: int, value: float) -> bool:
            return True

        def get(self, what: int) -> float:
            return {cv2.CAP_PROP_FRAME_WIDTH: 64.0, cv2.CAP_PROP_FRAME_HEIGHT: 48.0}[what]

        def read(self) -> tuple[bool, Any]:
            self.reads += 1
            return (self.reads <= 3, np.full((48, 64, 3), (255, 0, 0), np.uint8))

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Unplugged)
    monkeypatch.setattr("dreamvideo.live.feed.MISSED", 2)
    pictures = iter(open_feed("/dev/video3"))
    seen = [next(pictures).picture[0, 0].tolist() for _ in range(3)]
    assert seen == [[0, 0, 1]] * 3, "OpenCV's blue comes first"
    with pytest.raises(InputError, match="unplugged"):
        next(pictures)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(app, ["live", "clip.mp4"])
    assert run.exit_code == 6
    assert "no display" in run.output and "--record FILE and --to - work without one" in run.output
    record = CliRunner().invoke(app, ["live", "clip.mp4", "--record", "out.mp4"])
    assert record.exit_code == 3 and "there is no file clip.mp4" in record.output
    assert CliRunner().invoke(app, ["live", "--no-window"]).exit_code == 2
    monkeypatch.setenv("DISPLAY", ":4711")
    assert "display :4711 cannot be opened" in (why_no_window() or "")


def test_a_pipe_is_dreamed_into_a_pipe(tmp_path: Path) -> None:
    clip = tmp_path / "clip.y4m"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=30:duration=3", "-pix_fmt", "yuv420p", clip)
    command = [sys.executable, "-m", "dreamvideo", "live", "-", "--no-window", "--to", "-", "--fps", "10", "-q"]
    with clip.open("rb") as stream:
        run = subprocess.run([*command, "--width", "96"], stdin=stream, capture_output=True, check=True, timeout=300)
    (tmp_path / "dream.y4m").write_bytes(run.stdout)
    with open_source(tmp_path / "dream.y4m") as source:
        assert (source.size, source.rate) == ((96, 58), 10)
        assert len(list(source)) >= 1


WINDOWED = """
import subprocess, sys, time
import cv2, numpy as np
from dreamvideo.live.window import OpenCVWindow, why_no_window
assert why_no_window() is None
display, path = sys.argv[1:]
pixels = np.full((180, 320, 3), (200, 40, 90), np.uint8)

def seen(window):
    grab = ["ffmpeg", "-loglevel", "error", "-f", "x11grab", "-video_size", "640x480", "-i", display]
    with subprocess.Popen([*grab, "-frames:v", "3", "-update", "1", "-y", path], stdin=subprocess.DEVNULL) as grabbing:
        while grabbing.poll() is None:
            window.show(pixels)
            window.key()
    return cv2.imread(path)[90, 160].tolist()

for _ in range(8):  # without a window manager Qt misses at times that its window is there, and never paints it
    window = OpenCVWindow((320, 180))
    color = seen(window)
    if any(color):
        break
    window.close()
print(*color, flush=True)
end = time.monotonic() + 60
while (code := window.key()) != ord("q") and time.monotonic() < end:
    window.show(pixels)
    time.sleep(0.02)
    print(code, flush=True)
assert not window.closed
window.toggle_full_screen()
window.close()
"""


@pytest.mark.skipif(shutil.which("Xvfb") is None or shutil.which("ffmpeg") is None, reason="needs Xvfb and ffmpeg")
def test_a_window_shows_the_picture_and_hears_keys(tmp_path: Path) -> None:
    libraries = [ctypes.util.find_library(name) for name in ("X11", "Xtst")]
    if None in libraries:
        pytest.skip("needs libXtst to press keys")
    grab = tmp_path / "grab.png"
    xvfb = ["Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    with subprocess.Popen(xvfb, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        command = [sys.executable, "-c", WINDOWED, display, str(grab)]
        environment = {**os.environ, "DISPLAY": display}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as window:
            assert window.stdout is not None
            color = window.stdout.readline().split()
            _press(display, libraries, {"p": (Act.PRESET, 1), "o": (Act.PRESET, -1), "space": (Act.FREEZE, 1)}, window)
        server.kill()
    assert (color, window.returncode) == (["90", "40", "200"], 0)


def _press(
    display: str, libraries: list[str | None], keys: dict[str, tuple[Act, int]], window: subprocess.Popen[str]
) -> None:
    """Press each key until the window has heard it, and then q."""
    x11, xtst = (ctypes.CDLL(name) for name in libraries)
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XStringToKeysym.restype = ctypes.c_ulong
    server = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    # Without a window manager the keys go to the window under the pointer.
    xtst.XTestFakeMotionEvent(server, 0, 100, 90, 0)

    def press(name: str) -> None:
        code = x11.XKeysymToKeycode(server, ctypes.c_ulong(x11.XStringToKeysym(name.encode())))
        for down in (1, 0):
            xtst.XTestFakeKeyEvent(server, code, down, 0)
        x11.XSync(server, 0)

    assert window.stdout is not None
    for name, wanted in keys.items():
        for tick, line in enumerate(window.stdout):
            if act_of(int(line)) == wanted:
                break
            if tick % 30 == 0:  # at first it may not listen yet
                press(name)
        else:
            pytest.fail(f"the window never heard {name}")
    press("q")
    x11.XCloseDisplay(server)
