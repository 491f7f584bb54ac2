"""How outcomes are named to readers: from an outcome's own words to the catalogue's.

The names of outcomes, units and groups of people are kept as they are in tables for programs; who
reads a chart or a printed table is shown what the catalogue says instead.
"""

from dataclasses import dataclass

from simcare.analysis.costs import COST_PER_CLIENT
from simcare.analysis.deadlines import BREACHED, DECIDED
from simcare.analysis.outcomes import (
    DAYS,
    GAVE_UP_IN_A_YEAR,
    OF_100,
    PEOPLE,
    POINTS,
    STARTED_IN_A_YEAR,
    STARTED_IN_TIME,
    Outcome,
)
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS, WELLBEING
from simcare.report.words import catalogue, places, say


@dataclass(frozen=True)
class Label:
    """An outcome in a chart: its own name, the keys of its label and of whom it is over."""

    name: str
    label: str
    of_whom: str


LABELS = (
    Label(STARTED_IN_TIME, "outcome.started_in_time", "of_whom.100_asked"),
    Label(STARTED_IN_A_YEAR, "outcome.started_in_a_year", "of_whom.100_asked"),
    Label(GAVE_UP_IN_A_YEAR, "outcome.reneged", "of_whom.100_asked"),
    Label("died before treatment within a year", "outcome.died_before", "of_whom.100_asked"),
    Label("completed treatment", "outcome.completed", "of_whom.100_admitted"),
    Label("dropped out of treatment", "outcome.dropout", "of_whom.100_admitted"),
    Label(
        "relapsed within 91 days of discharge",
        "outcome.relapse_3_months",
        "of_whom.100_discharged",
    ),
    Label(
        "relapsed within 365 days of discharge", "outcome.relapse_year", "of_whom.100_discharged"
    ),
    Label(
        "relapsed within 365 days of completing",
        "outcome.relapse_completed",
        "of_whom.100_completed",
    ),
)
# How people fare stands beside who gives up, where it is told. It is in points, not in people.
FARING = Label(WELLBEING, "outcome.wellbeing", "of_whom.points_asked")
BESIDE = tuple(
    beside
    for label in LABELS
    for beside in ((label, FARING) if label.label == "outcome.reneged" else (label,))
)
FULL = {
    STARTED_IN_TIME: "outcome.full.started_in_time",
    STARTED_IN_A_YEAR: "outcome.full.started_in_a_year",
    GAVE_UP_IN_A_YEAR: "outcome.full.reneged",
    "days waited of the first 180": "outcome.full.days_waited",
    "from asking to first help: mean wait": "outcome.full.wait_first_help",
    "from referral received to first help: mean wait": "outcome.full.wait_from_referral",
    "from asking to the bed: mean wait": "outcome.full.wait_bed",
    "motivation at start of treatment": "outcome.full.motivation",
    "completed treatment": "completed",
    "turned down within a year": "outcome.full.turned_down",
    "relapsed within 91 days of discharge": "outcome.full.relapse_3_months",
    "relapsed within 365 days of discharge": "outcome.full.relapse_year",
    "came back within a year of discharge": "outcome.full.came_back",
    "utilisation": "utilisation",
    "people waiting": "outcome.full.people_waiting",
    "mean wait": "outcome.full.wait",
    "left the list": "outcome.full.left_list",
}
# Outcomes that only some services have.
OF_SOME = {
    COST_PER_CLIENT: "outcome.full.cost_per_client",
    WELLBEING: "outcome.full.wellbeing",
    QALYS: "outcome.full.qalys",
}
SHORT = {
    STARTED_IN_TIME: "outcome.short.started_in_time",
    GAVE_UP_IN_A_YEAR: "outcome.short.reneged",
    "days waited of the first 180": "outcome.short.days_waited",
    WELLBEING: "outcome.short.wellbeing",
}
UNITS = {
    OF_100: "measure.of_100",
    DAYS: "measure.days",
    POINTS: "measure.points",
    PEOPLE: "measure.people",
}
UNITS_OF_SOME = {A_PERSON_YEAR: "measure.person_year"}
GROUPS = {
    "all who asked": "of_whom.asked",
    "all admitted": "of_whom.admitted",
    "all discharged": "of_whom.discharged",
    "those who started": "of_whom.started",
    "those who got it": "of_whom.got_help",
    "those who got one": "of_whom.got_bed",
    "those served": "of_whom.served",
    "all who joined, those who left and those still waiting included": "of_whom.joined",
    "all places": "of_whom.places",
    "mean over time": "of_whom.over_time",
}
GROUPS_OF_SOME = {DECIDED: "of_whom.decided", OVER: "of_whom.first_year"}
CLOCKS = {
    "from asking to first help": "clock.first_help",
    "from asking to treatment": "clock.treatment",
    "from asking to the bed": "clock.bed",
}


def with_days(key: str, days: str) -> str:
    """Return what a key says, with the deadline's days if it has a place for them."""
    return say(key, days=days) if places(catalogue()[key]) else say(key)


def short_name(name: str) -> str:
    """Return one of the main outcomes in two or three words, for the title of a chart."""
    return say(SHORT[name])


def full_name(outcome: Outcome, days: str) -> str:
    """Return an outcome as a printed table names it, ``days`` being the deadline's.

    What the catalogue does not know (an outcome, a unit, a group) is shown by its own name.
    """
    values = {
        "outcome": outcome_name(outcome, days),
        "unit": unit_name(outcome),
        "over": group_name(outcome),
    }
    if outcome.where:
        where = outcome.where.replace("_", " ")
        return say("table.outcome_at", where=where, **values)
    return say("table.outcome_of", **values)


def called(name: str, where: str, days: str) -> str:
    """Return an outcome as it is named in a sentence, with where it is if it is anywhere."""
    said = _said(name, days)
    return say("outcome.at", outcome=said, where=where.replace("_", " ")) if where else said


def group_name(outcome: Outcome) -> str:
    """Return whom an outcome is over, as a printed table names them."""
    return _known((GROUPS | GROUPS_OF_SOME).get(outcome.over), outcome.over)


def unit_name(outcome: Outcome) -> str:
    """Return the unit of an outcome as a printed table names it."""
    return _known((UNITS | UNITS_OF_SOME).get(outcome.unit), outcome.unit)


def outcome_name(outcome: Outcome, days: str) -> str:
    """Return what an outcome is called, perhaps with the name of a deadline, or its days."""
    return _said(outcome.name, days)


def _said(name: str, days: str) -> str:
    if name.startswith(BREACHED):
        return say("outcome.full.breached", name=name.removeprefix(BREACHED).replace("_", " "))
    if name.startswith(f"{WELLBEING}: "):
        area = name.removeprefix(f"{WELLBEING}: ").replace("_", " ")
        return say("outcome.full.area", name=area)
    key = OF_SOME.get(name) or FULL.get(name)
    return with_days(key, days) if key else name


def _known(key: str | None, name: str) -> str:
    return say(key) if key else name
