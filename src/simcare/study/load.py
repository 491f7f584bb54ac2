"""The load that scenarios offer: each played with places without limit, so that nobody waits.

What is different between scenarios only in how many places there are is played once.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.load import (
    Draining,
    Load,
    Part,
    Presence,
    Window,
    closes,
    loads_of,
    places_open,
    places_usable,
)
from simcare.analysis.records import Steps
from simcare.engines.beginning import Here
from simcare.engines.choice import simulator
from simcare.engines.cohort import key_of
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.kernels.tables import NEVER, NONE, UNIT_BITS, UNIT_MASK, Rows
from simcare.model.ticks import ticks
from simcare.study.opening import following, lower_earlier
from simcare.study.values import Study

LOAD_BY = "compiled"  # the engine that plays them
ENDLESS = 1 << 40  # places
# Replications are played until each capacity's load is known to this share of it, or until so many
# clients or replications were: no clock is asked, so that the load is the same on any machine.
NARROW = 0.02
CLIENTS, REPLICATIONS = 40_000, 200
TIMETABLES = 20  # drawn, where sick leave is


@dataclass
class _Unlimited:
    """A scenario with places without limit, and of which capacities the stays are wanted.

    So has been what was there before day 0, if anything was.
    """

    program: Program
    earlier: Program | None
    seed: int
    window: Window
    wanted: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Seen:
    """What was seen in it: who was where for how long, and how busy places would empty."""

    presence: Presence
    draining: dict[str, Draining]


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
            tuple(_loads(program, seen[key], distinct[key].window, distinct[key].seed))
            for program, key in zip(own, mine, strict=True)
        ]
        for own, mine in zip(programs, keys, strict=True)
    ]


def _lowered(study: Study, scene: int) -> Program:
    return lower(study.scenes[scene].scenario, study.plan.start_date, study.plan.horizon_days)


def without_limit(program: Program) -> Program:
    """Return a scenario in which every place has room for all, always, at whatever price.

    Nobody of a list is there on day 0: the load is that of those who come.
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
    before = None if earlier is None else without_limit(earlier)
    window = Window(ticks(plan.warm_up_days), program.horizon)
    said = hashlib.sha256(repr((plan.seed, window, endless.places, endless.streams)).encode())
    for played in filter(None, (endless, before)):
        for array in (*played.tables, *played.arrivals):
            said.update(np.ascontiguousarray(array).tobytes())
    mine = distinct.setdefault(said.digest(), _Unlimited(endless, before, plan.seed, window))
    mine.wanted |= {name for name, _, steps in _groups(program) if closes(steps)}
    return said.digest()


def _played(endless: _Unlimited) -> _Seen:
    """Play a scenario without limits, as often as it takes."""
    program, window = endless.program, endless.window
    simulate = simulator(LOAD_BY)
    presence = Presence.none(len(program.places))
    stays: dict[str, list[NDArray[np.float64]]] = {name: [] for name in endless.wanted}
    while not _enough(presence, program, window):
        begun, number = program, presence.replications
        if endless.earlier is not None:
            begun = following(program, endless.earlier, endless.seed, number, simulate)
        visits = simulate(begun, endless.seed, number)
        places = _places_of(program, visits)
        presence.add(visits, places, window)
        for name, known in stays.items():
            mine = [k for k, p in enumerate(program.places) if p.capacity == name]
            whole = (visits["ended"] >= 0) & (visits["client"] >= len(begun.here.ids))
            seen = visits[whole & np.isin(places, mine).any(axis=0)]
            known.append((seen["ended"] - seen["started"]).astype(np.float64))
    lengths = {name: np.concatenate(known) for name, known in stays.items()}
    return _Seen(presence, {n: Draining(s) for n, s in lengths.items() if s.any()})


def _enough(presence: Presence, program: Program, window: Window) -> bool:
    """Return whether enough was played to know the load of every capacity."""
    if not presence.replications:
        return False
    if presence.clients >= CLIENTS or presence.replications >= REPLICATIONS:
        return True
    numbers: dict[str, list[int]] = {}
    for number, place in enumerate(program.places):
        numbers.setdefault(place.capacity, []).append(number)
    found = (presence.offered(mine, window) for mine in numbers.values())
    return all(upper - mean <= NARROW * mean for mean, _, upper in found)


def _places_of(program: Program, visits: Rows) -> NDArray[np.int64]:
    """Return the places of each visit: int64 (as many as any stage asks for, visits), or NONE."""
    first = program.first_places()[visits["stage"]].T
    slots = np.arange(len(first))[:, np.newaxis]
    units = visits["unit"].astype(np.int64) >> UNIT_BITS * slots & UNIT_MASK
    return np.where(first == NONE, NONE, first + units)


def _groups(program: Program) -> Iterator[tuple[str, tuple[int, ...], Steps]]:
    """Yield each capacity, or each part of one, with its places and how many are open from when."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, place in enumerate(program.places):
        groups.setdefault((place.capacity, place.category), []).append(number)
    for (capacity, _), numbers in groups.items():
        yield capacity, tuple(numbers), _steps(program, numbers)


def _steps(program: Program, numbers: Sequence[int]) -> Steps:
    """Return how many of some places are open from which tick on."""
    now = {number: program.places[number].number for number in numbers}
    found = {0: sum(now.values())}
    changes = program.changes[program.changes["number"] != NONE]
    for tick, place, number, _ in changes[np.isin(changes["place"], list(numbers))].tolist():
        now[place] = number
        found[tick] = sum(now.values())
    return tuple(found.items())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


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


def _loads(program: Program, seen: _Seen, window: Window, seed: int) -> Iterator[Load]:
    """Yield the loads of a scenario's capacities, from what was seen without limits."""
    parts: dict[str, list[Part]] = {}
    timetables = _as_played(program, seed)
    for groups in zip(*map(_groups, timetables), strict=True):
        capacity, numbers, _ = groups[0]
        every = [steps for *_, steps in groups]
        places = usable = _mean([places_open(steps, window) for steps in every])
        draining = seen.draining.get(capacity)
        if draining is not None and closes(every[0]):
            usable = _mean([places_usable(steps, draining, window) for steps in every])
        category = program.places[numbers[0]].category
        parts.setdefault(capacity, []).append(Part(category, numbers, places, usable))
    for capacity, own in parts.items():
        yield from loads_of(capacity, own, seen.presence, window)
