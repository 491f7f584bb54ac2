"""What a run can be asked to do: how many people, on which dates, how often lists are reviewed."""

from datetime import timedelta
from math import ceil

from simcare.config.messages import Fault, shown
from simcare.model.calendar import unknown_holidays
from simcare.model.capacity import clashing
from simcare.model.scenario import Plan, Scenario

MOST_PEOPLE = 10_000_000
# Each review of each who waits is an event. Once a day it costs no time that can be seen; once an
# hour a run of the service region takes ten times as long.
LEAST_REVIEW_DAYS = 1


def crowd(scenario: Scenario, plan: Plan, here: int) -> list[Fault]:
    """Return the problem of a scenario with nobody, or with more people than can be simulated.

    ``here`` is how many are there from the first day on.
    """
    streams = scenario.service.arrivals.values()
    people = sum(stream.people_expected(plan.horizon_days) for stream in streams) + here
    if 0 < people <= MOST_PEOPLE:
        return []
    if people == 0:
        return [Fault("service.arrivals", ": nobody would come: no stream is open with a rate")]
    words = f": about {people:,.0f} people would come; at most {MOST_PEOPLE:,} are simulated"
    return [Fault("service.arrivals", words)]


def dates(scenario: Scenario, plan: Plan, before: int) -> list[Fault]:
    """Return what does not fit the dates of the run: holidays not known, changes at one time.

    ``before`` is on how many days before the run those who wait on day 0 asked: these count where a
    deadline does.
    """
    found = []
    counting = {rule.calendar for d in scenario.service.deadlines.values() for rule in d.within}
    for name, calendar in scenario.service.calendars.items():
        back = before if name in counting else 0
        first, days = plan.start_date - timedelta(days=back), back + ceil(plan.horizon_days)
        if text := unknown_holidays(calendar, first, days):
            found.append(Fault(f"service.calendars.{name}.holidays", f": {text}"))
    for name, capacity in scenario.service.capacities.items():
        if clashing(capacity, plan.start_date):
            text = f"with the start on {plan.start_date} two of them fall on one day"
            found.append(Fault(f"service.capacities.{name}.changes", f": {text}"))
    return found


def reviews(scenario: Scenario) -> list[Fault]:
    """Return which lists are looked at again more often than can be simulated in good time."""
    found = []
    for name, stage in scenario.service.stages.items():
        every = None if stage.reviewed is None else stage.reviewed.every_days
        if every is not None and every < LEAST_REVIEW_DAYS:
            text = f" = {shown(every)}: must be {LEAST_REVIEW_DAYS} or more: once a day at most"
            found.append(Fault(f"service.stages.{name}.reviewed.every_days", text))
    return found
