"""A live dream of a file, as fast as it is played: frames a second, latency from capture to screen, memory.

    xvfb-run python tests/benchmarks/live.py CLIP [--seconds 60] [--sizes 320x180 640x360] [--screenshots FOLDER]

Latency is told in seconds and in frames' time, the mean time between two pictures on the screen. Without a display
the dream is shown nowhere, and the rest is the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from dreamvideo.config import Recipe
from dreamvideo.live import FPS
from dreamvideo.live.opening import open_session
from dreamvideo.live.session import Shown
from dreamvideo.live.window import why_no_window

WARMING = 5.0
"""Seconds that are not counted: the size is still being found."""


def measure(clip: str, size: tuple[int, int], seconds: float, fps: float, screenshots: Path | None) -> str:
    """One line of the table."""
    recipe = Recipe()
    recipe = replace(recipe, read=replace(recipe.read, width=size[0], height=size[1]))
    shown: list[tuple[float, float, int, tuple[int, int]]] = []
    memory: list[float] = []

    def watch(picture: Shown) -> None:
        shown.append((time.monotonic(), picture.latency, picture.dropped, picture.size))
        memory.append(resident())

    session = open_session(clip, recipe, fps, windowed=why_no_window() is None, repeat=True, on_picture=watch)
    began = time.monotonic()
    shots = [0.4 * seconds, 0.8 * seconds]

    def stop() -> bool:
        now = time.monotonic() - began
        if screenshots is not None and shots and now > shots[0] + WARMING:
            grab(screenshots / f"live_{size[0]}x{size[1]}_{len(shots)}.png")
            shots.pop(0)
        return now > seconds + WARMING

    busy = time.process_time()
    session.run(stop)
    busy = (time.process_time() - busy) / (time.monotonic() - began)
    kept = [index for index, (at, *_) in enumerate(shown) if at - began > WARMING]
    times = np.array([shown[index][0] for index in kept])
    latencies = np.array([shown[index][1] for index in kept])
    frame = float(np.diff(times).mean())
    dropped = shown[-1][2] - shown[kept[0]][2]
    sizes = [shown[index][3] for index in kept]
    usual = max(set(sizes), key=sizes.count)
    third = max(1, len(kept) // 3)
    early, late = (float(np.mean([memory[index] for index in part])) for part in (kept[:third], kept[-third:]))
    return (
        f"| {size[0]}x{size[1]} | {1 / frame:.1f} | {usual[0]}x{usual[1]} | {np.mean(latencies):.3f} | "
        f"{np.mean(latencies) / frame:.1f} | {np.percentile(latencies, 95) / frame:.1f} | {len(kept)} | {dropped} | "
        f"{busy:.2f} | {early:.0f} | {late:.0f} |"
    )


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def grab(path: Path) -> None:
    """A screenshot of the display."""
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "x11grab", "-i", os.environ["DISPLAY"], "-frames:v", "1"]
    subprocess.run([*command, str(path)], check=True, stdin=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--fps", type=float, default=FPS)
    parser.add_argument("--sizes", nargs="+", default=["320x180", "640x360"])
    parser.add_argument("--screenshots", type=Path)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {chosen.fps:g} fps wanted")
    print("| size | fps | dreamed at | latency s | in frames | 95 % | shown | dropped | cores | MB early | MB late |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for text in chosen.sizes:
        width, _, height = text.partition("x")
        print(
            measure(chosen.clip, (int(width), int(height)), chosen.seconds, chosen.fps, chosen.screenshots), flush=True
        )


if __name__ == "__main__":
    main()
