"""The chain ladder with Mack's standard error, from a triangle alone: plain arithmetic, with no database and no clock.

Thomas Mack, "Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN Bulletin 23 (1993), and
"Measuring the variability of chain ladder reserve estimates", CAS Forum, spring 1994, which has the rule for the last variance.
Binary floats are enough: the standard error itself is an estimate of few digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

# Cumulative values by age, the oldest origin first; no row is longer than the one before it.
type Triangle = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin period: all its ages, of which `known` were observed and the others are projected.

    `ultimate`, `reserve` and `error` are None where a factor on the way cannot be estimated; `error` alone where only a variance cannot.
    """

    values: tuple[float | None, ...]
    known: int
    ultimate: float | None
    reserve: float | None
    error: float | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """`factors[k]` leads from age k to age k + 1. `reserve` and `error` are those of all origins together."""

    factors: tuple[float | None, ...]
    origins: tuple[Origin, ...]
    reserve: float | None
    error: float | None


def chain_ladder(triangle: Triangle) -> Ladder:
    """Volume-weighted factors, ultimates, reserves and their standard errors. Raises ValueError for what is no triangle."""
    _check(triangle)
    ages = len(triangle[0]) if triangle else 0
    factors = tuple(_factor(triangle, age) for age in range(ages - 1))
    variances = _variances(triangle, factors)
    weights = [sum(row[age] for row in triangle if len(row) > age + 1) for age in range(ages - 1)]
    origins = tuple(_origin(row, factors, variances, weights) for row in triangle)
    reserves, errors = [origin.reserve for origin in origins], [origin.error for origin in origins]
    whole = None if any(reserve is None for reserve in reserves) else sum(reserve or 0.0 for reserve in reserves)
    total = None if whole is None or any(error is None for error in errors) else _total_error(origins, factors, variances, weights)
    return Ladder(factors, origins, whole, total)


def _check(triangle: Triangle) -> None:
    if any(not row for row in triangle):
        raise ValueError("Each origin has at least one age.")
    if any(len(later) > len(earlier) for earlier, later in pairwise(triangle)):
        raise ValueError("No origin is known longer than the one before it.")


def _factor(triangle: Triangle, age: int) -> float | None:
    """Σ C(k+1) / Σ C(k) over the origins of which both are known. Where all is nought and stays so, 1."""
    rows = [row for row in triangle if len(row) > age + 1]
    before, after = sum(row[age] for row in rows), sum(row[age + 1] for row in rows)
    if before > 0:
        return after / before
    return 1.0 if before == after == 0 else None


def _variances(triangle: Triangle, factors: Sequence[float | None]) -> list[float | None]:
    """Mack's σ² by age. An origin at nought says nothing about it; the last one, seen once only, is extrapolated from the two before."""
    variances: list[float | None] = []
    for age, factor in enumerate(factors):
        seen = [row for row in triangle if len(row) > age + 1 and row[age] > 0]
        if factor is None:
            variances.append(None)
        elif len(seen) > 1:
            variances.append(sum(row[age] * (row[age + 1] / row[age] - factor) ** 2 for row in seen) / (len(seen) - 1))
        else:
            variances.append(_extrapolated(variances[-2:]) if seen else 0.0)
    return variances


def _extrapolated(before: Sequence[float | None]) -> float | None:
    """min(σ²(n-2)² / σ²(n-3), σ²(n-3), σ²(n-2)); None without two to go by."""
    if len(before) < 2 or before[0] is None or before[1] is None:
        return None
    ratio = [before[1] ** 2 / before[0]] if before[0] else []
    return min(*ratio, before[0], before[1])


def _origin(row: Sequence[float], factors: Sequence[float | None], variances: Sequence[float | None], weights: Sequence[float]) -> Origin:
    values: list[float | None] = list(row)
    for factor in factors[len(row) - 1 :]:
        last = values[-1]
        values.append(None if last is None or factor is None else last * factor)
    ultimate = values[-1]
    if ultimate is None:
        return Origin(tuple(values), len(row), None, None, None)
    error = _error(values, len(row), ultimate, factors, variances, weights)
    return Origin(tuple(values), len(row), ultimate, ultimate - row[-1], error)


def _error(
    values: Sequence[float | None],
    known: int,
    ultimate: float,
    factors: Sequence[float | None],
    variances: Sequence[float | None],
    weights: Sequence[float],
) -> float | None:
    """Mack 1993, theorem 3 and its corollary: ultimate² · Σ σ²/f² · (1/Ĉ + 1/ΣC)."""
    parts = 0.0
    for age in range(known - 1, len(factors)):
        share, value = _share(factors[age], variances[age]), values[age]
        if share is None:
            return None
        if share and value and weights[age]:
            parts += share * (1 / value + 1 / weights[age])
    return sqrt(ultimate**2 * parts)


def _share(factor: float | None, variance: float | None) -> float | None:
    """σ²/f²."""
    if factor is None or variance is None:
        return None
    return variance / factor**2 if factor else 0.0


def _total_error(
    origins: Sequence[Origin], factors: Sequence[float | None], variances: Sequence[float | None], weights: Sequence[float]
) -> float:
    """The reserves of all origins hang on the same factors, so their errors go together (Mack 1993, corollary to theorem 3)."""
    total, later = 0.0, sum(origin.ultimate or 0.0 for origin in origins)
    for origin in origins:
        ultimate = origin.ultimate or 0.0
        later -= ultimate
        shares = ((_share(factors[age], variances[age]) or 0.0, weights[age]) for age in range(origin.known - 1, len(factors)))
        common = sum(2 * share / weight for share, weight in shares if weight)
        total += (origin.error or 0.0) ** 2 + ultimate * later * common
    return sqrt(total)
