"""Services at the edges: both engines write the same, and nobody is lost."""

import numpy as np
import pytest
from tests.equality.both import difference
from tests.equality.extremes import STAY, crowd, of, ruled, small
from tests.equality.services import Small, faults

from simcare.engines import compiled, reference
from simcare.engines.cohort import make_people

CROWD = 20_000
EXTREMES = {**crowd(CROWD), **small(), **ruled()}
SIMULATE = {"compiled": compiled.simulate, "reference": reference.simulate}


@pytest.mark.parametrize("name", EXTREMES)
def test_both_engines_write_the_same_and_lose_nobody(name: str) -> None:
    """Hold that no byte differs, and that the run breaks no law: everybody is still somewhere."""
    program = EXTREMES[name].program()
    assert difference(program, 7) is None
    assert faults(program, compiled.simulate(program, 7, 0), 7) == ()


def test_a_crowd_is_one() -> None:
    """Hold that some 20,000 people come within a second (6 standard deviations: 850)."""
    program = EXTREMES["a crowd in the only tick"].program()
    ticks = make_people(program, 7, 0).clients["arrival"]
    assert abs(len(ticks) - CROWD) < 850
    assert set(ticks.tolist()) == {0}


@pytest.mark.parametrize("clients", [0, 1, 2])
def test_few_clients_and_the_largest_seeds(clients: int) -> None:
    """Hold that no byte differs where 0, 1 or 2 clients come, with seeds next to 2^64."""
    program = of(
        {"ward": {"asks_for": "beds", "stay_days": STAY, "next": {"completed": "out"}}}, 1, 9
    )
    lowered = program.program()
    seeds = [2**64 - 1 - k for k in range(40)]
    some = [s for s in seeds if len(make_people(lowered, s, 2**64 - 1).clients) == clients]
    assert some
    for seed in some:
        assert difference(lowered, seed, 2**64 - 1) is None


@pytest.mark.parametrize("engine", SIMULATE)
@pytest.mark.parametrize("to", ["home", "return"])
def test_more_visits_than_can_be_numbered_are_an_error(engine: str, to: str) -> None:
    """Hold that each engine plays up to 65,000 visits or episodes, and refuses twice as many."""

    def loop(ticks: int) -> Small:
        return of({"home": {"stay_days": STAY, "next": {"completed": to}}}, 3, ticks)

    short = SIMULATE[engine](loop(65_000).program(), 0, 0)
    assert max(short["n"].max(), short["episode"].max()) > 30_000
    with pytest.raises(OverflowError, match="65,535 times or more"):
        SIMULATE[engine](loop(130_000).program(), 0, 0)


def test_a_long_loop_is_numbered_in_order() -> None:
    """Hold that thousands of visits of one client are numbered without a gap, a tick each."""
    visits = compiled.simulate(EXTREMES["thousands of visits in a loop"].program(), 7, 0)
    assert len(visits) > 10_000
    for client in np.unique(visits["client"]):
        mine = visits[visits["client"] == client]
        assert mine["n"].tolist() == list(range(len(mine)))
        assert set(np.diff(mine["queued"]).tolist()) == {1}
