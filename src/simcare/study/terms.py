"""What the records of a scenario are held against: deadlines, prices and ways in, as numbers."""

from collections.abc import Iterable, Iterator
from math import ceil

from simcare.analysis.groups import BY_PLACES, BY_STAGE, BY_YEAR
from simcare.analysis.terms import Price, Rule, Terms, Way
from simcare.engines.lowered_deadlines import as_written, due_table
from simcare.engines.lowered_lives import Lowering
from simcare.model.deadlines import Deadline, Within
from simcare.model.pathway import leading_to
from simcare.model.scenario import Plan, Scenario
from simcare.model.service import Service
from simcare.model.ticks import ticks


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
