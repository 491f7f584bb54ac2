"""Studies: what is played, in which blocks, and that it depends on no number of workers."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare.analysis.findings import CaseNote
from simcare.analysis.records import Part
from simcare.config.build import job
from simcare.engines.cohort import Passed
from simcare.engines.program import Program
from simcare.study import (
    BLOCK,
    Block,
    Played,
    Result,
    Scene,
    Study,
    Told,
    blocks,
    findings_of,
    reading_of,
    run,
)

# Threads for the compiled engine, processes for the reference engine.
CREWS = [("compiled", 1), ("compiled", 2), ("compiled", 16), ("reference", 2)]
QUEUE = ["service=one_queue", "population=plain", "horizon_days=60", "warm_up_days=5"]
ARGUMENTS = [*QUEUE, "replications=12"]


class Memory:
    """A store that keeps blocks as they are played, and tells in which order it was asked."""

    keeps_visits = True

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], tuple[Sequence[Told], Played | None]] = {}
        self.order: list[tuple[str, int]] = []

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what was kept."""
        kept = self.kept.get((scene.case, block.number))
        return None if kept is None else tuple(kept[0])

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep a block as it is."""
        self.order.append((scene.case, block.number))
        self.kept[scene.case, block.number] = told, played

    def visits(self) -> dict[tuple[str, int], list[bytes]]:
        """Return the visits of every replication of each block, as bytes."""
        return {
            key: [visits.tobytes() for visits in played.visits]
            for key, (_, played) in self.kept.items()
            if played is not None
        }


class Interrupted(Memory):
    """A store that is stopped by Ctrl-C when it should keep its third block."""

    lock = threading.Lock()

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep two blocks; then be stopped."""
        with self.lock:
            if len(self.kept) == 2:
                raise KeyboardInterrupt
            super().keep(scene, block, told, played)


@pytest.fixture(scope="module")
def study() -> Study:
    """Return a study of two scenes, with 12 and 6 replications."""
    study = job(ARGUMENTS).study
    (scene,) = study.scenes
    return replace(study, scenes=(scene, replace(scene, case="other", replications=6)))


def _silent(done: float, total: int) -> None:
    """Hear how far a run is, and say nothing."""


def played_by(study: Study, engine: str) -> Study:
    """Return a study as another engine plays it."""
    return replace(study, plan=study.plan.model_copy(update={"engine": engine}))


def _bytes(study: Study, results: list[Result]) -> list[bytes]:
    """Return all that results hold, as bytes."""
    arrays = [np.asarray(a) for r in results for a in (*r.outcomes.values(), r.waiting)]
    return [array.tobytes() for array in arrays] + [repr(findings_of(study, results)).encode()]


def test_a_reading_knows_whose_units_are_whose() -> None:
    """Hold that parts are ranges of units and places by category, and places are of all together.

    Expected, by hand: the population's categories in their order, two units of the first then one
    of the second; from day 2 on there are 1 + 0 of them in place of 4 + 3.
    """
    places = "{by: home, beds: {b: 3, a: 4}, units: {a: 2, b: 1}, "
    places += "changes: [{day: 2, number: {a: 2, b: 0}}]}"
    found = job(
        [
            *ARGUMENTS,
            f"service.capacities.places={places}",
            "population.attributes={motivation: {number: {fixed: 1}}, "
            "severity: {number: {fixed: 0}}, home: {shares: {a: 0.5, b: 0.5}}}",
        ]
    ).study
    reading = reading_of(found.scenes[0].scenario, found.plan)
    assert reading.places == (((0, 7), (172_800, 2)),)
    assert reading.parts == (
        Part(0, "a", range(2), ((0, 4), (172_800, 2))),
        Part(0, "b", range(2, 3), ((0, 3), (172_800, 0))),
    )


def test_blocks_cover_each_replication_once(study: Study) -> None:
    """Hold that blocks go scene by scene, in order, each replication in one of them.

    The study's 12 replications are blocks of five, its 6 each a block.
    """
    every = blocks(study)
    for number, scene in enumerate(study.scenes):
        mine = [block for block in every if block.scene == number]
        assert [block.number for block in mine] == list(range(len(mine)))
        assert [r for block in mine for r in block.replications] == list(range(scene.replications))
        size = BLOCK if scene.replications > 2 * BLOCK else 1
        assert all(len(block.replications) == size for block in mine[:-1])
    assert [block.scene for block in every] == sorted(block.scene for block in every)


@pytest.mark.parametrize(("engine", "workers"), CREWS[1:])
def test_results_do_not_depend_on_the_workers(study: Study, engine: str, workers: int) -> None:
    """Hold that one worker, threads and processes give equal records and equal results."""
    one, many = Memory(), Memory()
    alone = run(study, one, 1, _silent)
    apart = run(played_by(study, engine), many, workers, _silent)
    assert _bytes(study, alone) == _bytes(study, apart)
    assert one.visits() == many.visits()
    assert len(one.visits()) == len(blocks(study))


def test_one_process_plays_blocks_in_their_order(study: Study) -> None:
    """Hold that scenes come one after the other, so that the first can be read first."""
    memory = Memory()
    run(study, memory, 1, _silent)
    assert memory.order == [(study.scenes[b.scene].case, b.number) for b in blocks(study)]


def test_progress_counts_replications(study: Study) -> None:
    """Hold that progress rises from none to all, by whole blocks."""
    heard: list[tuple[float, int]] = []
    run(study, Memory(), 1, lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 18)
    assert heard[-1] == (18, 18)
    assert heard == sorted(heard)


@pytest.mark.parametrize(("engine", "workers"), [*CREWS, ("reference", 1)])
def test_progress_tells_shares_of_replications(study: Study, engine: str, workers: int) -> None:
    """Hold that progress rises within replications too, never past all of them, to all of them.

    The compiled engine tells of a replication while it lasts only if that is a large one.
    Expected: 18 in all, of which 7 are read at once when blocks 0 of both scenes, of five and of
    one, and block 1 of the second, are kept already.
    """
    whole = Memory()
    run(study, whole, 1, _silent)
    partly = Memory()
    kept = {(study.scenes[0].case, 0), (study.scenes[1].case, 0), (study.scenes[1].case, 1)}
    partly.kept = {key: played for key, played in whole.kept.items() if key in kept}
    heard: list[tuple[float, int]] = []
    todo: list[Block] = []
    mine = played_by(study, engine)
    run(mine, partly, workers, lambda done, total: heard.append((done, total)), todo.extend)
    shares = [done for done, _ in heard]
    assert {total for _, total in heard} == {18}
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 18
    assert 7 in shares
    assert [(study.scenes[b.scene].case, b.number) in kept for b in blocks(study)].count(
        False
    ) == len(todo)
    if (engine, workers) == ("reference", 1):
        assert any(0 < share % 1 < 1 for share in shares), "no share of a replication was told"


def test_what_will_be_played_is_told_before(study: Study) -> None:
    """Hold that ``before`` hears once which blocks are left, before any of them is played."""
    memory = Memory()
    told: list[tuple[list[Block], int]] = []
    run(study, memory, 1, _silent, lambda todo: told.append((list(todo), len(memory.kept))))
    run(study, memory, 1, _silent, lambda todo: told.append((list(todo), len(memory.kept))))
    assert told == [(blocks(study), 0), ([], len(blocks(study)))]


@pytest.mark.parametrize(("engine", "workers"), CREWS)
def test_a_stopped_run_goes_on_from_there(study: Study, engine: str, workers: int) -> None:
    """Hold that what was kept is not played again, and that the results are those of one go."""
    whole = _bytes(study, run(study, Memory(), 1, _silent))
    mine, stopped = played_by(study, engine), Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run(mine, stopped, workers, _silent)
    assert len(stopped.kept) == 2
    rest = Memory()
    rest.kept = dict(stopped.kept)
    assert _bytes(study, run(mine, rest, workers, _silent)) == whole
    assert len(rest.order) == len(blocks(study)) - 2


def test_threads_stop_within_a_replication(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that threads whose run is stopped do not play to the end of what they are playing.

    The engine here would tell ten thousand times that it is half through, if it were let.
    """
    told = [0, 0]
    begun = threading.Barrier(2)

    def endless(_: Program, seed: int, replication: int, passed: Passed) -> NDArray[np.void]:
        begun.wait(60)
        for k in range(10_000):
            passed(0.5)
            told[replication] = k + 1
            time.sleep(0.002)
        raise AssertionError("nobody stopped it")

    def stop(done: float, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    monkeypatch.setattr("simcare.study.playing.simulator", lambda _: endless)
    two = replace(study, scenes=(replace(study.scenes[0], replications=2),))
    memory = Memory()
    with pytest.raises(KeyboardInterrupt):
        run(played_by(two, "compiled"), memory, 2, stop)
    assert all(0 < count < 10_000 for count in told)
    assert not memory.kept


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_worker_raises_is_raised(study: Study, workers: int) -> None:
    """Hold that a full disk ends the run with its own error, whichever thread met it."""

    class Full(Memory):
        def keep(
            self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None
        ) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run(study, Full(), workers, _silent)


@pytest.mark.parametrize(("engine", "workers"), CREWS[:2])
def test_records_are_handed_over_only_where_they_are_kept(
    study: Study, engine: str, workers: int
) -> None:
    """Hold that a store that wants no visits gets none, and that the results are the same."""

    class Without(Memory):
        keeps_visits = False

    without = Without()
    found = run(played_by(study, engine), without, workers, _silent)
    assert [played for _, played in without.kept.values()] == [None] * len(blocks(study))
    assert _bytes(study, found) == _bytes(study, run(study, Memory(), 1, _silent))


def test_large_replications_are_blocks_by_themselves(study: Study) -> None:
    """Hold that a block has at most 60,000 people or one replication, and at most five of these.

    Expected: a queue of 60 days; 50 a day are 3,000 people; 500 a day 30,000, of which two are
    60,000; 2,000 a day are 120,000.
    """
    for a_day, size in ((50.0, 5), (500.0, 2), (501.0, 1), (2_000.0, 1)):
        arrivals = f"service.arrivals.people.per_day={a_day}"
        many = job([*QUEUE, "replications=100", arrivals]).study
        assert {len(block.replications) for block in blocks(many)} == {size}


def test_more_replications_keep_the_first_as_they_were(study: Study) -> None:
    """Hold that a replication's records do not depend on how many there are."""
    few, many = Memory(), Memory()
    short = replace(study, scenes=(replace(study.scenes[0], replications=5),))
    run(short, few, 1, _silent)
    run(study, many, 1, _silent)
    case = study.scenes[0].case
    alone = [visits for k in range(5) for visits in few.visits()[case, k]]
    assert alone == many.visits()[case, 0]


def test_another_seed_gives_other_records(study: Study) -> None:
    """Hold that the seed matters."""
    other = replace(study, plan=study.plan.model_copy(update={"seed": 2}))
    assert _bytes(study, run(study, Memory(), 1, _silent)) != _bytes(
        other, run(other, Memory(), 1, _silent)
    )


def test_the_first_policy_of_a_case_is_the_base(study: Study) -> None:
    """Hold that comparisons are made within a case, with its first policy."""
    scene = study.scenes[0]
    names = [("a", "p"), ("a", "q"), ("b", "p"), ("b", "q")]
    scenes = tuple(replace(scene, case=c, policy=p, replications=2) for c, p in names)
    cases = {case: CaseNote() for case in ("a", "b")}
    four = replace(study, scenes=scenes, cases=cases)
    results = run(four, Nothing(), 1, _silent)
    found = findings_of(four, results)
    assert {(row.case, row.policy) for row in found.summary} == set(names)
    assert {(row.case, row.base, row.policy) for row in found.comparison} == {
        ("a", "p", "q"),
        ("b", "p", "q"),
    }
    assert all(row.difference.mean == 0 for row in found.comparison if row.difference.n)


class Nothing:
    """A store that keeps nothing."""

    keeps_visits = False

    def find(self, scene: Scene, block: Block) -> None:
        """Return nothing."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep nothing."""
