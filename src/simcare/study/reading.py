"""How the records of a scenario are to be read: its names, milestones and window as numbers."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from simcare.analysis.flows import AFTER, BEFORE_HELP, HELPED, TREATED
from simcare.analysis.records import Part, Reading, Steps
from simcare.engines.cohort import key_of
from simcare.engines.lowered_lives import Lowering
from simcare.engines.lowered_places import lowered_places
from simcare.engines.program import Place, Program
from simcare.engines.staffing import changes_of
from simcare.kernels.tables import NONE, WAS_THERE, Rows
from simcare.model.beginning import NOBODY, Beginning
from simcare.model.pathway import leading_to, reached_by
from simcare.model.scenario import Plan, Scenario
from simcare.model.service import Service
from simcare.model.ticks import ticks
from simcare.study.terms import deadline_terms, fares, prices, traits, ways
from simcare.study.window import day_ends, month_edges


def reading_of(scenario: Scenario, plan: Plan, is_compared: bool = False) -> Reading:
    """Return how the records of a scenario are read, with all of its staff there.

    Where it ``is_compared`` with another policy, clients are told one by one.

    Where sick leave is drawn, :func:`as_played` says how those of one replication are.
    """
    service, beginning = scenario.service, scenario.beginning or NOBODY
    waiting = sum(one.is_waiting for one in beginning.people)
    stages, capacities = tuple(service.stages), tuple(sorted(service.capacities))
    each = [*service.stages.values()]
    numbers = {name: k for k, name in enumerate(stages)}
    marks = {name: tuple(numbers[stage] for stage in named) for name, named in service.milestones}
    laid = lowered_places(Lowering(scenario), plan.start_date, plan.horizon_days)
    over_time, parts = _numbers(capacities, laid.places, laid.changes)
    return Reading(
        stages=stages,
        capacities=capacities,
        capacities_of=tuple(
            tuple(capacities.index(name) for name in stage.asks_for) for stage in each
        ),
        on_the_way=_on_the_way(service),
        phases=_phases(service),
        warm_up=ticks(plan.warm_up_days),
        horizon=ticks(plan.horizon_days),
        deadline_days=plan.deadline_days,
        places=over_time,
        parts=parts,
        holding=tuple(numbers[name] for name, stage in service.stages.items() if stage.hold),
        deadlines=deadline_terms(scenario, plan),
        day_ends=day_ends(plan) if service.deadlines else (),
        month_edges=month_edges(plan) if service.deadlines else (),
        prices=prices(service),
        fares=fares(service),
        traits=traits(scenario),
        is_compared=is_compared,
        currency=service.currency or "",
        ways=ways(service),
        uncounted=tuple(k for k, s in enumerate(service.arrivals.values()) if not s.counted),
        may_miss=tuple(k for k, stage in enumerate(each) if stage.offer is not None),
        may_move=tuple(k for k, stage in enumerate(each) if "moved" in stage.next),
        begun=_may_wait(service, beginning),
        there=len(beginning.people) - waiting,
        waiting=waiting,
        **marks,
    )


def _may_wait(service: Service, beginning: Beginning) -> tuple[int, ...] | None:
    """Return for which stages somebody may wait on day 0, None where a run begins with nobody."""
    if not beginning.is_there:
        return None
    listed = {one.stage for one in beginning.people if one.is_waiting}
    return tuple(
        number
        for number, (name, stage) in enumerate(service.stages.items())
        if name in listed or (beginning.after_days > 0 and stage.asks_for)
    )


def as_played(reading: Reading, program: Program, seed: int, replication: int) -> Reading:
    """Return a reading with the places and the people of day 0 that there are in one replication.

    It is the reading itself where these are the same in every replication.
    """
    there = int((program.here.present["state"] == WAS_THERE).sum())
    waiting = len(program.here.ids) - there
    if (there, waiting) != (reading.there, reading.waiting):
        reading = replace(reading, there=there, waiting=waiting)
    if not program.drawn:
        return reading
    changes = changes_of(program, key_of(seed, replication))
    numbers, parts = _numbers(reading.capacities, program.places, changes)
    return replace(reading, places=numbers, parts=parts)


def _numbers(
    capacities: Sequence[str], places: Sequence[Place], changes: Rows
) -> tuple[tuple[Steps, ...], tuple[Part, ...]]:
    """Return how many places there are of each capacity, and of its parts, from which tick on."""
    whole, parts = [], []
    for k, name in enumerate(capacities):
        own = [number for number, place in enumerate(places) if place.capacity == name]
        whole.append(_steps(own, places, changes))
        for category, several in groupby(own, lambda number: places[number].category):
            mine = list(several)
            units = range(mine[0] - own[0], mine[-1] - own[0] + 1)
            if category:
                parts.append(Part(k, category, units, _steps(mine, places, changes)))
    return tuple(whole), tuple(parts)


def _steps(own: Sequence[int], places: Sequence[Place], changes: Rows) -> Steps:
    """Return how many there are of some places together from which tick on."""
    number = {place: places[place].number for place in own}
    total = sum(number.values())
    found = {0: total}
    moved = changes[np.isin(changes["place"], own) & (changes["number"] != NONE)]
    for tick, place, to in moved[["tick", "place", "number"]].tolist():
        total += to - number[place]
        number[place] = to
        found[tick] = total
    return tuple(found.items())


# Ways in which a visit ends before it has begun: who goes on from there was not served.
UNSERVED = frozenset({"left", "missed", "moved"})


def _on_the_way(service: Service) -> tuple[int, ...]:
    """Return the stages from which treatment may still start in the same episode, in their order.

    Where no stage is named as treatment, nobody can be off the way to it: all stages.
    """
    if not service.milestones.treatment:
        return tuple(range(len(service.stages)))
    stages = {name: stage.model_dump() for name, stage in service.stages.items()}
    found = leading_to(stages, service.milestones.treatment)
    return tuple(number for number, name in enumerate(service.stages) if name in found)


def _phases(service: Service) -> tuple[int, ...]:
    """Return the phase of each stage, whatever the order in which stages are written.

    After treatment is what is reached through treatment alone, and what does not lead to it. Help
    is, beside its own stages, what is reached through help alone.
    """
    marks = service.milestones
    ahead = {name for k, name in enumerate(service.stages) if k in _on_the_way(service)}
    ahead &= _reached(service, past=set(marks.treatment))
    unhelped = _reached(service, past={*marks.treatment, *marks.first_help})

    def phase(name: str) -> int:
        if name in marks.treatment:
            return TREATED
        if name in marks.first_help:
            return HELPED
        if name not in ahead:
            return AFTER
        return BEFORE_HELP if name in unhelped else HELPED

    return tuple(map(phase, service.stages))


def _reached(service: Service, past: set[str]) -> set[str]:
    """Return the stages that the ways in lead to before anybody is served in some stages.

    These are among them, and so is where people go who leave their lists.
    """
    stages = {name: stage.model_dump() for name, stage in service.stages.items()}
    todo = [way.stage for way in service.ways_in.values()]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for cause in stages[name]["next"]:
            if name not in past or cause in UNSERVED:
                todo += reached_by(stages[name], cause)
    return found
