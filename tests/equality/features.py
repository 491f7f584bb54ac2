"""What a small service and a run of it show, by name: so that it can be counted how often."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
from tests.equality.services import TICK, Small

from simcare.engines.order import ARRIVE, CHANGE, END, LEAVE, RETURN
from simcare.engines.program import Program
from simcare.kernels.tables import COMPLETED, FATES, NONE, Rows
from simcare.model.pathway import CLOCKS, destination, targets

RANKS = {"change": CHANGE, "end": END, "leave": LEAVE, "return": RETURN, "arrive": ARRIVE}
HORIZONS = (1, 7, 30, 60, 120)


def features() -> list[str]:
    """Return the name of everything that is looked for."""
    return [
        *(f"{n} stages" for n in (1, 2, 3, 4)),
        *(f"{n} capacities" for n in (0, 1, 2, 3)),
        *(f"{n} beds" for n in (0, 1, 2, 3, 4, 5, 6)),
        *(f"a horizon of {n}" for n in HORIZONS),
        *("ticks", "whole days", "two streams"),
        *("two units", "split by an attribute", "an opening", "a closing", "closed for good"),
        *("a shared capacity", "a stage that asks for nothing", "a holding stage"),
        *("a route to itself", "a return", "a return to a stage", "cases", "an attribute set"),
        *("a stay of nothing", "factors on a stay", "no stay but clocks"),
        *(f"{clock} while {phase}" for clock in CLOCKS for phase in ("waiting", "there")),
        *(f"a clock {law}" for law in ("fixed", "exponential", "weibull", "log_logistic")),
        *("a clock motivation", "a clock of nothing", "early loss", "factors on a clock"),
        *("motivation drifts", "severity drifts", "one condition for both phases"),
        *(f"who has {fate}" for fate in FATES[:5]),
        *(f"who is {fate}" for fate in FATES[5:]),
        *("waited and was served", "left at once", "more than one episode", "three or more visits"),
        *("the same stage again", "a loop", "more busy than there are"),
        *("a place kept", "a place kept in vain", "one grant that brings another"),
        *("a second unit used", "nobody comes", "one client"),
        *(f"{a} and {b} in one tick" for a, b in combinations_with_replacement(RANKS, 2)),
    ]


def seen(small: Small, program: Program, visits: Rows) -> set[str]:
    """Return what a service and a run of it show."""
    written = {*_of_the_whole(small), *_of_capacities(small), *_of_conditions(small)}
    written |= {name for stage in small.service["stages"].items() for name in _of_a_stage(*stage)}
    return written | {*_of_visits(visits)} | {*_of_places(program, visits)} | _ties(program, visits)


def _of_the_whole(small: Small) -> Iterator[str]:
    stages = small.service["stages"]
    yield f"{len(stages)} stages"
    yield f"{len(small.service['capacities'])} capacities"
    yield f"a horizon of {small.horizon}"
    yield "ticks" if small.unit == TICK else "whole days"
    if len(small.service["arrivals"]) > 1:
        yield "two streams"
    asked = [stage["asks_for"] for stage in stages.values() if "asks_for" in stage]
    if len(set(asked)) < len(asked):
        yield "a shared capacity"


def _of_capacities(small: Small) -> Iterator[str]:
    for capacity in small.service["capacities"].values():
        if capacity["units"] > 1:
            yield "two units"
        if "by" in capacity:
            yield "split by an attribute"
        changes = [c for c in capacity["changes"] if c["day"] < small.days]
        numbers = [_total(capacity["beds"]), *(_total(c["number"]) for c in changes)]
        yield f"{numbers[0]} beds"
        for before, after in pairwise(numbers):
            if before != after:
                yield "an opening" if after > before else "a closing"
        if len(numbers) > 1 and numbers[-1] == 0:
            yield "closed for good"


def _total(number: Any) -> int:
    return sum(number.values()) if isinstance(number, dict) else int(number)


def _of_conditions(small: Small) -> Iterator[str]:
    conditions = small.service["conditions"]
    for stage in small.service["stages"].values():
        phases = {"waiting": stage.get("while_waiting"), "there": stage.get("while_there")}
        if phases["waiting"] and phases["waiting"] == phases["there"]:
            yield "one condition for both phases"
        for phase, name in phases.items():
            yield from (
                f"{clock} while {phase}" for clock in CLOCKS if clock in conditions.get(name, ())
            )
    for condition in conditions.values():
        for name, what in condition.items():
            if name not in CLOCKS:
                yield f"{name} drifts"
                continue
            yield f"a clock {next(iter(what['after_days']))}"
            if what["after_days"].get("fixed") == 0:
                yield "a clock of nothing"
            if "early_loss" in what:
                yield "early loss"
            if what["times"]:
                yield "factors on a clock"


def _of_a_stage(name: str, stage: dict[str, Any]) -> Iterator[str]:
    if "asks_for" not in stage:
        yield "a stage that asks for nothing"
    if stage["hold"]:
        yield "a holding stage"
    if "stay_days" not in stage:
        yield "no stay but clocks"
    elif stage["stay_days"].get("fixed") == 0:
        yield "a stay of nothing"
    if stage.get("stay_times"):
        yield "factors on a stay"
    for onward in stage["next"].values():
        if isinstance(onward, list):
            yield "cases"
            if onward[0]["set"]:
                yield "an attribute set"
        for target in targets(onward):
            to, returns = destination(target)
            if returns:
                yield "a return" if to is None else "a return to a stage"
            elif to == name:
                yield "a route to itself"


def _of_visits(visits: Rows) -> Iterator[str]:
    for code, fate in enumerate(FATES):
        if (visits["fate"] == code).any():
            yield f"who {'has' if code < 5 else 'is'} {fate}"
    clients = len(np.unique(visits["client"]))
    if clients < 2:
        yield "one client" if clients else "nobody comes"
    if (visits["started"] > visits["queued"]).any():
        yield "waited and was served"
    if ((visits["started"] == NONE) & (visits["ended"] == visits["queued"])).any():
        yield "left at once"
    if (visits["episode"] > 1).any():
        yield "more than one episode"
    if (visits["n"] > 1).any():
        yield "three or more visits"
    before, after = visits[:-1], visits[1:]
    on = (before["client"] == after["client"]) & (before["episode"] == after["episode"])
    same = on & (before["stage"] == after["stage"])
    if same.any():
        yield "the same stage again"
    if (on & ~same & (after["n"] > 0)).any():
        yield "a loop"
    kept = on & ((before["ended"] > after["queued"]) | (before["ended"] == NONE))
    if kept.any():
        yield "a place kept"
    if (kept & (after["started"] == NONE) & (after["ended"] >= 0)).any():
        yield "a place kept in vain"


def _of_places(program: Program, visits: Rows) -> Iterator[str]:
    first = np.array([NONE if p is None else p for p in program.first_places()])[visits["stage"]]
    place = np.where(first == NONE, NONE, first + visits["unit"])
    until = np.where(visits["ended"] == NONE, program.horizon, visits["ended"])
    there = (visits["started"] >= 0) & (place != NONE)
    for tick, number, many in program.changes.tolist():
        here = there & (place == number) & (visits["started"] < tick) & (until > tick)
        if tick < program.horizon and here.sum() > many:
            yield "more busy than there are"
    if (visits["unit"][there] > 0).any():
        yield "a second unit used"
    nexts = visits[1:]
    kept = np.flatnonzero(
        (visits["client"][:-1] == nexts["client"])
        & (visits["ended"][:-1] > nexts["queued"])
        & (nexts["started"] == visits["ended"][:-1])
    )
    for row in kept:
        tick = visits["ended"][row]
        taken = (place == place[row]) & (visits["started"] == tick) & (visits["queued"] < tick)
        if taken.any():
            yield "one grant that brings another"


def _ties(program: Program, visits: Rows) -> set[str]:
    """Return which kinds of events of different clients (or places) fall on one tick."""
    client, queued, ended = visits["client"], visits["queued"], visits["ended"]
    first = np.concatenate([[True], client[1:] != client[:-1]])[: len(visits)]
    again = visits["n"] == 0
    again[1:] &= visits["episode"][1:] > visits["episode"][:-1]
    again &= ~first
    left = (visits["fate"] > COMPLETED) & (ended >= 0)
    events = {
        "change": {
            (int(t), ~int(p)) for t, p, _ in program.changes.tolist() if t < program.horizon
        },
        "end": _pairs(ended, client, (visits["fate"] == COMPLETED) & (ended >= 0)),
        "leave": _pairs(ended, client, left),
        "return": _pairs(queued, client, again),
        "arrive": _pairs(queued, client, first),
    }
    at: dict[str, dict[int, set[int]]] = {}
    for name, pairs in events.items():
        for tick, who in pairs:
            at.setdefault(name, {}).setdefault(tick, set()).add(who)
    return {
        f"{a} and {b} in one tick"
        for a, b in combinations_with_replacement(RANKS, 2)
        if any(
            any(one != other for one in who for other in at.get(b, {}).get(tick, ()))
            for tick, who in at.get(a, {}).items()
        )
    }


def _pairs(ticks: Any, clients: Any, chosen: Any) -> set[tuple[int, int]]:
    return set(zip(ticks[chosen].tolist(), clients[chosen].tolist(), strict=True))
