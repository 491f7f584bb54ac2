"""Random small services: every run obeys the laws, repeats, and keeps everybody's luck apart.

The services are those of tests/equality/drawn.py.
"""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.equality.drawn import plain_services, services
from tests.equality.services import Small, faults

from simcare.engines.cohort import make_people
from simcare.engines.program import Program
from simcare.engines.reference import simulate
from simcare.kernels.tables import COMPLETED, NONE, Rows

OFTEN = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SELDOM = settings(OFTEN, max_examples=30)


def two_more(beds: Any) -> Any:
    """Return a number of beds with two more, for each category where it is split."""
    return {name: n + 2 for name, n in beds.items()} if isinstance(beds, dict) else beds + 2


def with_two_more(capacity: dict[str, Any]) -> dict[str, Any]:
    """Return a capacity with two more beds, or two more members of its staff."""
    if "staff" in capacity:
        staff = capacity["staff"]
        return {**capacity, "staff": {**staff, "members": two_more(staff["members"])}}
    return {**capacity, "beds": two_more(capacity["beds"])}


def named(program: Program, visits: Rows, seed: int) -> dict[Any, Any]:
    """Return visits by what they are called whatever else there is: client id, stage by name."""
    ids = make_people(program, seed, 0).clients["id"]
    told = {}
    for visit in visits:
        stage = program.stages[visit["stage"]]
        address = int(ids[visit["client"]]), int(visit["episode"]), stage, int(visit["n"])
        others = (n for n in visits.dtype.names or () if n not in ("client", "stage"))
        told[address] = tuple(visit[name].tobytes() for name in others)
    return told


def with_another_stream(small: Small) -> Small:
    """Return a service to which some more people come, in a stream put before the others."""
    streams = {"more": {"per_day": 5 / small.days}, **small.service["arrivals"]}
    return small.with_parts(arrivals=streams)


@OFTEN
@given(services(), st.integers(0, 2**64 - 1))
def test_every_run_obeys_the_laws_and_repeats(small: Small, seed: int) -> None:
    """Hold that a run passes the audit, and that a second one has the same bytes."""
    program = small.program()
    visits = simulate(program, seed, 0)
    assert faults(program, visits, seed) == ()
    assert simulate(program, seed, 0).tobytes() == visits.tobytes()


@SELDOM
@given(plain_services(), st.integers(0, 1000))
def test_everybody_asks_in_their_own_category(small: Small, seed: int) -> None:
    """Hold that in a capacity that is split every visit is to a unit of the client's category."""
    program = small.program()
    homes = make_people(program, seed, 0).traits[:, program.columns.index("home")]
    first = program.first_places()[:, 0].tolist()
    for visit in simulate(program, seed, 0):
        at = first[visit["stage"]]
        place = None if at == NONE else program.places[at + int(visit["unit"])]
        if place is not None and place.by:
            assert place.category == ("here", "there")[int(homes[visit["client"]])]


@SELDOM
@given(plain_services(with_capacities=False), st.integers(0, 1000))
def test_another_stream_moves_nobody(small: Small, seed: int) -> None:
    """Hold that where nobody waits for anybody, a further arrival stream changes no visit."""
    before = small.program()
    after = with_another_stream(small).program()
    told = named(before, simulate(before, seed, 0), seed)
    longer = named(after, simulate(after, seed, 0), seed)
    assert {key: longer.get(key) for key in told} == told


@SELDOM
@given(services(), st.integers(0, 1000))
def test_another_stream_leaves_a_cohort_as_it_was(small: Small, seed: int) -> None:
    """Hold that a further stream changes no arrival, no way in and no attribute of the others."""
    one = make_people(small.program(), seed, 0)
    two = make_people(with_another_stream(small).program(), seed, 0)
    same = np.isin(two.clients["id"], one.clients["id"])
    assert two.clients[same].tobytes() == one.clients.tobytes()
    assert two.traits[same].tobytes() == one.traits.tobytes()


@SELDOM
@given(services(), st.integers(0, 1000))
def test_another_stage_moves_nobody(small: Small, seed: int) -> None:
    """Hold that a stage to which nobody goes, put before the others, changes no visit."""
    before = small.program()
    stages = {
        "new": {"stay_days": {"fixed": 1}, "next": {"completed": "out"}},
        **small.service["stages"],
    }
    ways = {"new": {"stage": "new", "share": 0}, **small.service["ways_in"]}
    after = small.with_parts(stages=stages, ways_in=ways).program()
    told = named(before, simulate(before, seed, 0), seed)
    assert named(after, simulate(after, seed, 0), seed) == told


@SELDOM
@given(plain_services(), st.integers(0, 1000))
def test_another_bed_moves_nobodys_luck(small: Small, seed: int) -> None:
    """Hold that with more beds a same visit has the same length of stay, if nothing else ends it.

    The effects on the stay are left out: they may see what waiting has done.
    """
    plain = {
        name: {k: v for k, v in stage.items() if k not in ("stay_times", "hold")}
        for name, stage in small.service["stages"].items()
    }
    more = {name: with_two_more(c) for name, c in small.service["capacities"].items()}
    lengths = []
    for capacities in (small.service["capacities"], more):
        program = small.with_parts(stages=plain, capacities=capacities).program()
        visits = simulate(program, seed, 0)
        done = visits[visits["fate"] == COMPLETED]
        address = done[["client", "episode", "stage", "n"]].tolist()
        lengths.append(dict(zip(address, (done["ended"] - done["started"]).tolist(), strict=True)))
    both = lengths[0].keys() & lengths[1].keys()
    assert {key: lengths[0][key] for key in both} == {key: lengths[1][key] for key in both}
