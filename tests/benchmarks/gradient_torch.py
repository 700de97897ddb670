"""A gradient of InceptionV3 up to mixed5 in PyTorch, timed at each line of standard input: a process of gradient.py's.

    python tests/benchmarks/gradient_torch.py "672x416 512x288" THREADS

A line is answered by JSON: seconds by the clock and of the processor by row.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

STEPS = 2
"""A picture, as many as gradient.py takes."""


def main() -> None:
    """Answer every line."""
    import torch

    sizes = [tuple(map(int, size.split("x"))) for size in sys.argv[1].split()]
    torch.set_num_threads(int(sys.argv[2]))
    torch.manual_seed(0)
    network = torch_inception(torch)
    layouts = {"channels last": torch.channels_last, "channels first": torch.contiguous_format}
    networks = {name: torch_inception(torch).to(memory_format=layout) for name, layout in layouts.items()}
    for each in networks.values():
        each.load_state_dict(network.state_dict())
        each.requires_grad_(False)
    pictures = [torch.rand(1, 3, height, width) for width, height in sizes]
    for _ in sys.stdin:
        times = {}
        for name, layout in layouts.items():
            wall, processor = time.perf_counter(), time.process_time()
            for picture in pictures:
                x = picture.to(memory_format=layout)
                for _ in range(STEPS):
                    x = x.detach().requires_grad_()
                    objective = sum((value**2).mean() for value in networks[name](x))
                    (raised,) = torch.autograd.grad(objective, x)
                    x = (x + 0.01 * raised / (raised.std() + 1e-8)).clamp(0, 1)
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
