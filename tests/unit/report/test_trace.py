"""What is printed of a life: days, sentences, two policies side by side or one below the other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from simcare.analysis.trace import (
    LATER,
    SOONER,
    WAIT,
    WHEN_ASKED,
    Choice,
    Client,
    Step,
)
from simcare.kernels.tables import COMPLETED, DIED, FATES, TICKS_PER_DAY
from simcare.report.terminal import Sheet
from simcare.report.trace import (
    Trace,
    Way,
    apart,
    dated,
    first_difference,
    marked_days,
    sentence,
    told,
)
from simcare.report.words import catalogue

START = date(2019, 2, 20)
NOON = TICKS_PER_DAY // 2
CLIENT = Client("people", 17)


def step(day: int, event: str, stage: str, since: int | None = None, *states: float) -> Step:
    """Return a step at noon of a day."""
    ticks = day * TICKS_PER_DAY + NOON
    began = ticks if since is None else since * TICKS_PER_DAY + NOON
    return Step(ticks, event, stage, began, *states)


WAITED = (
    step(11, "asked", "gp_visit", None, 0.8, 0.4),
    step(16, "joined", "detox"),
    step(39, "began", "detox", 16, 0.71, 0.4),
    step(48, "completed", "detox", 39, 0.71, 0.4),
    step(48, "gone", "detox", 39),
)
LEFT = (
    *WAITED[:2],
    step(57, "left_on_the_list", "detox", 16, 0.6, 0.42),
    step(57, "gone", "detox"),
)
WAY, OTHER = (
    Way("GP referral", WAITED, (39 * TICKS_PER_DAY, 1)),
    Way("direct access", LEFT, None),
)


def trace(*ways: Way, choice: Choice | None = None) -> Trace:
    """Return what is told of one client's ways."""
    return Trace(CLIENT, 3, "the main case", START, ways, choice)


def sheets(parts: Sequence[Sheet | str]) -> list[Sheet]:
    """Return the tables among what is printed."""
    return [part for part in parts if isinstance(part, Sheet)]


def test_a_story_is_told_with_its_days() -> None:
    """Expected: by hand, 2019 being no leap year; states are said where they have changed."""
    assert dated(WAITED, START) == (
        (date(2019, 3, 3), "asked for help: gp visit (motivation 0.80, severity 0.40)"),
        (date(2019, 3, 8), "joined the list for detox"),
        (
            date(2019, 3, 31),
            "began detox after 23 days on the list (motivation 0.71, severity 0.40)",
        ),
        (date(2019, 4, 9), "completed detox after 9 days"),
        (date(2019, 4, 9), "no further contact"),
    )


def test_lengths_are_days_of_the_calendar() -> None:
    """Expected: by hand: from 23:00 to 1:00 it is the next day, from 1:00 to 23:00 the same."""
    hour = TICKS_PER_DAY // 24
    late, early = 23 * hour, TICKS_PER_DAY + hour
    assert sentence(Step(early, "began", "ward", late)) == "began ward after 1 day on the list"
    within = Step(TICKS_PER_DAY + late, "left", "ward", early)
    assert sentence(within) == "gave up after less than a day (ward)"


def test_every_way_to_end_has_words() -> None:
    """Expected: a visit ends with each fate, or on the list with each that a clock brings."""
    by_clocks = {f"{fate}_on_the_list" for fate in FATES[COMPLETED + 1 : DIED + 1]}
    events = {*FATES} - {"holding", "moved"} | by_clocks | {"moved_on_the_list"}
    assert {f"trace.step.{event}" for event in events} <= set(catalogue())


def test_policies_stand_side_by_side_where_there_is_room() -> None:
    """Expected: by hand: a row for each day; the first that differs, 31 March, is marked."""
    parts = list(told(trace(WAY, OTHER), 100))
    (sheet,) = sheets(parts)
    assert sheet.header == ("", "Day", "GP referral", "direct access")
    assert [row[:2] for row in sheet.rows] == [
        ("", "3 March 2019"),
        ("", "8 March 2019"),
        (">", "31 March 2019"),
        ("", "9 April 2019"),
        ("", "18 April 2019"),
    ]
    assert sheet.rows[0][2:] == (
        "asked for help: gp visit (motivation 0.80, severity 0.40)",
        "the same",
    )
    assert sheet.rows[3][2:] == ("completed detox after 9 days\nno further contact", "")
    assert sheet.rows[4][3] == (
        "left the list for detox after 41 days (motivation 0.60, severity 0.42)\nno further contact"
    )
    assert parts[0] == "Client people:17, repetition 3. Case: the main case"
    assert parts[2:] == [
        "The first difference is on 31 March 2019, marked >.",
        "GP referral: treatment 28 days after asking; in the end: completed detox after 9 days, "
        "then no further contact (9 April 2019).\n"
        "Direct access: no treatment; in the end: left the list for detox after 41 days, "
        "then no further contact (18 April 2019).",
        "Simulated with invented people, not observed.",
    ]


def test_policies_stand_one_below_the_other_where_it_is_narrow() -> None:
    """Expected: the same days and sentences, in a table for each policy."""
    above, below = sheets(list(told(trace(WAY, OTHER), 80)))
    assert (above.title, below.title) == ("GP referral", "direct access")
    assert [row[1] for row in below.rows] == ["3 March 2019", "8 March 2019", "18 April 2019"]
    assert [row[0] for row in above.rows] == ["", "", ">", ""]
    (wide,) = sheets(list(told(trace(WAY, OTHER), 100)))
    assert [row[2] for row in wide.rows if row[2]] == [row[2] for row in above.rows]
    assert below.rows[0][2].startswith("asked for help: gp visit")


def test_the_same_way_is_said_to_be_the_same() -> None:
    """Expected: no mark; hours and states alone are no difference, a day or an event is one."""
    shifted = tuple(Step(s.tick + 1, s.event, s.stage, s.since) for s in WAITED)
    assert first_difference([WAY, Way("b", shifted, None)], START) is None
    parts = list(told(trace(WAY, Way("b", shifted, None)), 100))
    assert "The same on the same days, whichever policy." in parts
    assert {row[0] for row in sheets(parts)[0].rows} == {""}
    shorter = Way("b", WAITED[:-1], None)
    assert first_difference([WAY, shorter], START) == date(2019, 4, 9)


def test_who_does_not_ask_under_a_policy_is_said() -> None:
    """Expected: by hand: no sentence of summary for that policy, and no talk of a difference."""
    parts = list(told(trace(Way("GP referral", (), None), OTHER), 100))
    assert "Does not ask for help with GP referral." in parts
    (summary,) = (part for part in parts if isinstance(part, str) and "in the end" in part)
    assert summary.startswith("Direct access: no treatment")
    assert not any("first difference" in str(part) for part in parts)


def test_the_rule_by_which_somebody_was_chosen_is_said() -> None:
    """Expected: by hand, one sentence a rule, and whether all of the run counted."""

    def said(rule: str, followed: bool, *ways: Way) -> str:
        choice = Choice(CLIENT, rule, 1267, followed, 31, 3.0)
        return str(list(told(trace(*ways, choice=choice), 100))[1])

    assert said(LATER, True, WAY, OTHER) == (
        "No client was given: this is the middle one of 1,267 who start treatment later with "
        "direct access than with GP referral, by 3 days or more, ranked by how much later. 31 "
        "start it sooner by as much. All of these first ask in the time measured, a year or more "
        "before its end."
    )
    assert "start treatment sooner with direct access than" in said(SOONER, False, WAY, OTHER)
    assert said(WAIT, False, WAY).endswith("who start treatment, ranked by their wait for it.")
    assert said(WHEN_ASKED, False, WAY).endswith("of 1,267, ranked by when they asked.")


def test_attributes_are_said_where_they_are_known() -> None:
    """Expected: by hand, with spaces as they are spoken; nothing where nothing is known."""
    known = replace(trace(WAY), traits={"region": "south_east", "ability_to_pay": "can_pay"})
    said = "At the first asking: region (south east) and ability to pay (can pay)."
    assert list(told(known, 100))[1] == said
    assert not any("first asking" in str(part) for part in told(trace(WAY), 100))


def test_a_single_policy_has_no_difference() -> None:
    """Expected: by hand: treatment in a later attempt is said to be one."""
    parts = list(told(trace(Way("a", WAITED, (39 * TICKS_PER_DAY, 2))), 40))
    assert not any("difference" in str(part) for part in parts)
    assert str(parts[2]).startswith("A: treatment 28 days after first asking, in a later attempt;")


def test_milestones_stand_beside_each_other_with_the_days_between() -> None:
    """Expected: by hand; one that neither came to is left out, and a bed that is the treatment."""
    day = TICKS_PER_DAY
    first = {"asked": 11 * day, "treatment": 39 * day, "bed": 39 * day, "relapse": 60 * day}
    second = {"asked": 11 * day + 5, "treatment": 31 * day, "bed": 31 * day, "left_off": 57 * day}
    sheet = marked_days(trace(replace(WAY, marks=first), replace(OTHER, marks=second)))
    assert sheet.header == ("Milestone", "GP referral", "direct access", "difference")
    assert sheet.rows == (
        ("asks for help", "3 March 2019", "3 March 2019", "the same day"),
        ("treatment begins", "31 March 2019", "23 March 2019", "8 days sooner"),
        ("gives up or drops out", "never", "18 April 2019", "only with direct access"),
        ("relapses", "21 April 2019", "never", "not with direct access"),
    )
    assert apart(day - 1, day, "b") == "1 day later"


def test_milestones_are_told_of_two_policies_that_both_are_asked_under() -> None:
    """Expected: the table of milestones comes before that of the days, and not for one policy."""
    marks = {"asked": 11 * TICKS_PER_DAY}
    ways = [replace(way, marks=marks) for way in (WAY, OTHER)]
    assert [s.header[0] for s in sheets(list(told(trace(*ways), 100)))] == ["Milestone", ""]
    assert [s.header[0] for s in sheets(list(told(trace(ways[0]), 100)))] == [""]
    gone = replace(ways[0], steps=())
    assert [s.header[0] for s in sheets(list(told(trace(gone, ways[1]), 100)))] == [""]
