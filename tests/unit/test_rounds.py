"""Runs that go on until they are precise enough: the same tables however they come about."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.unit.test_study import Memory

from simcare.analysis.half_widths import half_widths
from simcare.analysis.precision import Precision, Stop, looks
from simcare.config.build import job
from simcare.study import Block, Played, Result, Scene, Study, Told, blocks, findings_of, run

QUEUE = ["service=one_queue", "population=plain", "horizon_days=60", "warm_up_days=5"]
OUTCOME, WHERE = "people waiting", "places"
# At the first look, at the second or later, and not before there may be no more.
WIDE, NARROW, NEVER = 50.0, 1.2, 1e-6


class Store(Memory):
    """A store of blocks by scene, that Ctrl-C stops when it should keep one more than so many."""

    def __init__(self, most: float = math.inf) -> None:
        super().__init__()
        self.most = most

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what was kept."""
        return super().find(_by_both(scene), block)

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep some blocks; then be stopped."""
        if len(self.kept) >= self.most:
            raise KeyboardInterrupt
        super().keep(_by_both(scene), block, told, played)


def _by_both(scene: Scene) -> Scene:
    """Return a scene whose case is named by its policy too."""
    return replace(scene, case=f"{scene.case} {scene.policy}")


def silent(done: float, total: int) -> None:
    """Hear how far a run is, and say nothing."""


def study(half_width: float, at_most: int = 60) -> Study:
    """Return a study of two policies in each of two cases, the second with fewer places."""
    (scene,) = job(QUEUE).study.scenes
    made = job([*QUEUE, "service.capacities.places.beds=2"]).study.scenes[0].scenario
    ends = looks(10, at_most)
    scenes = tuple(
        Scene(case, policy, scenario, ends[-1], looks=ends)
        for case, first in (("one", scene.scenario), ("other", made))
        for policy, scenario in (("a", first), ("b", made))
    )
    return replace(
        job(QUEUE).study,
        scenes=scenes,
        precision=Precision(OUTCOME, WHERE, half_width),
        cases=dict.fromkeys(("one", "other"), next(iter(job(QUEUE).study.cases.values()))),
    )


def said(asked: Study, results: Sequence[Result]) -> list[bytes]:
    """Return all that results hold, as bytes."""
    arrays = [np.asarray(a) for r in results for a in (*r.outcomes.values(), r.waiting)]
    return [a.tobytes() for a in arrays] + [repr(findings_of(asked, results)).encode()]


def lengths(results: Sequence[Result]) -> list[int]:
    """Return how many replications each scene came to have."""
    return [result.scene.replications for result in results]


def test_blocks_are_the_same_however_many_there_come_to_be() -> None:
    """Hold that a study as it was played has the first blocks of the one that may go on.

    None of them is of two rounds, and together they are each replication once.
    """
    asked = study(NARROW)
    every = blocks(asked)
    for end in asked.scenes[0].ends:
        fewer = blocks(asked.with_replications([end] * 4))
        assert fewer == [b for b in every if b.replications.stop <= end]
        mine = [r for b in fewer if b.scene == 0 for r in b.replications]
        assert mine == list(range(end))


def test_each_case_stops_when_all_of_its_policies_are_known() -> None:
    """Expected: in the other case both policies are one service, so the difference is 0 at once.

    It stops at its second look, of 15; the first at the ceiling, its policies with as many. The
    reason is told as the rule tells it.
    """
    asked = study(NEVER)
    results = run(asked, Store(), 1, silent)
    assert lengths(results) == [60, 60, 15, 15]
    found = {one.case: one for one in half_widths(findings_of(asked, results))}
    assert {case: one.stop for case, one in found.items()} == {
        "one": Stop.CEILING,
        "other": Stop.ENOUGH,
    }
    assert [one.replications for one in found["one"].looks] == list(looks(10, 60))


def test_it_goes_on_until_two_looks_are_narrow() -> None:
    """Expected: from the outcomes themselves: no earlier pair of looks was narrow enough."""
    asked = study(NARROW)
    results = run(asked, Store(), 1, silent)
    one = next(iter(half_widths(findings_of(asked, results))))
    enough = [seen.half_width <= NARROW for seen in one.looks]
    assert one.stop is Stop.ENOUGH
    assert enough[-2:] == [True, True]
    assert not any(a and b for a, b in pairwise(enough[:-1]))
    assert 15 < one.looks[-1].replications < 60


@pytest.mark.parametrize("workers", [2, 16])
def test_results_do_not_depend_on_the_workers(workers: int) -> None:
    """Hold that one worker and several come to as many replications, all equal."""
    asked = study(NARROW)
    apart = run(asked, Store(), workers, silent)
    assert said(asked, apart) == said(asked, run(asked, Store(), 1, silent))


@pytest.mark.parametrize("kept", [0, 3, 8, 11, 14])
def test_a_stopped_run_ends_as_one_that_was_not(kept: int) -> None:
    """Hold that it goes on from any block, in any round, to the same results."""
    asked, stopped = study(NARROW), Store(kept)
    whole = said(asked, run(asked, Store(), 1, silent))
    with pytest.raises(KeyboardInterrupt):
        run(asked, stopped, 1, silent)
    rest = Store()
    rest.kept = dict(stopped.kept)
    assert said(asked, run(asked, rest, 2, silent)) == whole


def test_what_nobody_has_ends_at_the_first_look() -> None:
    """Hold that a run does not go on for an outcome that no replication has."""
    asked = study(WIDE)
    nobody = Precision("started treatment within a year", "", WIDE)
    results = run(replace(asked, precision=nobody), Store(), 1, silent)
    assert lengths(results) == [10] * 4


def test_progress_grows_with_the_rounds() -> None:
    """Hold that it never goes back, and that all that is known of is done in the end."""
    heard: list[tuple[float, int]] = []
    run(study(NEVER), Store(), 1, lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 40)
    assert heard[-1] == (150, 150)
    assert heard == sorted(heard)
