"""What a small service and a run of it show, by name: so that it can be counted how often."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
from tests.equality.people import DRIFTING
from tests.equality.services import TICK, Small
from tests.equality.watched import SEEN, Watch

from simcare.engines.order import ARRIVE, CHANGE, END, LEAVE, RETURN, REVIEW
from simcare.engines.program import Program
from simcare.kernels.tables import (
    COMPLETED,
    FATES,
    MISSED,
    MOVED,
    NEVER,
    NONE,
    UNIT_MASK,
    WAITING,
    Rows,
)
from simcare.model.pathway import CLOCKS, asked_for, destination, targets

RANKS = {
    "change": CHANGE,
    "end": END,
    "review": REVIEW,
    "leave": LEAVE,
    "return": RETURN,
    "arrive": ARRIVE,
}
MANY_BEDS = 6
HORIZONS = (1, 7, 30, 60, 120)


def features() -> list[str]:
    """Return the name of everything that is looked for."""
    return [
        *(f"{n} stages" for n in (1, 2, 3, 4)),
        *(f"{n} capacities" for n in (0, 1, 2, 3)),
        *(f"{n} beds" for n in range(MANY_BEDS)),
        "many beds",
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
        *("another attribute drifts", "a length by what drifts", "an order by what drifts"),
        "an attribute drawn",
        *(f"who has {fate}" for fate in FATES[:WAITING]),
        *(f"who is {fate}" for fate in FATES[WAITING:]),
        *("waited and was served", "left at once", "more than one episode", "three or more visits"),
        *("the same stage again", "a loop", "a place kept", "a place kept in vain"),
        *("a second unit used", "nobody comes", "one client"),
        *("several capacities asked for", "a bought place", "a budget", "a review once", "reviews"),
        *("a case of moved", "a case that looks", "a case that asks for a deadline"),
        *("an order by class", "an order by highest", "an order by lowest", "an order by deadline"),
        *(
            "a deadline in days",
            "a deadline in working days",
            "a deadline by cases",
            "not counting",
        ),
        *("a calendar", "closings", "a staff", "sick leave", "a vacant post", "a caseload of two"),
        *(
            "a list for all",
            "a list for each category",
            "a stream by the hour",
            "a stream for a time",
        ),
        *("a stream with a way in", "a stream that sets"),
        "places for groups",
        *("an offer missed, the place lost", "an offer missed, the place given to the next"),
        *("an offer missed after a wait", "a review of nobody", "moved at once", *SEEN),
        *(f"{a} and {b} in one tick" for a, b in combinations_with_replacement(RANKS, 2)),
    ]


def seen(small: Small, program: Program, changes: Rows, visits: Rows, watch: Watch) -> set[str]:
    """Return what a service and a run of it show.

    ``changes`` are those of the replication, ``watch`` is what was seen of it besides its visits.
    """
    written = {*_of_the_whole(small), *_of_capacities(small), *_of_conditions(small)}
    written |= {*_of_streams(small), *_of_deadlines(small)}
    written |= {name for stage in small.service["stages"].items() for name in _of_a_stage(*stage)}
    happened = {*_of_visits(visits), *_of_offers(program, visits)} | watch.names
    return written | happened | _ties(changes, visits, watch)


def _of_the_whole(small: Small) -> Iterator[str]:
    stages = small.service["stages"]
    yield f"{len(stages)} stages"
    yield f"{len(small.service['capacities'])} capacities"
    yield f"a horizon of {small.horizon}"
    yield "ticks" if small.unit == TICK else "whole days"
    if len(small.service["arrivals"]) > 1:
        yield "two streams"
    asked = [name for stage in stages.values() for name in asked_for(stage)]
    if len(set(asked)) < len(asked):
        yield "a shared capacity"


def _of_capacities(small: Small) -> Iterator[str]:
    for capacity in small.service["capacities"].values():
        if capacity["units"] > 1:
            yield "two units"
        if "by" in capacity:
            yield "split by an attribute"
        changes = [c for c in capacity["changes"] if c["day"] < small.days]
        yield from _of_a_list(capacity)
        staff = capacity.get("staff", {})
        counted = staff["members"] if staff else capacity["beds"]
        numbers = [_total(counted), *(_total(c["number"]) for c in changes)]
        yield f"{numbers[0]} beds" if numbers[0] < MANY_BEDS else "many beds"
        for before, after in pairwise(numbers):
            if before != after:
                yield "an opening" if after > before else "a closing"
        if len(numbers) > 1 and numbers[-1] == 0:
            yield "closed for good"


def _of_a_list(capacity: dict[str, Any]) -> Iterator[str]:
    staff = capacity.get("staff", {})
    named = {
        "a bought place": "bought" in capacity,
        "a budget": "budget_per_year" in capacity.get("bought", {}),
        "a calendar": "open" in capacity,
        "closings": "closings" in capacity,
        "a staff": bool(staff),
        "sick leave": bool(staff.get("sick_leave", {}).get("share")),
        "a vacant post": bool(staff.get("vacant_share")),
        "a caseload of two": staff.get("caseload") == 2,
        "places for groups": "together" in capacity,
        "a list for all": capacity.get("lists") == "one",
        "a list for each category": capacity.get("lists") == "by_category",
        "an order by class": bool(capacity.get("order", {}).get("classes")),
    }
    yield from (name for name, so in named.items() if so)
    yield from (f"an order by {key}" for key in capacity.get("order", {}) if key != "classes")
    if DRIFTING in capacity.get("order", {}).values():
        yield "an order by what drifts"


def _of_streams(small: Small) -> Iterator[str]:
    told = {
        "hours": "a stream by the hour",
        "until_day": "a stream for a time",
        "ways_in": "a stream with a way in",
        "set": "a stream that sets",
    }
    for stream in small.service["arrivals"].values():
        yield from (told[key] for key in stream if key in told)


def _of_deadlines(small: Small) -> Iterator[str]:
    for deadline in small.service.get("deadlines", {}).values():
        within = deadline["within"]
        rules = within if isinstance(within, list) else [within]
        if len(rules) > 1:
            yield "a deadline by cases"
        for rule in rules:
            yield "a deadline in working days" if "working_days" in rule else "a deadline in days"
        if deadline["not_counting"]:
            yield "not counting"


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
                yield "another attribute drifts" if name == "drifts" else f"{name} drifts"
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
    if len(asked_for(stage)) > 1:
        yield "several capacities asked for"
    if "reviewed" in stage:
        yield "reviews" if "every_days" in stage["reviewed"] else "a review once"
    if "moved" in stage["next"]:
        yield "a case of moved"
    if "stay_days" not in stage:
        yield "no stay but clocks"
    elif stage["stay_days"].get("fixed") == 0:
        yield "a stay of nothing"
    if stage.get("stay_times"):
        yield "factors on a stay"
        if any(effect.get("per_unit_of") == DRIFTING for effect in stage["stay_times"]):
            yield "a length by what drifts"
    for onward in stage["next"].values():
        if isinstance(onward, list):
            yield "cases"
            if onward[0].get("set"):
                yield "an attribute set"
            if any(isinstance(v, dict) for v in (onward[0].get("set") or {}).values()):
                yield "an attribute drawn"
            if "where" in onward[0]:
                yield "a case that looks"
            if "due" in onward[0]:
                yield "a case that asks for a deadline"
        for target in targets(onward):
            to, returns = destination(target)
            if returns:
                yield "a return" if to is None else "a return to a stage"
            elif to == name:
                yield "a route to itself"


def _of_visits(visits: Rows) -> Iterator[str]:
    for code, fate in enumerate(FATES):
        if (visits["fate"] == code).any():
            yield f"who {'has' if code < WAITING else 'is'} {fate}"
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
    if ((visits["unit"] > 0) & (visits["started"] >= 0)).any():
        yield "a second unit used"
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


def _of_offers(program: Program, visits: Rows) -> Iterator[str]:
    """Yield what became of offers and of reviews."""
    missed = visits[visits["fate"] == MISSED]
    if (missed["ended"] > missed["started"]).any():
        yield "an offer missed, the place lost"
    if (missed["started"] > missed["queued"]).any():
        yield "an offer missed after a wait"
    first = program.first_places()
    served = {
        (int(first[visit["stage"], 0]), int(visit["unit"]) & UNIT_MASK, int(visit["started"]))
        for visit in visits[(visits["started"] > visits["queued"]) & (visits["fate"] != MISSED)]
    }
    for visit in missed[missed["ended"] == missed["started"]]:
        place = int(first[visit["stage"], 0]), int(visit["unit"]) & UNIT_MASK
        if (*place, int(visit["ended"])) in served:
            yield "an offer missed, the place given to the next"
    moved = visits[visits["fate"] == MOVED]
    if (moved["ended"] == moved["queued"]).any():
        yield "moved at once"
    after = program.tables.stages["review_after"][visits["stage"]]
    looked = (after != NEVER) & (visits["started"] > visits["queued"])
    if (looked & (visits["queued"] + after > visits["started"])).any():
        yield "a review of nobody"


def _ties(changes: Rows, visits: Rows, watch: Watch) -> set[str]:
    """Return which kinds of events of different clients (or places) fall on one tick."""
    client, queued, ended = visits["client"], visits["queued"], visits["ended"]
    first = np.concatenate([[True], client[1:] != client[:-1]])[: len(visits)]
    again = visits["n"] == 0
    again[1:] &= visits["episode"][1:] > visits["episode"][:-1]
    again &= ~first
    in_time = np.isin(visits["fate"], (COMPLETED, MISSED))
    left = ~in_time & (visits["fate"] < MISSED)
    events = {
        "change": {(tick, ~place) for tick, place, *_ in changes.tolist()},
        "end": _pairs(ended, client, in_time & (ended >= 0)),
        "review": watch.reviews,
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
