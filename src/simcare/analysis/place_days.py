"""Place-days of a capacity within the window: how many were used, and how many could be."""

from itertools import pairwise

import numpy as np

from simcare.analysis.records import Reading, Steps, Ticks
from simcare.kernels.tables import TICKS_PER_DAY


def overlap(begin: Ticks, end: Ticks, reading: Reading) -> float:
    """Return the days that intervals spend within the window, together."""
    inside = np.minimum(end, reading.horizon) - np.maximum(begin, reading.warm_up)
    return float(np.maximum(inside, 0).sum() / TICKS_PER_DAY)


def usable_days(steps: Steps, started: Ticks, ended: Ticks, reading: Reading) -> float:
    """Return the place-days within the window on which a capacity could be used.

    ``started`` and ``ended`` are of all visits to it. Nobody is sent away when places close, are
    given up, or their staff are ill, so that more may be busy than there are: at each moment the
    greater of the two counts.
    """
    if reading.begun is None and not _falls(steps):
        return _place_days(steps, reading)  # never more busy than there are: nothing to be sorted
    moments = np.concatenate([started, ended, [tick for tick, _ in steps]]).astype(np.int64)
    busy = np.repeat([1, -1, 0], [len(started), len(ended), len(steps)])
    there = np.zeros(len(moments), np.int64)
    there[len(moments) - len(steps) :] = np.diff([number for _, number in steps], prepend=0)
    order = np.argsort(moments, kind="stable")
    usable = np.maximum(np.cumsum(busy[order]), np.cumsum(there[order]))
    edges = np.clip(np.append(moments[order], reading.horizon), reading.warm_up, reading.horizon)
    return float((usable * np.diff(edges)).sum() / TICKS_PER_DAY)


def _falls(steps: Steps) -> bool:
    return any(after < before for (_, before), (_, after) in pairwise(steps))


def _place_days(steps: Steps, reading: Reading) -> float:
    """Return the place-days that there are within the window."""
    total = 0.0
    for (begin, number), (end, _) in pairwise([*steps, (reading.horizon, 0)]):
        inside = min(end, reading.horizon) - max(begin, reading.warm_up)
        total += number * max(inside, 0) / TICKS_PER_DAY
    return total
