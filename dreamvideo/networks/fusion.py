"""Optimiser passes over the ops of a network. Values and gradients stay the same, up to rounding.

Each pass takes ops in order and returns ops in order. Values that other ops read, and wanted values, stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dreamvideo.networks.convolutions import Conv, DepthwiseConv
from dreamvideo.networks.operations import Affine, Op, Split


def optimise(ops: Sequence[Op], wanted: Sequence[int]) -> list[Op]:
    """Apply all passes."""
    kept = list(ops)
    for rewrite in PASSES:
        kept = rewrite(kept, wanted)
    return kept


def cut_unused(ops: Sequence[Op], wanted: Sequence[int]) -> list[Op]:
    """Remove ops that no wanted value depends on."""
    needed, kept = set(wanted), []
    for op in reversed(ops):
        if needed.intersection(op.outputs):
            needed.update(op.inputs)
            kept.append(op)
    return kept[::-1]


def fold_affine(ops: Sequence[Op], wanted: Sequence[int]) -> list[Op]:
    """Fold batch norm after a convolution into its kernel and bias."""
    uses, folded = _uses(ops, wanted), dict[int, Op]()
    for op in ops:
        before = folded.get(op.inputs[0])
        if isinstance(op, Affine) and isinstance(before, (Conv, DepthwiseConv)) and uses[op.inputs[0]] == 1:
            del folded[op.inputs[0]]
            op = before.scaled(op.scale, op.offset, op.outputs[0])
        folded[op.outputs[0]] = op
    return list(folded.values())


def fold_preprocessing(ops: Sequence[Op], wanted: Sequence[int]) -> list[Op]:
    """Fold a scale and offset before a convolution into it; before a padded one, only the scale.

    Its padding is zeros that no offset was added to.
    """
    uses, folded = _uses(ops, wanted), dict[int, Op]()
    for op in ops:
        before = folded.get(op.inputs[0])
        if isinstance(op, Conv) and isinstance(before, Affine) and uses[op.inputs[0]] == 1:
            if not op.same or not before.offset.any():
                del folded[op.inputs[0]]
                op = op.after(before.scale, before.offset, before.inputs[0])
            elif before.scale.all():
                folded[op.inputs[0]] = replace(
                    before, scale=np.ones_like(before.scale), offset=before.offset / before.scale
                )
                op = op.after(before.scale, np.zeros_like(before.offset), op.inputs[0])
        folded[op.outputs[0]] = op
    return list(folded.values())


def fuse_siblings(ops: Sequence[Op], wanted: Sequence[int]) -> list[Op]:
    """Fuse convolutions of one shape that read the same value, so that its gradient is one convolution too."""
    families: dict[int, list[list[Conv]]] = defaultdict(list)
    for op in ops:
        if isinstance(op, Conv):
            family = next((f for f in families[op.inputs[0]] if f[0].fuses_with(op)), None)
            if family is None:
                families[op.inputs[0]].append([op])
            else:
                family.append(op)
    family_of = {id(conv): f for group in families.values() for f in group if len(f) > 1 for conv in f}
    number = 1 + max(value for op in ops for value in op.outputs)
    fused: list[Op] = []
    for op in ops:
        family = family_of.get(id(op))
        if family is None:
            fused.append(op)
        elif family[0] is op:
            fused.extend(_fused(family, number))
            number += 1
    return fused


def _fused(family: list[Conv], number: int) -> list[Op]:
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


def _uses(ops: Sequence[Op], wanted: Sequence[int]) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for value in [*wanted, *(value for op in ops for value in op.inputs)]:
        counts[value] += 1
    return counts


PASSES = (cut_unused, fold_affine, fold_preprocessing, fuse_siblings)
"""In this order each pass helps the next."""
