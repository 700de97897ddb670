"""What is believed of a few numbers, and how firmly: a Kalman filter (Kalman 1960)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Belief:
    """Numbers that are known more or less.

    Attributes:
        mean: float64 (n,): the numbers, as far as is known.
        covariance: float64 (n, n): of the errors of that.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, mean: Sequence[float], deviation: Sequence[float]) -> Belief:
        """Numbers known to within standard deviations, each for itself."""
        return cls(np.array(mean, np.float64), np.diag(np.square(np.array(deviation, np.float64))))

    def doubt(self, row: Sequence[float]) -> float:
        """Standard deviation of a weighted sum of the numbers."""
        weights = np.array(row, np.float64)
        return math.sqrt(max(float(weights @ self.covariance @ weights), 0.0))

    def expected(self, row: Sequence[float]) -> float:
        """A weighted sum of the numbers."""
        return float(np.array(row, np.float64) @ self.mean)

    def moved(self, row: Sequence[float], variances: Sequence[float]) -> Belief:
        """The first number made a weighted sum of all, and each of them less certain by a variance."""
        step = np.eye(len(self.mean))
        step[0] = row
        return Belief(step @ self.mean, step @ self.covariance @ step.T + np.diag(np.array(variances, np.float64)))

    def shifted(self, by: Sequence[float]) -> Belief:
        """With something added to each number."""
        return Belief(self.mean + np.array(by, np.float64), self.covariance)

    def scaled(self, by: Sequence[float]) -> Belief:
        """With each number in another unit."""
        factors = np.array(by, np.float64)
        return Belief(self.mean * factors, self.covariance * np.outer(factors, factors))

    def seen(self, row: Sequence[float], value: float, variance: float) -> Belief:
        """After a weighted sum of the numbers was seen, with an error of that variance."""
        weights = np.array(row, np.float64)
        spread = self.covariance @ weights
        gain = spread / (weights @ spread + variance)
        mean = self.mean + gain * (value - weights @ self.mean)
        return Belief(mean, self.covariance - np.outer(gain, spread))

    def within(self, low: Sequence[float], high: Sequence[float]) -> Belief:
        """With the numbers brought into ranges."""
        return Belief(np.clip(self.mean, low, high), self.covariance)
