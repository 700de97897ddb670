"""Rewriting the steps of a network so that less is computed: same values, same gradient, to rounding.

Each pass takes steps in order and gives steps in order. A value that somebody else reads, or that is
asked for, stays what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dreamvideo.networks.convolutions import Conv, DepthwiseConv
from dreamvideo.networks.operations import Affine, Pad, Relu, Split, Step
from dreamvideo.networks.pooling import AveragePool, MaxPool


def optimise(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """All passes, in the order in which they help each other."""
    kept = list(steps)
    for rewrite in PASSES:
        kept = rewrite(kept, wanted)
    return kept


def cut_unused(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Without the steps that nothing wanted depends on."""
    needed, kept = set(wanted), []
    for step in reversed(steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
            kept.append(step)
    return kept[::-1]


def fold_affine(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Batch norm after a convolution becomes part of its kernel and bias."""
    uses, folded = _uses(steps, wanted), dict[int, Step]()
    for step in steps:
        before = folded.get(step.inputs[0])
        if isinstance(step, Affine) and isinstance(before, (Conv, DepthwiseConv)) and uses[step.inputs[0]] == 1:
            del folded[step.inputs[0]]
            step = before.scaled(step.scale, step.offset, step.outputs[0])
        folded[step.outputs[0]] = step
    return list(folded.values())


def fold_preprocessing(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """A scale and offset before a convolution becomes part of it; of a padded one the scale alone.

    The zeros around would be offset too.
    """
    uses, folded = _uses(steps, wanted), dict[int, Step]()
    for step in steps:
        before = folded.get(step.inputs[0])
        if isinstance(step, Conv) and isinstance(before, Affine) and uses[step.inputs[0]] == 1:
            unpadded = not step.same and step.pads == ((0, 0), (0, 0))
            if unpadded or not before.offset.any():
                del folded[step.inputs[0]]
                step = step.after(before.scale, before.offset, before.inputs[0])
            elif before.scale.all():
                folded[step.inputs[0]] = replace(
                    before, scale=np.ones_like(before.scale), offset=before.offset / before.scale
                )
                step = step.after(before.scale, np.zeros_like(before.offset), step.inputs[0])
        folded[step.outputs[0]] = step
    return list(folded.values())


def fold_pads(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Zeros around a picture that only an unpadded convolution reads become its own padding."""
    uses, folded = _uses(steps, wanted), dict[int, Step]()
    for step in steps:
        before = folded.get(step.inputs[0])
        if isinstance(step, Conv) and not step.same and isinstance(before, Pad) and uses[step.inputs[0]] == 1:
            del folded[step.inputs[0]]
            step = replace(step, inputs=before.inputs, pads=before.pads)
        folded[step.outputs[0]] = step
    return list(folded.values())


def convolve_before_averaging(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """A 1x1 convolution after an average of stride 1 goes before it where that leaves fewer channels to average.

    Both are linear and the average's weights sum to 1, so they, and the bias, change places freely.
    """
    uses, swapped = _uses(steps, wanted), dict[int, Step]()
    for step in steps:
        before = swapped.get(step.inputs[0])
        if (
            isinstance(step, Conv)
            and isinstance(before, AveragePool)
            and before.strides == (1, 1)
            and uses[step.inputs[0]] == 1
            and step.kernel.shape[:2] == (1, 1)
            and step.strides == (1, 1)
            and step.kernel.shape[2] >= step.kernel.shape[3]
        ):
            between, output = step.inputs[0], step.outputs[0]
            swapped[between] = replace(step, inputs=before.inputs, outputs=(between,))
            swapped[output] = replace(before, inputs=(between,), outputs=(output,))
            continue
        swapped[step.outputs[0]] = step
    return list(swapped.values())


def fuse_siblings(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Convolutions of one shape that read one value become one, so that its gradient is one convolution too."""
    families: dict[int, list[list[Conv]]] = defaultdict(list)
    for step in steps:
        if isinstance(step, Conv):
            family = next((f for f in families[step.inputs[0]] if f[0].fuses_with(step)), None)
            if family is None:
                families[step.inputs[0]].append([step])
            else:
                family.append(step)
    family_of = {id(conv): f for group in families.values() for f in group if len(f) > 1 for conv in f}
    number = 1 + max(value for step in steps for value in step.outputs)
    fused: list[Step] = []
    for step in steps:
        family = family_of.get(id(step))
        if family is None:
            fused.append(step)
        elif family[0] is step:
            fused.extend(_fused(family, number))
            number += 1
    return fused


def relu_before_splitting(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Siblings that all go through a ReLU go through one, before they are taken apart.

    Convolution, bias and ReLU are then one kernel, and the ReLU's gradient one instead of several.
    """
    uses = _uses(steps, wanted)
    readers = {step.inputs[0]: step for step in steps if isinstance(step, Relu) and uses[step.inputs[0]] == 1}
    number = 1 + max(value for step in steps for value in step.outputs)
    moved: list[Step] = []
    gone: set[int] = set()
    for step in steps:
        relus = [readers.get(value) for value in step.outputs] if isinstance(step, Split) else [None]
        first = relus[0]
        if first is not None and all(relu is not None and relu.six == first.six for relu in relus):
            moved.append(Relu(step.inputs, (number,), first.six))
            moved.append(replace(step, inputs=(number,), outputs=tuple(relu.outputs[0] for relu in relus if relu)))
            gone.update(id(relu) for relu in relus)
            number += 1
        elif id(step) not in gone:
            moved.append(step)
    return moved


def mask_before_unpooling(steps: Sequence[Step], wanted: Sequence[int]) -> list[Step]:
    """Between a ReLU and the max pool that alone reads it, the gradient is masked at the pool's smaller size.

    The largest of a window lets the gradient through exactly where it is over 0.
    """
    uses = _uses(steps, wanted)
    pools = {step.inputs[0]: step for step in steps if isinstance(step, MaxPool) and uses[step.inputs[0]] == 1}
    masked = {step.outputs[0] for step in steps if isinstance(step, Relu) and not step.six and step.outputs[0] in pools}
    return [
        replace(step, masked=True)
        if isinstance(step, Relu) and step.outputs[0] in masked
        else replace(step, after_relu=True)
        if isinstance(step, MaxPool) and step.inputs[0] in masked
        else step
        for step in steps
    ]


def _fused(family: list[Conv], number: int) -> list[Step]:
    first = family[0]
    biases = [conv.bias for conv in family if conv.bias is not None]
    conv = replace(
        first,
        kernel=np.concatenate([conv.kernel for conv in family], -1),
        bias=np.concatenate(biases) if biases else None,
        outputs=(number,),
    )
    widths = tuple(conv.kernel.shape[3] for conv in family)
    return [conv, Split((number,), tuple(conv.outputs[0] for conv in family), widths)]


def _uses(steps: Sequence[Step], wanted: Sequence[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for value in [*wanted, *(value for step in steps for value in step.inputs)]:
        counts[value] += 1
    return counts


PASSES = (
    cut_unused,
    fold_affine,
    fold_preprocessing,
    fold_pads,
    convolve_before_averaging,
    fuse_siblings,
    relu_before_splitting,
    mask_before_unpooling,
)
"""In the order in which they help each other."""
