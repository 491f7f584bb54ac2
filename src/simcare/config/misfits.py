"""What in a list of people does not fit a scenario: its stages, its places, its population."""

from collections import Counter
from collections.abc import Iterator

from simcare.config.messages import Fault, shown
from simcare.config.today import NUMBER, OWN_COLUMNS, STAGE, STATE, STATES, Listed, Noted, told
from simcare.model.beginning import HERE_AT_THE_START, THERE, WAITING
from simcare.model.population import STATES as FROM_0_TO_1
from simcare.model.population import Attribute
from simcare.model.scenario import Scenario, places_on_day_0, split
from simcare.model.service import Service
from simcare.model.values import choice_text

A_NUMBER = "a number is required"


def misfits(listed: Listed, scenario: Scenario) -> list[Fault]:
    """Return where a list does not fit a scenario, each problem with the lines in which it is."""
    noted = Noted()
    _note_columns(listed, scenario, noted)
    _note_states(listed, scenario.service, noted)
    for name in listed.columns:
        attribute = scenario.population.attributes.get(name)
        if attribute is not None:
            _note_values(name, attribute, listed, scenario.service, noted)
    for problem in _too_many(listed, scenario):
        noted.add(problem)
    faults = told(noted, listed.path)
    if HERE_AT_THE_START in scenario.service.arrivals:
        message = ": that is the stream of the people of start.people: give yours another name"
        faults.append(Fault(f"service.arrivals.{HERE_AT_THE_START}", message))
    return faults


def _note_columns(listed: Listed, scenario: Scenario, noted: Noted) -> None:
    known = [*OWN_COLUMNS, *scenario.population.attributes]
    for name in listed.columns:
        if name not in known:
            message = f"not an attribute of the population; {choice_text(name, known)}"
            noted.add(f"column {shown(name)}: {message}")


def _note_states(listed: Listed, service: Service, noted: Noted) -> None:
    """Note stages that are not in the service, and states in which nobody can be there."""
    for (name, state), lines in listed.lines_by_state.items():
        stage = service.stages.get(name)
        if stage is None:
            if name:  # a stage that is not given has been said
                known = choice_text(name, list(service.stages))
                noted.add(f"{STAGE} = {shown(name)}: unknown stage; {known}", *lines)
        elif not stage.asks_for and state == WAITING:
            message = f"nobody waits for {name}: it asks for nothing; allowed: {THERE}, or nothing"
            noted.add(f"{STATE} = {state}: {message}", *lines)
        elif stage.asks_for and not state:
            wanted, asked = " or ".join(STATES), " and ".join(stage.asks_for)
            noted.add(f"{STATE}: {wanted} is required: {name} asks for {asked}", *lines)


def _note_values(
    name: str, attribute: Attribute, listed: Listed, service: Service, noted: Noted
) -> None:
    categories = attribute.categories
    low, high = (0.0, 0.0) if categories else _bounds(name, attribute, service)
    for value, lines in listed.lines_by_value[name].items():
        if categories and isinstance(value, str) and value not in categories:
            message = f"unknown category; {choice_text(value, categories)}"
        elif categories and not isinstance(value, str):
            message = f"a category is required; {choice_text('', categories)}"
        elif not categories and isinstance(value, str):
            infinite = NUMBER.fullmatch(value)
            message = "a number this large is not read" if infinite else A_NUMBER
        elif not categories and not low <= float(value) <= high:
            upper = f" to {high:g}" if high < float("inf") else " up"
            message = f"a number from {low:g}{upper} is required"
        else:
            continue
        given = value if isinstance(value, str) else f"{value:.15g}"
        noted.add(f"{name} = {shown(given)}: {message}", *lines)


def _bounds(name: str, attribute: Attribute, service: Service) -> tuple[float, float]:
    """Return the range of an attribute: what can be drawn of it, or be set by streams and cases."""
    if name in FROM_0_TO_1:
        return 0.0, 1.0
    numbers = [attribute.number] if attribute.number is not None else []
    every = [form.bounds() for form in (*numbers, *(attribute.number_by or {}).values())]
    cases = [c for stage in service.stages.values() for each in stage.next.values() for c in each]
    given = [stream.set.get(name) for stream in service.arrivals.values()]
    for value in (*given, *(case.set.get(name) for case in cases)):
        if isinstance(value, float | int):
            every.append((value, value))
    if any(name in condition.drifts for condition in service.conditions.values()):
        every.append((0.0, 1.0))
    return min(low for low, _ in every), max(high for _, high in every)


def _too_many(listed: Listed, scenario: Scenario) -> Iterator[str]:
    """Yield each capacity, or part of one, in which more are there than it has places on day 0.

    Whoever's category is not known counts for the whole only, and so do all where the categories
    share one list.
    """
    service = scenario.service
    there: Counter[str] = Counter()
    of_category: Counter[tuple[str, str]] = Counter()
    for one in listed.beginning.people:
        stage = service.stages.get(one.stage)
        if stage is None or one.state != THERE:
            continue
        for name in stage.asks_for:
            there[name] += 1
            category = one.attributes.get(service.capacities[name].by or "")
            if isinstance(category, str):
                of_category[name, category] += 1
    for name, many in there.items():
        capacity = service.capacities[name]
        what, parts = capacity.counted_in, split(capacity, scenario.population)
        each = {c: places_on_day_0(part, listed.first_day) for c, part in parts.items()}
        if many > (whole := sum(each.values())):
            yield f"{name}: {many} are there, and on day 0 it has {whole} {what}"
        for category, places in each.items():
            mine = of_category[name, category]
            if category and capacity.lists != "one" and mine > places:
                yield f"{name}, {category}: {mine} are there, and on day 0 it has {places} {what}"
