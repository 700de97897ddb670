"""What the compiler of gradients earns: the product's way beside bare graphs, and each of its parts switched off.

    python tests/benchmarks/gradient.py [--size 640x360] [--threads 2] [--repeats 7] [--networks inception_v3 dreamnet]
                                        [--skip parts|product] [--kernels] [--torch-python PATH]

Weights of InceptionV3 are random: they do not change the time. Rows are run in turns, and of each the least
time counts: what else the machine does can only add to it. Three tables a network:

- parts: bare loops (gradient, normalised, added, clipped) over all windows that the network sees in a dream by the
  default recipe: in stock Keras and in this package's graph; in the same graph without each rewriting
  (`networks/fusion.py`) and with TensorFlow's own gradient of each kind of step.
- dream: `Dreamer.dream` by the default recipe, beside the same bare loops.
- seed: `DeepDreamer.dream` at half of the size, beside the seed's own loops over its five octaves, bare.

`--torch-python` names an interpreter that has PyTorch, or "same" for this one: InceptionV3 in PyTorch then joins the
first table, in a process of its own.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LAYERS = ("mixed3", "mixed5")
STEPS = 2
"""An octave."""
STOCK, OURS, BARE = "stock Keras", "this package", "bare loop"

Timing = tuple[float, float]
"""Seconds by the clock and of the processor."""
Table = dict[str, list[Timing]]


def main() -> None:
    """Measure and print."""
    options = parse()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # each graph is traced once, and many in a row
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for name in options.networks:
        network = opened(name)
        layers = LAYERS if name == "inception_v3" else [layer.name for layer in network.default_layers]
        print(f"\n{name}, {'+'.join(layers)}, {options.size}, {options.threads} threads, {options.repeats} turns")
        if options.skip != "parts":
            pictures = windows(network, layers, options)
            parts = gradients(network, layers, pictures)
            torch = torch_process(pictures, options) if options.torch_python and name == "inception_v3" else None
            show("bare loops", timed(parts, options.repeats, torch), OURS)
            if options.kernels:
                for row in (STOCK, OURS):
                    account(row, parts[row])
        if options.skip != "product":
            show("dream", timed(dreams(network, layers, options), options.repeats), BARE)
            show("seed", timed(seeds(network, layers, options), options.repeats), BARE)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--networks", nargs="+", default=["inception_v3", "dreamnet"])
    parser.add_argument("--skip", choices=["parts", "product"])
    parser.add_argument("--kernels", action="store_true", help="where the time goes, by kind of kernel and by kernel")
    parser.add_argument("--torch-python", help="an interpreter with PyTorch, or: same")
    options = parser.parse_args()
    options.width, options.height = map(int, options.size.split("x"))
    return options


def picture_of(width: int, height: int) -> Any:
    """Noise as a picture (1, H, W, 3)."""
    return np.random.default_rng(0).random((1, height, width, 3), np.float32)


def opened(name: str) -> Any:
    """A network of the table; those without bundled weights with random ones, biases and means off 0.

    TensorFlow would simplify zeros away.
    """
    from dreamvideo.config import NetworkConfig
    from dreamvideo.networks import NETWORKS, load_network
    from dreamvideo.networks.network import Network, build_model

    if NETWORKS[name].source is None:
        return load_network(NetworkConfig(name))
    network = Network(NETWORKS[name], build_model(NETWORKS[name]))
    rng = np.random.default_rng(0)
    for variable in network.model.weights:
        if len(variable.shape) == 1:
            variable.assign(variable + rng.uniform(0, 0.1, variable.shape))
    return network


def stock(network: Any, layers: Sequence[str]) -> Callable[[Any], Any]:
    """Features of (B, H, W, 3) as Keras computes them."""
    import keras

    part = keras.Model(network.model.inputs, [network.output(layer) for layer in layers])
    scale, offset = network.architecture.preprocessing.scale, network.architecture.preprocessing.offset

    def features(picture: Any) -> Any:
        values = part(picture * scale + offset, training=False)
        return values if isinstance(values, list) else [values]

    return features


def variants(network: Any, layers: Sequence[str]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """This package's graph: whole, without each rewriting, and with TensorFlow's gradient of each kind of step."""
    from dreamvideo.networks.fusion import PASSES
    from dreamvideo.networks.graph import Graph
    from dreamvideo.networks.lowering import Lowering

    def graph(without: object = None, plain: Callable[[Any], bool] = lambda op: False) -> Graph:
        preprocessing = network.architecture.preprocessing
        lowering = Lowering(preprocessing.scale, preprocessing.offset)
        wanted = lowering.lower(network.model, [network.output(layer) for layer in layers])
        ops = list(lowering.ops)
        for rewrite in PASSES:
            ops = ops if rewrite is without else rewrite(ops, wanted)
        return Graph([derived(op) if plain(op) else op for op in ops], wanted)

    whole = graph()
    yield OURS, whole
    for rewrite in PASSES[1:]:
        yield f"without {rewrite.__name__}", graph(without=rewrite)
    own = {kind_of(step) for step in whole.ops} - {""}
    for kind in sorted(own):
        yield f"TensorFlow's gradient of {kind}", graph(plain=lambda step, kind=kind: kind_of(step) == kind)


def kind_of(step: Any) -> str:
    """The class and stride of a step that has a gradient of its own; empty: it has none."""
    if not hasattr(step, "with_gradient"):
        return ""
    return f"{type(step).__name__}, stride {step.strides[0]}"


def derived(step: Any) -> Any:
    """The same step with the gradient that TensorFlow derives."""
    from dreamvideo.networks.operations import Call

    return Call(step.inputs, step.outputs, lambda values: step.with_gradient(values[0])[0])


def windows(network: Any, layers: Sequence[str], options: argparse.Namespace) -> list[Any]:
    """Pictures of the sizes that the network sees in one dream by the default recipe: all octaves with their jitter."""
    import tensorflow as tf

    from dreamvideo.dreamer.tiles import plan

    dreamer = dreamer_of(network, layers)
    config = dreamer.config
    octaves = dreamer.octaves((options.width, options.height))
    seen = [plan(octave.size, config.tile, network.stride, config.jitter).window for octave in octaves]
    print(f"  octaves {' '.join('x'.join(map(str, octave.size)) for octave in octaves)}")
    print(f"  windows {' '.join(f'{width}x{height}' for height, width in seen)}")
    return [tf.constant(picture_of(width, height)) for height, width in seen]


def dreamer_of(network: Any, layers: Sequence[str]) -> Any:
    """The default recipe, but for the noise, which has the first octave begin twice."""
    from dreamvideo.config import DreamConfig, Layer
    from dreamvideo.dreamer import Dreamer

    return Dreamer(network, DreamConfig(layers=tuple(Layer(name) for name in layers), steps=STEPS, noise=0.0))


def gradients(network: Any, layers: Sequence[str], pictures: Sequence[Any]) -> dict[str, Callable[[], Any]]:
    """Bare loops over some pictures, by row."""

    def row(features: Callable[[Any], Any]) -> Callable[[], Any]:
        climb = bare_loop(features, 2)
        return lambda: [climb(picture, STEPS).numpy() for picture in pictures]

    return {name: row(features) for name, features in [(STOCK, stock(network, layers)), *variants(network, layers)]}


def gradient(features: Callable[[Any], Any], picture: Any, power: int = 2) -> Any:
    """Of the sum over layers of the mean of the features to a power."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(picture)
        objective = tf.add_n([tf.reduce_mean(value**2 if power == 2 else value) for value in features(picture)])
    return tape.gradient(objective, picture)


def bare_loop(features: Callable[[Any], Any], power: int) -> Callable[[Any, int], Any]:
    """Gradient ascent as in TensorFlow's tutorial, the loop in one graph: (1, H, W, 3) and a number of steps."""
    import tensorflow as tf

    apart = tf.function(
        lambda picture: gradient(features, picture, power),
        input_signature=[tf.TensorSpec([1, None, None, 3])],
        experimental_attributes={"_noinline": True},  # in a loop, TensorFlow leaves out some fast kernels
    )

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3]), tf.TensorSpec([], tf.int32)])
    def climb(picture: Any, steps: Any) -> Any:
        for _ in tf.range(steps):
            raised = apart(picture)
            raised /= tf.math.reduce_std(raised) + 1e-8
            picture = tf.clip_by_value(picture + 0.01 * raised, 0.0, 1.0)
        return picture

    return climb


def dreams(network: Any, layers: Sequence[str], options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """`Dreamer.dream` by the default recipe, `Dreamer.ascend` at its sizes, and bare loops over its windows."""
    pictures = windows(network, layers, options)
    dreamer = dreamer_of(network, layers)
    picture = picture_of(options.width, options.height)[0]
    sizes = [octave.size for octave in dreamer.octaves((options.width, options.height))]
    octaves = [picture_of(*size)[0] for size in sizes]
    ours, theirs = (bare_loop(features, 2) for features in (network.features(layers), stock(network, layers)))
    return {
        "Dreamer.dream": lambda: dreamer.dream(picture),
        "Dreamer.ascend in all octaves": lambda: [dreamer.ascend(octave, STEPS) for octave in octaves],
        BARE: lambda: [ours(each, STEPS).numpy() for each in pictures],
        f"{BARE}, {STOCK}": lambda: [theirs(each, STEPS).numpy() for each in pictures],
    }


def seeds(network: Any, layers: Sequence[str], options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """`DeepDreamer.dream` on half of the size, and the seed's loops over its octaves, bare."""
    import tensorflow as tf

    from dreamvideo.dreamer import DeepDreamer

    dreamer = DeepDreamer(network.model, layers=layers)
    picture = picture_of(options.width // 2, options.height // 2)[0]

    def bare(climb: Callable[[Any, int], Any]) -> Any:
        raised = tf.constant(picture)
        for factor in (-2, -1, 0, 1, 2):
            ratio = np.float32(1.3**factor)
            size = [int(side * ratio) for side in picture.shape[:2]]
            raised = climb(tf.image.resize(raised, size)[tf.newaxis], STEPS)[0]
        return raised.numpy()

    ours, theirs = (bare_loop(features, 1) for features in (network.features(layers), stock(network, layers)))
    return {
        "DeepDreamer.dream": lambda: dreamer.dream(picture, steps=STEPS),
        BARE: lambda: bare(ours),
        f"{BARE}, {STOCK}": lambda: bare(theirs),
    }


def timed(rows: dict[str, Callable[[], Any]], repeats: int, torch: subprocess.Popen[str] | None = None) -> Table:
    """Time all rows in turns; the first turn traces, and does not count.

    Each is run once before it is timed, since oneDNN keeps a thousand kernels and drops the others.
    """
    table: Table = {name: [] for name in rows}
    for turn in range(repeats + 1):
        for name, run in rows.items():
            run()
            wall, processor = time.perf_counter(), time.process_time()
            run()
            if turn:
                table[name].append((time.perf_counter() - wall, time.process_time() - processor))
        for name, times in ask(torch).items() if torch else ():
            if turn:
                table.setdefault(name, []).append(times)
    return table


def show(title: str, table: Table, base: str) -> None:
    """Print the least times, which a busy machine disturbs least, and how far each row is over the base row."""
    least = {name: [min(column) for column in zip(*times, strict=True)] for name, times in table.items()}
    print(f"  {title:42}{'seconds':>9}{'cpu s':>9}{'over ' + base:>25}{'in cpu':>9}")
    for name, times in least.items():
        more = [mine / other - 1 for mine, other in zip(times, least[base], strict=True)]
        print(f"  {name:42}{times[0]:9.4f}{times[1]:9.4f}{more[0]:+25.1%}{more[1]:+9.1%}")


def torch_process(pictures: Sequence[Any], options: argparse.Namespace) -> subprocess.Popen[str]:
    """A process that times PyTorch's loops over pictures of the same sizes at each line it is sent."""
    sizes = " ".join(f"{picture.shape[2]}x{picture.shape[1]}" for picture in pictures)
    interpreter = sys.executable if options.torch_python == "same" else options.torch_python
    command = [interpreter, str(Path(__file__).with_name("gradient_torch.py")), sizes, str(options.threads)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(worker: subprocess.Popen[str]) -> dict[str, Timing]:
    """One timed run of each row of PyTorch's process."""
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write("step\n")
    worker.stdin.flush()
    return {name: (wall, processor) for name, (wall, processor) in json.loads(worker.stdout.readline()).items()}


def account(name: str, run: Callable[[], Any], repeats: int = 3) -> None:
    """Print where the time of a step goes, from TensorFlow's own profile."""
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


if __name__ == "__main__":
    main()
