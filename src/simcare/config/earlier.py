"""Why those whom the base leaves before day 0 cannot be the people with whom a run begins."""

from collections.abc import Iterator
from datetime import timedelta

from simcare.config.messages import Fault
from simcare.config.today import AFTER
from simcare.model.beginning import HERE_AT_THE_START
from simcare.model.calendar import unknown_holidays
from simcare.model.scenario import Plan, Scenario


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
