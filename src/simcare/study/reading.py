"""How the records of a scenario are to be read: its names, milestones and window as numbers."""

from simcare.analysis.records import Part, Reading, Steps
from simcare.model.capacity import Capacity
from simcare.model.pathway import destination
from simcare.model.scenario import Plan, Scenario, split
from simcare.model.service import Service
from simcare.model.ticks import ticks


def reading_of(scenario: Scenario, plan: Plan) -> Reading:
    """Return how the records of a scenario are read."""
    service = scenario.service
    stages, capacities = tuple(service.stages), tuple(sorted(service.capacities))
    numbers = {name: k for k, name in enumerate(stages)}
    marks = {name: tuple(numbers[stage] for stage in named) for name, named in service.milestones}
    return Reading(
        stages=stages,
        capacities=capacities,
        capacity_of=tuple(
            -1 if stage.asks_for is None else capacities.index(stage.asks_for)
            for stage in service.stages.values()
        ),
        places=tuple(_steps(service.capacities[name]) for name in capacities),
        on_the_way=_on_the_way(service),
        warm_up=ticks(plan.warm_up_days),
        horizon=ticks(plan.horizon_days),
        deadline_days=plan.deadline_days,
        parts=_parts(scenario),
        **marks,
    )


def _steps(capacity: Capacity) -> Steps:
    """Return how many there are of a capacity from which tick on."""
    return ((0, capacity.number), *((ticks(c.day), c.total) for c in capacity.changes))


def _parts(scenario: Scenario) -> tuple[Part, ...]:
    """Return what each category has of the capacities that are split, in the order of the units."""
    found = []
    for k, name in enumerate(sorted(scenario.service.capacities)):
        capacity, first = scenario.service.capacities[name], 0
        for category, part in split(capacity, scenario.population).items():
            units = range(first, first + part.number_of_units)
            first = units.stop
            if category:
                found.append(Part(k, category, units, _steps(part)))
    return tuple(found)


def _on_the_way(service: Service) -> tuple[int, ...]:
    """Return the stages from which treatment may still start in the same episode, in their order.

    Where no stage is named as treatment, nobody can be off the way to it: all stages.
    """
    if not service.milestones.treatment:
        return tuple(range(len(service.stages)))
    leads: dict[str, set[str]] = {
        name: {
            to
            for cases in stage.next.values()
            for case in cases
            for to, returns in map(destination, case.to)
            if to is not None and not returns
        }
        for name, stage in service.stages.items()
    }
    found = set(service.milestones.treatment)
    while more := {name for name, to in leads.items() if to & found} - found:
        found |= more
    return tuple(number for number, name in enumerate(service.stages) if name in found)
