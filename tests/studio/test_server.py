"""Who is answered, and what keeps the server from starting."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.studio.guard import Guard


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
