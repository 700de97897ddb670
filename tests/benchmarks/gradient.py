"""What one gradient step costs: stock Keras, this package's graph, and the same network in PyTorch.

    python tests/benchmarks/gradient.py [--size 640x360] [--threads 2] [--repeats 9] [--layers] [--torch-python PATH]

Weights are random: they do not change the time. Repeats are interleaved, so that a busy machine is busy for
all alike; wall-clock and processor time are medians. `--torch-python` names an interpreter that has PyTorch,
or "same" for this one; PyTorch runs in a process of its own, in turns with the rest.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

LAYERS = ("mixed3", "mixed5")
DEFAULT = "dreamnet, its default layers"


def main() -> None:
    """Measure and print."""
    options = parse()
    if options.torch_worker:
        serve_torch(options)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    steps, forwards = tensorflow_steps(options)
    torch = start_torch(options) if options.torch_python else None
    table = {name: [] for name in [*steps, *forwards]}
    for index in range(options.repeats + 1):
        for name, run in [*steps.items(), *forwards.items()]:
            wall, processor = time.perf_counter(), time.process_time()
            run()
            if index:  # the first run traces and warms up
                table[name].append((time.perf_counter() - wall, time.process_time() - processor))
        for name, times in ask(torch).items() if torch else ():
            if index:
                table.setdefault(name, []).append(times)
    show(table, options)
    if options.layers:
        for name in ("inception_v3, stock Keras", "inception_v3"):
            account(name, steps[name])


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--layers", action="store_true", help="where the time goes, by kind of kernel and by kernel")
    parser.add_argument("--torch-python", help="an interpreter with PyTorch, or: same")
    parser.add_argument("--torch-worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.width, options.height = map(int, options.size.split("x"))
    return options


def tensorflow_steps(options: argparse.Namespace) -> tuple[dict[str, Callable[[], Any]], dict[str, Callable[[], Any]]]:
    """Gradient steps, and forward passes alone, by name."""
    import keras
    import numpy as np
    import tensorflow as tf

    from dreamvideo.networks import NETWORKS
    from dreamvideo.networks.network import Network, build_model

    picture = tf.constant(np.random.default_rng(0).random((1, options.height, options.width, 3), np.float32))
    signature = [tf.TensorSpec([1, None, None, 3])]
    steps: dict[str, Callable[[], Any]] = {}
    forwards: dict[str, Callable[[], Any]] = {}

    def add(name: str, features: Callable[[Any], Sequence[Any]]) -> None:
        @tf.function(input_signature=signature)
        def step(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                objective = tf.add_n([tf.reduce_mean(value**2) for value in features(x)])
            return tape.gradient(objective, x)

        forward = tf.function(features, input_signature=signature)
        steps[name] = lambda: step(picture).numpy()
        forwards[f"{name}, forward alone"] = lambda: [value.numpy() for value in forward(picture)]

    for name in ("inception_v3", "dreamnet"):
        network = Network(NETWORKS[name], build_model(NETWORKS[name]))
        unsettle(network.model)
        part = keras.Model(network.model.inputs, [network.output(layer) for layer in LAYERS])
        scale, offset = network.architecture.preprocessing.scale, network.architecture.preprocessing.offset

        def stock(x: Any, part: Any = part, scale: Any = scale, offset: Any = offset) -> Any:
            return part(x * scale + offset, training=False)

        add(f"{name}, stock Keras", stock)
        add(name, network.features(LAYERS))
        if name == "dreamnet":
            add(DEFAULT, network.features([layer.name for layer in network.default_layers]))
    return steps, forwards


def unsettle(model: Any) -> None:
    """Move biases and means off 0, which TensorFlow would simplify away."""
    import numpy as np

    rng = np.random.default_rng(0)
    for variable in model.weights:
        if len(variable.shape) == 1:
            variable.assign(variable + rng.uniform(0, 0.1, variable.shape))


def show(table: dict[str, list[tuple[float, float]]], options: argparse.Namespace) -> None:
    """Print medians, and the ratios that matter."""
    wall = {name: median(w for w, _ in times) for name, times in table.items()}
    processor = {name: median(p for _, p in times) for name, times in table.items()}
    print(f"{options.size}, {'+'.join(LAYERS)}, {options.threads} threads, medians of {options.repeats}")
    print(f"{'':42}{'seconds':>9}{'cpu s':>9}")
    for name in table:
        print(f"{name:42}{wall[name]:9.3f}{processor[name]:9.3f}")
    ours, stock, dream = "inception_v3", "inception_v3, stock Keras", "dreamnet"
    pairs = [(stock, ours), (stock, dream), (stock, DEFAULT), ("dreamnet, stock Keras", dream)]
    pairs += [(name, ours) for name in table if name.startswith("PyTorch") and "forward" not in name]
    for slow, quick in pairs:
        print(f"{slow} / {quick}: {wall[slow] / wall[quick]:.2f} ({processor[slow] / processor[quick]:.2f} in cpu)")


def account(name: str, run: Callable[[], Any], repeats: int = 3) -> None:
    """Print where the time of a step goes, from TensorFlow's own profile."""
    import tempfile

    import tensorflow as tf

    try:
        from tensorflow.tsl.profiler.protobuf import xplane_pb2
    except ImportError:
        from tsl.profiler.protobuf import xplane_pb2
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(repeats):
            run()
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        space.ParseFromString(next(Path(folder).rglob("*.xplane.pb")).read_bytes())
    kinds: collections.Counter[str] = collections.Counter()
    kernels: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        for event in (event for line in plane.lines for event in line.events):
            label = plane.event_metadata[event.metadata_id].name
            kernel, _, kind = label.rpartition(":")
            if kernel and not kernel.endswith((":", " ")) and "::" not in label and " " not in label:
                kinds[kind] += event.duration_ps / 1e9 / repeats
                kernels[label] += event.duration_ps / 1e9 / repeats
    total = sum(kinds.values())
    print(f"\n{name}: {total:.0f} ms in kernels")
    for kind, milliseconds in kinds.most_common(12):
        print(f"  {kind:60}{milliseconds:8.1f} ms {milliseconds / total:6.1%}")
    for label, milliseconds in kernels.most_common(15):
        print(f"    {label[-70:]:70}{milliseconds:8.1f} ms")


def start_torch(options: argparse.Namespace) -> subprocess.Popen[str]:
    """A process that times one PyTorch step at each line it is sent."""
    interpreter = sys.executable if options.torch_python == "same" else options.torch_python
    command = [interpreter, __file__, "--torch-worker", "--size", options.size, "--threads", str(options.threads)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(worker: subprocess.Popen[str]) -> dict[str, tuple[float, float]]:
    """One timed step of each kind, from the PyTorch process."""
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write("step\n")
    worker.stdin.flush()
    return {name: (wall, processor) for name, (wall, processor) in json.loads(worker.stdout.readline()).items()}


def serve_torch(options: argparse.Namespace) -> None:
    """The PyTorch side: InceptionV3 up to mixed5 with batch norm folded, in both memory layouts."""
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = torch_inception(torch)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    layouts = {"channels last": torch.channels_last, "channels first": torch.contiguous_format}
    networks = {name: torch_inception(torch).to(memory_format=layout) for name, layout in layouts.items()}
    for each in networks.values():
        each.load_state_dict(network.state_dict())
        each.requires_grad_(False)
    picture = torch.rand(1, 3, options.height, options.width)
    for _ in sys.stdin:
        times = {}
        for name, layout in layouts.items():
            x = picture.to(memory_format=layout).requires_grad_()
            wall, processor = time.perf_counter(), time.process_time()
            objective = sum((value**2).mean() for value in networks[name](x))
            torch.autograd.grad(objective, x)
            times[f"PyTorch {torch.__version__}, {name}"] = time.perf_counter() - wall, time.process_time() - processor
        print(json.dumps(times), flush=True)


def torch_inception(torch: Any) -> Any:
    """InceptionV3 up to mixed5 (Szegedy et al. 2016), as Keras pads it; every convolution with bias and ReLU."""
    nn = torch.nn

    class Conv(nn.Module):  # type: ignore[misc]
        def __init__(self, inside: int, outside: int, size: Any, stride: int = 1, same: bool = True) -> None:
            super().__init__()
            self.conv = nn.Conv2d(inside, outside, size, stride, "same" if same and stride == 1 else 0)

        def forward(self, x: Any) -> Any:
            return torch.relu_(self.conv(x))

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, *branches: Any) -> None:
            super().__init__()
            self.branches = nn.ModuleList(branches)

        def forward(self, x: Any) -> Any:
            return torch.cat([branch(x) for branch in self.branches], 1)

    def chain(inside: int, *convs: tuple[Any, ...]) -> Any:
        parts = []
        for outside, *details in convs:
            parts.append(Conv(inside, outside, *details))
            inside = outside
        return nn.Sequential(*parts)

    def pooled(inside: int, outside: int) -> Any:
        pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        return nn.Sequential(pool, Conv(inside, outside, 1))

    def early(inside: int, pool: int) -> Any:
        return Block(
            Conv(inside, 64, 1),
            chain(inside, (48, 1), (64, 5)),
            chain(inside, (64, 1), (96, 3), (96, 3)),
            pooled(inside, pool),
        )

    def late(middle: int) -> Any:
        row, column = (1, 7), (7, 1)
        return Block(
            Conv(768, 192, 1),
            chain(768, (middle, 1), (middle, row), (192, column)),
            chain(768, (middle, 1), (middle, column), (middle, row), (middle, column), (192, row)),
            pooled(768, 192),
        )

    class Inception(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(
                chain(3, (32, 3, 2), (32, 3, 1, False), (64, 3)),
                nn.MaxPool2d(3, 2),
                chain(64, (80, 1), (192, 3, 1, False)),
                nn.MaxPool2d(3, 2),
            )
            self.early = nn.Sequential(early(192, 32), early(256, 64), early(288, 64))
            self.mixed3 = Block(Conv(288, 384, 3, 2), chain(288, (64, 1), (96, 3), (96, 3, 2)), nn.MaxPool2d(3, 2))
            self.late = nn.Sequential(late(128), late(160))

        def forward(self, x: Any) -> Any:
            mixed3 = self.mixed3(self.early(self.stem(x * 2 - 1)))
            return mixed3, self.late(mixed3)

    return Inception()


if __name__ == "__main__":
    main()
