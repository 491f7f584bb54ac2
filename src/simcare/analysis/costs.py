"""What care costs: by stage, by capacity, by payer and by way in; a year, and for each who asked.

Money is that of the time measured, from the warm-up to the horizon: days within it, and visits that
begin in it, not those of people who are there on day 0. Places cost for the time that they are
there, used or not. For each client it is divided by those who first asked in it, whoever it was
spent on; what is spent on places and years is no way in's.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.groups import (
    ALL,
    BY_PAYER,
    BY_PLACES,
    BY_STAGE,
    BY_WAY_IN,
    Entry,
)
from simcare.analysis.outcomes import FEWER, YEAR, Measured, Outcome
from simcare.analysis.records import Reading, Records, Steps
from simcare.analysis.terms import Price
from simcare.analysis.ways_in import way_of
from simcare.kernels.tables import TICKS_PER_DAY

COST_A_YEAR, COST_PER_CLIENT = "cost a year", "cost per client who asked"
MONEY = (COST_A_YEAR, COST_PER_CLIENT)
A_YEAR, ALL_WHO_ASKED = "a year", "all who asked"
NOBODY_NAMED = "nobody named"
Floats = NDArray[np.float64]


def measure_costs(records: Records) -> tuple[Measured, dict[Entry, float]]:
    """Return what a client costs as an outcome, and all costs by group; nothing without prices."""
    reading = records.reading
    if not reading.prices:
        return {}, {}
    numbers = dict(_entries(records))
    asked = Outcome(COST_PER_CLIENT, ALL_WHO_ASKED, "", reading.currency, FEWER)
    whole = Entry(ALL, "", COST_PER_CLIENT, ALL_WHO_ASKED, reading.currency)
    return {asked: numbers[whole]}, numbers


def _entries(records: Records) -> Iterator[tuple[Entry, float]]:
    reading, followed = records.reading, int(records.followed.sum())
    on_visits = np.zeros(len(records.visits))
    spent = [_spent(records, price, on_visits) for price in reading.prices]
    yield from _both(records, ALL, "", sum(spent), followed)
    for_what: dict[tuple[str, str], float] = defaultdict(float)
    payers: dict[str, float] = defaultdict(float)
    for price, cost in zip(reading.prices, spent, strict=True):
        for_what[price.by, price.name] += cost
        payers[price.payer] += cost
    for (by, name), cost in for_what.items():
        yield from _both(records, by, name, cost, followed)
    for payer, cost in payers.items() if any(payers) else ():
        yield from _both(records, BY_PAYER, payer or NOBODY_NAMED, cost, followed)
    way = way_of(records)
    way_of_visit = way[records.client_of]
    for k, one in enumerate(reading.ways):
        people = int((records.came & (way == k)).sum())
        cost = float(on_visits[way_of_visit == k].sum())
        yield from _both(records, BY_WAY_IN, one.name, cost, people)


def _spent(records: Records, price: Price, on_visits: Floats) -> float:
    """Return what was spent by one price in the time measured; what is spent on visits is added."""
    reading = records.reading
    if price.by == BY_STAGE:
        which = np.flatnonzero(records.columns["stage"] == price.number)
        cost = _on_visits(records, price, which)
        on_visits[which] += cost
        return float(cost.sum())
    if price.by == BY_PLACES:
        return price.per_day * _place_days(reading.places[price.number], reading)
    return price.per_year * (reading.horizon - reading.warm_up) / TICKS_PER_DAY / YEAR


def _on_visits(records: Records, price: Price, which: NDArray[np.intp]) -> Floats:
    """Return what each of some visits cost in the time measured."""
    visits, warm_up = records.visits[which], records.reading.warm_up
    served = records.served[which]
    began = visits["started"] >= 0
    until = np.where(visits["ended"] >= 0, visits["ended"], records.reading.horizon)
    inside = np.where(began, np.maximum(until - np.maximum(visits["started"], warm_up), 0), 0)
    waited_until = np.where(began, visits["started"], until)
    waited = np.maximum(waited_until - np.maximum(visits["queued"], warm_up), 0)
    per_day = served * price.per_day + price.bought_per_day
    days, waiting = inside / TICKS_PER_DAY, waited / TICKS_PER_DAY
    new = records.began[which]
    return np.asarray(new * price.per_visit + days * per_day + waiting * price.per_day_waiting)


def _place_days(steps: Steps, reading: Reading) -> float:
    """Return the days that places were there in the time measured, all places together."""
    ticks = np.clip([tick for tick, _ in steps] + [reading.horizon], reading.warm_up, None)
    lasted = np.diff(np.minimum(ticks, reading.horizon))
    return float((lasted * [number for _, number in steps]).sum() / TICKS_PER_DAY)


def _both(
    records: Records, by: str, name: str, cost: float, people: int
) -> Iterator[tuple[Entry, float]]:
    """Yield the costs of a group a year, and for each of so many people who asked."""
    reading = records.reading
    years = (reading.horizon - reading.warm_up) / TICKS_PER_DAY / YEAR
    over = "those who came this way" if by == BY_WAY_IN else ALL_WHO_ASKED
    yield Entry(by, name, COST_A_YEAR, over, f"{reading.currency} {A_YEAR}"), cost / years
    each = cost / people if people else float("nan")
    yield Entry(by, name, COST_PER_CLIENT, over, reading.currency), each
