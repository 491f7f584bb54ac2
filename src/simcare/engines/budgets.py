"""Budgets of bought places as ticks of a place: what a year's money buys, to the second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from simcare.engines.program import Place
from simcare.kernels import tables as t
from simcare.model.capacity import Capacity
from simcare.model.lists import Bought
from simcare.model.ticks import ticks


@dataclass(frozen=True)
class Budgets:
    """Places with what may be spent at first, and when a new year's budget begins: CHANGE rows."""

    places: tuple[Place, ...]
    changes: list[tuple[int, int, int, int]]


def budget_ticks(bought: Bought, share_of_a_year: float) -> int:
    """Return for how many ticks of one place the budget of a part of a year pays."""
    if bought.budget_per_year is None:
        return t.NEVER
    days = bought.budget_per_year / bought.price_per_day * share_of_a_year
    return int(min(days * t.TICKS_PER_DAY, t.NEVER))


def with_budgets(
    capacities: Mapping[str, Capacity], places: Sequence[Place], start: date, days: int
) -> Budgets:
    """Return places with their budgets for a run of so many days from ``start``.

    A budget is that of a calendar year. The run's first one is the same part of it as the days
    left are of the year.
    """
    budgeted: list[Place] = []
    changes: list[tuple[int, int, int, int]] = []
    for number, place in enumerate(places):
        bought = capacities[place.capacity].bought
        if bought is None:
            budgeted.append(place)
            continue
        turn = date(start.year + 1, 1, 1)
        left = (turn - start).days / (turn - date(start.year, 1, 1)).days
        aside = ticks(bought.at_most_days) if bought.budget_per_year is not None else 0
        budgeted.append(replace(place, budget=budget_ticks(bought, left), set_aside=aside))
        if bought.budget_per_year is None:
            continue
        while (turn - start).days < days:
            tick = (turn - start).days * t.TICKS_PER_DAY
            changes.append((tick, number, t.NONE, budget_ticks(bought, 1.0)))
            turn = (turn + timedelta(days=366)).replace(month=1, day=1)
    return Budgets(tuple(budgeted), changes)
