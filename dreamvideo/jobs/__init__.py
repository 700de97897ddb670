"""Jobs: renders that survive a crash and may run in parallel, always with the same frames.

A job is a folder beside its target, `TARGET.job`. It is removed when the target is finished:

    job.json    the plan: inputs by content, frame ranges of the shots, settings, weights, versions; never rewritten
    lock        held by the driver with `flock`, so that it ends with the process
    run         name of the current run; workers of other runs stop
    segments/   rendered frames, losslessly coded, one file per attempt
    states/     float32 state after the last finished segment of each part
    receipts/   one per finished segment: frames, times, SHA-256 of its file, pixels and state
    result/     the encoded result, before it is moved to its target
    beats/      number of frames of each attempt: its progress, and a sign of life

A **shot** is a range of frames between cuts. Shots do not depend on each other, in a serial run either. A shot is one
**part**, or several if it is split. A part is a chain of **segments**. Each starts from the state after the one before
it, and is published by one atomic link. A kill loses at most the current segment. Frames are rounded to 8 bits once,
when their segment is written.

The caller passes two functions:

    def open_renderer(plan: Plan) -> Renderer: ...
    def open_result(plan: Plan, target: Path) -> ContextManager[ResultWriter]: ...

Workers import `open_renderer` by name, so it must be no closure or lambda. They call it once per process. A renderer
has one method:

    def frames(self, stretch: range, state: State | None) -> Iterator[tuple[Frame, State]]:
        for index in stretch:
            state = next_state(index, state)
            yield Frame(picture, time, duration, index), state       # the state after this frame

`render_at_once` calls it in this process, without a folder; `run_job` as a job. Rules for renderers:

- `state` is None at a shot's first frame, and at the first frame of a warm-up.
- A state is a flat dict of numpy arrays (float32 stays float32), ints and floats. It is saved as npz without pickle.
  Frames must not depend on anything else that is kept from call to call.
- The warm-up before a part inside a shot is a call like any other. Its frames are dropped.
- The caller may stop after any frame of a stretch; the next call continues from there.
- Random numbers depend on the seed and the frame's index only.
- InputError, OutputError, ConfigError and ModelError end the run, which can be resumed. After any other error the part
  is tried again, three times in all.

`media.open_target` returns a `ResultWriter`: `.write(pixels, time, duration)`, inside a `with`. Leaving the `with` must
verify and publish the file. If one process makes all frames in order, it is opened with the first frame, and encoding
runs beside the dream (`early.py`); otherwise it is opened after the last segment (`finish.py`).

Use:

    plan = Plan(kind="video", inputs={"source": fingerprint(path)}, size=(w, h), settings=..., seed=..., weights=...)
    job = open_job(plan, target, survey)   # creates the job, or finds it
    job = load_job(folder)                 # for `dreamvideo resume`
    run_job(job, open_renderer, open_result, workers=2) -> Path

`survey()` is called for a new job only. It returns `Survey(shots, facts)`: the frame ranges between cuts, and any JSON
that renderers need, such as frame times.
"""

from dreamvideo.jobs.at_once import render_at_once
from dreamvideo.jobs.fingerprint import fingerprint
from dreamvideo.jobs.opening import has_job, job_folder, load_job, open_job
from dreamvideo.jobs.parts import Segment, Shot, Splitting
from dreamvideo.jobs.plan import Plan, Survey
from dreamvideo.jobs.run import run_job
from dreamvideo.jobs.state import State
from dreamvideo.jobs.worker import Renderer, RendererOpener

__all__ = [
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
