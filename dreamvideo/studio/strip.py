"""HTML of the lists: the upload, the queue, and the tries."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from html import escape

from dreamvideo.errors import printable
from dreamvideo.studio.pieces import THUMB, file_address
from dreamvideo.studio.tries import Report, Try
from dreamvideo.studio.uploads import Upload

_SCOPES = {"frame": "frame", "trial": "two seconds", "whole": "whole"}


def button(words: str, label: str, *, kind: str = "", off: bool = False, **data: str) -> str:
    """A button; `data` is sent with its press."""
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    named = f'aria-label="{escape(label)}" title="{escape(label)}"'
    return f'<button type="button" class="{kind}" {named}{attributes}{" disabled" if off else ""}>{words}</button>'


def chip_html(upload: Upload | None) -> str:
    """The name of the upload, and its buttons."""
    if upload is None:
        return ""
    name = escape(printable(upload.name))
    return (
        f'<div class="chip"><span title="{name}">{name}</span>'
        f"{button('Another', 'Choose another picture or clip', another='1')}"
        f"{button('&times;', 'Remove it', do='remove')}</div>"
    )


def title_of(made: Try) -> str:
    """The title of a try."""
    return f"{printable(made.upload.name)}, {part_of(made)}"


def part_of(made: Try) -> str:
    """What a try makes of its upload."""
    what = "picture" if made.kind == "image" else _SCOPES[made.extent]
    what = "dive" if made.kind == "zoom" and made.extent == "whole" else what
    if made.kind == "video" and made.extent != "whole":
        what += f" at {made.at:.1f} s"
    return what + (f" as {made.target.suffix}" if made.extent == "whole" else "")


def look_of(made: Try) -> str:
    """The preset and the layers of a try."""
    look = str(made.chosen.get("look") or "")
    layers = " + ".join(map(str, (*made.recipe.dream.of, *made.recipe.dream.layers))) or "its own layers"
    return f"{look}, {layers}" if look not in ("", "default") else layers


def queue_html(line: Sequence[tuple[Try, Report]]) -> str:
    """The running try and those that wait, with buttons to move and stop them."""
    if not line:
        return ""
    rows = []
    waiting = [made.name for made, report in line if report.status == "waiting"]
    for made, report in line:
        title = escape(title_of(made))
        buttons = ""
        if report.status == "waiting":
            place = waiting.index(made.name)
            buttons += button("&uarr;", f"Earlier: {title_of(made)}", do="earlier", name=made.name, off=place == 0)
            last = place == len(waiting) - 1
            buttons += button("&darr;", f"Later: {title_of(made)}", do="later", name=made.name, off=last)
        words = "Stop" if report.status == "running" else "Cancel"
        buttons += button("&times;", f"{words}: {title_of(made)}", do="stop", name=made.name)
        name = button(title, f"Show {title_of(made)}", kind="name", do="show", name=made.name)
        rows.append(f'<li class="{report.status}">{name}<span>{escape(report.words)}</span>{buttons}</li>')
    return f'<section aria-label="Queue"><h2>Queue</h2><ol class="queue">{"".join(rows)}</ol></section>'


def tries_html(tries: Iterable[tuple[Try, Report]], on_show: str | None, compared: str | None) -> str:
    """The ended tries, newest first, with buttons to restore, compare and delete them."""
    cards = "".join(_card(made, report, on_show, compared) for made, report in tries)
    if not cards:
        return ""
    return f'<section aria-label="Tries"><h2>Tries</h2><ul class="tries">{cards}</ul></section>'


def _card(made: Try, report: Report, on_show: str | None, compared: str | None) -> str:
    title = title_of(made)
    when = time.strftime("%H:%M", time.localtime(made.made))
    thumb = made.folder / THUMB
    picture = f'<img alt="" src="{escape(file_address(thumb))}">' if thumb.exists() else "<i></i>"
    pressed = f' aria-pressed="{str(made.name in (on_show, compared)).lower()}"'
    face = (
        f'<button type="button" class="face" data-do="restore" data-name="{made.name}"{pressed}'
        f' aria-label="{escape(f"Restore {title}, {look_of(made)}, {when}")}">'
        f"{picture}<b>{escape(part_of(made).capitalize())}</b><span>{escape(look_of(made))}</span>"
        f"<span>{escape(printable(made.upload.name))}</span>"
        f"<span>{when}, {escape(report.words)}</span></button>"
    )
    tools = ""
    if on_show not in (None, made.name) and thumb.exists():
        tools += button("A|B", f"Compare with {title}", do="compare", name=made.name)
    if report.status in ("stopped", "failed"):
        tools += button("Go on", f"Go on with {title}", do="go_on", name=made.name)
    tools += button("&times;", f"Throw away {title}", do="forget", name=made.name)
    kind = " class=on" if made.name in (on_show, compared) else ""
    return f'<li{kind}>{face}<span class="tools">{tools}</span></li>'
