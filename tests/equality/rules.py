"""Random small services with the rules of lists, offers, reviews, bought places and deadlines.

A small service is given some of these rules besides what it has, from the same source of choices.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations

from tests.equality.services import FACTORS, Choices, Raw, Small, may_hold

from simcare.kernels.tables import MOST_PLACES_ASKED
from simcare.model.pathway import asked_for, destination, reached_by, targets

STATES = ("free", "full", {"waiting": {"at_least": 1}}, {"waiting": {"below": 2}})
CLASSES = ({"kind": "one"}, {"severity": {"at_least": 0.5}}, {"motivation": {"below": 0.4}})
# From these days on a new year comes within the run. The first budget is that of a few days, too
# little for anybody; or of an eighth of a year, where the run is long enough to spend the next.
DECEMBER, NOVEMBER = date(2016, 12, 20), date(2016, 11, 15)
LONG = 120
HOLIDAYS = {"days": "monday-friday", "closed": [{"from": "01-05", "to": "01-08"}]}


def an_order(choose: Choices, deadlines: Sequence[str]) -> Raw:
    """Choose who goes first."""
    order: Raw = {"classes": choose.some(CLASSES, 0, 2)}
    by_deadline = ("deadline",) * 3 if deadlines else ()
    by = choose.one_of(None, "highest", "lowest", *by_deadline)
    if by == "deadline":
        order[by] = choose.one_of(*deadlines)
    elif by is not None:
        order[by] = choose.one_of("severity", "motivation")
    elif not order["classes"]:
        order["lowest"] = "motivation"
    return order


def goes_on(stage: Raw, causes: Iterable[str]) -> bool:
    """Tell whether another stage may follow in the same episode."""
    onward = [destination(to) for cause in causes for to in targets(stage["next"].get(cause, {}))]
    return any(name is not None and not returns for name, returns in onward)


def a_deadline(choose: Choices, unit: float, stages: Mapping[str, Raw]) -> Raw | None:
    """Choose from where and how long a deadline runs, if it can from anywhere."""
    begins = choose.one_of("from", "after")
    able = [
        name
        for name, stage in stages.items()
        if goes_on(stage, stage["next"] if begins == "from" else ("completed",))
    ]
    if not able:
        return None
    first = choose.some(able, 1, 2)
    others = [name for name in stages if name not in first]
    days: Raw = choose.one_of(
        {"days": choose.one_of(0, 1, 2, 5) * unit},
        {"working_days": choose.one_of(1, 2), "calendar": "office"},
    )
    return {
        begins: first,
        "to": list(stages),
        "within": choose.one_of(
            days, [{"when": {"severity": {"at_least": 0.5}}, "days": unit}, days]
        ),
        "not_counting": choose.some(others, 0, 2) if others else [],
    }


def a_case(choose: Choices, service: Raw, to: Raw) -> Raw:
    """Choose a case that asks how the service stands."""
    case: Raw = {"to": to}
    capacities = sorted(service["capacities"])
    if capacities and choose.one_of(True, True, False):
        case["where"] = {choose.one_of(*capacities): choose.one_of(*STATES)}
    elif service.get("deadlines"):
        days = choose.one_of({"below": 0}, {"at_least": 0}, {"below": 1e-5, "at_least": -1e-5})
        case["due"] = {choose.one_of(*service["deadlines"]): days}
    else:
        case["when"] = {"kind": "one"}
    return case


def _looking(choose: Choices, service: Raw, names: Sequence[str]) -> None:
    """Let some routes depend on how the service stands."""
    for at, name in enumerate(names):
        for cause, onward in service["stages"][name]["next"].items():
            if choose.one_of(False, True) and isinstance(onward, dict):
                to = choose.one_of(*names[at + 1 :], "out")
                case = a_case(choose, service, {to: 1.0})
                service["stages"][name]["next"][cause] = [case, {"to": onward}]


def _waiting(choose: Choices, service: Raw, names: Sequence[str], unit: float) -> None:
    """Let some offers be missed, and some who wait be reviewed."""
    for at, name in enumerate(names):
        stage = service["stages"][name]
        if "asks_for" not in stage:
            continue
        later = [*names[at + 1 :], "out"]
        if choose.one_of(False, False, True):
            lost = choose.one_of(0, 1, 2) * unit
            stage["offer"] = {
                "missed": choose.one_of(0.3, 0.7, 1.0),
                "times": choose.one_of(*FACTORS),
                "lost_days": lost,
            }
            stage["next"]["missed"] = choose.one_of(*(later if lost == 0 else (*names, "out")))
        if choose.one_of(False, True, True):
            after = choose.one_of(0, 1, 2, 3) * unit
            stage["reviewed"] = {"after_days": after}
            if choose.one_of(False, True, True):
                stage["reviewed"]["every_days"] = choose.one_of(1, 2) * unit
            to = choose.one_of(*(later if after == 0 else (*names, "out")))
            if choose.one_of(False, True):
                stage["next"]["moved"] = [a_case(choose, service, {to: 1.0})]


def _several(choose: Choices, service: Raw, order: Sequence[str]) -> None:
    """Let some stages ask for several capacities at once, some of them for what is kept already."""
    stages = service["stages"]
    bought = [name for name, capacity in service["capacities"].items() if "bought" in capacity]
    for name, stage in stages.items():
        others = [c for c in order if c != stage.get("asks_for") and c not in bought]
        if "asks_for" not in stage or stage["asks_for"] in bought or not others:
            continue
        kept = [c for c in others if _brings(stages, name, c)]
        if choose.one_of(False, *(True,) * 5):
            first = choose.one_of(*(kept or others))
            more = choose.some([c for c in others if c != first], 0, 3)
            stage["asks_for"] = [stage["asks_for"], first, *more][:MOST_PLACES_ASKED]


def _brings(stages: Mapping[str, Raw], name: str, capacity: str) -> bool:
    """Tell whether who comes to a stage may have kept a place of a capacity."""
    return any(
        stage["hold"] and capacity in asked_for(stage) and name in reached_by(stage, "completed")
        for stage in stages.values()
    )


def _bought(choose: Choices, service: Raw, unit: float, times: int) -> None:
    """Let the places of a capacity be bought, most with a budget; then nobody keeps one.

    The budget of a year is that of some stays of the longest length, so many ``times``.
    """
    every = service["capacities"]
    one_list = [
        name
        for name, of in every.items()
        if of.get("lists") == "one" or (of["units"] == 1 and "by" not in of)
    ]
    if not every or not choose.one_of(False, True, *(unit == 1.0,) * 3):
        return
    name = choose.one_of(*(one_list or every))
    for stage in service["stages"].values():
        stage["hold"] = stage["hold"] and stage["asks_for"] != name
    longest = choose.one_of(2, 10, 10) * unit
    service["currency"] = "NOK"
    every[name]["bought"] = {"price_per_day": 10.0, "at_most_days": longest}
    if name in one_list and choose.one_of(False, *(True,) * 4):
        stays = choose.one_of(1.5, 1.5, 2, 3) * times
        every[name]["bought"]["budget_per_year"] = stays * longest * 10.0
        if times > 1 and "by" not in every[name] and "beds" in every[name]:
            # Two days before the new year: some are there when it comes, and others wait.
            every[name] |= {"beds": 0, "changes": [{"day": 45, "number": 2}]}


def _lengthen(service: Raw, share: float) -> None:
    """Let the people come over a longer time, of which the time so far is a share."""
    for stream in service["arrivals"].values():
        stream["per_day"] *= share


def _without_circles(service: Raw) -> None:
    """Let go of the holds that might make a circle, as few as may be."""
    stages = service["stages"]
    holding = [name for name, stage in stages.items() if stage["hold"]]
    kept = max(
        (
            [name for name in holding if may_hold(stages[name], stages, order)]
            for order in permutations(service["capacities"])
        ),
        key=len,
    )
    for name, stage in stages.items():
        stage["hold"] = name in kept


def with_rules(choose: Choices, small: Small) -> Small:
    """Return a small service with rules."""
    service, names = copy.deepcopy(small.service), list(small.service["stages"])
    days = (*(NOVEMBER,) * 3, DECEMBER, DECEMBER) if small.unit == 1.0 else ()
    start = choose.one_of(small.start, *days)
    if start == NOVEMBER:
        _lengthen(service, small.horizon / LONG)
    _bought(choose, service, small.unit, 6 if start == NOVEMBER else 1)
    if choose.one_of(False, True, True):
        service["calendars"] = {**service.get("calendars", {}), "office": HOLIDAYS}
        some = [a_deadline(choose, small.unit, service["stages"]) for _ in range(2)]
        service["deadlines"] = {f"d{k}": of for k, of in enumerate(some) if of is not None}
    for capacity in service["capacities"].values():
        if choose.one_of(False, True, True):
            capacity["order"] = an_order(choose, tuple(service.get("deadlines", ())))
    _waiting(choose, service, names, small.unit)
    _looking(choose, service, names)
    _several(choose, service, sorted(service["capacities"]))
    _without_circles(service)
    horizon = LONG if start == NOVEMBER else small.horizon
    return replace(small, service=service, start=start, horizon=horizon)
