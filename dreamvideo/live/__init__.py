"""Dreaming while it happens: a camera in, a window out, and keys in between.

`feed` gives pictures as they come; `slot` is the one place in which the newest replaces the one before; `stages` runs
capture and look beside the network; `dreaming` carries the dream on, at the `size` that can be held; `session` shows,
records and does what `keys` ask for, out of `choices`; `window` and `overlay` are what is seen, `recording` what stays.
"""

FPS = 15.0
"""Frames a second to hold, where nothing else is said."""
