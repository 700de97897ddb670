"""Live dreaming: from a camera to a window, controlled by keys.

`feed` captures pictures, and `stages` hands them on in threads, through `slot`s that keep only the newest. `dreaming`
dreams them, at a `size` that holds the frame rate. `session` shows, records, and handles `keys` with `choices`.
`window` and `overlay` are the display, `recording` the files.
"""

FPS = 15.0
"""Default frames per second."""
