"""The number waiting over time: months of 30 days, for each capacity."""

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.records import Records
from simcare.kernels.tables import TICKS_PER_DAY

MONTH_DAYS = 30
MONTH = MONTH_DAYS * TICKS_PER_DAY


def waiting_by_month(records: Records) -> NDArray[np.float64]:
    """Return the mean number waiting, float64 (capacities, whole months from the start).

    A month is 30 days; a last month cut short by the horizon is left out.
    """
    visits, reading = records.columns, records.reading
    months = reading.horizon // MONTH
    ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)
    until = np.where(visits["started"] >= 0, visits["started"], ended)
    edges = np.arange(months + 1, dtype=np.int64) * MONTH
    result = np.zeros((len(reading.capacities), months))
    for k in range(len(reading.capacities)):
        here = records.joining(k) & (until > visits["queued"])
        waited = _time_before(edges, until[here]) - _time_before(edges, visits["queued"][here])
        result[k] = np.diff(-waited) / MONTH
    return result


def _time_before(edges: NDArray[np.int64], ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each edge the sum over ticks of the time by which the edge is past them."""
    ordered = np.sort(ticks)
    below = np.searchsorted(ordered, edges)
    sums = np.concatenate([[0], np.cumsum(ordered)])
    return np.asarray(below * edges - sums[below], np.float64)
