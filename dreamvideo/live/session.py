"""A live session: it shows, records, and handles keys."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Protocol

from dreamvideo.errors import OutputError, RefusedError
from dreamvideo.live.choices import Choices, described
from dreamvideo.live.dreaming import LiveDreamer, Seen
from dreamvideo.live.feed import Feed
from dreamvideo.live.keys import Act, act_of
from dreamvideo.live.overlay import Pixels, enlarged, with_dot, with_help, with_line
from dreamvideo.live.recording import RawStream, Recorder, keep_snapshot
from dreamvideo.live.stages import Stages
from dreamvideo.media.frame import Picture, size_of, to_uint8

POLL = 0.01
"""Seconds between looks at the keys while no picture arrives."""
SAID = 2.5
"""Seconds for which a message is shown."""
RECENT = 2.0
"""Seconds over which the frame rate is measured."""


class Screen(Protocol):
    """Shows pictures, and reads keys: `OpenCVWindow`."""

    @property
    def closed(self) -> bool: ...

    def show(self, pixels: Pixels) -> None: ...

    def key(self) -> int: ...

    def toggle_full_screen(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A dreamed picture, for `on_picture`.

    Attributes:
        picture: float32 RGB (H, W, 3) in [0, 1].
        latency: seconds from capture to screen.
        dropped: number of captured pictures that were not dreamed, so far.
        size: (width, height) of the dream.
    """

    picture: Picture
    latency: float
    dropped: int
    size: tuple[int, int]


@dataclass
class Session:
    """Dreams a feed until it ends, it is stopped, or the window is closed.

    Attributes:
        on_message: called with messages for the user.
        on_file: called with every file that is written.
        on_picture: called with every picture.
    """

    feed: Feed
    dreamer: LiveDreamer
    recorder: Recorder
    choices: Choices
    _: KW_ONLY
    screen: Screen | None = None
    stream: RawStream | None = None
    on_message: Callable[[str], None] = lambda text: None
    on_file: Callable[[Path], None] = lambda path: None
    on_picture: Callable[[Shown], None] = lambda shown: None

    def __post_init__(self) -> None:
        self.frozen = self.helping = self.ended = False
        self._picture: Picture | None = None
        self._line, self._line_until = "", 0.0
        self._times: deque[float] = deque()

    @property
    def fps(self) -> float:
        """Recent frames per second."""
        times = self._times
        return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Dream until the feed or `stop` ends it. A recording is always finished.

        Raises:
            InputError: the feed failed.
            OutputError: a recording cannot be written.
            BrokenPipeError: nobody reads the raw stream.
        """
        try:
            with Stages(self.feed, self.dreamer.see) as stages:
                while not (stages.ended or self.ended or stop()):
                    seen = None if self.frozen else stages.take(POLL)
                    if seen is not None:
                        self._dream(seen, stages)
                    elif self.frozen:
                        time.sleep(POLL)
                    if self.stream is not None:
                        self.stream.go_on()
                    self._hear()
                if stages.ended:
                    stages.take(0)  # raises the feed's error, if any
        finally:
            self.dreamer.close()
            if self.screen is not None:
                self.screen.close()
            self._keep(self.recorder.stop)

    def act(self, act: Act, way: int = 1) -> None:
        """Perform the action of a key."""
        if act is Act.QUIT:
            self.ended = True
        elif act is Act.FREEZE:
            self.frozen = not self.frozen
            self._tell("frozen: space goes on" if self.frozen else "")
        elif act is Act.HELP:
            self.helping = not self.helping
        elif act is Act.FULL_SCREEN and self.screen is not None:
            self.screen.toggle_full_screen()
        elif act is Act.SNAPSHOT and self._picture is not None:
            self._keep(lambda: keep_snapshot(self._shown_picture(), self.dreamer.recipe, self._weights))
        elif act is Act.RECORD:
            self._keep(self._toggle_recording)
        else:
            self.dreamer.wanted = self.choices.after(self.dreamer.wanted, act, way)
            self._tell(described(self.dreamer.wanted, self.choices.look))

    def start_recording(self) -> None:
        """Start a recording.

        Raises:
            RefusedError: the file exists.
            OutputError: it cannot be written.
        """
        self.recorder.start(self.dreamer.recipe, self._weights)
        self._tell("recording: r ends it")

    def _dream(self, seen: Seen, stages: Stages) -> None:
        picture = self.dreamer.dream(seen)
        if self.dreamer.trouble is not None:
            self._tell(self.dreamer.trouble, aloud=True)
            self.dreamer.trouble = None
        if picture is None:
            return
        self._picture = picture
        self.recorder.write(picture, seen.frame.time)
        if self.stream is not None:
            self.stream.write(picture)
        self._draw()
        now = time.monotonic()
        self._times.append(now)
        while now - self._times[0] > RECENT:
            self._times.popleft()
        size = size_of(seen.frame.picture)
        self.on_picture(Shown(picture, now - seen.captured.at, stages.dropped, size))

    def _draw(self) -> None:
        if self.screen is None or self._picture is None:
            return
        pixels = enlarged(to_uint8(self._picture))
        if self.helping:
            pixels = with_help(pixels, self._status())
        elif time.monotonic() < self._line_until:
            pixels = with_line(pixels, self._line)
        self.screen.show(with_dot(pixels) if self.recorder.running else pixels)

    def _status(self) -> Sequence[str]:
        width, height = self.dreamer.size
        rate = f"{self.fps:.1f} of {self.dreamer.fps:g} fps, dreamed at {width}x{height}"
        return described(self.dreamer.recipe, self.choices.look), rate

    def _hear(self) -> None:
        """Handle a pressed key."""
        if self.screen is None:
            return
        found = act_of(self.screen.key())
        if found is not None:
            self.act(*found)
            self._draw()
        # On some systems a window counts as closed until a picture is shown.
        self.ended = self.ended or (self._picture is not None and self.screen.closed)

    def _toggle_recording(self) -> Path | None:
        if self.recorder.running:
            return self.recorder.stop()
        self.start_recording()
        return None

    def _keep(self, write: Callable[[], Path | None]) -> None:
        try:
            path = write()
        except (OutputError, RefusedError) as error:
            self._tell(str(error), aloud=True)
            return
        if path is not None:
            self._tell(f"kept {path}")
            self.on_file(path)

    def _shown_picture(self) -> Picture:
        assert self._picture is not None
        return self._picture

    def _tell(self, text: str, *, aloud: bool = False) -> None:
        self._line, self._line_until = text, time.monotonic() + SAID if text else 0.0
        if aloud:
            self.on_message(text)

    @property
    def _weights(self) -> str:
        return self.dreamer.dreamer.network.weights_hash
