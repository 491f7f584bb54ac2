"""Policies compared person by person, on clients made by hand."""

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import pytest

from simcare.analysis.clients import EVENTS, GAVE_UP, STARTED, Clients, Grouping
from simcare.analysis.groups import ALL
from simcare.analysis.pairs import (
    MARGIN,
    MEASURES,
    WELLBEING,
    WORSE,
    Of,
    Tally,
    gather,
    tally,
)

REGIONS = Grouping("region", ("north", "south", "isles"))
NAN = float("nan")


def clients(
    ids: Sequence[int],
    started: Sequence[int] = (),
    gave_up: Sequence[int] = (),
    wellbeing: Sequence[float] | None = None,
    regions: Sequence[int] | None = None,
    asked: Sequence[int] | None = None,
) -> Clients:
    """Return clients of whom these started treatment or gave up; else nothing befell them."""
    events = np.zeros((len(EVENTS), len(ids)), np.bool_)
    events[EVENTS.index(STARTED)] = np.isin(ids, started)
    events[EVENTS.index(GAVE_UP)] = np.isin(ids, gave_up)
    return Clients(
        ids=np.array(ids, np.uint64),
        asked=np.array(asked or [100 * one for one in ids], np.int64),
        events=events,
        wellbeing=None if wellbeing is None else np.array(wellbeing, np.float32),
        groupings=(REGIONS,),
        groups=np.array([regions or [0] * len(ids)], np.uint16),
    )


def drawn(rng: np.random.Generator) -> Clients:
    """Return some of twelve people, each with a fate drawn; one of them may ask at another time."""
    ids = rng.permutation(12)[: rng.integers(0, 13)]
    many = len(ids)
    return Clients(
        ids=ids.astype(np.uint64),
        asked=np.where(ids == 3, rng.integers(0, 2), ids).astype(np.int64),
        events=rng.random((len(EVENTS), many)) < 0.5,
        wellbeing=rng.integers(40, 44, many).astype(np.float32),
        groupings=(REGIONS,),
        groups=(ids % 3)[None].astype(np.uint16),
    )


def test_the_same_people_are_compared() -> None:
    """Expected: by hand. Two to four are the same; five asks at another time under the policy.

    Two starts who did not, three no longer does, four gives up as before.
    """
    base = clients([1, 2, 3, 4, 5], started=[1, 3], gave_up=[4], regions=[0, 0, 1, 1, 1])
    policy = clients(
        [6, 5, 4, 3, 2], started=[2, 5], gave_up=[4], regions=[2, 1, 1, 1, 0],
        asked=[600, 501, 400, 300, 200],
    )  # fmt: skip
    found = tally(base, policy)
    assert found[Of(STARTED, ALL, "")] == Tally(1, 1, 1, 2, 2)
    assert found[Of(GAVE_UP, ALL, "")] == Tally(0, 0, 3, 2, 2)
    assert found[Of(STARTED, "region", "north")] == Tally(1, 0, 0, 1, 0)
    assert found[Of(STARTED, "region", "south")] == Tally(0, 1, 1, 1, 1)
    assert found[Of(STARTED, "region", "isles")] == Tally(0, 0, 0, 0, 1)
    assert WELLBEING not in {of.measure for of in found}


def test_who_no_longer_gives_up_is_helped() -> None:
    """Expected: by hand; an event that is bad counts the other way round than one that is good."""
    one, other = clients([1, 2], started=[1], gave_up=[1]), clients([1, 2])
    found = tally(one, other)
    assert found[Of(GAVE_UP, ALL, "")] == Tally(1, 0, 1, 0, 0)
    assert found[Of(STARTED, ALL, "")] == Tally(0, 1, 1, 0, 0)
    assert {of.measure for of in found if found[of].helped and of.by == ALL} <= set(WORSE)


def test_a_change_of_the_margin_is_none() -> None:
    """Expected: by hand: a point and no more is no change, to either side."""
    before = clients([1, 2, 3, 4, 5], wellbeing=[40, 40, 40, 40, 40])
    near = [40 + MARGIN, 40 - MARGIN, 40 + MARGIN + 0.01, 40 - MARGIN - 0.01, 40]
    found = tally(before, clients([1, 2, 3, 4, 5], wellbeing=near))
    assert found[Of(WELLBEING, ALL, "")] == Tally(1, 1, 3, 0, 0)


@pytest.mark.parametrize("seed", range(50))
def test_the_parts_add_up_to_everybody(seed: int) -> None:
    """Everybody of either policy is in one part, of all and of the groups together."""
    rng = np.random.default_rng(seed)
    base, policy = drawn(rng), drawn(rng)
    found = tally(base, policy)
    everybody = {*zip(base.ids.tolist(), base.asked.tolist(), strict=True)}
    everybody |= {*zip(policy.ids.tolist(), policy.asked.tolist(), strict=True)}
    for measure in MEASURES if everybody else ():
        whole = astuple(found[Of(measure, ALL, "")])
        assert sum(whole) == len(everybody)
        groups = [
            astuple(one) for of, one in found.items() if (of.measure, of.by) == (measure, "region")
        ]
        assert tuple(map(sum, zip(*groups, strict=True))) == whole


@pytest.mark.parametrize("seed", range(50))
def test_the_other_way_round_is_the_mirror(seed: int) -> None:
    """Who is helped by the one is harmed by the other, and who is alone here is alone there."""
    rng = np.random.default_rng(seed)
    base, policy = drawn(rng), drawn(rng)
    there, back = tally(base, policy), tally(policy, base)
    assert there.keys() == back.keys()
    for of, one in there.items():
        mirrored = (one.harmed, one.helped, one.unchanged, one.only_policy, one.only_base)
        assert astuple(back[of]) == mirrored


def test_the_same_policy_helps_and_harms_nobody() -> None:
    """Expected: all unchanged."""
    one = drawn(np.random.default_rng(1))
    assert len(one.ids)
    for of, found in tally(one, one).items():
        assert astuple(found) == (0, 0, found.both, 0, 0), of
        assert found.both


def test_groups_that_the_policy_has_not_are_left_out() -> None:
    """An attribute with other categories under the other policy does not compare."""
    other = clients([1])
    changed = Clients(
        other.ids, other.asked, other.events, None, (Grouping("region", ("a", "b")),), other.groups
    )
    assert {of.by for of in tally(clients([1]), changed)} == {ALL}


def test_replications_together() -> None:
    """Expected: by hand: of 100 in both 25 and 50 helped; Student's t for 1 degree is 12.706.

    The south has nobody in both in the second, and so one share alone.
    """
    everybody, south = Of(STARTED, ALL, ""), Of(STARTED, "region", "south")
    one = {everybody: Tally(1, 0, 3, 0, 2), south: Tally(1, 1, 0, 0, 0)}
    two = {everybody: Tally(4, 2, 2, 4, 0), south: Tally(0, 0, 0, 3, 0)}
    first, second = gather("gp", [one, two])
    assert (first.base, first.of, first.people) == ("gp", everybody, 6.0)
    half = 12.7062047 * 12.5
    assert astuple(first.helped) == pytest.approx((37.5, 37.5 - half, 37.5 + half, 2))
    assert first.harmed.mean == pytest.approx(12.5)
    assert first.unchanged.mean == pytest.approx(50.0)
    assert first.only_base.mean == first.only_policy.mean == pytest.approx(25.0)
    assert (second.of, second.people) == (south, 1.0)
    assert astuple(second.helped) == pytest.approx((50.0, NAN, NAN, 1), nan_ok=True)


def test_rows_go_measure_by_measure() -> None:
    """All first, then the groups; also where a replication has a group that the first has not."""
    isles, north = Of(STARTED, "region", "isles"), Of(GAVE_UP, "region", "north")
    whole = {Of(m, ALL, ""): Tally(0, 0, 1, 0, 0) for m in (STARTED, GAVE_UP)}
    rows = gather("gp", [{**whole, north: Tally(0, 0, 1, 0, 0)}, {isles: Tally(1, 0, 0, 0, 0)}])
    assert [row.of for row in rows] == [Of(STARTED, ALL, ""), isles, Of(GAVE_UP, ALL, ""), north]
