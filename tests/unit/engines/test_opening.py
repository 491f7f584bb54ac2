"""Days with opening hours, worked by hand: calls before opening, at closing, and under way."""

from typing import Any

from tests.unit.engines.test_days import fixed, leaving, stage, tell

HOUR = 3600
OPENS, CLOSES = 8 * HOUR, 10 * HOUR
DAY = 24 * HOUR
PATIENCE = 30


def line(slots: int, call: int) -> dict[str, Any]:
    """Return a telephone line from 8 to 10 each day; who is not answered in 30 seconds hangs up."""
    return {
        "calendars": {"line": {"hours": "08:00-10:00"}},
        "capacities": {"call_takers": {"slots": slots, "open": "line"}},
        "conditions": {"on_hold": leaving(PATIENCE)},
        "stages": {
            "call": stage(
                call, "out", asks="call_takers", while_waiting="on_hold", next={"left": "out"}
            )
        },
    }


def test_a_day_of_an_advice_line() -> None:
    """Hold who is answered when, with one call-taker and calls of five minutes.

    By hand. Caller 0 is an hour early and hangs up after 30 seconds; caller 1 is early by 20
    seconds and answered when the line opens. Caller 2 calls a minute before closing and speaks on
    for four minutes after it. Caller 3 waits over the closing, which is no news to who waits, and
    hangs up. Caller 4 calls ten seconds before that call ends: the place that comes free is closed.
    Caller 5 calls in the second of closing the day after, which is before any arrival: too late.
    Caller 6 calls in the second of opening on the third day, and is answered at once.
    """
    comes = [
        OPENS - HOUR, OPENS - 20, CLOSES - 60, CLOSES - 20, CLOSES + 230, DAY + CLOSES,
        2 * DAY + OPENS,
    ]  # fmt: skip
    assert tell(line(1, 300), comes, horizon=3 * DAY) == [
        (0, "call", OPENS - HOUR, None, OPENS - HOUR + 30, "left"),
        (1, "call", OPENS - 20, OPENS, OPENS + 300, "completed"),
        (2, "call", CLOSES - 60, CLOSES - 60, CLOSES + 240, "completed"),
        (3, "call", CLOSES - 20, None, CLOSES + 10, "left"),
        (4, "call", CLOSES + 230, None, CLOSES + 260, "left"),
        (5, "call", DAY + CLOSES, None, DAY + CLOSES + 30, "left"),
        (6, "call", 2 * DAY + OPENS, 2 * DAY + OPENS, 2 * DAY + OPENS + 300, "completed"),
    ]


def test_an_opening_answers_in_the_order_of_the_list() -> None:
    """Hold that two call-takers answer the first two who wait, and the third when one is free."""
    comes = [OPENS - 25, OPENS - 20, OPENS - 15]
    assert tell(line(2, 10), comes, horizon=DAY) == [
        (0, "call", OPENS - 25, OPENS, OPENS + 10, "completed"),
        (1, "call", OPENS - 20, OPENS, OPENS + 10, "completed"),
        (2, "call", OPENS - 15, OPENS + 10, OPENS + 20, "completed"),
    ]


def test_a_run_that_begins_inside_the_hours_is_open() -> None:
    """Hold that a night line that opened the evening before is open from the first second on."""
    service = line(1, 60)
    service["calendars"]["line"] = {"hours": "22:00-06:00"}
    comes = [0, 6 * HOUR - 1, 6 * HOUR + 30]
    assert tell(service, comes, horizon=DAY) == [
        (0, "call", 0, 0, 60, "completed"),
        (1, "call", 6 * HOUR - 1, 6 * HOUR - 1, 6 * HOUR + 59, "completed"),
        (2, "call", 6 * HOUR + 30, None, 6 * HOUR + 60, "left"),
    ]


def test_one_list_for_all_units() -> None:
    """Hold that with one list who waits takes the place that comes free first, in whatever unit.

    By hand: two units of one bed each and four people. With lists of their own two of four could
    wait for one bed while the other is free; with one list two are served at once, two as they end.
    """
    pooled = {"beds": 2, "units": 2, "lists": "one"}
    service = {"capacities": {"beds": pooled}, "stages": {"ward": stage(50, asks="beds")}}
    service["stages"]["ward"]["stay_days"] = fixed(50)
    assert tell(service, [0, 10, 20, 30]) == [
        (0, "ward", 0, 0, 50, "completed"),
        (1, "ward", 10, 10, 60, "completed"),
        (2, "ward", 20, 50, 100, "completed"),
        (3, "ward", 30, 60, 110, "completed"),
    ]
