"""Random small services: few stages, few beds, coarse times, so that many events share a tick.

With times in seconds over months hardly any error of order would show. A service is drawn from a
source of choices: from Hypothesis, which shrinks what fails, or from a seed, which is fast and the
same at every run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any, Protocol

from hypothesis import strategies as st

from simcare.analysis.audit import broken
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels.tables import TICKS_PER_DAY, Rows
from simcare.model.pathway import CLOCKS, asked_for, targets
from simcare.model.scenario import Scenario
from simcare.study.laws import as_written

START = date(2017, 1, 1)
POPULATION = {
    "attributes": {
        "motivation": {"number": {"uniform": {"low": 0, "high": 1}}},
        "severity": {"number": {"uniform": {"low": 0, "high": 1}}},
        "kind": {"shares": {"one": 0.5, "other": 0.5}},
        "home": {"shares": {"here": 0.6, "there": 0.4}},  # nothing sets it: capacities split by it
        "need": {"number": {"uniform": {"low": 0, "high": 1}}},
    }
}
TICK = 1.0 / TICKS_PER_DAY
FACTORS: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"factor": 3, "when": {"kind": "one"}}],
    [{"factor": 0.5, "when": {"motivation": {"below": 0.5}}}],
    [{"factor": 0, "when": {"kind": "other"}}, {"factor": 2, "per_unit_of": "severity"}],
)

Drawn = Any
Raw = dict[str, Any]


class Choices(Protocol):
    """Where the choices come from that make a service."""

    def one_of(self, *choices: Any) -> Any:
        """Return one of a few things."""

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        """Return from ``least`` to ``most`` different things of those given, in any order."""


class Shrinking:
    """Choices that Hypothesis makes."""

    def __init__(self, draw: Drawn) -> None:
        self.draw = draw

    def one_of(self, *choices: Any) -> Any:
        """Return one of a few things; Hypothesis shrinks towards the first."""
        return self.draw(st.sampled_from(choices))

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        """Return from ``least`` to ``most`` different things of those given, in any order."""
        if not choices:
            return []
        one = st.sampled_from(range(len(choices)))
        found = self.draw(st.lists(one, min_size=least, max_size=most, unique=True))
        return [choices[k] for k in found]


class Seeded:
    """Choices that follow from a number."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one_of(self, *choices: Any) -> Any:
        """Return one of a few things."""
        return self.random.choice(choices)

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        """Return from ``least`` to ``most`` different things of those given, in any order."""
        return self.random.sample(choices, self.random.randint(least, min(most, len(choices))))


@dataclass(frozen=True)
class Small:
    """A small service as written, its unit of time in days, its horizon in units, its first day."""

    service: Raw
    unit: float
    horizon: int
    start: date = START

    @property
    def days(self) -> float:
        """The horizon in days."""
        return self.horizon * self.unit

    def with_parts(self, **parts: Any) -> "Small":
        """Return the service with some of its parts replaced."""
        return replace(self, service={**self.service, **parts})

    def program(self) -> Program:
        """Return the service lowered, with the small population above."""
        scenario = Scenario.model_validate({"service": self.service, "population": POPULATION})
        return lower(scenario, self.start, self.days)


def a_length(choose: Choices, unit: float, least: int = 0) -> Raw:
    """Choose a length of stay: mostly a few whole units, so that they meet."""
    few = [{"share": 0.5, "of": {"fixed": k * unit}} for k in (1, choose.one_of(1, 2, 3, 4))]
    lengths = range(least, 5)
    few_or_many: Raw = choose.one_of(
        {"fixed": choose.one_of(*lengths) * unit},
        {"fixed": choose.one_of(*lengths) * unit},
        {"mixture": few},
        {"exponential": {"mean": 3 * unit}},
        {"uniform": {"low": 0, "high": 5 * unit}},
        {"gamma": {"mean": 3 * unit, "shape": 2}},
        {"empirical": {"probabilities": [0, 0.5, 1], "values": [0, 2 * unit, 9 * unit]}},
    )
    return few_or_many


def a_clock(choose: Choices, unit: float) -> Raw:
    """Choose a competing event of any kind."""
    law = choose.one_of(
        {"fixed": choose.one_of(2, 1, 0, 0, 3, 4, 6) * unit},
        {"fixed": choose.one_of(2, 1, 0, 0, 3, 4, 6) * unit},
        {"exponential": {"mean": 8 * unit}},
        {"weibull": {"scale": 10 * unit, "shape": 0.7}},
        {"log_logistic": {"median": 8 * unit, "shape": 2}},
        {"motivation": {"mean": 5 * unit, "link": choose.one_of(0, 0.7, 1)}},
    )
    clock: Raw = {"after_days": law, "times": choose.one_of(*FACTORS)}
    if choose.one_of(False, True):
        clock["early_loss"] = {"share": 0.4, "mean_days": 2 * unit}
    return clock


def a_condition(choose: Choices, unit: float) -> Raw:
    """Choose a condition: some clocks, perhaps drifts of motivation and severity."""
    clocks = choose.some(tuple(CLOCKS), 1, 3)
    condition: Raw = {clock: a_clock(choose, unit) for clock in CLOCKS if clock in clocks}
    for state, towards in (("motivation", 0.2), ("severity", 1.0)):
        if choose.one_of(False, True):
            condition[state] = {"half_life_days": 4 * unit, "towards": towards}
    return condition


def a_number(choose: Choices, units: int, by_home: bool) -> Any:
    """Choose a number of places, for each category where they are split."""
    numbers = (1, 2, 1, 3, 0) if units == 1 else (2, 3, 0)
    if by_home:
        return {home: choose.one_of(*numbers) for home in ("here", "there")}
    return choose.one_of(*numbers)


def a_capacity(choose: Choices, unit: float) -> Raw:
    """Choose a number of places, over one unit or two, perhaps by category, and how it changes."""
    units, by_home = choose.one_of(1, 1, 2), choose.one_of(False, False, True)
    days = choose.some(range(0, 41, 5), 0, 5)  # places change together
    changes = [
        {"day": day * unit, "number": a_number(choose, units, by_home)} for day in sorted(days)
    ]
    beds = a_number(choose, units, by_home)
    capacity = {"beds": beds, "units": units, "changes": changes}
    return {"by": "home", **capacity} if by_home else capacity


def causes(stage: Raw, conditions: Mapping[str, Raw]) -> dict[str, bool]:
    """Return how a visit can end, and whether that may take no time."""
    found = {}
    if "stay_days" in stage:
        found["completed"] = stage["stay_days"].get("fixed") == 0
    for phase in ("while_waiting", "while_there"):
        for clock, what in conditions.get(stage.get(phase, ""), {}).items():
            if clock in CLOCKS and clock != "die":
                instant = what["after_days"].get("fixed") == 0
                found[CLOCKS[clock]] = found.get(CLOCKS[clock], False) or instant
    return found


def an_onward(choose: Choices, names: Sequence[str], at: int, instant: bool) -> Any:
    """Choose where next; from what may take no time only to later stages, so that time passes."""
    later = [*names[at + 1 :], "out"]
    anywhere = [*names, "out", "return", choose.one_of(*(f"return to {n}" for n in names))]
    some = choose.some(later if instant else anywhere, 1, 2)
    shares = {target: 1 / len(some) for target in some}
    if choose.one_of(True, False):
        return shares
    changed = choose.one_of({"kind": "one"}, {"kind": "other"}, {"motivation": 1}, {})
    return [
        {"when": {"episode": {"below": 4}}, "to": shares, "set": changed},
        {"to": "out"},
    ]


def may_hold(stage: Raw, stages: Mapping[str, Raw], order: Sequence[str]) -> bool:
    """Tell whether places may be kept: only for those whose capacity comes later in the order."""
    reached = set(targets(stage["next"].get("completed", {})))
    mine = asked_for(stage)
    asked = {other for to in reached for other in asked_for(stages.get(to))} - set(mine)
    return bool(mine) and all(order.index(m) < order.index(other) for m in mine for other in asked)


def let_hold(choose: Choices, unit: float, stages: Mapping[str, Raw], order: Sequence[str]) -> None:
    """Let some stages keep a place until the next one is found, and lead some on to such a one."""
    for stage in stages.values():
        mine = stage.get("asks_for")
        onto = [
            name
            for name, other in stages.items()
            if mine is not None and other.get("asks_for") in order[order.index(mine) + 1 :]
        ]
        if onto and "completed" in stage["next"] and choose.one_of(*(True,) * 5, False):
            stage["next"]["completed"] = {choose.one_of(*onto): 1.0}
            stage["stay_days"] = a_length(choose, unit, least=1)
        stage["hold"] = may_hold(stage, stages, order) and choose.one_of(*(True,) * 5, False)


def a_stage(
    choose: Choices, unit: float, capacities: tuple[str, ...], conditions: tuple[str, ...]
) -> Raw:
    """Choose what a stage asks for, how long it lasts, and what time does."""
    stage: Raw = {}
    asks = choose.one_of(*capacities * 3, None)
    waiting, there = choose.one_of(*conditions * 2, ""), choose.one_of("", *conditions)
    if asks is not None:
        stage["asks_for"] = asks
        if waiting:
            stage["while_waiting"] = waiting
    if there:
        stage["while_there"] = there
    if not there or choose.one_of(True, True, False):
        stage["stay_days"] = a_length(choose, unit)
        # A stay that a factor of 0 cuts to one second is too short for a loop of months.
        stage["stay_times"] = choose.one_of([], *FACTORS[: 4 if unit == TICK else 3])
    return stage


def a_plain_service(choose: Choices, with_capacities: bool = True) -> Small:
    """Choose a service, its unit of time and its horizon."""
    unit = choose.one_of(TICK, TICK, 1.0)
    names = [f"s{k}" for k in range(choose.one_of(4, 4, 4, 3, 3, 2, 1))]
    many = choose.one_of(3, 3, 3, 3, 2, 2, 1, 0) if with_capacities else 0
    capacities = tuple(f"c{k}" for k in range(many))
    conditions = {f"k{k}": a_condition(choose, unit) for k in range(choose.one_of(2, 2, 1, 0))}
    stages = {name: a_stage(choose, unit, capacities, tuple(conditions)) for name in names}
    for at, stage in enumerate(stages.values()):
        stage["next"] = {
            cause: an_onward(choose, names, at, instant)
            for cause, instant in causes(stage, conditions).items()
        }
    let_hold(choose, unit, stages, choose.some(capacities, many, many) if many else ())
    horizon = choose.one_of(120, 60, 60, 60, 60, 30, 30, 30, 7, 1)
    used = {stage.get("asks_for") for stage in stages.values()}
    ruling = {s.get(phase) for s in stages.values() for phase in ("while_waiting", "while_there")}
    streams = choose.one_of(("some",), ("some", "others"))
    rate = choose.one_of(60, 60, 40, 25, 1) / (horizon * unit)
    service = {
        "arrivals": {name: {"per_day": rate / len(streams)} for name in streams},
        "ways_in": {name: {"stage": name, "share": 1 / len(names)} for name in names},
        "capacities": {c: a_capacity(choose, unit) for c in capacities if c in used},
        "conditions": {name: value for name, value in conditions.items() if name in ruling},
        "stages": stages,
    }
    return Small(service, unit, horizon)


def faults(program: Program, visits: Rows, seed: int, replication: int = 0) -> tuple[str, ...]:
    """Return what a run breaks of the laws, that nobody is lost among them."""
    return broken(as_written(program, visits, seed, replication))
