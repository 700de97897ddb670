"""Events of choices by pictures: presets, layers, words, the place of a dive, keys of schedules, a random seed."""

from __future__ import annotations

import secrets

from dreamvideo.errors import ConfigError
from dreamvideo.studio.asked import NOTHING, Asked, EventData, note, preset_of, values_of
from dreamvideo.studio.choices import CONTROLS, standing
from dreamvideo.studio.samples import words_pictured
from dreamvideo.studio.saying import Saying
from dreamvideo.studio.state import PageState
from dreamvideo.studio.timeline import span, with_key
from dreamvideo.studio.view import Changes, merged


class Choosing(Saying):
    """Handlers of choices."""

    def _with_command(self, page: PageState, asked: Asked, changes: Changes) -> Changes:
        """Changes of parts, and of the command line that follows."""
        return merged(changes, self.command(page, {**asked, **values_of(changes)}))

    def aim(self, page: PageState, asked: Asked, data: EventData) -> Changes:
        """Set the centre of a dive to the clicked place."""
        if page.scene.upload is None or page.scene.kind != "zoom":
            return {}
        places = {f"center_{axis}": {"value": round(float(data[axis]), 2)} for axis in "xy" if axis in data}
        return self._with_command(page, asked, places)

    def roll(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Choose a random seed."""
        seed: Changes = {"seed": {"value": secrets.randbelow(2**31)}}
        return self._with_command(page, asked, seed)

    def take_down(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Set the layers to those of the chosen samples, and to channels that were typed."""
        named = [name for name in asked["layers"] or () if name not in self.desk.layers]
        layers: Changes = {"layers": {"value": [*(asked["shelf"] or ()), *named]}}
        return self._with_command(page, asked, layers)

    def picture_words(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Request samples of words."""
        self._samples.want_words()
        self.queue.wake()
        return {}

    def take_words(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Set the words to those of the chosen samples, and to others that were typed."""
        typed = [name for name in asked["words"] or () if name not in words_pictured(self.desk)]
        words: Changes = {"words": {"value": [*(asked["pictured"] or ()), *typed]}}
        return self._with_command(page, asked, words)

    def add_key(self, page: PageState, asked: Asked, data: EventData) -> Changes:
        """Add a key at the clicked place of the time line, to the schedule of the chosen setting."""
        upload = page.scene.upload
        if upload is None or "x" not in data:
            return {}
        low, high = span(str(asked["varies"]))
        at, value = float(data["x"]) * self._length(page, asked), low + float(data["y"]) * (high - low)
        try:
            text = with_key(asked["over_time"], str(asked["varies"]), at, value, str(asked["easing"]))
        except ConfigError:
            return self.command(page, asked)
        changes: Changes = {"over_time": {"value": text}}
        choice = {**asked, **values_of(changes)}
        return merged(changes, self.command(page, choice), self._line(page, choice))

    def choose(self, page: PageState, asked: Asked, data: EventData = NOTHING) -> Changes:
        """Set the controls to a preset's values; size and span stay."""
        kind = page.scene.kind
        changes: Changes = {"look": {"info": note(asked["look"])}}
        for name, control in CONTROLS.items():
            if name not in ("width", "start", "end"):
                known = kind if kind in control.kinds else control.kinds[0]
                changes[name] = {"value": standing(name, self.desk.base(known, preset_of(asked)))}
        layers = self.desk.shown_layers(self.desk.base("image", preset_of(asked)))
        changes["layers"] = {"value": layers, "choices": list(dict.fromkeys([*self.desk.layers, *layers]))}
        return self._with_command(page, asked, changes)
