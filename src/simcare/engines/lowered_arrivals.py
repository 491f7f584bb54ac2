"""Who comes as rows: streams with the arrivals expected, attributes, and ways in."""

from datetime import date, timedelta
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simcare.engines.addresses import words
from simcare.engines.lowered_lives import Lowering, as_table
from simcare.kernels import tables as t
from simcare.kernels.elementary import sine_of_turn
from simcare.model.arrivals import Stream


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

    Factors of months and weekdays are relative to their own mean, so that they move the seasons and
    not the total; a wave is taken at the middle of the day.
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
    return np.concatenate([[0.0], np.cumsum(rates)])


def lowered_arrivals(lowering: Lowering, start: date, horizon_days: float) -> t.Arrivals:
    """Return who comes, by stream and day, with attributes and ways in."""
    service = lowering.service
    word = words(service.arrivals, "arrival streams")
    days = ceil(horizon_days)
    expected = [expected_arrivals(stream, start, days) for stream in service.arrivals.values()]
    ways, upto = [], 0.0
    for way in service.ways_in.values():
        if way.share > 0:
            upto += way.share
            ways.append((upto, lowering.stages.index(way.stage)))
    return t.Arrivals(
        streams=as_table([(word[name],) for name in service.arrivals], t.STREAM),
        expected=np.array(expected),
        attributes=as_table(lowering.attributes(), t.ATTRIBUTE),
        ways_in=as_table(ways, t.WAY_IN),
    )
