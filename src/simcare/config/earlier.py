"""The service before day 0: the base of a study, from which its people of day 0 are taken over."""

from collections.abc import Iterator
from datetime import timedelta

from simcare.config.messages import Fault
from simcare.config.today import AFTER
from simcare.model.arrivals import Stream
from simcare.model.beginning import HERE_AT_THE_START
from simcare.model.calendar import unknown_holidays
from simcare.model.capacity import Capacity
from simcare.model.scenario import Plan, Scenario
from simcare.study import Earlier


def earlier(base: Scenario, days: int) -> Earlier:
    """Return a base as it was for so many days before day 0: no day of the run had come yet.

    Streams that open on a later day are closed, those that close on one are open; the numbers of
    capacities that change on a day are as before it. What goes by dates goes by dates.
    """
    service = base.service
    streams = {name: _stream(one, days) for name, one in service.arrivals.items()}
    capacities = {name: _capacity(one) for name, one in service.capacities.items()}
    before = service.model_copy(update={"arrivals": streams, "capacities": capacities})
    return Earlier(base.model_copy(update={"service": before, "beginning": None}), days)


def _stream(stream: Stream, days: int) -> Stream:
    wave = stream.wave
    if wave is not None:
        wave = wave.model_copy(update={"start_day": wave.start_day + days})
    opens = stream.open and stream.from_day == 0
    later = {"open": opens, "from_day": 0, "until_day": None, "wave": wave}
    return stream.model_copy(update=later)


def _capacity(capacity: Capacity) -> Capacity:
    dated = tuple(change for change in capacity.changes if change.date is not None)
    return capacity.model_copy(update={"changes": dated})


def misfits(base: Scenario, scenario: Scenario, plan: Plan, days: int) -> list[Fault]:
    """Return why those whom a base leaves cannot be the people of day 0 of a scenario."""
    return [Fault(*found) for found in (*_of_base(base, plan, days), *_between(base, scenario))]


def _of_base(base: Scenario, plan: Plan, days: int) -> Iterator[tuple[str, str]]:
    if (plan.start_date.toordinal() - days) < 1:
        yield AFTER, f" = {days}: so many days before {plan.start_date} there is no calendar"
        return
    first = plan.start_date - timedelta(days=days)
    for name, calendar in base.service.calendars.items():
        if text := unknown_holidays(calendar, first, days):
            yield f"service.calendars.{name}.holidays", f": {text} (before day 0, by {AFTER})"
    for name, stage in base.service.stages.items():
        if stage.hold:
            why = "in the base, who waits keeps a place elsewhere, which day 0 cannot begin with"
            allowed = f"without {AFTER}, or with a base that holds no places"
            yield f"service.stages.{name}.hold", f" = true: {why}; allowed: {allowed}"


def _between(base: Scenario, scenario: Scenario) -> Iterator[tuple[str, str]]:
    known = scenario.service.stages
    for name in base.service.stages:
        if name not in known:
            yield (
                f"service.stages.{name}",
                f": is required: people may be there on day 0, by {AFTER}",
            )
    theirs = scenario.population.attributes
    for name, attribute in base.population.attributes.items():
        if name in theirs and theirs[name].categories != attribute.categories:
            ours = ", ".join(attribute.categories) or "a number"
            text = f": must be as in the base ({ours}), whose people are there on day 0, by {AFTER}"
            yield f"population.attributes.{name}", text
    if HERE_AT_THE_START in scenario.service.arrivals:
        text = ": that is the stream of the people of day 0: give yours another name"
        yield f"service.arrivals.{HERE_AT_THE_START}", text
