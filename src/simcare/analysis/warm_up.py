"""How long a warm-up must be: where to cut a series so that what is left is known best (MSER-5).

White 1997 (Simulation 69:323-334), with means of five observations in place of single ones (White,
Cobb and Spratt 2000, Proc Winter Simulation Conf, 755-760). To cut more takes away what the empty
start has left behind, and leaves fewer observations; the marginal standard error weighs the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.steadiness import drift
from simcare.analysis.timeline import SPAN_DAYS, by_month

LEAST_LEFT = 5  # batches: of fewer the spread is an accident
LEAST_SHARE_LEFT = 0.25  # of the batches: what little is left of a slow list is calm by accident
A_LIST = 1.0  # people; where fewer wait on average there is no list to settle
BATCH = 5  # observations

Floats = NDArray[np.float64]


class Settled(StrEnum):
    """What a list says of the warm-up."""

    ENOUGH = "long enough"
    TOO_SHORT = "too short"
    RUN_TOO_SHORT = "the run is too short to say"
    UNSTEADY = "no steady state"


@dataclass(frozen=True)
class WarmUp:
    """What a warm-up should be by the list of one capacity.

    ``days`` is where MSER-5 cuts, nan where it recommends nothing; ``verdict`` compares it with the
    warm-up that the run had.
    """

    capacity: str
    days: float
    verdict: Settled


def batch_means(values: Floats, size: int = BATCH) -> Floats:
    """Return the means of so many values each, float64; a last batch that is not full is left out.

    ``values`` has the shape (..., n), what is returned (..., n // size).
    """
    many = values.shape[-1] // size
    whole = values[..., : many * size]
    return np.asarray(whole.reshape(*values.shape[:-1], many, size).mean(axis=-1), np.float64)


def mser(batches: Floats) -> Floats:
    """Return the squared marginal standard error when the first d batches are cut, for each d.

    That is the sum of squares about the mean of those left, over the square of their number;
    float64, for d from 0 on, as long as a quarter of them are left, and five at the least.
    """
    k = len(batches)
    cuts = range(max(k - max(LEAST_LEFT, ceil(LEAST_SHARE_LEFT * k)) + 1, 0))
    found = [float(((left := batches[d:]) - left.mean()) @ (left - left.mean())) for d in cuts]
    return np.array([s / (k - d) ** 2 for d, s in zip(cuts, found, strict=True)])


def truncation(batches: Floats) -> int | None:
    """Return how many batches MSER cuts, the fewest of those equally good; None if it cannot say.

    It cannot where fewer than ten batches are there, or where the best cut lies in the second half:
    then the series is too short for what it has still to forget.
    """
    if len(batches) < 2 * LEAST_LEFT:
        return None
    found = mser(batches)
    # Differences in the last digits are rounding: of a flat series nothing is cut.
    best = int(np.flatnonzero(found <= found.min() * (1 + 1e-9) + 1e-300)[0])
    return best if best <= len(batches) / 2 else None


def warm_ups(lists: Mapping[str, Floats], warm_up_days: float) -> tuple[WarmUp, ...]:
    """Return what the lists of a scenario say of its warm-up, those that are lists at all.

    ``lists`` are people waiting for each capacity, float64 (replications, spans of five days): the
    means of five days each, which are the batches.
    """
    return tuple(
        _warm_up(capacity, by_span, warm_up_days)
        for capacity, by_span in lists.items()
        if by_span.size and by_span.mean() >= A_LIST
    )


def _warm_up(capacity: str, by_span: Floats, warm_up_days: float) -> WarmUp:
    """Return what one list says. One that still grows or shrinks settles on nothing.

    That is looked at past the warm-up, or past the cut where that comes later.
    """
    cut, none = truncation(by_span.mean(axis=0)), float("nan")
    days = none if cut is None else float(cut * SPAN_DAYS)
    since = warm_up_days if cut is None else max(days, warm_up_days)
    if drift(capacity, by_month(by_span), since) is not None:
        return WarmUp(capacity, none, Settled.UNSTEADY)
    if cut is None:
        return WarmUp(capacity, none, Settled.RUN_TOO_SHORT)
    return WarmUp(capacity, days, Settled.ENOUGH if days <= warm_up_days else Settled.TOO_SHORT)
