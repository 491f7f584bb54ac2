"""Utilisation of what closes or is given up, and streams whose people are not counted."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.analysis.test_groups import DESK, GP, LONGER, READING, records

from simcare.analysis.place_days import usable_days
from simcare.analysis.records import People
from simcare.analysis.terms import Way
from simcare.analysis.ways_in import ASKED, SHARE, STARTED, measure_ways_in
from simcare.kernels.tables import TICKS_PER_DAY

DAY = TICKS_PER_DAY


def test_who_stays_after_closing_could_use_the_place() -> None:
    """Expected, by hand, from day 100 on: two places from 100 to 104, none from then to 110.

    Two people are there from 102, one until 106, one until 107. Usable are 2 x 4 days while it is
    open, 2 x 2 from 104 to 106, and 1 from 106 to 107: 13 place-days, of which 4 + 5 are used.
    """
    steps = ((0, 2), (104 * DAY, 0))
    started, ended = np.array([102, 102]) * DAY, np.array([106, 107]) * DAY
    assert usable_days(steps, started, ended, READING) == pytest.approx(13)


def test_what_nobody_uses_is_as_many_as_there_are() -> None:
    """Expected: three places from day 100 to 465, but for ten days."""
    steps = ((0, 3), (200 * DAY, 0), (210 * DAY, 3))
    nobody = np.zeros(0, np.int64)
    assert usable_days(steps, nobody, nobody, READING) == pytest.approx(3 * 355)


def test_people_of_day_0_may_be_in_more_places_than_are_open() -> None:
    """Expected, by hand: one place, and two of day 0 in it until 105 and 110: 5 x 2 + 360 x 1."""
    started, ended = np.array([0, 0]), np.array([105, 110]) * DAY
    from_a_list = replace(READING, begun=())
    assert usable_days(((0, 1),), started, ended, from_a_list) == pytest.approx(370)


def test_people_of_a_stream_that_is_not_counted_are_not_followed() -> None:
    """Hold that they are none of all who asked, but came by their ways in, which have no share.

    Bo comes by letter, by a stream that is not counted: Cai, Dag and Eva are followed, who come by
    the door. He starts treatment within a year.
    """
    people = People(np.array([0, 1, 0, 0, 0]), np.zeros((5, 0)))
    ways = (Way("letter", 1, GP), Way("door", 0, DESK))
    seen = records(replace(LONGER, uncounted=(1,), ways=ways), people)
    assert np.flatnonzero(seen.followed).tolist() == [2, 3, 4]
    assert np.flatnonzero(seen.came).tolist() == [1, 2, 3, 4]
    numbers = {(e.name, e.measure): value for e, value in measure_ways_in(seen).items()}
    assert numbers["letter", ASKED] == 1
    assert numbers["door", ASKED] == 3
    assert numbers["letter", STARTED] == 100
    assert numbers["door", SHARE] == 100
    assert np.isnan(numbers["letter", SHARE])
