"""Lives as stretches of time, by hand: lists, steps, help, treatment, and what marks them."""

import pytest
from tests.unit.analysis.test_trace import OPEN, Told, visits

from simcare.analysis.spans import Kind, Life, Places, Span, life, marks
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    HOLDING,
    LEFT,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    WAITING,
)

STAGES = ("referral", "ward", "home", "team")
REFERRAL, WARD, HOME, TEAM = range(4)
PLACES = Places(
    help=frozenset({"ward", "team"}),
    treatment=frozenset({"ward"}),
    on_the_way=frozenset({"referral", "team", "ward"}),
)
HORIZON = 100
MILESTONES = {"first_help": ("team",), "treatment": ("ward",), "discharge": ("ward",)}


def lived(*rows: Told, episodes: tuple[int, ...] = ()) -> Life:
    """Return the life of some visits, with days in place of ticks."""
    found = life(visits(*rows, episodes=episodes), STAGES, PLACES, HORIZON * TICKS_PER_DAY)
    in_days = [
        Span(s.begin // TICKS_PER_DAY, s.end // TICKS_PER_DAY, s.kind, s.stage, s.cut)
        for s in found.spans
    ]
    return Life(tuple(in_days), found.fate, found.open)


def test_each_kind_of_time_is_told_apart() -> None:
    """Expected: by hand; the times on lists and in stages follow one another without gaps."""
    found = lived(
        (REFERRAL, 1, 1, 4, COMPLETED),
        (TEAM, 4, 10, 12, COMPLETED),
        (WARD, 12, 24, 44, DROPPED_OUT),
        (HOME, 44, 44, 60, RELAPSED),
    )
    assert found == Life(
        (
            Span(1, 4, Kind.STEP, "referral"),
            Span(4, 10, Kind.LIST, "team"),
            Span(10, 12, Kind.HELP, "team"),
            Span(12, 24, Kind.LIST, "ward"),
            Span(24, 44, Kind.TREATMENT, "ward", "dropped_out"),
            Span(44, 60, Kind.WITHOUT, "home", "relapsed"),
        ),
        "relapsed",
        open=False,
    )


@pytest.mark.parametrize(
    ("last", "span", "fate", "is_open"),
    [
        ((WARD, 4, OPEN, 9, LEFT), Span(4, 9, Kind.LIST, "ward", "left"), "left", False),
        ((WARD, 4, OPEN, OPEN, WAITING), Span(4, 100, Kind.LIST, "ward"), "waiting", True),
        ((WARD, 4, 4, OPEN, STAYING), Span(4, 100, Kind.TREATMENT, "ward"), "staying", True),
        ((WARD, 4, 4, 8, DIED), Span(4, 8, Kind.TREATMENT, "ward", "died"), "died", False),
    ],
)
def test_how_the_last_stretch_ends(last: Told, span: Span, fate: str, is_open: bool) -> None:
    """Expected: by hand; what is open lasts to the horizon, who leaves a list never was there."""
    found = lived((REFERRAL, 1, 1, 4, COMPLETED), last)
    assert found.spans[1:] == (span,)
    assert (found.fate, found.open) == (fate, is_open)


@pytest.mark.parametrize("held", [(30, COMPLETED), (OPEN, HOLDING)])
def test_a_place_that_is_kept_is_told_as_time_on_the_next_list(held: tuple[int, int]) -> None:
    """Expected: by hand: asked for the ward on day 20, when the stay with the team was over."""
    ended, fate = held
    found = lived((TEAM, 4, 10, ended, fate), (WARD, 20, 30, 40, COMPLETED))
    assert [(s.begin, s.end, s.kind) for s in found.spans] == [
        (4, 10, Kind.LIST),
        (10, 20, Kind.HELP),
        (20, 30, Kind.LIST),
        (30, 40, Kind.TREATMENT),
    ]


def test_nobody_has_no_life() -> None:
    """Hold that who does not ask has no stretches, no fate and no marks."""
    nothing = visits()
    assert life(nothing, STAGES, PLACES, 5) == Life()
    assert marks(nothing, STAGES, MILESTONES) == {}


def test_the_marks_of_a_life() -> None:
    """Expected: by hand, the first of each; a mark that was never come to is not there."""
    rows = visits(
        (REFERRAL, 1, 1, 4, COMPLETED),
        (TEAM, 4, OPEN, 12, LEFT),
        (HOME, 12, 12, 20, RELAPSED),
        (TEAM, 20, 22, 24, COMPLETED),
        (WARD, 24, 24, OPEN, STAYING),
        episodes=(1, 1, 1, 2, 2),
    )
    found = marks(rows, STAGES, MILESTONES)
    assert {mark: tick // TICKS_PER_DAY for mark, tick in found.items()} == {
        "asked": 1,
        "first_help": 22,
        "treatment": 24,
        "left_off": 12,
        "relapse": 20,
        "back": 20,
    }
