"""Jobs: renders that survive a crash and may run in parallel, with the same frames either way.

A job is a folder beside its target, `TARGET.job`, that goes when the target is done:

    job.json    the plan: inputs by content, frame ranges of the shots, settings, weights, versions; never rewritten
    lock        who is at work; held by `flock`, so that it ends with its process
    run         name of the run at work; workers stop where it is another's, or gone
    segments/   rendered frames, one losslessly coded file an attempt
    states/     what feeds back, float32, at the end of the last segment of each part
    receipts/   one for each finished segment: frames, times, SHA-256 of its file, pixels and state
    result/     the encoded result, before it is moved to its target
    beats/      how many frames each attempt has made: progress, and a sign of life

A **shot** is a range of frames between cuts, and is dreamed without knowledge of the others, in a serial
run too. A shot is one **part**, or several where it is split on purpose. A part is a chain of **segments**:
each begins with the state that the one before ended with, and is published by one atomic link. What a kill
can lose is the segment it met. Frames are rounded to 8 bits once, in their segment.

The caller gives two functions:

    def open_renderer(plan: Plan) -> Renderer: ...
    def open_result(plan: Plan, target: Path) -> ContextManager[ResultWriter]: ...

`open_renderer` must be importable by name (no closure or lambda) where workers call it, once a process. What it
returns has one method:

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        for index in stretch:
            state = next_state(index, state)
            yield Frame(picture, time, duration, index), state       # the state after this frame

`render_at_once` drives it in this process without a folder; `run_job` does as a job. Both keep these rules:

- `state` is None where the carry starts anew: at a shot's first frame, and at the first frame of a warm-up.
- State is a flat dict of numpy arrays (float32 stays float32), ints and floats; it is saved as npz without
  pickle. Nothing else may pass from one call to the next (caches may, if they cannot be seen in the frames).
- Warm-up before a part inside a shot is a call like any other, whose frames are not kept.
- A stretch may be left after any of its frames; the next one begins where it was left.
- Randomness comes from (seed, frame index) alone.
- Errors: InputError, OutputError, ConfigError and ModelError end the run, which can be resumed; any other
  counts as one of three tries of that part.

`ResultWriter` is what `media.open_target` gives: `.write(picture, time, duration)`, inside a `with`. It is opened
once, after the last segment; leaving the `with` must verify and publish the file.

Use:

    plan = Plan(kind="video", inputs={"source": fingerprint(path)}, size=(w, h), settings=..., seed=..., weights=...)
    job = open_job(plan, target, survey)   # creates, or finds the same job again
    job = load_job(folder)                 # for `dreamvideo resume`
    run_job(job, open_renderer, open_result, workers=2) -> Path

`survey()` is called for a new job only, and returns `Survey(shots, facts)`: the frame ranges between cuts, and
any JSON that renderers need (such as frame times).
"""

from dreamvideo.jobs.at_once import render_at_once
from dreamvideo.jobs.fingerprint import Fingerprint, fingerprint
from dreamvideo.jobs.opening import has_job, job_folder, load_job, open_job
from dreamvideo.jobs.parts import Part, Segment, Shot, Splitting
from dreamvideo.jobs.plan import Plan, Survey
from dreamvideo.jobs.run import run_job
from dreamvideo.jobs.state import State
from dreamvideo.jobs.worker import Renderer, RendererOpener

__all__ = [
    "Fingerprint",
    "Part",
    "Plan",
    "Renderer",
    "RendererOpener",
    "Segment",
    "Shot",
    "Splitting",
    "State",
    "Survey",
    "fingerprint",
    "has_job",
    "job_folder",
    "load_job",
    "open_job",
    "render_at_once",
    "run_job",
]
