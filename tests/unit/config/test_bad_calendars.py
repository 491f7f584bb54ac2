"""What is wrong in calendars, capacities over time, staff and streams: said by path, together."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Complaints = Callable[..., list[str]]
Command = Callable[[Sequence[str]], tuple[int, str, list[Path]]]

QUEUE = ("service=one_queue", "population=plain")
PLACES = "service.capacities.places"
PEOPLE = "service.arrivals.people"
KINDS = (
    "population.attributes={motivation: {number: {fixed: 1}}, severity: {number: {fixed: 0}}, "
    "home: {shares: {east: 0.5, west: 0.5}}}"
)
EVERY_HOUR = ", ".join(["1"] * 24)
SICK = "sick_leave: {share: 0.1, mean_days: 10}"

# (an argument, what must be said of it).
ONE: list[tuple[str, str]] = [
    ("service.calendars={line: {days: monday-fryday}}", "line.days = monday-fryday: not a day of"),
    ("service.calendars={line: {days: [fridai]}}", "days = [fridai]: not a day of the week; allo"),
    ("service.calendars={line: {days: [fridai]}}", "did you mean friday?"),
    ("service.calendars={line: {hours: 8-21}}", 'line.hours = 8-21: hours such as "08:00-21:00"'),
    ("service.calendars={line: {holidays: norwya}}", "line.holidays = norwya: allowed: norway, sw"),
    ("service.calendars={line: {holidays: norwya}}", "did you mean norway?"),
    ("service.calendars={line: {hour: '08:00-21:00'}}", "line.hour = 08:00-21:00: unknown key; al"),
    ("service.calendars={line: {open: 3}}", "unknown key; allowed: days, hours, holidays, closed"),
    ("service.calendars={line: 5}", "service.calendars.line = 5: keys with values are required"),
    (
        "service.calendars={line: {closed: [{from: '13-01', to: '01-02'}]}}",
        'line.closed.0.from = 13-01: a day such as "07-01" (each year) or "2018-07-01" (once)',
    ),
    (
        "service.calendars={line: {closed: [{from: '12-01', to: '12-02', frm: '12-01'}]}}",
        "line.closed.0.frm = 12-01: unknown key; allowed: from, to; did you mean from?",
    ),
    (
        "service.calendars={line: {closed: [{from: '12-01'}]}}",
        "line.closed.0.to: is required",
    ),
    (
        "service.calendars={line: {closed: [{from: '2018-12-01', to: '12-02'}]}}",
        "line.closed.0: from and to are both days of each year, or both full dates",
    ),
    (f"{PLACES}={{beds: 1, open: ofice}}", "places.open = ofice: not among the calendars; allowed"),
    (f"{PLACES}={{beds: 1, open: 7}}", "places.open = 7: a text is required"),
    (f"{PLACES}={{beds: 1, lists: won}}", "lists = won: allowed: own, by_category, one; did you"),
    (f"{PLACES}={{beds: 1, lists: by_category}}", "places: lists by_category need an attribute"),
    (
        f"{PLACES}={{beds: 1, closings: [{{from: '07-01', to: '07-31', closed_share: 1.5}}]}}",
        "places.closings.0.closed_share = 1.5: must be 1 or less",
    ),
    (
        f"{PLACES}={{beds: 1, closings: [{{from: '07-01', to: '07-31'}}]}}",
        "places.closings.0.closed_share: is required",
    ),
    (
        f"{PLACES}={{beds: 1, closings: [{{from: '12-20', to: '01-05', closed_share: 0.5}}, "
        "{from: '2018-01-05', to: '2018-01-09', closed_share: 0.5}]}",
        "12-20 to 01-05 and 2018-01-05 to 2018-01-09 share days: let one begin after the other has",
    ),
    (
        f"{PLACES}={{beds: 1, changes: [{{number: 3}}]}}",
        "places.changes.0: give one time: day (of the run) or date",
    ),
    (
        f"{PLACES}={{beds: 1, changes: [{{day: 3, date: '2018-01-01', number: 3}}]}}",
        "places.changes.0: give one time: day (of the run) or date",
    ),
    (
        f"{PLACES}={{beds: 1, changes: [{{date: soon, number: 3}}]}}",
        "places.changes.0.date = soon: a date such as 2017-01-01 is required",
    ),
    (
        f"{PLACES}={{beds: 1, changes: [{{date: '2018-02-01', number: 3}}, "
        "{date: '2018-01-01', number: 3}]}",
        "places: the days of the changes must rise",
    ),
    (f"{PLACES}={{beds: 1, staff: {{members: 1, caseload: 2}}}}", "places: give one number: beds"),
    (f"{PLACES}={{staff: {{members: 1}}}}", "places.staff.caseload: is required"),
    (f"{PLACES}={{staff: {{members: 1.5, caseload: 2}}}}", "members = 1.5: a whole number is"),
    (f"{PLACES}={{staff: {{members: 1, caseload: 0}}}}", "staff.caseload = 0: must be 1 or more"),
    (f"{PLACES}={{staff: {{members: 1, caseload: 1, case_load: 1}}}}", "did you mean caseload?"),
    (f"{PLACES}={{staff: {{members: 20000, caseload: 1}}}}", "at most 10000 members are allowed"),
    (
        f"{PLACES}={{staff: {{members: 2, caseload: 1}}, units: 3}}",
        "at least one for each of the 3",
    ),
    (
        f"{PLACES}={{staff: {{members: 4, caseload: 1, vacant_share: 0.4}}, units: 3}}",
        "at least one for each of the 3 units, or 0, is required",
    ),
    (
        f"{PLACES}={{staff: {{members: 1, caseload: 1, vacant_share: 2}}}}",
        "staff.vacant_share = 2: must be 1 or less",
    ),
    (
        f"{PLACES}={{staff: {{members: 1, caseload: 1, sick_leave: {{share: 1, mean_days: 1}}}}}}",
        "staff.sick_leave.share = 1: must be 0.95 or less",
    ),
    (
        f"{PLACES}={{staff: {{members: 1, caseload: 1, sick_leave: {{share: 0, mean_days: 0}}}}}}",
        "staff.sick_leave.mean_days = 0: must be",
    ),
    (
        f"{PLACES}={{staff: {{members: 1, caseload: 1, motivation: {{effect_on_absence: 1}}}}}}",
        "places.staff: motivation acts on sick leave: give sick_leave",
    ),
    (
        f"{PLACES}={{staff: {{members: 1, caseload: 1, {SICK}, motivation: {{part: 1}}}}}}",
        "motivation.part = 1: unknown key; allowed: part_in_decisions, patient_influence",
    ),
    (f"{PEOPLE}={{per_day: 1, hours: [1, 2]}}", "people.hours = [1, 2]: at least 24 required"),
    (f"{PEOPLE}={{per_day: 1, hours: [{EVERY_HOUR}, 1]}}", "at most 24 allowed"),
    (
        f"{PEOPLE}={{per_day: 1, hours: [{EVERY_HOUR.replace('1', '0')}]}}",
        "people: some of the hours must be above 0",
    ),
    (f"{PEOPLE}={{per_day: 1, from_day: 5, until_day: 5}}", "until_day must be after from_day, 5"),
    (f"{PEOPLE}={{per_day: 1, from_day: -1}}", "people.from_day = -1: must be 0 or more"),
    (f"{PEOPLE}={{per_day: 1, from_day: 2.5}}", "people.from_day = 2.5: a whole number is"),
    (f"{PEOPLE}={{per_day: 1, from_day: 400000}}", "service.arrivals: nobody would come"),
    (
        f"{PEOPLE}={{per_day: 1, ways_in: {{dor: 1.0}}}}",
        "ways_in.dor = 1.0: unknown way in; allowed",
    ),
    (f"{PEOPLE}={{per_day: 1, ways_in: {{dor: 1.0}}}}", "did you mean door?"),
    (
        f"{PEOPLE}={{per_day: 1, ways_in: {{door: 0.4}}}}",
        "ways_in: the shares must sum to 1, not 0.4",
    ),
    (f"{PEOPLE}={{per_day: 1, ways_in: {{}}}}", "people.ways_in = {}: at least 1 required"),
    (f"{PEOPLE}={{per_day: 1, set: {{hme: east}}}}", "set.hme = east: unknown attribute; allowed"),
    (f"{PEOPLE}={{per_day: 1, set: {{home: eest}}}}", "set.home = eest: allowed: east, west; did"),
    (f"{PEOPLE}={{per_day: 1, set: {{home: 0.5}}}}", "set.home = 0.5: a category is required"),
    (f"{PEOPLE}={{per_day: 1, set: {{severity: 2}}}}", "set.severity = 2: must be 1 or less"),
    (f"{PEOPLE}={{per_day: 1, set: {{severity: east}}}}", "severity = east: it is a number, not a"),
]


@pytest.mark.parametrize(("argument", "words"), ONE)
def test_what_is_wrong_is_said(problems: Complaints, argument: str, words: str) -> None:
    """Hold that each mistake is one problem, with its path and what is allowed."""
    found = problems(*QUEUE, KINDS, argument)
    assert len(found) == 1, found
    assert words in found[0]


def test_several_mistakes_are_said_together(command: Command) -> None:
    """Hold that mistakes of all these kinds are told at once, and nothing is written."""
    service = (
        "service.calendars={office: {days: monday-fryday, hours: late}, line: {holidays: finland}}",
        f"{PLACES}={{staff: {{members: -1, caseload: 1.5}}, open: ofice, lists: two}}",
        f"{PEOPLE}={{per_day: 1, ways_in: {{dor: 1.0}}, set: {{hme: east}}, until_day: 0}}",
    )
    code, said, written = command(["run", *QUEUE, KINDS, *service])
    assert code == 2
    assert written == []
    fragments = (
        "calendars.office.days", "calendars.office.hours", "calendars.line.holidays",
        "staff.members", "staff.caseload", "places.open", "places.lists",
        "ways_in.dor", "set.hme", "until_day",
    )  # fmt: skip
    assert all(fragment in said for fragment in fragments), said
    assert said.startswith(f"simcare: {len(fragments)} problems")


def test_holidays_beyond_what_is_known_are_said(problems: Complaints) -> None:
    """Hold that a run into years without known holidays is refused with the years."""
    calendar = "service.calendars={office: {holidays: denmark}}"
    late = ("start_date=2097-01-01", "horizon_days=2000", "warm_up_days=0")
    (found,) = problems(*QUEUE, KINDS, calendar, *late)
    assert "service.calendars.office.holidays: the public holidays of denmark are known" in found
    assert "the run goes from 2097 to 2102" in found


def test_two_changes_on_one_day_are_said(problems: Complaints) -> None:
    """Hold that a day of the run and a date that are the same day are refused, for this start."""
    changes = (
        f"{PLACES}={{beds: 1, changes: [{{day: 9, number: 3}}, {{date: '2017-01-11', number: 2}}]}}"
    )
    (found,) = problems(*QUEUE, KINDS, changes, "start_date=2017-01-02")
    assert "places.changes: with the start on 2017-01-02 two of them fall on one day" in found
    assert problems(*QUEUE, KINDS, changes, "start_date=2017-01-03") == []


def test_staff_by_category(problems: Complaints) -> None:
    """Hold that members of the staff are one number, or one for each category."""
    one = f"{PLACES}={{by: home, staff: {{members: 5, caseload: 2}}}}"
    (found,) = problems(*QUEUE, KINDS, one)
    assert "places.staff.members = 5: one number for each category of home is required" in found
    less = f"{PLACES}={{by: home, staff: {{members: {{east: 5, wst: 1}}, caseload: 2}}}}"
    assert any(
        "staff.members.wst = 1: not a category of home" in s for s in problems(*QUEUE, KINDS, less)
    )
    right = f"{PLACES}={{by: home, staff: {{members: {{east: 5, west: 1}}, caseload: 2}}}}"
    assert problems(*QUEUE, KINDS, right) == []


def test_what_is_right_is_taken(problems: Complaints) -> None:
    """Hold that all of it together is a service, read from the command line as from a file."""
    assert (
        problems(
            *QUEUE,
            KINDS,
            "service.calendars={office: {days: monday-friday, hours: '08:00-16:00', "
            "holidays: norway, closed: [{from: '12-20', to: '01-05'}]}}",
            f"{PLACES}={{staff: {{members: 6, caseload: 12, vacant_share: 0.1, {SICK}, "
            "motivation: {part_in_decisions: 0.2, effect_on_absence: 1}}, open: office, units: 3, "
            "lists: one, closings: [{from: '07-01', to: '07-31', closed_share: 0.25}], "
            "changes: [{day: 365, number: 8}, {date: '2018-03-01', number: 9}]}",
            f"{PEOPLE}={{per_day: 1, hours: [{EVERY_HOUR}], from_day: 1, until_day: 900, "
            "ways_in: {door: 1.0}, set: {home: east, severity: 0.3}}",
        )
        == []
    )
