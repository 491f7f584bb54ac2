"""What happens to a client as rows of tables: laws, effects, tests, clocks, stages, cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.engines.addresses import words
from simcare.engines.lowered_deadlines import as_written, due_table
from simcare.kernels import tables as t
from simcare.kernels.elementary import log
from simcare.kernels.gamma_table import gamma_table
from simcare.model.beginning import NOBODY
from simcare.model.cases import Case, Effect, Range, Waiting
from simcare.model.conditions import Clock, Condition
from simcare.model.deadlines import Within
from simcare.model.distributions import Distribution, Hazard, Simple
from simcare.model.lists import Offer, Order, Review
from simcare.model.pathway import CAUSES, CLOCKS, destination
from simcare.model.population import Population
from simcare.model.scenario import EPISODE, Scenario
from simcare.model.service import Service, Stage
from simcare.model.ticks import ticks

INFINITY = float("inf")


Bounds = tuple[float, float]


def as_they_are(_: int, bounds: Bounds) -> Bounds:
    """Return the bounds of a test as they were given."""
    return bounds


@dataclass
class _Rows:
    """Rows gathered for each table while names are turned into numbers."""

    laws: list[tuple[float, ...]] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    effects: list[tuple[float, ...]] = field(default_factory=list)
    tests: list[tuple[float, ...]] = field(default_factory=list)
    cases: list[tuple[int, ...]] = field(default_factory=list)
    routes: list[tuple[float, ...]] = field(default_factory=list)
    settings: list[tuple[float, ...]] = field(default_factory=list)
    looks: list[tuple[float, ...]] = field(default_factory=list)
    dues: list[tuple[float, ...]] = field(default_factory=list)
    offers: list[tuple[float, ...]] = field(default_factory=list)
    orders: list[tuple[float, ...]] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    deadlines: list[tuple[int, int]] = field(default_factory=list)
    within: list[tuple[int, ...]] = field(default_factory=list)


def as_table(rows: Sequence[Any], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Return rows as an array; one row of zeros stands for none, so that no table is empty."""
    if not rows:
        return np.zeros(1, dtype)
    return np.array([tuple(row) for row in rows], dtype)


class Lowering:
    """Turns one scenario into tables. Made for one use by :func:`lower`."""

    def __init__(self, scenario: Scenario) -> None:
        self.service: Service = scenario.service
        self.population: Population = scenario.population
        self.rows = _Rows()
        self.stages = tuple(self.service.stages)
        self.conditions = tuple(self.service.conditions)
        self.capacities = tuple(sorted(self.service.capacities))
        self.deadlines = _deadlines_looked_at(self.service)
        self.working_days: list[Within] = []
        self.days_before = (scenario.beginning or NOBODY).days_before()
        named = {name for one in self.service.conditions.values() for name in one.drifts}
        self.drifting = ("motivation", "severity", *sorted(named))
        others = [a for a in self.population.attributes if a not in ("motivation", "severity")]
        self.columns = ("motivation", "severity", EPISODE, *others)

    def law(self, value: Simple | Hazard) -> int:
        """Add a law, and return its number."""
        row = self._law_row(value)
        self.rows.laws.append(row)
        return len(self.rows.laws) - 1

    def _law_row(self, value: Simple | Hazard) -> tuple[float, ...]:
        p = getattr(value, value.kind)
        match value.kind:
            case "fixed":
                return (t.FIXED, p, 0, 0, 0, 0)
            case "exponential":
                return (t.EXPONENTIAL, p.mean, 0, 0, 0, 0)
            case "weibull":
                return (t.WEIBULL, p.scale, p.shape, 0, 0, 0)
            case "log_normal":
                variation = p.sd / p.mean
                variance = log(1.0 + variation * variation)
                return (t.LOG_NORMAL, log(p.mean) - variance / 2.0, sqrt(variance), 0, 0, 0)
            case "gamma":
                *_, first, many = self._pointed(t.GAMMA, gamma_table(p.shape))
                return (t.GAMMA, p.mean / p.shape, p.shape, 0, first, many)
            case "log_logistic":
                return (t.LOG_LOGISTIC, p.median, p.shape, 0, 0, 0)
            case "uniform":
                return (t.UNIFORM, p.low, p.high, 0, 0, 0)
            case "triangular":
                return (t.TRIANGULAR, p.low, p.mode, p.high, 0, 0)
            case "motivation":
                return (t.MOTIVATED, p.mean, p.link, 0, 0, 0)
            case "empirical":
                return self._pointed(t.EMPIRICAL, list(zip(p.probabilities, p.values, strict=True)))
            case _:
                parts = [(part.share, float(self.law(part.of))) for part in p if part.share > 0]
                return self._pointed(t.MIXTURE, _cumulative(parts))

    def _pointed(self, kind: int, points: Sequence[tuple[float, float]]) -> tuple[float, ...]:
        first = len(self.rows.points)
        self.rows.points += points
        return (kind, 0, 0, 0, first, len(points))

    def shares(self, shares: Mapping[str, float]) -> int:
        """Add a law that chooses the number of a category, and return its number."""
        coded = [(share, float(k)) for k, share in enumerate(shares.values()) if share > 0]
        self.rows.laws.append(self._pointed(t.CATEGORY, _cumulative(coded)))
        return len(self.rows.laws) - 1

    def tests(
        self, when: Mapping[str, Any], bounds: Callable[[int, Bounds], Bounds] = as_they_are
    ) -> tuple[int, int]:
        """Add tests of attributes, their bounds perhaps otherwise, and return (first, many)."""
        first = len(self.rows.tests)
        for name, test in when.items():
            column = self.columns.index(name)
            if isinstance(test, Range):
                low, high = _ends(test)
            else:
                low = self.population.attributes[name].categories.index(test)
                high = low + 0.5
            self.rows.tests.append((column, *bounds(column, (low, high))))
        return first, len(self.rows.tests) - first

    def effects(self, effects: Sequence[Effect]) -> tuple[int, int]:
        """Add effects, and return (first, many)."""
        rows = []
        for effect in effects:
            column = t.NONE
            if effect.per_unit_of is not None:
                column = self.columns.index(effect.per_unit_of)
            rows.append((effect.factor, column, *self.tests(effect.when)))
        first = len(self.rows.effects)
        self.rows.effects += rows
        return first, len(rows)

    def clock(self, clock: Clock | None) -> tuple[float, ...]:
        """Return the row of a clock, or of none."""
        if clock is None:
            return (t.NONE, 0, 1, 0, 0)
        early = clock.early_loss
        share, mean = (early.share, early.mean_days) if early else (0.0, 1.0)
        return (self.law(clock.after_days), share, mean, *self.effects(clock.times))

    def condition(self, condition: Condition) -> tuple[list[Any], list[Any]]:
        """Return the clocks and the drifts, in the order of ``drifting``, of a condition."""
        clocks = [self.clock(getattr(condition, name)) for name in CLOCKS]
        drifts = [
            (drift.half_life_days, drift.towards) if drift else (0.0, 0.0)
            for drift in (
                condition.motivation,
                condition.severity,
                *(condition.drifts.get(name) for name in self.drifting[2:]),
            )
        ]
        return clocks, drifts

    def onward(self, cases: Sequence[Case]) -> tuple[int, int]:
        """Add the cases of one way to end, and return (first, many)."""
        rows = []
        for case in cases:
            tests = self.tests(case.when)
            routes = self._routes(case)
            settings = self._settings(case)
            rows.append((*tests, *routes, *settings, *self._looks(case), *self._dues(case)))
        first = len(self.rows.cases)
        self.rows.cases += rows
        return first, len(rows)

    def _routes(self, case: Case) -> tuple[int, int]:
        first, upto = len(self.rows.routes), 0.0
        for target, share in case.to.items():
            if share == 0:
                continue
            name, returns = destination(target)
            upto += share
            kind = {(True, False): t.OUT, (True, True): t.RETURN_BY_WAY_IN}.get(
                (name is None, returns), t.RETURN if returns else t.STAGE
            )
            stage = t.NONE if name is None else self.stages.index(name)
            self.rows.routes.append((upto, kind, stage))
        return first, len(self.rows.routes) - first

    def _settings(self, case: Case) -> tuple[int, int]:
        first = len(self.rows.settings)
        word = words(self.population.attributes, "attributes")
        for name, value in case.set.items():
            if isinstance(value, Mapping):
                categories = self.population.attributes[name].categories
                law = self.shares({category: value.get(category, 0.0) for category in categories})
                self.rows.settings.append((self.columns.index(name), 0.0, law, word[name]))
            else:
                self.rows.settings += self.settings({name: value})
        return first, len(self.rows.settings) - first

    def settings(self, values: Mapping[str, str | float]) -> list[tuple[float, ...]]:
        """Return rows of attributes that are set, each to a value."""
        rows: list[tuple[float, ...]] = []
        for name, value in values.items():
            if isinstance(value, str):
                value = self.population.attributes[name].categories.index(value)
            rows.append((self.columns.index(name), value, t.NONE, 0))
        return rows

    def _looks(self, case: Case) -> tuple[int, int]:
        first = len(self.rows.looks)
        for name, state in case.where.items():
            kind, (low, high) = t.LISTED, (0.0, 0.0)
            if isinstance(state, Waiting):
                low, high = _ends(state.waiting)
            else:
                kind = t.FREE if state == "free" else t.FULL
            self.rows.looks.append((self.capacities.index(name), kind, low, high))
        return first, len(self.rows.looks) - first

    def _dues(self, case: Case) -> tuple[int, int]:
        first = len(self.rows.dues)
        for name, days in case.due.items():
            self.rows.dues.append((self.deadlines.index(name), *_ends(days)))
        return first, len(self.rows.dues) - first

    def order(self, order: Order | None) -> int:
        """Add the order of a list, and return its number; NONE for first come, first served.

        The classes are rows of cases, of which only the tests are looked at.
        """
        if order is None:
            return t.NONE
        classes = [(*self.tests(when), 0, 0, 0, 0, 0, 0, 0, 0) for when in order.classes]
        first = len(self.rows.cases)
        self.rows.cases += classes
        by = order.highest or order.lowest
        self.rows.orders.append(
            (
                first,
                len(classes),
                t.NONE if by is None else self.columns.index(by),
                -1.0 if order.highest else 1.0,
                _index(self.deadlines, order.deadline),
            )
        )
        return len(self.rows.orders) - 1

    def offer(self, offer: Offer | None) -> int:
        """Add what may become of an offer, and return its number, or NONE."""
        if offer is None:
            return t.NONE
        row = (offer.missed, *self.effects(offer.times), ticks(offer.lost_days))
        self.rows.offers.append(row)
        return len(self.rows.offers) - 1

    def asked(self) -> NDArray[np.int64]:
        """Return the capacities that each stage asks for, in their order, filled up with NONE."""
        rows = np.full((len(self.stages), t.MOST_PLACES_ASKED), t.NONE, np.int64)
        for k, stage in enumerate(self.service.stages.values()):
            for slot, name in enumerate(stage.asks_for):
                rows[k, slot] = self.capacities.index(name)
        return rows

    def _longest(self, stage: Stage) -> int:
        bought = [self.service.capacities[name].bought for name in stage.asks_for]
        return min((ticks(b.at_most_days) for b in bought if b is not None), default=t.NEVER)

    def deadline_rows(self) -> None:
        """Add the deadlines that the engine must know of, with how much time there is."""
        for name in self.deadlines:
            first = len(self.rows.within)
            for case in self.service.deadlines[name].within:
                row = t.NONE
                if case.days is None:
                    row = len(self.working_days)
                    self.working_days.append(case)
                tests = self.tests(case.when, as_written)
                self.rows.within.append((*tests, ticks(case.days or 0.0), row))
            self.rows.deadlines.append((first, len(self.rows.within) - first))

    def due_ticks(self, start: date, days: int) -> NDArray[np.int64]:
        """Return when working days are over by the day they begin on: int64 (rules, days).

        As in :func:`due_table`, the days before the run come last.
        """
        calendars = self.service.calendars
        rows = [
            due_table(rule, calendars[rule.calendar or ""], start, days, self.days_before)
            for rule in self.working_days
        ]
        return np.array(rows, np.int64) if rows else np.zeros((1, 1), np.int64)

    def marks(self, stage: str) -> tuple[int, int]:
        """Add what a stage does to the deadlines that are looked at, and return (first, many)."""
        first = len(self.rows.marks)
        for number, name in enumerate(self.deadlines):
            deadline = self.service.deadlines[name]
            if stage in (deadline.from_ or ()):
                self.rows.marks.append((t.BEGINS, number))
            if stage in (deadline.after or ()):
                self.rows.marks.append((t.BEGINS_AFTER, number))
            if stage in deadline.not_counting:
                self.rows.marks.append((t.PUTS_OFF, number))
        return first, len(self.rows.marks) - first

    def stage_rows(self) -> tuple[list[Any], list[list[Any]]]:
        """Return the rows of the stages and, for each, the cases of each way to end."""
        word = words(self.stages, "stages")
        rows, ends = [], []
        died = self.onward((Case(to={"out": 1.0}),))
        for name, stage in self.service.stages.items():
            rows.append(
                (
                    word[name],
                    len(stage.asks_for),
                    _index(self.capacities, next(iter(stage.asks_for), None)),
                    t.NONE if stage.stay_days is None else self.law(stage.stay_days),
                    self._longest(stage),
                    *self.effects(stage.stay_times),
                    _index(self.conditions, stage.while_waiting),
                    _index(self.conditions, stage.while_there),
                    int(stage.hold),
                    self.offer(stage.offer),
                    *_review(stage.reviewed),
                    int(any(case.where for cases in stage.next.values() for case in cases)),
                    *self.marks(name),
                )
            )
            onward: dict[str, tuple[int, int]] = {"died": died}
            onward |= {cause: self.onward(cases) for cause, cases in stage.next.items()}
            ends.append([onward.get(cause, (0, 0)) for cause in CAUSES])
        return rows, ends

    def attributes(self) -> list[tuple[int, ...]]:
        """Return the rows of the attributes, in the population's order."""
        word = words(self.population.attributes, "attributes")
        rows: list[tuple[int, ...]] = []
        for name, attribute in self.population.attributes.items():
            given = t.NONE
            of_given: tuple[str, ...] = ()
            if attribute.given is not None:
                given = self.columns.index(attribute.given)
                of_given = self.population.attributes[attribute.given].categories
            forms = attribute.forms(of_given)
            # What a form adds for itself (parts of a mixture) must not stand between the rows.
            first = self._consecutive(forms)
            rows.append((word[name], self.columns.index(name), given, first))
        return rows

    def _consecutive(self, forms: Sequence[Distribution | Mapping[str, float]]) -> int:
        numbers = [
            self.law(form) if isinstance(form, Distribution) else self.shares(form)
            for form in forms
        ]
        first = len(self.rows.laws)
        self.rows.laws += [self.rows.laws[number] for number in numbers]
        return first


def _deadlines_looked_at(service: Service) -> tuple[str, ...]:
    """Return the deadlines that lists are ordered by or cases ask for; others are only measured."""
    looked_at = {c.order.deadline for c in service.capacities.values() if c.order is not None}
    for stage in service.stages.values():
        looked_at |= {name for cases in stage.next.values() for case in cases for name in case.due}
    return tuple(name for name in service.deadlines if name in looked_at)


def _review(review: Review | None) -> tuple[int, int]:
    """Return after how many ticks who waits is looked at again, and then how often; or NEVER."""
    if review is None:
        return t.NEVER, t.NEVER
    every = t.NEVER if review.every_days is None else ticks(review.every_days)
    return ticks(review.after_days), every


def _ends(range_: Range) -> tuple[float, float]:
    low = -INFINITY if range_.at_least is None else range_.at_least
    return low, INFINITY if range_.below is None else range_.below


def _index(names: Sequence[str], name: str | None) -> int:
    return t.NONE if name is None else names.index(name)


def _cumulative(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    total, rows = 0.0, []
    for share, value in pairs:
        total += share
        rows.append((total, value))
    rows[-1] = (1.0, rows[-1][1])
    return rows
