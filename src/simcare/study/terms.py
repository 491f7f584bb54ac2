"""What records of a scenario are held against: deadlines, prices, ways in, attributes."""

from collections.abc import Iterable, Iterator
from math import ceil

import numpy as np

from simcare.analysis.groups import BY_PLACES, BY_STAGE, BY_YEAR
from simcare.analysis.terms import Fares, Price, Rule, Terms, Trait, Way
from simcare.engines.lowered_deadlines import as_written, due_table
from simcare.engines.lowered_lives import Lowering
from simcare.kernels.tables import NONE
from simcare.model.deadlines import Deadline, Within
from simcare.model.pathway import leading_to
from simcare.model.population import Attribute, stays_from_0_to_1
from simcare.model.scenario import Plan, Scenario
from simcare.model.service import Service
from simcare.model.ticks import ticks
from simcare.model.wellbeing import OUTSIDE


def deadline_terms(scenario: Scenario, plan: Plan) -> tuple[Terms, ...]:
    """Return the deadlines of a scenario as its records are held against them, in their order."""
    service = scenario.service
    if not service.deadlines:
        return ()
    low = Lowering(scenario)
    stages = {name: stage.model_dump() for name, stage in service.stages.items()}
    return tuple(
        _terms(name, deadline, leading_to(stages, deadline.to), low, plan)
        for name, deadline in service.deadlines.items()
    )


def _terms(name: str, deadline: Deadline, leads: set[str], low: Lowering, plan: Plan) -> Terms:
    def numbers(named: Iterable[str]) -> tuple[int, ...]:
        return tuple(low.stages.index(stage) for stage in named)

    return Terms(
        name=name,
        after=deadline.after is not None,
        begins=numbers(deadline.begins_at),
        keeps=numbers(deadline.to),
        leads=numbers(stage for stage in low.stages if stage in leads),
        not_counting=numbers(deadline.not_counting),
        rules=tuple(_rule(case, low, plan) for case in deadline.within),
    )


def _rule(case: Within, low: Lowering, plan: Plan) -> Rule:
    """Return a case of a deadline; it tests what stands in the records as the engines test it."""
    first, many = low.tests(case.when)
    written = [
        (int(column), *as_written(int(column), (least, below)))
        for column, least, below in low.rows.tests[first : first + many]
    ]
    if case.days is not None:
        return Rule(tuple(written), ticks=ticks(case.days))
    calendar = low.service.calendars[case.calendar or ""]
    days = ceil(plan.horizon_days)
    dues = due_table(case, calendar, plan.start_date, days, low.days_before)
    return Rule(tuple(written), dues=tuple(dues.tolist()))


def prices(service: Service) -> tuple[Price, ...]:
    """Return what costs something: visits by stage, places by capacity, and years."""
    return (*_of_visits(service), *_of_places(service), *_of_years(service))


def _of_visits(service: Service) -> Iterator[Price]:
    for number, (name, stage) in enumerate(service.stages.items()):
        for cost in stage.costs or ():
            if cost.per_visit or cost.per_day or cost.per_day_waiting:
                yield Price(
                    BY_STAGE,
                    name,
                    number,
                    cost.payer or "",
                    per_visit=cost.per_visit,
                    per_day=cost.per_day,
                    per_day_waiting=cost.per_day_waiting,
                )
        for asked in stage.asks_for:
            terms = service.capacities[asked].bought
            if terms is not None:
                payer, price = terms.payer or "", terms.price_per_day
                yield Price(BY_STAGE, name, number, payer, bought_per_day=price)


def _of_places(service: Service) -> Iterator[Price]:
    for number, name in enumerate(sorted(service.capacities)):
        for cost in service.capacities[name].costs or ():
            yield Price(BY_PLACES, name, number, cost.payer or "", per_day=cost.per_day)


def _of_years(service: Service) -> Iterator[Price]:
    for name, cost in service.costs.items():
        yield Price(BY_YEAR, name, payer=cost.payer or "", per_year=cost.per_year)


DEAD = 1e-9  # the half-life in days of what is 0 from a death on


def fares(service: Service) -> Fares | None:
    """Return how areas of life drift where people are; None where nothing is said of wellbeing.

    The rows of the conditions are those of the service; then of none, outside, and dead.
    """
    wellbeing = service.wellbeing
    if wellbeing is None:
        return None
    areas, names = tuple(wellbeing.areas), [*service.conditions, None, OUTSIDE]
    rows = {name: k for k, name in enumerate(names)}
    towards = np.zeros((len(names) + 1, len(areas)))
    half_life = np.zeros_like(towards)
    for name, drifts in wellbeing.while_in.items():
        for area, drift in drifts.items():
            at = rows[name], areas.index(area)
            towards[at], half_life[at] = drift.towards, drift.half_life_days
    half_life[-1] = DEAD
    stages = service.stages.values()
    return Fares(
        areas=areas,
        at_first=np.array([area.at_first for area in wellbeing.areas.values()]),
        weights=np.array([area.weight for area in wellbeing.areas.values()]),
        towards=towards,
        half_life_days=half_life,
        while_waiting=tuple(rows[stage.while_waiting] for stage in stages),
        while_there=tuple(rows[stage.while_there] for stage in stages),
        outside=rows[OUTSIDE],
        dead=len(names),
        utility=NONE if wellbeing.qalys_from is None else areas.index(wellbeing.qalys_from),
    )


def ways(service: Service) -> tuple[Way, ...]:
    """Return the ways by which anybody comes, by stream, then as the service names them.

    They are told by the stage where somebody first asks: two ways to one stage are one here, under
    both names. Where there is more than one stream, its name comes first.
    """
    stages, found = list(service.stages), []
    for number, (name, stream) in enumerate(service.arrivals.items()):
        usual = {way: entry.share for way, entry in service.ways_in.items()}
        shares = stream.ways_in or usual
        named: dict[str, list[str]] = {}
        for way, entry in service.ways_in.items():
            if stream.rate_per_day > 0 and shares.get(way, 0.0) > 0:
                named.setdefault(entry.stage, []).append(way)
        for stage, ways in named.items():
            words = " or ".join(ways)
            whole = words if len(service.arrivals) == 1 else f"{name}: {words}"
            found.append(Way(whole, number, stages.index(stage)))
    return tuple(found)


def traits(scenario: Scenario) -> tuple[Trait, ...]:
    """Return the attributes by which people are grouped: categories, and numbers from 0 to 1.

    Other numbers, such as an age, have no bands and are left out, and so is what is the same for
    all.
    """
    columns = Lowering(scenario).columns
    set_by_streams = {name for s in scenario.service.arrivals.values() for name in s.set}
    return tuple(
        Trait(name, columns.index(name), attribute.categories)
        for name, attribute in scenario.population.attributes.items()
        if attribute.categories or stays_from_0_to_1(attribute.model_dump(exclude_none=True))
        if name in set_by_streams or _may_differ(attribute)
    )


def _may_differ(attribute: Attribute) -> bool:
    """Return whether people of a population may differ in an attribute."""
    if attribute.number is not None:
        low, high = attribute.number.bounds()
        return low < high
    return attribute.shares is None or sum(share > 0 for share in attribute.shares.values()) > 1
