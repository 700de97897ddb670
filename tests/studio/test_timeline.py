"""The time line: cuts, curves with their easings, bands of music; keys that are set by clicks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from dreamvideo.errors import ConfigError
from dreamvideo.studio.actions import perform
from dreamvideo.studio.timeline import HEIGHT, WIDTH, Line, read_lines, timeline_html, with_key
from tests.clips import hue_clip, moving_clip
from tests.studio.page import Browsed


def curves(html: str) -> list[np.ndarray]:
    """The points of each curve, (N, 2)."""
    return [
        np.array([[float(number) for number in point.split(",")] for point in points.split()])
        for points in re.findall(r'<polyline[^>]*points="([^"]*)"', html)
    ]


def test_a_curve_goes_through_its_keys_by_their_easings() -> None:
    line = Line(4.0, 24.0, (1.0, 3.0), (("camera.zoom", "0s: 1, 4s: 2"), ("camera.rotate", "0s: -90, 4s: 90 smooth")))
    html = timeline_html(line)
    straight, eased = curves(html)
    assert np.allclose(np.diff(straight[:, 1]), np.diff(straight[:, 1])[0], atol=0.11) and straight[-1, 0] == WIDTH
    slopes = np.abs(np.diff(eased[:, 1]))
    assert slopes[0] < 0.1 * slopes.max() and slopes[-1] < 0.1 * slopes.max()
    assert (eased[0, 1], eased[-1, 1]) == (HEIGHT - 6, 6)
    assert html.count('class="cut"') == 2 and f'x1="{WIDTH / 4:.1f}"' in html and "2 cuts" in html
    assert html.count('class="key') == 4 and "Time line of 4.0 seconds" in html
    assert not curves(timeline_html(Line(4.0, 24.0, (), (("camera.zoom", "1 + bass"),))))


def test_keys_are_set_and_moved() -> None:
    text = with_key("", "camera.zoom", 2.04, 1.5, "linear")
    text = with_key(text, "camera.zoom", 0.0, 1.0, "linear")
    text = with_key(text, "camera.rotate", 1.0, 10.0, "hold")
    assert text == "camera.zoom = 0s: 1, 2s: 1.5\ncamera.rotate = 1s: 10 hold"
    assert with_key(text, "camera.zoom", 2.0, 3.0, "smooth").startswith("camera.zoom = 0s: 1, 2s: 3 smooth\n")
    assert read_lines(text) == {"camera.zoom": "0s: 1, 2s: 1.5", "camera.rotate": "1s: 10 hold"}
    for wrong in ("zoom = 1", "camera.zoom", "camera.zoom ="):
        with pytest.raises(ConfigError, match="expected SETTING = SCHEDULE"):
            read_lines(wrong)


@pytest.fixture
def page(small: None, tmp_path: Path) -> Iterator[Browsed]:
    made = Browsed(tmp_path / "studio", perform)
    yield made
    made.handlers.queue.end(30)


def test_schedules_and_music_make_the_render(page: Browsed, tmp_path: Path) -> None:
    clip = moving_clip(tmp_path / "clip.mp4", size="160x120")
    page.drop(clip)
    page.set("varies", "coherence.strength", "look_again")
    page.set("easing", "linear", "look_again")
    page.press("add_key", {"x": 0.0, "y": 0.5})
    page.press("add_key", {"x": 1.0, "y": 1.0})
    assert page.of("over_time") == "coherence.strength = 0s: 1, 1s: 2"
    assert page.of("command") == "dreamvideo video clip.mp4 --strength '0s: 1, 1s: 2'"
    assert len(curves(page.of("timeline"))) == 1
    track = page.folder / "uploads" / "beat it!.wav"
    with av.open(str(track), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=22_050, layout="mono")
        wave = (8000 * np.sin(np.arange(22_050) * 0.02)).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate = 22_050
        file.mux([*stream.encode(frame), *stream.encode()])
    page.set("music", {"path": str(track), "orig_name": "beat it!.wav"}, "say")
    page.set("over_time", "coherence.strength = 0.5 + bass", "say")
    page.look()
    assert page.of("timeline").count('class="band') == 3 and len(curves(page.of("timeline"))) == 1
    assert page.of("command") == "dreamvideo video clip.mp4 '--music=beat it!.wav' --strength '0.5 + bass'"
    page.set("steps", 1, "say")
    page.press("trial")
    page.until(lambda: page.shown()[1].ended, 120)
    assert page.shown()[1].status == "done", page.shown()[1].words
    page.set("over_time", "coherence.strength = 0s 1", "say")
    assert page.of("command").startswith("# ")
    page.set("music", {"path": "/etc/hostname"}, "say")
    page.set("over_time", "", "say")
    page.press("trial")
    assert "expected a file that was uploaded" in page.of("status")


def test_cuts_are_found_in_the_background(page: Browsed, tmp_path: Path) -> None:
    first, second = moving_clip(tmp_path / "a.mp4"), hue_clip(tmp_path / "b.mp4")
    from tests.clips import ffmpeg

    joined = tmp_path / "joined.mp4"
    graph = "[0:v]scale=64:48,setsar=1,fps=24[a];[1:v]scale=64:48,setsar=1,fps=24[b];[a][b]concat=n=2:v=1[v]"
    ffmpeg("-i", first, "-i", second, "-filter_complex", graph, "-map", "[v]", joined)
    page.drop(joined)
    page.look()
    assert "cut" not in page.of("timeline")
    while page.cuts.make_one():
        pass
    page.look()
    assert 'class="cut"' in page.of("timeline")
