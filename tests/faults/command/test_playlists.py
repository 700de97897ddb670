"""Playlists and addresses: no other file is opened, and no connection made."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.command.running import UNDREAMED, command, written
from tests.faults.table import Observe

pytestmark = pytest.mark.slow

PLAYLISTS = {
    ("S1", "ffconcat named .mp4"): "ffconcat version 1.0\nfile 'clip.mp4'\n",
    ("S2", "HLS of local segments"): "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nclip.mp4\n#EXT-X-ENDLIST\n",
    ("S2", "HLS over http"): "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
    ("S2", "DASH over http"): '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"'
    ' bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    ("S2", "SDP"): "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}
ADDRESSES = ("{url}", "concat:clip.mp4|clip.mp4", "subfile,,start,0,end,0,,:clip.mp4")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A local server's port, and the connections that it saw."""
    seen: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):  # the end of the test closes it
            while True:
                seen.append(server.accept())

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1], seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.parametrize(("row", "fault"), PLAYLISTS)
def test_playlists(
    row: str, fault: str, source: Path, out: Path, listener: tuple[int, list[object]], observe: Observe
) -> None:
    port, seen = listener
    text = PLAYLISTS[row, fault].format(url=f"http://127.0.0.1:{port}/a.mp4", port=port)
    done = command("video", written("innocent.mp4", text.encode()), out / "out.mp4", *UNDREAMED)
    observe(row, fault, (3,), done.returncode)
    assert not seen and not os.listdir(out)


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str, source: Path, out: Path, listener: tuple[int, list[object]], observe: Observe) -> None:
    port, seen = listener
    done = command("video", address.format(url=f"http://127.0.0.1:{port}/a.mp4"), out / "out.mp4", *UNDREAMED)
    observe("S3", address.partition(":")[0].partition(",")[0].format(url="http") + ": as a name", (3,), done.returncode)
    assert not seen
