"""The number waiting over time, for each capacity: spans of five days, and months of 30 days."""

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.records import Records
from simcare.kernels.tables import TICKS_PER_DAY

SPAN_DAYS, MONTH_DAYS = 5, 30
SPAN = SPAN_DAYS * TICKS_PER_DAY


def by_month(by_span: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of months of 30 days, float64 (..., months), from those of spans.

    A last month cut short by the horizon is left out.
    """
    spans = MONTH_DAYS // SPAN_DAYS
    months = by_span.shape[-1] // spans
    whole = by_span[..., : months * spans].reshape(*by_span.shape[:-1], months, spans)
    return np.asarray(whole.mean(axis=-1), np.float64)


def waiting_by_span(records: Records) -> NDArray[np.float64]:
    """Return the mean number waiting, float64 (capacities, whole spans of five days).

    They count from the start; a last span cut short by the horizon is left out.
    """
    visits, reading = records.columns, records.reading
    spans = reading.horizon // SPAN
    ended = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)
    until = np.where(visits["started"] >= 0, visits["started"], ended)
    edges = np.arange(spans + 1, dtype=np.int64) * SPAN
    result = np.zeros((len(reading.capacities), spans))
    for k in range(len(reading.capacities)):
        here = records.joining(k) & (until > visits["queued"])
        waited = _time_before(edges, until[here]) - _time_before(edges, visits["queued"][here])
        result[k] = np.diff(-waited) / SPAN
    return result


def _time_before(edges: NDArray[np.int64], ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each edge the sum over ticks of the time by which the edge is past them."""
    ordered = np.sort(ticks)
    below = np.searchsorted(ordered, edges)
    sums = np.concatenate([[0], np.cumsum(ordered)])
    return np.asarray(below * edges - sums[below], np.float64)
