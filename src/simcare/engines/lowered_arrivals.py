"""Who comes as rows: streams with the arrivals expected, attributes, and ways in."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simcare.engines.addresses import words
from simcare.engines.lowered_lives import Lowering, as_table
from simcare.kernels import tables as t
from simcare.kernels.elementary import sine_of_turn
from simcare.model.arrivals import HOURS_PER_DAY, Stream


def _relative(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return factors over their mean, summed one by one: the same digits on any machine.

    From Python 3.12 on the built-in sum adds floats in another way.
    """
    total = 0.0
    for factor in factors.tolist():
        total += factor
    return np.asarray(factors / (total / len(factors)))


def expected_arrivals(stream: Stream, start: date, days: int) -> NDArray[np.float64]:
    """Return the arrivals expected by the end of each day, from 0: float64, ``days`` + 1 long.

    For a stream with hours: by the end of each hour, 24 times ``days`` + 1 long. Factors of months,
    weekdays and hours are relative to their own mean, so that they move the seasons and not the
    total; a wave is taken at the middle of the day.
    """
    months = np.array(stream.months or (1.0,) * 12)
    weekdays = np.array(stream.weekdays or (1.0,) * 7)
    months, weekdays = _relative(months), _relative(weekdays)
    rates = np.full(days, stream.rate_per_day)
    for k in range(days):
        day = start + timedelta(days=k)
        rates[k] *= months[day.month - 1] * weekdays[day.weekday()]
        if stream.wave is not None:
            turn = (k + 0.5 - stream.wave.start_day) / stream.wave.period_days
            rates[k] *= 1.0 + stream.wave.amplitude * sine_of_turn(turn)
    rates[: stream.from_day] = 0.0
    if stream.until_day is not None:
        rates[stream.until_day :] = 0.0
    if stream.hours is not None:
        hours = _relative(np.array(stream.hours)) / HOURS_PER_DAY
        rates = (rates[:, None] * hours).ravel()
    return np.concatenate([[0.0], np.cumsum(rates)])


class _Arrivals:
    """Rows gathered for the streams of a service."""

    def __init__(self, low: Lowering, start: date, days: int) -> None:
        self.low, self.start, self.days = low, start, days
        self.expected: list[NDArray[np.float64]] = []
        self.ways: list[tuple[float, int]] = []
        self.settings: list[tuple[float, ...]] = []
        entries = low.service.ways_in
        self.own_ways = self._ways({name: way.share for name, way in entries.items()})

    def _ways(self, shares: Mapping[str, float]) -> tuple[int, int]:
        """Add ways in with their shares, and return (first, many)."""
        first, upto = len(self.ways), 0.0
        for name, share in shares.items():
            if share > 0:
                upto += share
                stage = self.low.service.ways_in[name].stage
                self.ways.append((upto, self.low.stages.index(stage)))
        return first, len(self.ways) - first

    def _expected(self, stream: Stream) -> tuple[int, int, int]:
        """Add the arrivals expected of a stream, and return (first, many, ticks of a step)."""
        first = sum(map(len, self.expected))
        self.expected.append(expected_arrivals(stream, self.start, self.days))
        step = t.TICKS_PER_DAY if stream.hours is None else t.TICKS_PER_DAY // HOURS_PER_DAY
        return first, len(self.expected[-1]), step

    def row(self, word: int, stream: Stream) -> tuple[int, ...]:
        """Return the row of a stream."""
        ways = self.own_ways if stream.ways_in is None else self._ways(stream.ways_in)
        settings = self.low.settings(stream.set)
        first = len(self.settings)
        self.settings += settings
        return (word, *self._expected(stream), *ways, first, len(settings))


def lowered_arrivals(lowering: Lowering, start: date, horizon_days: float) -> t.Arrivals:
    """Return who comes, by stream and day or hour, with attributes and ways in."""
    service = lowering.service
    word = words(service.arrivals, "arrival streams")
    made = _Arrivals(lowering, start, ceil(horizon_days))
    streams = [made.row(word[name], stream) for name, stream in service.arrivals.items()]
    return t.Arrivals(
        streams=as_table(streams, t.STREAM),
        expected=np.concatenate(made.expected),
        attributes=as_table(lowering.attributes(), t.ATTRIBUTE),
        ways_in=as_table(made.ways, t.WAY_IN),
        own_ways=made.own_ways[1],
        settings=as_table(made.settings, t.SETTING),
    )
