"""How people fare in the first year after asking: areas of life, wellbeing, and life years.

An area is a number from 0 to 1. While somebody is in a condition it drifts: v(t) = T + (v - T)
2^(-t/h) after t days, T being where it drifts to and h the half-life. From when somebody died it
is 0. Its mean is over the days of the first year in which those who asked are seen, of all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.outcomes import MORE, POINTS, YEAR, Measured, Outcome
from simcare.analysis.records import Mask, Records
from simcare.analysis.terms import Fares
from simcare.kernels.tables import DIED, NONE, TICKS_PER_DAY

Floats = NDArray[np.float64]
OVER = "the first year of all who asked, those who died as 0"
WELLBEING, QALYS = "wellbeing", "quality-adjusted life years"
A_PERSON_YEAR = "a person and year"


@dataclass(frozen=True, eq=False)
class FirstYears:
    """How clients fare in their first years, as far as these are seen.

    ``totals`` are the integrals of the areas over the days, float64 (clients, areas), 0 of those
    who are not followed; ``days`` how many days are seen, float64 (clients,).
    """

    fares: Fares
    totals: Floats
    days: Floats

    def mean_areas(self, which: Mask) -> Floats:
        """Return the mean of each area over the days of some clients: float64 (areas,).

        It is nan where none of their days are seen.
        """
        days = float(self.days[which].sum())
        if days == 0:
            return np.full(len(self.fares.areas), np.nan)
        return np.asarray(self.totals[which].sum(axis=0) / days)

    def mean_wellbeing(self, which: Mask) -> float:
        """Return the wellbeing of some clients together, from 0 to 1; nan where nothing is seen."""
        return float(np.average(self.mean_areas(which), weights=self.fares.weights))

    def of_each(self, which: Mask | NDArray[np.intp]) -> Floats:
        """Return the wellbeing of some clients whose days are seen, in points of 100: float64.

        They are those of a mask, or of numbers and then in their order.
        """
        means = self.totals[which] / self.days[which, None]
        return np.asarray(100.0 * np.average(means, axis=1, weights=self.fares.weights))


def measure_wellbeing(records: Records, years: FirstYears | None) -> Measured:
    """Return how those followed fare in their first year; nothing where no area is told."""
    return {} if years is None else wellbeing_of(years, records.followed)


def wellbeing_of(years: FirstYears, which: Mask) -> Measured:
    """Return how some clients fare, those of a mask by their numbers; nan of nobody."""
    return dict(_outcomes(years.fares, years.mean_areas(which)))


def _outcomes(fares: Fares, means: Floats) -> Iterator[tuple[Outcome, float]]:
    whole = float(np.average(means, weights=fares.weights))
    yield Outcome(WELLBEING, OVER, unit=POINTS, better=MORE), 100 * whole
    for name, mean in zip(fares.areas, means.tolist(), strict=True):
        yield Outcome(f"{WELLBEING}: {name}", OVER, unit=POINTS, better=MORE), 100 * mean
    if fares.utility != NONE:
        yield Outcome(QALYS, OVER, unit=A_PERSON_YEAR, better=MORE), float(means[fares.utility])


@dataclass(frozen=True)
class _Phases:
    """Spans of time of clients: whose, in which condition, from when until when, in days.

    First come all clients' first ones, then the second; ``edges`` are where these begin and end.
    """

    who: NDArray[np.intp]
    condition: NDArray[np.int64]
    start: Floats
    end: Floats
    edges: NDArray[np.intp]


def first_years(records: Records) -> FirstYears | None:
    """Return how those followed fare in their first years; None where no area is told."""
    fares = records.reading.fares
    if fares is None:
        return None
    asked = records.asked / TICKS_PER_DAY
    until = np.minimum(asked + YEAR, records.reading.horizon / TICKS_PER_DAY)
    phases = _phases(records, fares, until)
    now = np.tile(fares.at_first, (len(asked), 1))
    total = np.zeros_like(now)
    for first, last in pairwise(phases.edges.tolist()):
        who, condition = phases.who[first:last], phases.condition[first:last]
        towards, half_life = fares.towards[condition], fares.half_life_days[condition]
        start, end = phases.start[first:last, None], phases.end[first:last, None]
        seen = np.clip(until[who, None], start, end)
        total[who] += _integral(now[who], towards, half_life, seen - start)
        now[who] = _after(now[who], towards, half_life, end - start)
    return FirstYears(fares, total, until - asked)


def _after(now: Floats, towards: Floats, half_life: Floats, days: Floats) -> Floats:
    """Return areas after so many days; they stay as they are where there is no half-life."""
    moved = towards + (now - towards) * _left(half_life, days)
    return np.where(half_life > 0, moved, now)


def _integral(now: Floats, towards: Floats, half_life: Floats, days: Floats) -> Floats:
    """Return the integral of areas over so many days."""
    mean_life = np.where(half_life > 0, half_life, 1.0) / log(2)
    moved = towards * days + (now - towards) * mean_life * (1.0 - _left(half_life, days))
    return np.where(half_life > 0, moved, now * days)


def _left(half_life: Floats, days: Floats) -> Floats:
    """Return the share of the way that is left after so many days."""
    return np.asarray(np.exp2(-days / np.where(half_life > 0, half_life, 1.0)))


def _phases(records: Records, fares: Fares, until: Floats) -> _Phases:
    """Return the waits, the stays and the time outside of those followed, as far as is looked at.

    ``until`` are the days until which each client is looked at.
    """
    visits, horizon = records.columns, records.reading.horizon
    rows, stage = np.arange(len(visits["stage"])), visits["stage"]
    last = np.append(records.first, len(rows))[1:] - 1
    gone = np.minimum(records.gone_on, horizon)
    began = np.where(visits["started"] >= 0, visits["started"], gone)
    outside = np.where(visits["fate"][last] == DIED, fares.dead, fares.outside)
    waiting, there = np.array(fares.while_waiting)[stage], np.array(fares.while_there)[stage]
    # Of each visit the wait, then the stay; after a client's last visit the time outside.
    row = np.concatenate([rows, rows, last])
    kind = np.repeat([0, 1, 2], [len(rows), len(rows), len(last)])
    who = records.client_of[row]
    condition = np.concatenate([waiting, there, outside])
    start = np.concatenate([np.maximum(visits["queued"], 0), began, gone[last]]) / TICKS_PER_DAY
    end = np.concatenate([began, gone, np.full(len(last), horizon)]) / TICKS_PER_DAY
    seen = np.flatnonzero(records.followed[who] & (start < until[who]))
    turn = 2 * (row - records.first[who])[seen] + kind[seen]
    order = seen[np.argsort(turn, kind="stable")]
    edges = np.searchsorted(np.sort(turn), np.arange(int(turn.max(initial=-1)) + 2))
    return _Phases(who[order], condition[order], start[order], end[order], edges)
