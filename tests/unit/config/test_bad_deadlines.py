"""Deadlines and costs that make no sense are refused: where, what was given, what is allowed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.config import build
from simcare.config.files import Folders

Complaints = Callable[..., list[str]]
Said = Callable[..., list[str]]

SERVICE = """
arrivals:
  people: {per_day: 0.9}
ways_in:
  door: {stage: desk, share: 1.0}
capacities:
  beds: {beds: 1}
stages:
  desk:
    stay_days: {fixed: 1}
    next: {completed: [{to: ward, set: {kind: two}}]}
  ward:
    asks_for: beds
    stay_days: {fixed: 5}
    next: {completed: {home: 0.5, out: 0.5}}
  home:
    stay_days: {fixed: 5}
    next: {completed: {return: 0.5, "return to ward": 0.2, out: 0.3}}
"""
PEOPLE = """
attributes:
  motivation: {number: {fixed: 1}}
  severity: {number: {fixed: 0}}
  kind: {shares: {one: 0.5, two: 0.5}}
  region: {shares: {east: 0.5, west: 0.5}}
"""
BED, EAST = "from: [desk], to: [ward]", "{region: east}"

# (a deadline, what must be said of it: after "mine.yaml: service.deadlines.bed", unless it is all).
BAD: list[tuple[str, str]] = [
    ("{to: [ward], within: {days: 3}}", ": give one beginning: from (asked for) or after"),
    (f"{{{BED}, after: [desk], within: {{days: 3}}}}", ": give one beginning"),
    ("{from: [], to: [ward], within: {days: 3}}", ".from = []: at least 1 required"),
    ("{from: [desk], to: [], within: {days: 3}}", ".to = []: at least 1 required"),
    ("{from: desk, to: [ward], within: {days: 3}}", ".from = desk: a list is required"),
    ("{from: [dsk], to: [ward], within: {days: 3}}", ".from = dsk: unknown stage; allowed: desk"),
    ("{from: [desk], to: [wrd], within: {days: 3}}", ".to = wrd: unknown stage"),
    ("{after: [hme], to: [ward], within: {days: 3}}", ".after = hme: unknown stage"),
    (f"{{{BED}, within: {{days: 3}}, not_counting: [x]}}", ".not_counting = x: unknown stage"),
    (
        "{from: [desk, home], to: [ward], within: {days: 3}}",
        ".from = home: ward cannot be reached from there in the same episode",
    ),
    (
        "{after: [ward], to: [ward, desk], within: {days: 3}}",
        ".after = ward: ward or desk cannot be reached from there in the same episode",
    ),
    (
        "{after: [desk], to: [ward], within: {days: 3}, not_counting: [desk]}",
        ": desk is over when it begins: it cannot be among not_counting",
    ),
    (f"{{{BED}}}", ".within: is required"),
    (f"{{{BED}, within: 3}}", ".within = 3: a rule such as {days: 14} is required, or a list"),
    (f"{{{BED}, within: []}}", ".within = []: the last case must be for everybody"),
    (f"{{{BED}, within: {{}}}}", ".within: give one rule: days, or working_days"),
    (f"{{{BED}, within: {{days: -1}}}}", ".within.days = -1: must be 0 or more"),
    (f"{{{BED}, within: {{days: 3, calendar: office}}}}", "working_days and calendar go together"),
    (f"{{{BED}, within: {{working_days: 3}}}}", "working_days and calendar go together"),
    (f"{{{BED}, within: {{working_days: 0, calendar: c}}}}", "working_days = 0: must be 1 or more"),
    (f"{{{BED}, within: {{working_days: 1, days: 1, calendar: c}}}}", "give one rule"),
    (
        f"{{{BED}, within: {{working_days: 3, calendar: offce}}}}",
        ".within.calendar = offce: unknown calendar; allowed: nothing",
    ),
    (
        f"{{{BED}, within: [{{when: {EAST}, working_days: 3, calendar: a}}, {{days: 1}}]}}",
        ".within.0.calendar = a: unknown calendar",
    ),
    (
        f"{{{BED}, within: [{{when: {{region: east}}, days: 3}}]}}",
        "the last case must be for everybody",
    ),
    (
        f"{{{BED}, within: [{{days: 3}}, {{when: {{region: east}}, days: 3}}]}}",
        "the last case must be for everybody",
    ),
    (f"{{{BED}, within: [{{days: 3}}, {{days: 4}}]}}", "a case without when hides those after it"),
    (
        f"{{{BED}, within: [{{when: {{regin: east}}, days: 3}}, {{days: 1}}]}}",
        ".within.0.when.regin = east: unknown attribute",
    ),
    (
        f"{{{BED}, within: [{{when: {{region: north}}, days: 3}}, {{days: 1}}]}}",
        ".within.0.when.region = north: allowed: east, west",
    ),
    (
        f"{{{BED}, within: [{{when: {{kind: two}}, days: 3}}, {{days: 1}}]}}",
        "it changes during a life (stages.desk.next.completed changes it): a deadline goes by",
    ),
    (
        f"{{{BED}, from_: [desk], within: {{days: 1}}}}",
        ".from_ = [desk]: unknown key; allowed: from",
    ),
]


@pytest.fixture
def said(folder: Path, problems: Complaints) -> Said:
    """Return a function from a service, and more of it, to the problems found."""

    def found(more: str, service: str = SERVICE) -> list[str]:
        (folder / "service" / "mine.yaml").write_text(service + more)
        (folder / "population" / "mine.yaml").write_text(PEOPLE)
        return problems("service=mine", "population=mine", "horizon_days=2000")

    return found


@pytest.mark.parametrize(("deadline", "fragment"), BAD)
def test_a_bad_deadline_is_refused(said: Said, deadline: str, fragment: str) -> None:
    """Hold that what is wrong is said with its path."""
    lines = said(f"deadlines:\n  bed: {deadline}\n")
    assert any("service.deadlines.bed" in line and fragment in line for line in lines), lines


def test_a_deadline_for_some_and_for_the_rest_is_read(said: Said, folder: Path) -> None:
    """Hold that cases by a state and by an attribute that nothing sets are taken, as they stand."""
    cases = "[{when: {severity: {at_least: 0.7}, region: east}, days: 14}, {days: 60}]"
    text = f"deadlines:\n  bed: {{{BED}, within: {cases}, not_counting: [home]}}\n"
    text += "  onward: {after: [ward], to: [home], within: {days: 0}}\n"
    assert said(text) == []
    job = build.job(["service=mine", "population=mine"], Folders(folder))
    deadlines = job.study.scenes[0].scenario.service.deadlines
    assert deadlines["bed"].from_ == deadlines["bed"].begins_at == ("desk",)
    assert [case.days for case in deadlines["bed"].within] == [14, 60]
    assert deadlines["bed"].not_counting == ("home",)
    assert deadlines["onward"].after == deadlines["onward"].begins_at == ("ward",)


@pytest.mark.parametrize(
    ("costs", "currency", "fragment"),
    [
        ("{per_day: -1}", "NOK", "service.stages.ward.costs.per_day = -1: must be 0 or more"),
        ("{per_hour: 1}", "NOK", "costs.per_hour = 1: unknown key; allowed: per_day, per_visit"),
        ("{per_day: 10}", "null", "service.stages.ward.costs: money needs a currency"),
        ("{per_day: 10}", "''", "service.currency = an empty text: a text is required"),
        ("{per_day: 10}", "47", "service.currency = 47: a text is required"),
    ],
)
def test_bad_costs_are_refused(said: Said, costs: str, currency: str, fragment: str) -> None:
    """Hold that money is not negative, and is in a currency."""
    service = SERVICE.replace("asks_for: beds", f"asks_for: beds\n    costs: {costs}")
    lines = said(f"currency: {currency}\n", service)
    assert any(fragment in line for line in lines), lines


def test_costs_in_a_currency_are_read(said: Said) -> None:
    """Hold that costs by day and by visit are taken."""
    service = SERVICE.replace("asks_for: beds", "asks_for: beds\n    costs: {per_visit: 1500}")
    assert said("currency: NOK\n", service) == []
