"""Services at the edges: nobody, everybody at once, nothing free, no time, very many visits."""

from collections.abc import Mapping
from typing import Any

from tests.equality.services import TICK, Small

from simcare.model.ticks import LONGEST_HORIZON_DAYS

Raw = dict[str, Any]
STAY = {"fixed": TICK}
NO_TIME = {"fixed": 0.0}


def of(
    stages: Mapping[str, Raw],
    people: float,
    horizon: int,
    beds: int | Raw = 3,
    unit: float = TICK,
    conditions: Mapping[str, Raw] | None = None,
) -> Small:
    """Return a service to whose first stage so many ``people`` are expected within the horizon.

    ``beds`` is the number of the one capacity, or all that is said of it.
    """
    asked = any("asks_for" in stage for stage in stages.values())
    capacity = beds if isinstance(beds, dict) else {"beds": beds}
    service = {
        "arrivals": {"some": {"per_day": people / (horizon * unit)}},
        "ways_in": {"door": {"stage": next(iter(stages)), "share": 1.0}},
        "capacities": {"beds": capacity} if asked else {},
        "conditions": dict(conditions or {}),
        "stages": dict(stages),
    }
    return Small(service, unit, horizon)


def _ward(stay: Raw, to: Any = "out", **more: Any) -> Raw:
    return {"asks_for": "beds", "stay_days": stay, "next": {"completed": to}, **more}


def _patience(ticks: int) -> Mapping[str, Raw]:
    return {"waiting": {"leave": {"after_days": {"fixed": ticks * TICK}}}}


def _impatient(stay: Raw) -> Raw:
    onward = {"completed": "out", "left": "out"}
    return {**_ward(stay), "while_waiting": "waiting", "next": onward}


def _again(ticks: int) -> Raw:
    return {"after_days": 0.0, "every_days": ticks * TICK}


def _by_severity(beds: int) -> Raw:
    return {"beds": beds, "order": {"highest": "severity"}}


def ruled() -> dict[str, Small]:
    """Return services with rules at their edges: many reviews, classes, units, and no money."""
    moved = {
        "completed": "out",
        "missed": "out",
        "moved": [{"where": {"beds": "free"}, "to": "out"}],
    }
    hundredths = [{"severity": {"at_least": k / 100}} for k in range(99, 0, -1)]
    bought = {"price_per_day": 1.0, "at_most_days": 5 * TICK, "budget_per_year": 0}
    everything = {
        "first": {
            **_ward(NO_TIME),
            "reviewed": {"after_days": 0.0},
            "offer": {"missed": 0.5},
            "next": {
                "completed": "second",
                "missed": "second",
                "moved": [{"where": {"beds": "full"}, "to": "second"}],
            },
        },
        "second": {**_ward(STAY), "offer": {"missed": 0.5}, "reviewed": {"after_days": 0.0}},
    }
    everything["second"]["next"] = {"completed": "out", "missed": "out"}
    soon = {"from": ["door"], "to": ["ward"], "within": {"days": 0}}
    at_once = {
        "door": {
            "stay_days": STAY,
            "next": {
                "completed": [{"due": {"soon": {"at_least": 0}}, "to": "out"}, {"to": "ward"}]
            },
        },
        "ward": _ward(STAY),
    }
    units = {"beds": 1000, "units": 1000, "order": {"lowest": "motivation"}}
    several = of({"ward": {**_ward(STAY), "asks_for": ["beds", "rooms", "staff"]}}, 3000, 4, units)
    reviewed = {"ward": {**_ward(STAY), "reviewed": _again(1)}}
    long = {"ward": {**_ward(STAY), "reviewed": _again(50)}}
    return {
        "reviews where there is never a place": of(
            {
                "ward": {
                    **reviewed["ward"],
                    "next": {k: v for k, v in moved.items() if k != "missed"},
                }
            },
            50,
            400,
            _by_severity(0),
        ),
        "a review every second": of(reviewed, 200, 300, _by_severity(1)),
        "a budget of nothing": of(
            {"ward": _ward(STAY)}, 50, 100, {"beds": 3, "bought": bought}
        ).with_parts(currency="NOK"),
        "a thousand units of three capacities": several.with_parts(
            capacities=dict.fromkeys(("beds", "rooms", "staff"), units)
        ),
        "a deadline of no days": of(
            at_once, 50, 100, {"beds": 1, "order": {"deadline": "soon"}}
        ).with_parts(deadlines={"soon": soon}),
        "a hundred classes": of(
            {"ward": _ward(STAY)}, 2000, 10, {"beds": 5, "order": {"classes": hundredths}}
        ),
        "thousands on a list with an order": of(long, 5000, 100, _by_severity(20)),
        "everything in one tick": of(everything, 2000, 1, _by_severity(3)),
        "everything in two ticks": of(everything, 2000, 2, _by_severity(3)),
    }


def crowd(people: int) -> dict[str, Small]:
    """Return services to which ``people`` come within a second or a few."""
    chain = {
        "first": _ward(NO_TIME, "second"),
        "second": {"stay_days": NO_TIME, "next": {"completed": "third"}},
        "third": _ward(NO_TIME),
    }
    ward = {"ward": _ward(STAY)}
    return {
        "a crowd in the only tick": of(ward, people, 1),
        "a crowd that takes no time": of(chain, people, 1),
        "a crowd that has no beds": of(ward, people, 1, beds=0),
        "a crowd that has a bed each": of(ward, people, 2, beds=people),
        "a crowd that gives up at once": of(
            {"ward": _impatient(STAY)}, people, 1, conditions=_patience(0)
        ),
        "a crowd that gives up together": of(
            {"ward": _impatient(STAY)}, people, 4, conditions=_patience(2)
        ),
        "a crowd when many beds open": of(
            ward, people, 3, {"beds": 0, "changes": [{"day": TICK, "number": people // 2}]}
        ),
        "a crowd that goes round": of(
            {"ward": _ward(STAY, {"ward": 0.5, "out": 0.5})}, people, 5, beds=people // 10
        ),
        "a crowd at many units": of(ward, people, 5, {"beds": 1000, "units": 1000}),
    }


def small() -> dict[str, Small]:
    """Return services in which little or nothing can happen, or goes on for very long."""
    alone = {"home": {"stay_days": STAY, "next": {"completed": "home"}}}
    months = {"ward": _ward({"exponential": {"mean": 30.0}}, "ward")}
    again = {"home": {"stay_days": STAY, "next": {"completed": "return"}}}
    closing = {"beds": 2, "changes": [{"day": 30.0, "number": 0}]}
    kept = {
        "first": {**_ward(STAY, "second"), "hold": True},
        "second": {"stay_days": {"fixed": 1.0}, "next": {"completed": "out"}},
    }
    return {
        "nobody": of({"ward": _ward(STAY)}, 0, 10),
        "one tick": of({"ward": _ward(STAY)}, 5, 1),
        "no beds for ever": of({"ward": _ward(STAY)}, 50, 100, beds=0),
        "beds that close for ever": of(months, 200, 365, closing, unit=1.0),
        "a place kept to where nothing is asked for": of(kept, 60, 120, beds=1),
        "thousands of visits in a loop": of(alone, 3, 20_000),
        "thousands of episodes": of(again, 3, 20_000),
        "thousands of visits to one bed": of({"ward": _ward(STAY, "ward")}, 3, 20_000, beds=1),
        "many waits that are over long before their patience": of(
            {"ward": {**_impatient(STAY), "next": {"completed": "ward", "left": "out"}}},
            20,
            4000,
            beds=10,
            conditions=_patience(50),
        ),
        "the longest horizon": of(months, 3, int(LONGEST_HORIZON_DAYS), unit=1.0),
    }
