"""One scenario: a service, its population and the plan of a run, fitting together."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    ModelWrapValidatorHandler,
    ValidationInfo,
    field_validator,
)
from pydantic import model_validator as validator
from pydantic_core import InitErrorDetails

from simcare.model.beginning import Beginning
from simcare.model.by_category import total
from simcare.model.calendar import AnyDate
from simcare.model.capacity import Capacity, moment, numbers_of
from simcare.model.pathway import CLOCKS, Raw, as_map, fault
from simcare.model.population import STATES, Population, categories_of, stays_from_0_to_1
from simcare.model.service import Service
from simcare.model.ticks import LONGEST_HORIZON_DAYS, TICKS_PER_DAY, ticks
from simcare.model.values import (
    LARGEST,
    SMALLEST,
    Float,
    NotNegative,
    Positive,
    PositiveCount,
    Value,
    Whole,
    built_with,
    choice_text,
    nearest,
    problem,
)

EPISODE = "episode"
LARGEST_SEED = 2**64 - 1
LEAST_COUNTED_DAYS = 1
MOST_PRICES = 5  # of a life year: more are no longer read beside each other
Engine = Literal["compiled", "reference"]


def _each_price_once(prices: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse prices of which one is there twice."""
    for price in prices:
        if prices.count(price) > 1:
            raise problem(f"{price:g} is there twice")
    return prices


def _as_several(value: Any) -> Any:
    """Return prices as a tuple, one price as one of its own; refuse what is neither."""
    if isinstance(value, list | tuple):
        return tuple(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not SMALLEST <= value <= LARGEST:
        raise problem(f"a price above 0 and up to {LARGEST:g} is required, or a list of prices")
    return (value,)


Prices = Annotated[
    tuple[Positive, ...],
    BeforeValidator(_as_several),
    Field(min_length=1, max_length=MOST_PRICES),
    AfterValidator(_each_price_once),
]


class Plan(Value):
    """How a scenario is run and read: chance, length, warm-up and what difference matters.

    After the warm-up a day at the least is counted. ``willingness_to_pay`` is what one
    quality-adjusted life year may be worth, one price or several, in the currency of the service.
    ``engine`` is who plays it; every engine writes the same records.
    """

    seed: Annotated[Whole, Field(strict=True, ge=0, le=LARGEST_SEED)]
    replications: PositiveCount
    start_date: AnyDate
    horizon_days: Annotated[
        Float, Field(strict=True, ge=LEAST_COUNTED_DAYS, le=LONGEST_HORIZON_DAYS)
    ]
    warm_up_days: NotNegative
    deadline_days: Positive
    smallest_difference_that_matters: NotNegative
    smallest_days_that_matter: NotNegative = 3.0
    willingness_to_pay: Prices | None = None
    engine: Engine = "compiled"

    @field_validator("horizon_days")
    @classmethod
    def _within_the_calendar(cls, value: float, info: ValidationInfo) -> float:
        start = info.data.get("start_date")
        if start is not None and timedelta(days=value) >= date.max - start:
            ends = f"the calendar ends on {date.max}, and the run begins on {start}"
            left = (date.max - start).days
            if left <= LEAST_COUNTED_DAYS:
                raise problem(f"{ends}: let it begin earlier")
            raise problem(f"must be below {left}: {ends}")
        return value

    @field_validator("warm_up_days")
    @classmethod
    def _shorter_than_the_run(cls, value: float, info: ValidationInfo) -> float:
        horizon = info.data.get("horizon_days")
        least = LEAST_COUNTED_DAYS * TICKS_PER_DAY
        if horizon is not None and ticks(horizon) - ticks(value) < least:
            raise problem(f"must be shorter than horizon_days, {horizon:.15g}, by a day or more")
        return value


class Scenario(Value):
    """A service with the people who come to it. Every attribute that it speaks of is theirs.

    ``beginning`` is with whom a run begins on day 0; without it a run starts empty.
    """

    service: Service
    population: Population
    beginning: InstanceOf[Beginning] | None = None

    @validator(mode="wrap")
    @classmethod
    def _together(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong within the two and between them together."""
        raw = as_map(data)
        found = _attribute_problems(*(_written(raw.get(n)) for n in ("service", "population")))
        if isinstance(data, cls):
            return data
        return built_with(cls, data, build, list(found), _is_no_attribute)


def split(capacity: Capacity, population: Population) -> dict[str, Capacity]:
    """Return what each category has of a capacity, in the population's order of the categories.

    A capacity that is not split is all there under no name.
    """
    if capacity.by is None:
        return {"": capacity}
    categories = population.attributes[capacity.by].categories
    return {category: capacity.part(category) for category in categories}


def places_on_day_0(part: Capacity, start: date) -> int:
    """Return how many places what is not split has as a run begins: all open, and nobody ill.

    Nobody is evicted when it closes or somebody falls ill, so that as many may be there.
    """
    moved = [(moment(change, start), total(change.number)) for change in part.changes]
    moved = [row for row in moved if row[0] <= 0]
    number = max(moved)[1] if moved else total(part.counted)
    return number if part.staff is None else part.staff.working(number) * part.staff.caseload


def _written(value: Any) -> Raw:
    return value.model_dump(by_alias=True) if isinstance(value, Value) else as_map(value)


UNKNOWN = "unknown attribute"
COUNTED = "the number of the client's episode is counted, and cannot be set"
Path = tuple[str | int, ...]
Problems = Iterator[InitErrorDetails]


def _attribute_problems(service: Raw, population: Raw) -> Problems:
    """Yield where a service as written speaks of an attribute in a way that is not its people's."""
    attributes = as_map(population.get("attributes"))
    if not attributes:
        return
    if EPISODE in attributes:
        message = "that is the number of the client's episode: give the attribute another name"
        yield fault(("population", "attributes", EPISODE), attributes, message)
    yield from _split_problems(service, attributes)
    for name, stream in as_map(service.get("arrivals")).items():
        for attribute, value in as_map(as_map(stream).get("set")).items():
            at: Path = ("service", "arrivals", str(name), "set", str(attribute))
            yield from _setting_problems(at, attribute, value, attributes)
    for name, condition in as_map(service.get("conditions")).items():
        for clock in CLOCKS:
            path: Path = ("service", "conditions", str(name), clock, "times")
            effects = as_map(as_map(condition).get(clock)).get("times")
            yield from _effect_problems(path, effects, attributes)
        path = ("service", "conditions", str(name), "drifts")
        yield from _drift_problems(path, as_map(as_map(condition).get("drifts")), attributes)
    yield from _list_problems(service, attributes)
    for name, stage in ((str(n), as_map(s)) for n, s in as_map(service.get("stages")).items()):
        path = ("service", "stages", name, "stay_times")
        yield from _effect_problems(path, stage.get("stay_times"), attributes)
        path = ("service", "stages", name, "offer", "times")
        yield from _effect_problems(path, as_map(stage.get("offer")).get("times"), attributes)
        for cause, cases in as_map(stage.get("next")).items():
            path = ("service", "stages", name, "next", str(cause))
            yield from _case_problems(path, cases, attributes)
    yield from _deadline_problems(service, attributes)


def _drift_problems(path: Path, drifts: Raw, attributes: Raw) -> Problems:
    """Yield which drifts are of no attribute that is a number from 0 to 1."""
    others = [str(name) for name in attributes if name not in STATES]
    numbers = [name for name in others if stays_from_0_to_1(attributes[name])]
    for name, given in drifts.items():
        if name in STATES:
            message = f"{name} has a place of its own: say {name}: beside drifts"
            yield fault((*path, str(name)), given, message)
        elif name not in numbers:
            message = f"not an attribute that stays from 0 to 1; {choice_text(name, numbers)}"
            yield fault((*path, str(name)), given, message)


def _list_problems(service: Raw, attributes: Raw) -> Problems:
    """Yield where the order of a list goes by attributes that are not its people's."""
    numbers = [str(name) for name, attribute in attributes.items() if not categories_of(attribute)]
    for name, capacity in as_map(service.get("capacities")).items():
        order = as_map(as_map(capacity).get("order"))
        path: Path = ("service", "capacities", str(name), "order")
        classes = order.get("classes")
        for k, tests in enumerate(classes if isinstance(classes, list | tuple) else ()):
            yield from _test_problems((*path, "classes", k), tests, attributes)
        for key in ("highest", "lowest"):
            given = order.get(key)
            if isinstance(given, str) and given not in numbers:
                message = f"not an attribute that is a number; {choice_text(given, numbers)}"
                yield fault((*path, key), given, message)


def _split_problems(service: Raw, attributes: Raw) -> Problems:
    """Yield what is wrong with capacities that are split by an attribute."""
    known = [str(name) for name, attribute in attributes.items() if categories_of(attribute)]
    where_set = _where_set(service)
    for name, capacity in as_map(service.get("capacities")).items():
        path: Path = ("service", "capacities", str(name))
        by = as_map(capacity).get("by")
        if not isinstance(by, str):
            continue
        if by not in known:
            message = f"not an attribute with categories; {choice_text(by, known)}"
            yield fault((*path, "by"), by, message)
            continue
        if by in where_set:
            message = (
                f"it changes during a life ({where_set[by]} changes it), and a client's unit "
                "is for good: split by an attribute that nothing changes"
            )
            yield fault((*path, "by"), by, message)
        numbers = [*numbers_of(as_map(capacity)), (("units",), as_map(capacity).get("units"))]
        for place, number in numbers:
            if isinstance(number, Mapping):
                allowed = categories_of(attributes[by])
                yield from _category_problems((*path, *place), number, by, allowed)


def _deadline_problems(service: Raw, attributes: Raw) -> Problems:
    """Yield what is wrong with the cases of deadlines.

    How an attribute stood when a deadline began must be seen from the records: those of the state
    are written down there, and one that nothing changes is as it was at the arrival.
    """
    where_set = _where_set(service)
    for name, deadline in as_map(service.get("deadlines")).items():
        path: Path = ("service", "deadlines", str(name), "within")
        for place, case in _numbered(path, as_map(deadline).get("within")):
            yield from _test_problems((*place, "when"), case.get("when"), attributes)
            for attribute in as_map(case.get("when")):
                if attribute in where_set and attribute not in STATES:
                    message = (
                        f"it changes during a life ({where_set[attribute]} changes it): a deadline "
                        f"goes by {' or '.join(STATES)}, or by an attribute that nothing changes"
                    )
                    yield fault((*place, "when", str(attribute)), case, message)


def _where_set(service: Raw) -> dict[str, str]:
    """Return the attributes that cases of a service as written set, each with where it is set.

    Those that drift in a condition are among them.
    """
    found: dict[str, str] = {}
    for condition, written in as_map(service.get("conditions")).items():
        for name in as_map(as_map(written).get("drifts")):
            found.setdefault(str(name), f"conditions.{condition}.drifts")
    for stage, written in as_map(service.get("stages")).items():
        for cause, cases in as_map(as_map(written).get("next")).items():
            for _, case in _numbered((), cases):
                for name in as_map(case.get("set")):
                    found.setdefault(str(name), f"stages.{stage}.next.{cause}")
    return found


def _category_problems(path: Path, number: Raw, by: str, allowed: list[str]) -> Problems:
    """Yield which categories a number for each of them names wrongly, and which it leaves out."""
    for name, given in number.items():
        if name not in allowed:
            message = f"not a category of {by}; {choice_text(name, allowed)}"
            yield fault((*path, str(name)), given, message)
    written = [str(name) for name in number if name not in allowed]
    for name in allowed:
        if name not in number:
            near = nearest(name, written)
            message = f"a number for each category of {by} is required"
            message += f"; is {near} meant for it?" if near else ""
            yield fault((*path, name), number, message)


def _numbered(path: Path, items: Any) -> Iterator[tuple[Path, Raw]]:
    """Yield the mappings in a list as written, each with its path."""
    for k, item in enumerate(items if isinstance(items, list | tuple) else ()):
        yield (*path, k), as_map(item)


def _effect_problems(path: Path, effects: Any, attributes: Raw) -> Problems:
    numbers = [str(name) for name, attribute in attributes.items() if not categories_of(attribute)]
    for place, effect in _numbered(path, effects):
        yield from _test_problems((*place, "when"), effect.get("when"), attributes)
        name = effect.get("per_unit_of")
        if isinstance(name, str) and name not in numbers:
            message = f"not an attribute that is a number; {choice_text(name, numbers)}"
            yield fault((*place, "per_unit_of"), name, message)


def _case_problems(path: Path, cases: Any, attributes: Raw) -> Problems:
    for place, case in _numbered(path, cases):
        yield from _test_problems((*place, "when"), case.get("when"), attributes)
        for name, value in as_map(case.get("set")).items():
            at = (*place, "set", str(name))
            yield from _setting_problems(at, name, value, attributes)


def _test_problems(path: Path, when: Any, attributes: Raw) -> Problems:
    for name, test in as_map(when).items():
        if name == EPISODE and isinstance(test, str):
            message = "it is a number: a range such as {at_least: 2} is required"
            yield fault((*path, EPISODE), test, message)
        elif name != EPISODE:
            known = [*map(str, attributes), EPISODE]
            yield from _value_problems((*path, str(name)), name, test, attributes, known)


def _shares_problems(path: Path, shares: Raw, allowed: list[str]) -> Problems:
    """Yield what is wrong with categories to draw from."""
    if not allowed:
        yield fault(path, shares, "it is a number: one value from 0 to 1 is required")
    for category in shares if allowed else ():
        if category not in allowed:
            yield fault(path, shares, f"unknown category; {choice_text(category, allowed)}")


def _setting_problems(path: Path, name: Any, value: Any, attributes: Raw) -> Problems:
    """Yield what is wrong with giving an attribute a value."""
    if name == EPISODE:
        yield fault(path, value, f"{COUNTED}; {choice_text('', list(map(str, attributes)))}")
    elif isinstance(value, Mapping) and name in attributes:
        yield from _shares_problems(path, value, categories_of(attributes[name]))
    else:
        yield from _value_problems(path, name, value, attributes, [*map(str, attributes)])


def _is_no_attribute(found: InitErrorDetails) -> bool:
    """Return whether what was found wrong is that an attribute cannot be given at all."""
    kind = found["type"]
    return not isinstance(kind, str) and kind.message_template.startswith((UNKNOWN, COUNTED))


def _value_problems(
    path: Path, name: Any, value: Any, attributes: Raw, known: list[str]
) -> Problems:
    """Yield what is wrong with a value, or a test, of an attribute."""
    if name not in attributes:
        yield fault(path, value, f"{UNKNOWN}; {choice_text(name, known)}")
        return
    allowed = categories_of(attributes[name])
    if isinstance(value, str) and value not in allowed:
        text = choice_text(value, allowed) if allowed else "it is a number, not a category"
        yield fault(path, value, text)
    elif not isinstance(value, str) and allowed:
        yield fault(path, value, f"a category is required; {choice_text('', allowed)}")
