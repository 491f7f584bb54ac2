"""What is to be known of the people of day 0 before they are played."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from simcare.engines.lowering import lower
from simcare.engines.program import Place
from simcare.model.beginning import NOBODY, Present
from simcare.model.conditions import Condition
from simcare.model.scenario import Scenario
from simcare.model.service import Service
from simcare.model.ticks import TICKS_PER_DAY
from simcare.study.values import Study


@dataclass(frozen=True)
class Foreseen:
    """What the first scenario of a study does with its list in the first tick.

    ``at_once`` are how many of those who wait for a capacity are admitted, since places are free;
    ``overdue`` how many at a stage are there, or have waited, for longer than the service allows,
    so that it ends. ``taken`` are, of each capacity that is less than half full by the list, how
    many of its places are taken, and how many there are. ``after_days`` is how long the base has
    been played before, 0 where it has not; ``uncounted_days`` is the warm-up, 0 where there is none
    or a run begins with nobody.
    """

    at_once: Mapping[str, int]
    overdue: Mapping[str, int]
    taken: Mapping[str, tuple[int, int]]
    after_days: int
    uncounted_days: float


def foreseen(study: Study) -> Foreseen:
    """Return what the first scenario of a study does with its list in the first tick.

    Of a capacity that is split, those count whose category is known; nobody is taken to be ill.
    """
    scenario, plan = study.scenes[0].scenario, study.plan
    beginning = scenario.beginning or NOBODY
    people = beginning.people
    overdue = Counter(one.stage for one in people if _is_overdue(one, scenario.service))
    places = lower(scenario, plan.start_date, plan.horizon_days).places if people else ()
    free = {name: _free(name, scenario, places) for name in scenario.service.capacities}
    taken = {name: _taken(name, scenario, places) for name in scenario.service.capacities}
    empty = {name: (many, number) for name, (many, number) in taken.items() if 2 * many < number}
    return Foreseen(
        at_once={name: many for name, many in free.items() if many},
        overdue=dict(overdue),
        taken=empty,
        after_days=beginning.after_days,
        uncounted_days=plan.warm_up_days if beginning.is_there else 0.0,
    )


def _free(name: str, scenario: Scenario, places: Sequence[Place]) -> int:
    """Return how many of those who wait for a capacity alone find a free place on day 0."""
    mine = [place for place in places if place.capacity == name]
    there: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for one in (scenario.beginning or NOBODY).people:
        asked = scenario.service.stages[one.stage].asks_for
        if name not in asked:
            continue
        by = next((place.by for place in mine if place.by), "")
        category = str(one.attributes.get(by)) if by else ""
        if not one.is_waiting:
            there[category] += 1
        elif asked == (name,):
            waiting[category] += 1
    if any(place.together > 1 for place in mine):
        return sum(_in_groups(mine, there, waiting))
    each: Counter[str] = Counter()
    for place in mine:
        each[place.category] += _given(place)
    return sum(min(max(many - there[c], 0), waiting[c]) for c, many in each.items())


def _given(place: Place) -> int:
    """Return how many of the places of a list can be given on day 0, those taken among them."""
    return min(place.number, place.budget // place.set_aside if place.set_aside else place.number)


def _in_groups(
    places: Sequence[Place], there: Mapping[str, int], waiting: Mapping[str, int]
) -> Iterator[int]:
    """Yield how many start in groups on each list, over which people are dealt out in turn."""
    for category, several in groupby(places, attrgetter("category")):
        units, busy = list(several), there[category]
        until = busy + waiting[category]
        for k, place in enumerate(units):
            mine = len(range(k, busy, len(units)))
            listed = len(range(k, until, len(units))) - mine
            full = min(max(_given(place) - mine, 0), listed) // place.together
            yield full * place.together


def _taken(name: str, scenario: Scenario, places: Sequence[Place]) -> tuple[int, int]:
    """Return how many places of a capacity are taken on day 0, and how many are open.

    Of bought places none need be taken: they count as none.
    """
    if scenario.service.capacities[name].bought is not None:
        return 0, 0
    stages, people = scenario.service.stages, (scenario.beginning or NOBODY).people
    there = (one for one in people if not one.is_waiting and name in stages[one.stage].asks_for)
    return sum(1 for _ in there), sum(place.number for place in places if place.capacity == name)


def _is_overdue(one: Present, service: Service) -> bool:
    """Return whether a wait or a stay has lasted for as long as it can, or longer."""
    stage, days = service.stages[one.stage], -one.since / TICKS_PER_DAY
    if not one.is_waiting and stage.stay_days is not None and not stage.stay_times:
        longest = stage.stay_days.bounds()[1]
        if days > 0 and longest <= days:
            return True
    bought = [service.capacities[name].bought for name in stage.asks_for]
    if not one.is_waiting and any(b is not None and b.at_most_days <= days for b in bought):
        return True
    name = stage.while_waiting if one.is_waiting else stage.while_there
    condition = Condition() if name is None else service.conditions[name]
    clocks = (condition.leave, condition.drop_out, condition.relapse, condition.die)
    limits = [clock.after_days.fixed for clock in clocks if clock is not None]
    return any(limit is not None and limit <= days for limit in limits)
