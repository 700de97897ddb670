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
from dreamvideo.networks.operations import Affine, Split, Step


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
            if not step.same or not before.offset.any():
                del folded[step.inputs[0]]
                step = step.after(before.scale, before.offset, before.inputs[0])
            elif before.scale.all():
                folded[step.inputs[0]] = replace(
                    before, scale=np.ones_like(before.scale), offset=before.offset / before.scale
                )
                step = step.after(before.scale, np.zeros_like(before.offset), step.inputs[0])
        folded[step.outputs[0]] = step
    return list(folded.values())


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


PASSES = (cut_unused, fold_affine, fold_preprocessing, fuse_siblings)
"""In the order in which they help each other."""
