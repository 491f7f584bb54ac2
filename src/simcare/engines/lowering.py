"""A scenario lowered to arrays: the only place where names become numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.kernels import tables as t
from simcare.kernels.draws import name_id
from simcare.kernels.elementary import log, sine_of_turn
from simcare.kernels.gamma_table import gamma_table
from simcare.model.distributions import Distribution, Hazard, Simple
from simcare.model.pathway import CAUSES, CLOCKS, destination
from simcare.model.population import Population
from simcare.model.scenario import EPISODE, Scenario, split
from simcare.model.service import Capacity, Case, Clock, Condition, Effect, Range, Service, Stream
from simcare.model.ticks import ticks

INFINITY = float("inf")


@dataclass(frozen=True)
class Place:
    """One unit of a capacity, with a list of its own, and whose it is where that is split.

    ``by`` is the attribute that the capacity is split by and ``category`` the one whose unit this
    is; both are empty where it is not split.
    """

    capacity: str
    unit: int
    number: int
    by: str = ""
    category: str = ""


@dataclass(frozen=True)
class Program:
    """A scenario as an engine reads it, with the names to read its records by.

    ``places`` are the units of the capacities in the order of their names; ``changes`` are ordered
    by tick, then place.
    """

    tables: t.Tables
    arrivals: t.Arrivals
    places: tuple[Place, ...]
    changes: NDArray[np.void]
    horizon: int
    stages: tuple[str, ...]
    streams: tuple[str, ...]
    columns: tuple[str, ...]

    def first_places(self) -> list[int | None]:
        """Return, for each stage, the place of the first unit of what it asks for, if anything."""
        first = self.tables.capacities["first_place"].tolist()
        return [first[c] if c >= 0 else None for c in self.tables.stages["capacity"].tolist()]

    def groups(self) -> NDArray[np.int64]:
        """Return, for each place, whose it is: int64 (places, 2) of (attribute, category).

        Both are numbered in the order of their names; they are NONE where a capacity is not split.
        """
        attributes = sorted({place.by for place in self.places if place.by})
        categories = sorted({place.category for place in self.places if place.by})
        rows = [
            (attributes.index(place.by), categories.index(place.category))
            if place.by
            else (t.NONE, t.NONE)
            for place in self.places
        ]
        return np.array(rows, np.int64).reshape(-1, 2)


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


def _table(rows: Sequence[Any], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Return rows as an array; one row of zeros stands for none, so that no table is empty."""
    if not rows:
        return np.zeros(1, dtype)
    return np.array([tuple(row) for row in rows], dtype)


def words(names: Iterable[str], what: str) -> dict[str, int]:
    """Return the 32-bit word of each name; raise ValueError if two names share one, or it is 0.

    The word 0 is kept for draws that belong to no stage.
    """
    found: dict[int, str] = {0: "(no name)"}
    for name in names:
        word = name_id(name)
        if word in found and found[word] != name:
            raise ValueError(f"the {what} {name} and {found[word]} share an address: rename one")
        found[word] = name
    return {name: word for word, name in found.items() if word}


class Lowering:
    """Turns one scenario into tables. Made for one use by :func:`lower`."""

    def __init__(self, scenario: Scenario) -> None:
        self.service: Service = scenario.service
        self.population: Population = scenario.population
        self.rows = _Rows()
        self.stages = tuple(self.service.stages)
        self.conditions = tuple(self.service.conditions)
        self.capacities = tuple(sorted(self.service.capacities))
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

    def tests(self, when: Mapping[str, Any]) -> tuple[int, int]:
        """Add tests of attributes, and return (first, many)."""
        first = len(self.rows.tests)
        for name, test in when.items():
            column = self.columns.index(name)
            if isinstance(test, Range):
                low = -INFINITY if test.at_least is None else test.at_least
                high = INFINITY if test.below is None else test.below
            else:
                low = self.population.attributes[name].categories.index(test)
                high = low + 0.5
            self.rows.tests.append((column, low, high))
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
        """Return the clocks and the drifts (motivation, severity) of a condition."""
        clocks = [self.clock(getattr(condition, name)) for name in CLOCKS]
        drifts = [
            (drift.half_life_days, drift.towards) if drift else (0.0, 0.0)
            for drift in (condition.motivation, condition.severity)
        ]
        return clocks, drifts

    def onward(self, cases: Sequence[Case]) -> tuple[int, int]:
        """Add the cases of one way to end, and return (first, many)."""
        rows = []
        for case in cases:
            tests = self.tests(case.when)
            routes = self._routes(case)
            settings = self._settings(case)
            rows.append((*tests, *routes, *settings))
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
        for name, value in case.set.items():
            if isinstance(value, str):
                value = self.population.attributes[name].categories.index(value)
            self.rows.settings.append((self.columns.index(name), value))
        return first, len(self.rows.settings) - first

    def stage_rows(self) -> tuple[list[Any], list[list[Any]]]:
        """Return the rows of the stages and, for each, the cases of each way to end."""
        word = words(self.stages, "stages")
        rows, ends = [], []
        died = self.onward((Case(to={"out": 1.0}),))
        for name, stage in self.service.stages.items():
            rows.append(
                (
                    word[name],
                    _index(self.capacities, stage.asks_for),
                    t.NONE if stage.stay_days is None else self.law(stage.stay_days),
                    *self.effects(stage.stay_times),
                    _index(self.conditions, stage.while_waiting),
                    _index(self.conditions, stage.while_there),
                    int(stage.hold),
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


def _index(names: Sequence[str], name: str | None) -> int:
    return t.NONE if name is None else names.index(name)


def _cumulative(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    total, rows = 0.0, []
    for share, value in pairs:
        total += share
        rows.append((total, value))
    rows[-1] = (1.0, rows[-1][1])
    return rows


def _spread(number: int, units: int) -> list[int]:
    """Deal a number out over units, as evenly as it goes, the first ones getting one more."""
    return [number // units + (unit < number % units) for unit in range(units)]


def _places(
    capacities: Mapping[str, Capacity], low: Lowering
) -> tuple[list[tuple[int, ...]], list[Place], list[tuple[int, int, int]]]:
    """Return the rows of the capacities, their units, and the changes of these by tick and place.

    The rows of the capacities come first, in the order of their names; then those of the parts.
    """
    word = words(capacities, "capacities")
    rows: list[tuple[int, ...]] = []
    parts: list[tuple[int, ...]] = []
    places: list[Place] = []
    changes: list[tuple[int, int, int]] = []
    for name in sorted(capacities):
        whole = capacities[name]
        first, by = len(places), whole.by or ""
        column, row = t.NONE, t.NONE
        if by:
            column, row = low.columns.index(by), len(capacities) + len(parts)
        for category, part in split(whole, low.population).items():
            start = len(places)
            for number in _spread(part.number, part.number_of_units):
                places.append(Place(name, len(places) - first, number, by, category))
            for change in part.changes:
                for unit, number in enumerate(_spread(change.total, part.number_of_units)):
                    changes.append((ticks(change.day), start + unit, number))
            if by:
                parts.append((word[name], part.number, part.number_of_units, start, t.NONE, t.NONE))
        rows.append((word[name], whole.number, len(places) - first, first, column, row))
    return [*rows, *parts], places, sorted(changes)


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


def _arrivals(lowering: Lowering, start: date, horizon_days: float) -> t.Arrivals:
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
        streams=_table([(word[name],) for name in service.arrivals], t.STREAM),
        expected=np.array(expected),
        attributes=_table(lowering.attributes(), t.ATTRIBUTE),
        ways_in=_table(ways, t.WAY_IN),
    )


def lower(scenario: Scenario, start: date, horizon_days: float) -> Program:
    """Return a scenario as arrays for a run of ``horizon_days`` from ``start``.

    Raises ValueError when two names share an address of chance (one pair in four thousand million).
    """
    low = Lowering(scenario)
    conditions = [low.condition(c) for c in scenario.service.conditions.values()]
    conditions = conditions or [low.condition(Condition())]
    stages, ends = low.stage_rows()
    arrivals = _arrivals(low, start, horizon_days)
    capacities, places, changes = _places(scenario.service.capacities, low)
    rows = low.rows
    tables = t.Tables(
        laws=_table(rows.laws, t.LAW),
        points=np.array(rows.points or [(1.0, 0.0)], np.float64),
        effects=_table(rows.effects, t.EFFECT),
        tests=_table(rows.tests, t.TEST),
        clocks=np.array([[tuple(k) for k in clocks] for clocks, _ in conditions], t.CLOCK),
        drifts=np.array([[tuple(d) for d in drifts] for _, drifts in conditions], t.DRIFT),
        stages=_table(stages, t.STAGE_ROW),
        capacities=_table(capacities, t.CAPACITY),
        ends=np.array(ends, t.CASES),
        cases=_table(rows.cases, t.CASE),
        routes=_table(rows.routes, t.ROUTE),
        settings=_table(rows.settings, t.SETTING),
    )
    return Program(
        tables=tables,
        arrivals=arrivals,
        places=tuple(places),
        changes=np.array(changes, t.CHANGE),
        horizon=ticks(horizon_days),
        stages=low.stages,
        streams=tuple(scenario.service.arrivals),
        columns=low.columns,
    )
