"""Train dreamnet, or a dream network of your own, by teaching it to see what a teacher sees.

    python examples/train_dreamnet.py --teacher squeezenet_v1.1_notop.h5 \
        --out runs/dreamnet --bfloat16 imagenet_samples_960.tar:4 caltech101_8k.tar:3 tiny_imagenet_20k.tar:1

ends with `runs/dreamnet/dreamnet.npz`: so the bundled weights were made (the model card has the figures). A source is
a tar or a folder of pictures, with its share of every batch after the colon. To make a network that dreams of your own
pictures, give your own folder; a few hundred pictures are enough to go on from the checkpoint of an earlier run with
`--start`. About an hour and a half on two cores that have units for `--bfloat16`, twice that without it.
`KERAS_BACKEND=torch` runs it on PyTorch.

Recipe: the teacher's feature maps, each channel divided by its RMS, are matched through 1x1 heads (Romero et al. 2015)
on random crops. The second stage holds the statistics of BatchNorm as they will be when it dreams: the error on
single pictures falls from 0.6 at once. In it a part of every batch are dreams that the student made itself: the
teacher's view of them teaches the student where its own gradient misleads, so that its dreams please the teacher as
well. Dreams, whose features are many times as strong, count no more than two other pictures.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import multiprocessing
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import h5py
import keras
import numpy as np
from keras import layers, ops

from dreamvideo.networks import dreamnet

DREAM_EVERY = 60  # steps between two batches of dreams
HELD_OUT_EVERY = 24  # every 24th picture of the first source, by name, is never trained on
TARGETS = {"mixed3": "fire5", "mixed5": "fire7", "mixed6": "fire8", "mixed7": "fire9"}
WEIGHTS = {"fire7": 1.5}  # of the loss, where not 1: most dreams are of its block


@dataclass(frozen=True)
class Stage:
    """One stretch of the training: AdamW, the rate falling by a cosine from `rate` to `last` of it."""

    steps: int
    batch: int
    crop: int  # pixels a side
    rate: float
    last: float = 0.004
    own_scale: bool = True  # crops at about the pictures' own scale, rather than of most of the picture
    dreams_from: float = 1.0  # part of the stage after which dreams join
    dreams: int = 0  # of each batch
    hold: bool = False  # BatchNorm's statistics
    # Most that a picture counts, of an average one: the features of dreams are many times as strong.
    loudest: float = math.inf
    deepest: float = 1.0  # weight of fire9


STAGES = (
    Stage(2500, 32, 128, 3e-3, last=0.5, own_scale=False),
    Stage(14000, 20, 160, 2e-3, dreams_from=0.15, dreams=3, hold=True, loudest=2, deepest=1.5),
)
SETTLE = 60  # batches over which BatchNorm's statistics are taken before they are held
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png"}


def build_teacher(weights: Path) -> keras.Model:
    """SqueezeNet v1.1 up to fire9 from its h5 file: (B, H, W, 3) RGB in [0, 1] -> fire5, 7, 8, 9."""
    fire = {
        2: (16, 64),
        3: (16, 64),
        4: (32, 128),
        5: (32, 128),
        6: (48, 192),
        7: (48, 192),
        8: (64, 256),
        9: (64, 256),
    }
    picture = keras.Input((None, None, 3))
    x = layers.Lambda(lambda v: ops.flip(v, axis=-1) * 255.0 - ops.convert_to_tensor([104.0, 117.0, 123.0], v.dtype))(
        picture
    )
    x = layers.Lambda(lambda v: ops.pad(v, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect"))(x)
    x = layers.Conv2D(64, 3, 2, activation="relu", name="conv1")(x)
    features = {}
    for number, (squeeze, expand) in fire.items():
        if number in (2, 4, 6):
            # The zero padding keeps the teacher's grid on the student's; after a relu it never wins.
            x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
        x = layers.Conv2D(squeeze, 1, activation="relu", name=f"fire{number}_squeeze1x1")(x)
        one = layers.Conv2D(expand, 1, activation="relu", name=f"fire{number}_expand1x1")(x)
        three = layers.Conv2D(expand, 3, padding="same", activation="relu", name=f"fire{number}_expand3x3")(x)
        x = features[f"fire{number}"] = layers.Concatenate(name=f"fire{number}")([one, three])
    teacher = keras.Model(picture, [features[name] for name in TARGETS.values()], name="teacher")
    with h5py.File(weights) as file:
        for layer in teacher.layers:
            if isinstance(layer, layers.Conv2D):
                found: list[np.ndarray] = []
                file[layer.name.replace("_", "/")].visititems(
                    lambda _, node, found=found: found.append(node[()]) if isinstance(node, h5py.Dataset) else None
                )
                layer.set_weights(sorted(found, key=lambda array: -array.ndim))
    teacher.trainable = False
    return teacher


def read_pictures(source: Path) -> dict[str, np.ndarray]:
    """Name -> uint8 RGB of every picture in a folder or a tar file, in the order of the names."""
    if source.is_dir():
        found = {
            str(p.relative_to(source)): p.read_bytes()
            for p in source.rglob("*")
            if p.suffix.lower() in PICTURE_SUFFIXES
        }
    else:
        with tarfile.open(source) as tar:
            members = [m for m in tar if m.isfile() and Path(m.name).suffix.lower() in PICTURE_SUFFIXES]
            found = {m.name: tar.extractfile(m).read() for m in members}  # type: ignore[union-attr]
    decode = lambda raw: cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)  # noqa: E731
    return {name: cv2.cvtColor(decode(found[name]), cv2.COLOR_BGR2RGB) for name in sorted(found)}


def held_out(pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The pictures that are never trained on, by a rule that needs no list."""
    return {name: pictures[name] for name in sorted(pictures)[::HELD_OUT_EVERY]}


class Crops:
    """Endless augmented crops, float32 RGB in [0, 1], (side, side, 3)."""

    def __init__(
        self,
        sources: list[tuple[list[np.ndarray], float]],
        rng: np.random.Generator,
        side: int = 128,
        own_scale: bool = False,
    ) -> None:
        self.side, self.own_scale = side, own_scale
        self.sources = [pictures for pictures, _ in sources]
        shares = np.array([share for _, share in sources])
        self.shares = shares / shares.sum()
        self.rng = rng

    def crop(self) -> np.ndarray:
        rng = self.rng
        pictures = self.sources[rng.choice(len(self.sources), p=self.shares)]
        picture = pictures[rng.integers(len(pictures))]
        if min(picture.shape[:2]) < 0.75 * self.side and rng.random() < 0.5:
            picture = self.mosaic(pictures)
        shorter = min(picture.shape[:2])
        if self.own_scale and shorter >= 0.75 * self.side:
            size = min(shorter, int(self.side * rng.uniform(0.8, 1.7)))
        else:
            size = max(32, int(shorter * math.sqrt(rng.uniform(0.15 if shorter > 200 else 0.4, 1))))
        y, x = (int(rng.integers(n - size + 1)) for n in picture.shape[:2])
        crop = picture[y : y + size, x : x + size]
        crop = cv2.resize(
            crop, (self.side, self.side), interpolation=cv2.INTER_AREA if size > self.side else cv2.INTER_CUBIC
        )
        return self.recolour(crop[:, ::-1] if rng.random() < 0.5 else crop)

    def mosaic(self, pictures: list[np.ndarray]) -> np.ndarray:
        """Four small pictures at their own sharpness, rather than one blown up."""
        a, b, c, d = (pictures[i] for i in self.rng.integers(len(pictures), size=4))
        fit = lambda p: cv2.resize(p, (self.side // 2, self.side // 2), interpolation=cv2.INTER_AREA)  # noqa: E731
        return np.vstack([np.hstack([fit(a), fit(b)]), np.hstack([fit(c), fit(d)])])

    def recolour(self, crop: np.ndarray) -> np.ndarray:
        rng = self.rng
        x = crop.astype(np.float32) / 255
        if rng.random() < 0.05:
            x = np.broadcast_to(x.mean(-1, keepdims=True), x.shape)
        x = (x - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.1, 0.1)
        x = x * rng.uniform(0.85, 1.18, (1, 1, 3)).astype(np.float32)
        if rng.random() < 0.1:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.5, 1.5))
        if rng.random() < 0.1:
            x = x + rng.normal(0, rng.uniform(0.01, 0.05), x.shape)
        return np.clip(x, 0, 1).astype(np.float32)

    def batch(self, size: int) -> np.ndarray:
        return np.stack([self.crop() for _ in range(size)])


def input_gradient(model: keras.Model) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The gradient by pictures (B, H, W, 3) of mean squared outputs, weighted by (outputs,)."""

    def objective(picture: object, weights: np.ndarray) -> object:
        pairs = zip(model(picture, training=False), weights, strict=True)
        return sum(w * ops.mean(ops.square(ops.cast(out, "float32")), axis=(1, 2, 3)) for out, w in pairs)

    if keras.backend.backend() == "torch":
        import torch

        def by_torch(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
            picture = torch.tensor(x, requires_grad=True)
            return torch.autograd.grad(objective(picture, weights).sum(), picture)[0].numpy()

        return by_torch
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def by_tensorflow(picture: object, weights: object) -> object:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            total = tf.reduce_sum(objective(picture, tf.unstack(weights)))
        return tape.gradient(total, picture)

    return lambda x, weights: by_tensorflow(tf.constant(x), tf.constant(weights)).numpy()


def dream_batch(
    gradient: Callable[[np.ndarray, np.ndarray], np.ndarray], outputs: int, x: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A short dream of (B, H, W, 3) towards one of a model's outputs, over two octaves."""
    weights = np.zeros(outputs, np.float32)
    weights[rng.integers(outputs)] = 1
    step = rng.uniform(0.01, 0.03)
    small = np.stack([cv2.resize(p, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA) for p in x])
    detail = np.zeros_like(small)
    for base in (small, x):
        side = base.shape[1]
        z = base + np.stack([cv2.resize(d, (side, side), interpolation=cv2.INTER_CUBIC) for d in detail])
        for _ in range(int(rng.integers(3, 9))):
            dy, dx = rng.integers(dreamnet.STRIDE, size=2)
            g = np.roll(gradient(np.roll(z, (dy, dx), (1, 2)), weights), (-dy, -dx), (1, 2))
            z = np.clip(z + step * g / (np.abs(g).mean((1, 2, 3), keepdims=True) + 1e-12), 0, 1)
        detail = z - base
    return z


def feed(arguments: list[str], seed: int, stage: Stage, queue: multiprocessing.Queue) -> None:
    """Put batches of crops into the queue for ever: a process of its own, beside the training."""
    cv2.setNumThreads(1)
    crops = Crops(list(read_sources(arguments)), np.random.default_rng(seed), stage.crop, stage.own_scale)
    while True:
        queue.put(crops.batch(stage.batch))


@contextlib.contextmanager
def batches_of(args: argparse.Namespace, number: int, stage: Stage) -> Iterator[multiprocessing.Queue]:
    """A queue that a process of its own keeps filled with the batches of a stage."""
    context = multiprocessing.get_context("spawn")
    batches = context.Queue(8)
    feeder = context.Process(target=feed, args=(args.sources, args.seed + number, stage, batches), daemon=True)
    feeder.start()
    try:
        yield batches
    finally:
        feeder.terminate()


class Dreams:
    """The student's own dreams, a growing and ageing collection."""

    def __init__(self, dreamer: keras.Model, rng: np.random.Generator, keep: int = 1024) -> None:
        self.gradient, self.outputs = input_gradient(dreamer), len(dreamer.outputs)
        self.rng, self.keep = rng, keep
        self.pictures: list[np.ndarray] = []

    def add(self, x: np.ndarray) -> None:
        dreams = dream_batch(self.gradient, self.outputs, x, self.rng).astype(np.float16)
        self.pictures = (self.pictures + list(dreams))[-self.keep :]

    def mix_into(self, x: np.ndarray, count: int) -> np.ndarray:
        chosen = self.rng.integers(len(self.pictures), size=count)
        dreams = np.stack([self.pictures[i][:, :: self.rng.choice((-1, 1))] for i in chosen])
        return np.concatenate([x[count:], dreams.astype(np.float32)])


class Distiller(keras.Model):
    """The student under the teacher's eyes; the loss is the relative error of the features."""

    def __init__(self, student: keras.Model, teacher: keras.Model, rms: list[np.ndarray]) -> None:
        super().__init__()
        self.student, self.teacher = student, teacher
        self.hold, self.loudest, self.emphasis = False, math.inf, WEIGHTS
        self.rms = [ops.convert_to_tensor(r) for r in rms]
        self.errors = [keras.metrics.Mean(name=name) for name in TARGETS.values()]

    def call(self, x: object, training: bool | None = None) -> list[object]:
        return self.student(x, training=bool(training) and not self.hold)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):  # type: ignore[no-untyped-def]
        total = 0.0
        for seen, target, rms, error in zip(
            y_pred, self.teacher(x, training=False), self.rms, self.errors, strict=True
        ):
            target = ops.cast(target, "float32") / rms  # (B, h, w, C)
            losses = ops.mean(ops.square(ops.cast(seen, "float32") - target), axis=(1, 2, 3))
            loudness = ops.mean(ops.square(target), axis=(1, 2, 3))
            loss = ops.mean(losses * ops.minimum(1.0, self.loudest / (loudness + 1e-6)))
            error.update_state(ops.stop_gradient(loss))
            total = total + self.emphasis.get(error.name, 1.0) * loss
        return total


def channel_rms(teacher: keras.Model, batches: multiprocessing.Queue) -> list[np.ndarray]:
    """RMS of every teacher channel over 32 batches: the unit that errors are counted in."""

    def mean_square(feature: object) -> np.ndarray:
        return np.square(ops.convert_to_numpy(ops.cast(feature, "float32"))).mean((0, 1, 2))

    squares = [[mean_square(feature) for feature in teacher(batches.get())] for _ in range(32)]
    return [np.sqrt(np.mean(per_layer, axis=0)) + 1e-3 for per_layer in zip(*squares, strict=True)]


def train(distiller: Distiller, dreams: Dreams, batches: multiprocessing.Queue, stage: Stage, out: Path) -> None:
    """The loop; a line every 200 steps, and a checkpoint every 1000 that a killed run leaves behind."""
    start = time.monotonic()
    for step in range(1, stage.steps + 1):
        x = batches.get()
        if stage.dreams and step >= stage.dreams_from * stage.steps:
            if step % DREAM_EVERY == 0 or not dreams.pictures:
                dreams.add(x)
            x = dreams.mix_into(x, stage.dreams)
        distiller.train_on_batch(x, np.zeros(len(x), np.float32))
        if step % 200 == 0 or step == stage.steps:
            errors = {m.name: round(float(m.result()), 3) for m in distiller.errors}
            for metric in distiller.errors:
                metric.reset_state()
            print(step, round(time.monotonic() - start), errors, flush=True)
        if step % 1000 == 0 or step == stage.steps:
            distiller.student.save_weights(out / "student.weights.h5")


def fold(trained: keras.Model) -> dict[str, np.ndarray]:
    """Fold every batch norm of a trained dreamnet into its convolution.

    Returns:
        "<layer>/kernel" (h, w, in, out) and "<layer>/bias" (out,), float16: the weights that ship.
    """
    arrays: dict[str, np.ndarray] = {}
    for layer in trained.layers:
        if not isinstance(layer, layers.Conv2D):
            continue
        kernel, *rest = (np.asarray(array, np.float64) for array in layer.get_weights())
        if rest:
            bias = rest[0]
        else:
            norm = trained.get_layer(f"{layer.name}_bn")
            gamma, beta, mean, variance = (np.asarray(array, np.float64) for array in norm.get_weights())
            scale = gamma / np.sqrt(variance + norm.epsilon)
            kernel, bias = kernel * scale, beta - mean * scale
        arrays[f"{layer.name}/kernel"] = kernel.astype(np.float16)
        arrays[f"{layer.name}/bias"] = bias.astype(np.float16)
    return arrays


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", help="FOLDER_OR_TAR[:SHARE]; the first gives the held-out pictures")
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="student.weights.h5 to go on from")
    parser.add_argument("--from-stage", type=int, default=1, help=f"1 to {len(STAGES)}")
    parser.add_argument("--length", type=float, default=1.0, help="part of each stage's steps, for a try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


def read_sources(arguments: list[str]) -> Iterator[tuple[list[np.ndarray], float]]:
    for index, argument in enumerate(arguments):
        path, _, share = argument.partition(":")
        pictures = read_pictures(Path(path))
        kept = pictures.keys() - held_out(pictures).keys() if index == 0 else pictures.keys()
        yield [pictures[name] for name in sorted(kept)], float(share or 1)


def main() -> None:
    args = parse_arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(args.seed)
    if args.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    teacher = build_teacher(args.teacher)
    student = dreamnet.build_dreamnet(batch_norm=True)
    if args.start:
        student.load_weights(args.start)
    blocks = keras.Model(student.input, [student.get_layer(f"mixed{n}").output for n in range(2, 8)] + student.outputs)
    with batches_of(args, 1, STAGES[0]) as batches:
        rms = channel_rms(teacher, batches)
    for number, stage in enumerate(STAGES[args.from_stage - 1 :], args.from_stage):
        stage = replace(stage, steps=max(1, round(stage.steps * args.length)))
        distiller = Distiller(student, teacher, rms)
        distiller.loudest, distiller.emphasis = stage.loudest, WEIGHTS | {"fire9": stage.deepest}
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, stage.steps, stage.last, warmup_target=stage.rate, warmup_steps=min(200, stage.steps // 10)
        )
        optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4, global_clipnorm=2.0 if stage.hold else None)
        distiller.compile(optimizer, jit_compile=False)
        print(stage, flush=True)
        dreams = Dreams(blocks, np.random.default_rng(args.seed + 100 + number))
        with batches_of(args, number, stage) as batches:
            if stage.hold and not STAGES[number - 2].hold:
                for _ in range(SETTLE):
                    student(batches.get(), training=True)
            distiller.hold = stage.hold
            train(distiller, dreams, batches, stage, args.out)
    np.savez_compressed(args.out / "dreamnet.npz", **fold(student))


if __name__ == "__main__":
    main()
