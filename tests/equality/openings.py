"""Small services with calendars, closings, staff, shared lists and streams of their own.

A small service is given some of these besides what it has, from the same source of choices. Hours
are told to the minute: where the unit is a tick, places open and close in the middle of the run.
"""

from tests.equality.services import Choices, Raw, Small

CALENDARS = {
    "day": {"hours": "08:00-16:00", "days": "monday-saturday", "holidays": "norway"},
    "night": {"hours": "22:00-06:00"},
    "always": {"closed": [{"from": "02-10", "to": "02-20"}]},
}
MINUTES = {"first": {"hours": "00:00-00:01"}, "second": {"hours": "00:01-00:02"}}
CLOSINGS = [
    {"from": "12-20", "to": "01-05", "closed_share": 0.5},
    {"from": "2017-01-20", "to": "2017-02-03", "closed_share": 1.0},
    {"from": "02-20", "to": "03-01", "closed_share": 0.3},
]


def an_opening(choose: Choices, written: Raw, in_days: bool) -> Raw:
    """Choose of a capacity a calendar, closings, staff or a shared list, or several of these."""
    capacity = dict(written)
    if choose.one_of(False, True):
        capacity["open"] = choose.one_of(*(CALENDARS if in_days else MINUTES))
    if choose.one_of(False, True):
        capacity["closings"] = CLOSINGS
    parts = ["by_category"] * 2 if "by" in capacity else []
    capacity["lists"] = choose.one_of("own", "one", *parts)
    if choose.one_of(False, True, True):
        capacity["staff"] = {
            "members": capacity.pop("beds"),
            "caseload": choose.one_of(1, 2),
            "vacant_share": choose.one_of(0, 0.2),
            "sick_leave": {"share": choose.one_of(0, 0.1, 0.5), "mean_days": 4 if in_days else 0.1},
        }
    return capacity


def a_stream(choose: Choices, written: Raw, ways: list[str], in_days: bool) -> Raw:
    """Choose of a stream hours, days, ways in and attributes of its own, or some of these."""
    stream = dict(written)
    if choose.one_of(False, True):
        one, other = choose.one_of(0, 1, 3), choose.one_of(1, 3)
        stream["hours"] = [one if in_days else other, *[one, other] * 11, 1]
    if in_days and choose.one_of(False, True):
        stream |= {"from_day": choose.one_of(0, 2), "until_day": choose.one_of(3, 40)}
    if choose.one_of(False, True):
        stream["ways_in"] = {choose.one_of(*ways): 1.0}
    if choose.one_of(False, True):
        stream["set"] = choose.one_of({"kind": "one"}, {"home": "here"}, {"motivation": 0.2})
    return stream


def with_openings(choose: Choices, small: Small) -> Small:
    """Return a small service whose places and streams are not the same at all times."""
    in_days = small.unit == 1.0
    capacities, streams = small.service["capacities"], small.service["arrivals"]
    ways = list(small.service["ways_in"])
    return small.with_parts(
        calendars=dict(CALENDARS if in_days else MINUTES),
        capacities={name: an_opening(choose, of, in_days) for name, of in capacities.items()},
        arrivals={name: a_stream(choose, of, ways, in_days) for name, of in streams.items()},
    )
