"""A run that begins where an earlier one has ended: what it takes over, worked by hand.

With lengths that are fixed nothing is drawn again, so the two together are one unbroken run.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.unit.engines.test_days import leaving, stage
from tests.unit.engines.test_here import KEY, Day

from simcare.engines import compiled, reference
from simcare.engines.beginning import Here
from simcare.engines.cohort import everybody
from simcare.engines.continuing import here_after
from simcare.engines.program import Program
from simcare.kernels.draws import name_id
from simcare.kernels.tables import (
    EPISODE,
    FATES,
    MOTIVATION,
    SEVERITY,
    TICKS_PER_DAY,
    WAITED,
    WAS_THERE,
    People,
    Rows,
)

Told = tuple[str, int, int, str, float, float]
SINKING = {"half_life_days": 20 / TICKS_PER_DAY, "towards": 0.2}
RISING = {"half_life_days": 40 / TICKS_PER_DAY, "towards": 1.0}

# Two beds with a list, on which motivation sinks and from which people leave after 19 seconds; then
# nine seconds at home, where severity rises. Who leaves the list asks again at once.
SERVICE: dict[str, Any] = {
    "capacities": {"beds": {"beds": 2}},
    "conditions": {
        "waiting": {**leaving(19), "motivation": SINKING},
        "at_home": {"severity": RISING},
    },
    "stages": {
        "ward": stage(
            14,
            "home",
            asks="beds",
            while_waiting="waiting",
            next={"left": "return to ward"},
        ),
        "home": stage(9, while_there="at_home"),
    },
}
COMES = [
    (0, "ward"),
    (3, "ward"),
    (5, "ward"),
    (6, "ward"),
    (7, "ward"),
    (23, "ward"),
    (50, "ward"),
]
UNTIL = 120


def played(engine: Any, program: Program, comes: Sequence[tuple[int, str]]) -> tuple[Rows, People]:
    """Return what an engine writes and leaves when these come, and those who are there."""
    ids = np.uint64(name_id("all") << 32) + np.arange(len(comes), dtype=np.uint64)
    people = everybody(program, KEY, np.array([tick for tick, _ in comes], np.int64), ids)
    entries = [program.stages.index(name) for _, name in comes]
    people.clients["entry"][len(program.here.ids) :] = entries
    left: list[People] = []
    visits = engine.play(program, people, left=lambda _, those: left.append(those))
    return visits, left[0]


def told(visits: Rows, after: int = 0) -> list[Told]:
    """Return the visits that end or are open after a tick, in the order of their beginning."""
    names, rows = list(SERVICE["stages"]), []
    for v in visits[(visits["ended"] < 0) | (visits["ended"] > after)]:
        ended = -1 if v["ended"] < 0 else int(v["ended"]) - after
        started = -1 if v["started"] < 0 else max(0, int(v["started"]) - after)
        last = (float(v["motivation_ended"]), float(v["severity_ended"]))
        rows.append((names[v["stage"]], started, ended, FATES[v["fate"]], *last))
    return sorted(rows, key=lambda row: row[:4])


def test_a_run_in_two_parts_is_the_unbroken_run() -> None:
    """Wherever it is broken, everybody goes on as they would have: when, how, and in what state.

    But for ticks in which somebody asks, begins or ends: what ends in the first tick has at least
    one tick left. Chance plays no part in this service; states are single numbers in a record.
    """
    whole, _ = played(reference, Day(SERVICE, [], COMES, UNTIL).program(), COMES)
    busy = {int(tick) for name in ("queued", "started", "ended") for tick in whole[name]}
    quiet = [tick for tick in range(1, 75) if tick not in busy]
    assert len(quiet) > 40
    for at in quiet:
        earlier = Day(SERVICE, [], COMES, at).program()
        after: list[Rows] = []
        for engine in (reference, compiled):
            visits, people = played(engine, earlier, [(t, s) for t, s in COMES if t < at])
            following = Day(SERVICE, [], COMES, UNTIL - at).program()
            begun = program_with(following, here_after(earlier, visits, people, following))
            after.append(played(engine, begun, [(t - at, s) for t, s in COMES if t >= at])[0])
        assert after[0].tobytes() == after[1].tobytes()
        for ours, theirs in zip(told(after[0]), told(whole, at), strict=True):
            assert ours[:4] == theirs[:4], f"broken at {at}"
            assert ours[4:] == pytest.approx(theirs[4:], abs=1e-6, nan_ok=True), f"broken at {at}"


def program_with(program: Program, here: Here) -> Program:
    """Return a program with these people on day 0."""
    return replace(program, here=here)


def test_who_is_taken_over() -> None:
    """After 30 seconds: who, where, since when, in which episode, and how motivated.

    Two came at 0 and 3 and were in the beds until 14 and 17; those of 5 and 6 had them then, until
    28 and 31. The one of 7 left the list at 26 and asks again since; the bed of 28 is for the
    one of 23. At home is who left it; those of 14 and 17 have gone.
    """
    earlier = Day(SERVICE, [], COMES, 30).program()
    comes = [(t, s) for t, s in COMES if t < 30]
    visits, people = played(reference, earlier, comes)
    here = here_after(earlier, visits, people, earlier)
    names = earlier.stages
    rows = [
        (names[one["stage"]], int(one["lasted"]), int(one["state"]), int(one["episodes"]))
        for one in here.present
    ]
    assert rows == [
        ("ward", 16 - 3, WAS_THERE, 0),
        ("home", 2, WAS_THERE, 0),
        ("ward", 2, WAS_THERE, 0),
        ("ward", 4, WAITED, 1),
    ]
    left = 0.2 + 0.8 * 0.5 ** (19 / 20)
    sunk = 0.2 + (left - 0.2) * 0.5 ** (4 / 20)
    assert here.known[3, MOTIVATION] == pytest.approx(sunk, rel=1e-12)
    assert here.known[1, SEVERITY] == pytest.approx(1 - 0.5 ** (2 / 40), rel=1e-12)
    assert here.ids.tolist() == [name_id("here_at_the_start") << 32 | k for k in range(4)]


def test_who_waits_for_what_is_given_to_all_begins_it() -> None:
    """Where the next service has beds for everybody, who waits begins the whole stay on day 0."""
    earlier = Day(SERVICE, [], COMES, 30).program()
    visits, people = played(reference, earlier, [(t, s) for t, s in COMES if t < 30])
    ward = {
        k: v for k, v in SERVICE["stages"]["ward"].items() if k not in ("asks_for", "while_waiting")
    }
    ward["next"] = {"completed": "home"}
    at_home = {"at_home": SERVICE["conditions"]["at_home"]}
    free = {
        **SERVICE,
        "capacities": {},
        "conditions": at_home,
        "stages": {**SERVICE["stages"], "ward": ward},
    }
    begun = Day(free, [], [], 100).program()
    begun = program_with(begun, here_after(earlier, visits, people, begun))
    assert told(played(compiled, begun, [])[0])[0][:4] == ("home", 0, 7, "completed")
    ward_ends = sorted(row[2] for row in told(played(compiled, begun, [])[0]) if row[0] == "ward")
    assert ward_ends == [1, 12, 14]


def test_the_episode_goes_on() -> None:
    """Who came back before day 0 is in the second episode, and what asks for it knows that."""
    back = stage(10, [{"when": {"episode": {"below": 2}}, "to": "return"}, {"to": "out"}])
    service = {"stages": {"home": back}}
    earlier = Day(service, [], [], 15).program()
    visits, people = played(reference, earlier, [(0, "home"), (8, "home")])
    following = Day(service, [], [], 100).program()
    here = here_after(earlier, visits, people, following)
    assert here.present["episodes"].tolist() == [0, 1]
    begun = program_with(following, here)
    for engine in (reference, compiled):
        after, left = played(engine, begun, [])
        assert after["ended"].tolist() == [3, 13, 5]
        assert after["episode"].tolist() == [1, 2, 1]
        assert left.traits[:, EPISODE].tolist() == [2.0, 2.0]
