"""The load that scenarios offer: each played with places without limit.

So nobody waits, but until a group is full that starts together. What is different between scenarios
only in how many places there are is played once.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.load import Load, Part, Presence, loads_of
from simcare.analysis.records import Steps
from simcare.analysis.usable import (
    Budgets,
    Window,
    paid_for,
    places_open,
    places_usable,
)
from simcare.engines.beginning import Here
from simcare.engines.choice import simulator
from simcare.engines.cohort import key_of
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.kernels.tables import (
    NEVER,
    NONE,
    RETURN,
    RETURN_BY_WAY_IN,
    STAGE,
    UNIT_BITS,
    UNIT_MASK,
    Row,
    Rows,
)
from simcare.model.scenario import Plan
from simcare.model.ticks import ticks
from simcare.study.earlier import earlier
from simcare.study.opening import following, lower_earlier
from simcare.study.values import Study

LOAD_BY = "compiled"  # the engine that plays them
ENDLESS = 1 << 40  # places
# Replications are played until each capacity's load is known to this share of it, or until so many
# clients or replications were: no clock is asked, so that the load is the same on any machine.
NARROW = 0.02
CLIENTS, REPLICATIONS = 40_000, 200
TIMETABLES = 20  # drawn, where sick leave is
# A run that begins with a list is measured as it is in the long run: with what came in so many days
# before, and twice as many, until more of them change nothing.
BEFORE_DAYS, MOST_BEFORE_DAYS = 365, 32 * 365


@dataclass
class _Unlimited:
    """A scenario with places without limit; so has been what was there before day 0, if anything.

    ``longer`` returns what was there before, for a number of days, where that is to be long enough.
    """

    program: Program
    earlier: Program | None
    seed: int
    window: Window
    longer: Callable[[int], Program] | None = None


@dataclass(frozen=True)
class _Seen:
    """What was seen in it: who was where for how long, and by capacity lengths of stay in ticks."""

    presence: Presence
    stays: Mapping[str, list[int]]


def loads(studies: Sequence[Study], workers: int) -> list[list[tuple[Load, ...]]]:
    """Return the load of every capacity in each scene of each study, both in their order.

    A scene's loads are ordered by capacity; that of the whole comes before those of its parts. They
    are the same for any number of workers. Raises OverflowError if clients who never wait come more
    often than can be counted.
    """
    programs = [[_lowered(study, s) for s in range(len(study.scenes))] for study in studies]
    distinct: dict[bytes, _Unlimited] = {}
    keys = [
        [_noted(distinct, program, study, scene) for scene, program in enumerate(own)]
        for own, study in zip(programs, studies, strict=True)
    ]
    with ThreadPoolExecutor(max(1, min(workers, len(distinct)))) as pool:
        seen = dict(zip(distinct, pool.map(_played, distinct.values()), strict=True))
    return [
        [
            tuple(_loads(program, seen[key], distinct[key].window, study.plan))
            for program, key in zip(own, mine, strict=True)
        ]
        for own, mine, study in zip(programs, keys, studies, strict=True)
    ]


def _lowered(study: Study, scene: int) -> Program:
    return lower(study.scenes[scene].scenario, study.plan.start_date, study.plan.horizon_days)


def without_limit(program: Program) -> Program:
    """Return a scenario in which every place has room for all, always, at whatever price.

    Groups that start together are waited for as ever. Nobody of a list is there on day 0: the load
    is that of those who come.
    """
    capacities = program.tables.capacities.copy()
    capacities["number"] = ENDLESS
    return replace(
        program,
        tables=program.tables._replace(capacities=capacities),
        places=tuple(
            replace(place, number=ENDLESS, budget=NEVER, set_aside=0) for place in program.places
        ),
        changes=program.changes[:0],
        drawn=(),
        here=Here.nobody(len(program.columns)),
    )


def _noted(distinct: dict[bytes, _Unlimited], program: Program, study: Study, scene: int) -> bytes:
    """Note a scenario without limits where no other is like it; return by which key it is found."""
    plan = study.plan
    endless, earlier = without_limit(program), lower_earlier(study, scene)
    before, longer = None if earlier is None else without_limit(earlier), None
    if len(program.here.ids):
        longer = partial(_before, study, scene)
        before = longer(BEFORE_DAYS)
    window = Window(ticks(plan.warm_up_days), program.horizon)
    said = hashlib.sha256(repr((plan.seed, window, endless.places, endless.streams)).encode())
    for played in filter(None, (endless, before)):
        for array in (*played.tables, *played.arrivals):
            said.update(np.ascontiguousarray(array).tobytes())
    distinct.setdefault(said.digest(), _Unlimited(endless, before, plan.seed, window, longer))
    return said.digest()


def _before(study: Study, scene: int, days: int) -> Program:
    """Return a scene as it was for so many days before day 0, from empty and without limits.

    Public holidays, which are not known of every year, are left out: they open and close places.
    """
    before, start = earlier(study.scenes[scene].scenario, days).scenario, study.plan.start_date
    calendars = {
        name: calendar.model_copy(update={"holidays": None})
        for name, calendar in before.service.calendars.items()
    }
    service = before.service.model_copy(update={"calendars": calendars})
    before = before.model_copy(update={"service": service})
    return without_limit(lower(before, start - timedelta(days=days), days))


def _played(endless: _Unlimited) -> _Seen:
    """Play a scenario without limits, as often as it takes, and with as much before as it takes."""
    seen, days = _played_after(endless, endless.earlier), BEFORE_DAYS
    while endless.longer is not None and days < MOST_BEFORE_DAYS:
        days *= 2
        last, seen = seen, _played_after(endless, endless.longer(days))
        if not _more(seen.presence, last.presence, endless):
            break
    return seen


def _more(later: Presence, before: Presence, endless: _Unlimited) -> bool:
    """Return whether more is asked of a capacity than was before, beyond what chance can do."""
    window, groups = endless.window, _numbers(endless.program).values()
    return any(later.offered(own, window)[0] > before.offered(own, window)[2] for own in groups)


def _played_after(endless: _Unlimited, earlier: Program | None) -> _Seen:
    program, window = endless.program, endless.window
    simulate = simulator(LOAD_BY)
    presence = Presence.none(len(program.places))
    stays: dict[str, list[int]] = {name: [] for name in _numbers(program)}
    while not _enough(presence, program, window):
        begun, number = program, presence.replications
        if earlier is not None:
            begun = following(program, earlier, endless.seed, number, simulate)
        visits = simulate(begun, endless.seed, number)
        places = _places_of(program, visits)
        presence.add(visits, places, window)
        for name, own in _numbers(program).items():
            stays[name] += _stays(visits[np.isin(places, own).any(axis=0)], begun, window)
    return _Seen(presence, stays)


def _stays(visits: Rows, begun: Program, window: Window) -> list[int]:
    """Return how long those visits were that ended within the window, in ticks.

    Those that began in it and ended would be the short ones. People of day 0 have only a rest left.
    """
    whole = (visits["ended"] >= window.first) & (visits["client"] >= len(begun.here.ids))
    whole &= visits["started"] >= 0  # who has left before a group was full was not there
    found: list[int] = (visits["ended"] - visits["started"])[whole].tolist()
    return found


def _enough(presence: Presence, program: Program, window: Window) -> bool:
    """Return whether enough was played to know the load of every capacity."""
    if not presence.replications:
        return False
    if presence.clients >= CLIENTS or presence.replications >= REPLICATIONS:
        return True
    found = (presence.offered(mine, window) for mine in _numbers(program).values())
    return all(upper - mean <= NARROW * mean for mean, _, upper in found)


def _numbers(program: Program) -> dict[str, list[int]]:
    """Return the places of each capacity."""
    numbers: dict[str, list[int]] = {}
    for number, place in enumerate(program.places):
        numbers.setdefault(place.capacity, []).append(number)
    return numbers


def _places_of(program: Program, visits: Rows) -> NDArray[np.int64]:
    """Return the places of each visit: int64 (as many as any stage asks for, visits), or NONE."""
    first = program.first_places()[visits["stage"]].T
    slots = np.arange(len(first))[:, np.newaxis]
    units = visits["unit"].astype(np.int64) >> UNIT_BITS * slots & UNIT_MASK
    return np.where(first == NONE, NONE, first + units)


def _steps(program: Program, number: int, field: str) -> Steps:
    """Return what a place has of a field of the changes, from which tick on."""
    changes = program.changes[program.changes["place"] == number]
    changes = changes[changes[field] != NONE]
    rows = zip(changes["tick"].tolist(), changes[field].tolist(), strict=True)
    return tuple({0: getattr(program.places[number], field), **dict(rows)}.items())


def _budgets(program: Program, number: int, start: date) -> Budgets:
    """Return what may be spent on a place, year by year."""
    steps = _steps(program, number, "budget")
    last = date(start.year + len(steps), 1, 1) - start
    place = program.places[number]
    return Budgets(steps, ticks(last.days), place.together * place.set_aside)


def _as_played(program: Program, seed: int) -> list[Program]:
    """Return a scenario as it is in some replications, if its places depend on them; else as it is.

    Sick leave is drawn, so the places there are on average are those of the first replications.
    """
    if not program.drawn:
        return [program]
    return [
        replace(program, changes=changes_of(program, key_of(seed, replication)))
        for replication in range(TIMETABLES)
    ]


def depending(program: Program) -> set[str]:
    """Return the capacities for which who comes depends on how places stand, or on time waited.

    That is where the cases lead of which one asks for either, and all that follows, new episodes
    among it.
    """
    tables = program.tables
    entries = set(program.arrivals.ways_in["stage"].tolist())
    onward: dict[int, set[int]] = {}
    found: set[int] = set()
    for stage, ends in enumerate(tables.ends):
        for end in ends:
            cases = tables.cases[end["first"] : end["first"] + end["many"]]
            targets = {to for case in cases for to in _stages_of(tables.routes, case, entries)}
            onward.setdefault(stage, set()).update(targets)
            if cases["looks_many"].any() or cases["dues_many"].any():
                found |= targets
    new = found
    while new:
        new = set().union(*(onward[stage] for stage in new)) - found
        found = found | new
    asked = tables.asked[sorted(found)]
    return {program.capacities[k] for k in np.unique(asked[asked != NONE]).tolist()}


def _stages_of(routes: Rows, case: Row, entries: set[int]) -> set[int]:
    """Return the stages to which a case leads; the entries where clients return by their way in."""
    own = routes[case["routes_first"] : case["routes_first"] + case["routes_many"]]
    to = set(own["stage"][np.isin(own["kind"], (STAGE, RETURN))].tolist())
    return to | entries if (own["kind"] == RETURN_BY_WAY_IN).any() else to


def _loads(program: Program, seen: _Seen, window: Window, plan: Plan) -> Iterator[Load]:
    """Yield the loads of a scenario's capacities, from what was seen without limits."""
    timetables, depend = _as_played(program, plan.seed), depending(program)
    for capacity, every in _numbers(program).items():
        groups: dict[str, list[int]] = {}
        for number in every:
            groups.setdefault(program.places[number].category, []).append(number)
        parts = []
        for category, own in groups.items():
            lists = [[_steps(one, number, "number") for number in own] for one in timetables]
            opened = sum(places_open(steps, window) for of in lists for steps in of) / len(lists)
            together = program.places[own[0]].together
            usable = places_usable(lists, seen.stays[capacity], window, together)
            if program.places[own[0]].budget != NEVER:  # of a capacity that is one list
                usable = paid_for(_budgets(program, own[0], plan.start_date), usable, window)
            parts.append(Part(category, tuple(own), opened, usable))
        yield from loads_of(capacity, parts, seen.presence, window, capacity in depend)
