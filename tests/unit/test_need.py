"""What a study needs: numbers that can be, larger for more replications and more people."""

from dataclasses import astuple, replace
from math import isfinite

import pytest

from simcare.config.build import job
from simcare.study import Block, Study, blocks, need
from simcare.study.need import Need, _share_of_time
from simcare.study.values import people_expected

QUEUE = ["service=one_queue", "population=plain", "warm_up_days=5", "horizon_days=200"]


def study(per_day: float = 2.0, replications: int = 4) -> Study:
    """Return a study of one queue with so many people a day."""
    arrivals = f"service.arrivals.people.per_day={per_day}"
    return job([*QUEUE, arrivals, f"replications={replications}"]).study


def need_of(one: Study, workers: int = 1, keeps_visits: bool = True) -> Need:
    """Return what the whole of a study needs."""
    return need(one, blocks(one), workers, keeps_visits)


def played_by(one: Study, engine: str) -> Study:
    """Return a study as another engine plays it."""
    return replace(one, plan=one.plan.model_copy(update={"engine": engine}))


def test_people_expected_by_hand() -> None:
    """Expected: 2 a day for 200 days; 365.25 a year are 1 a day."""
    one = study()
    assert people_expected(one.scenes[0].scenario, one.plan) == pytest.approx(400.0)
    assert need_of(one).people == pytest.approx(400.0)
    yearly = job([*QUEUE, "service.arrivals.people={per_year: 365.25}"]).study
    assert people_expected(yearly.scenes[0].scenario, yearly.plan) == pytest.approx(200.0, rel=1e-3)


@pytest.mark.parametrize("per_day", [0.001, 0.01, 2.0])
def test_what_is_needed_is_positive_and_finite(per_day: float) -> None:
    """Hold that even a service that nobody or hardly anybody comes to has an estimate."""
    found = need_of(study(per_day))
    assert all(isfinite(x) and x >= 0 for x in astuple(found))
    assert found.replications == 4
    assert found.memory_bytes > 1e6
    if per_day > 1:
        assert found.seconds > 0
        assert found.disk_bytes > 0


def test_more_replications_need_more_room() -> None:
    """Hold that records grow with the replications, and people in one replication do not.

    Expected: ten times as many replications are ten times the records; the visits of a client are
    counted in the same few people both times, which have the same luck.
    """
    few, many = need_of(study(replications=4)), need_of(study(replications=40))
    assert (few.replications, many.replications) == (4, 40)
    assert many.disk_bytes == pytest.approx(10 * few.disk_bytes)
    assert many.people == few.people
    assert many.memory_bytes >= few.memory_bytes


def test_more_people_need_more_room() -> None:
    """Hold that records and memory grow with the people; here ten times as many of them.

    Expected: one visit for each client of this queue, whose list is short or has no end.
    """
    few, many = need_of(study(0.2)), need_of(study(2.0))
    assert many.people == pytest.approx(10 * few.people)
    told = need_of(study(2.0), keeps_visits=False).disk_bytes
    assert many.disk_bytes - told == pytest.approx(10 * (few.disk_bytes - told), rel=0.05)
    assert many.memory_bytes > few.memory_bytes


def test_each_worker_needs_memory_of_its_own() -> None:
    """Hold that processes need more than threads, and more workers more, up to one for each block.

    Expected: of threads, each the same for what it plays; of processes, two and the one that waits
    for them two to four times as much as one alone.
    """
    one = study()
    assert len(blocks(one)) == 4
    none = need(one, [], 1).memory_bytes
    alone, two, four, many = (need_of(one, workers).memory_bytes for workers in (1, 2, 4, 64))
    assert none < alone < two < four == many
    assert four - two == pytest.approx(2 * (two - alone))
    assert four < 2 * none
    apart = played_by(one, "reference")
    assert need_of(apart, 1).memory_bytes == pytest.approx(alone)
    assert 2 * alone < need_of(apart, 2).memory_bytes < 4 * alone
    assert need_of(apart, 4).memory_bytes == need_of(apart, 64).memory_bytes > 4 * none


def test_more_workers_need_less_time() -> None:
    """Hold that two workers take half as long, and that many threads gain less than processes."""
    for engine, workers, share in (
        ("compiled", 1, 1.0),
        ("compiled", 2, 1 / 2),
        ("compiled", 4, 0.3),
        ("reference", 4, 1 / 4),
    ):
        plan = played_by(study(), engine).plan
        assert _share_of_time(plan, workers) == pytest.approx(share)


def test_outcomes_alone_need_less() -> None:
    """Hold that without the records a run takes less room, memory and time, but takes some."""
    one = study(50.0)
    whole, bare = need_of(one), need_of(one, keeps_visits=False)
    assert 0 < bare.disk_bytes < 0.5 * whole.disk_bytes
    assert bare.memory_bytes < whole.memory_bytes
    assert bare.seconds > 0


def test_what_is_done_needs_nothing() -> None:
    """Hold that only blocks still to be played count."""
    one = study()
    assert need(one, [], 2) == Need(0, 0.0, 0.0, need(one, [], 1).memory_bytes, 0.0)
    rest = blocks(one)[1:]
    assert need(one, rest, 1).replications == 3
    assert need(one, rest, 1).disk_bytes == pytest.approx(0.75 * need_of(one).disk_bytes)


def test_the_largest_scene_counts() -> None:
    """Hold that people are those of the largest scene that is still to be played."""
    small, large = study(1.0), study(3.0)
    both = replace(small, scenes=(*small.scenes, *(replace(s, case="b") for s in large.scenes)))
    assert need_of(both).people == pytest.approx(600.0)
    only_small: list[Block] = [block for block in blocks(both) if block.scene == 0]
    assert need(both, only_small, 1).people == pytest.approx(200.0)
