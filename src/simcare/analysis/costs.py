"""What care costs: by stage, by way in, in all; a year, and for each client who asked.

Money is that of the time measured, from the warm-up to the horizon: days within it, and visits that
begin in it, not those of people who are there on day 0. For each client it is divided by those who
first asked in it, whoever it was spent on.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.groups import ALL, BY_STAGE, BY_WAY_IN, Entry
from simcare.analysis.outcomes import FEWER, YEAR, Measured, Outcome
from simcare.analysis.records import Records
from simcare.analysis.ways_in import way_of
from simcare.kernels.tables import TICKS_PER_DAY

COST_A_YEAR, COST_PER_CLIENT = "cost a year", "cost per client who asked"
MONEY = (COST_A_YEAR, COST_PER_CLIENT)
A_YEAR, ALL_WHO_ASKED = "a year", "all who asked"
Floats = NDArray[np.float64]


def measure_costs(records: Records) -> tuple[Measured, dict[Entry, float]]:
    """Return what a client costs as an outcome, and all costs by group; nothing without prices."""
    reading = records.reading
    if not reading.prices:
        return {}, {}
    spent = _spent(records)
    numbers = dict(_entries(records, spent))
    asked = Outcome(COST_PER_CLIENT, ALL_WHO_ASKED, "", reading.currency, FEWER)
    whole = Entry(ALL, "", COST_PER_CLIENT, ALL_WHO_ASKED, reading.currency)
    return {asked: numbers[whole]}, numbers


def _spent(records: Records) -> Floats:
    """Return what each visit cost in the time measured."""
    visits, reading = records.columns, records.reading
    per_visit, per_day, bought = np.array(
        [(p.per_visit, p.per_day, p.bought_per_day) for p in reading.prices]
    ).T[:, visits["stage"]]
    began = visits["started"] >= 0
    until = np.where(visits["ended"] >= 0, visits["ended"], reading.horizon)
    inside = until - np.maximum(visits["started"], reading.warm_up)
    days = np.where(began, np.maximum(inside, 0), 0) / TICKS_PER_DAY
    return np.asarray(records.began * per_visit + days * (records.served * per_day + bought))


def _entries(records: Records, spent: Floats) -> Iterator[tuple[Entry, float]]:
    reading = records.reading
    followed = int(records.followed.sum())
    yield from _both(records, ALL, "", float(spent.sum()), followed)
    stages = np.bincount(records.columns["stage"], spent, len(reading.stages))
    for name, price, cost in zip(reading.stages, reading.prices, stages.tolist(), strict=True):
        if price.per_visit or price.per_day or price.bought_per_day:
            yield from _both(records, BY_STAGE, name, cost, followed)
    way = way_of(records)
    mine = way[records.client_of]
    for k, one in enumerate(reading.ways):
        people = int((records.came & (way == k)).sum())
        yield from _both(records, BY_WAY_IN, one.name, float(spent[mine == k].sum()), people)


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
