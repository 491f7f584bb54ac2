"""The proof of a run: which replications are played again, and that whatever differs is found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare.analysis.proof import DIFFERENT, IDENTICAL, NOT_AUDITED, Asked, Checked, Proof
from simcare.config.build import job
from simcare.engines import reference
from simcare.engines.choice import simulator
from simcare.engines.cohort import Left, Passed, client_ids, unheard
from simcare.engines.program import Program
from simcare.study import Block, Outcomes, Played, Scene, Study, Told, in_order, prove, run
from simcare.study.proof import EnginesDifferError, Examiner, Pick, prove_sample

ARGUMENTS = [
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=60",
    "warm_up_days=5",
    "engine=compiled",
]
HASH = "0" * 64


def _silent(done: float, total: int) -> None:
    """Hear how far an audit is, and say nothing."""


class Memory:
    """What a run has kept, in memory: visits by scene and replication, None where none are."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], NDArray[np.void]] | None = {}
        self.said: str | None = None
        self.keeps_visits = True

    def find(self, scene: Scene, block: Block) -> None:
        """Return nothing: all is played."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep a block's records as they are."""
        assert self.kept is not None
        assert played is not None
        for r, visits in zip(block.replications, played.visits, strict=True):
            self.kept[scene.case, r] = visits

    def visits(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return what was kept."""
        if self.kept is None:
            return None
        return tuple(self.kept[scene.case, r] for r in block.replications)

    def unlike(
        self, scene: Scene, whole: Block, part: range, told: Sequence[Told], played: Played
    ) -> str | None:
        """Return what it is told to say of its tables."""
        return self.said


@pytest.fixture(scope="module")
def study() -> Study:
    """Return a study of two scenes, with 12 and 6 replications."""
    study = job(ARGUMENTS).study
    (scene,) = study.scenes
    return replace(study, scenes=(scene, replace(scene, case="other", replications=6)))


@pytest.fixture(scope="module")
def played(study: Study) -> tuple[Memory, list[Outcomes]]:
    """Return what a run of the study has kept, and its outcomes."""
    memory = Memory()
    results = run(study, memory, 1, _silent)
    return memory, [result.outcomes for result in results]


@pytest.fixture
def ran(played: tuple[Memory, list[Outcomes]]) -> tuple[Memory, list[Outcomes]]:
    """Return the same, to be changed at will."""
    memory = Memory()
    memory.kept = dict(played[0].kept or {})
    return memory, list(played[1])


def _proved(
    study: Study, kept: Memory, outcomes: Sequence[Outcomes], asked: Asked, seconds: float = 0.0
) -> Proof:
    """Return what comes of an audit on one process."""
    return prove(study, HASH, kept, outcomes, asked, seconds, 1, _silent)


def _broken(column: str) -> Callable[..., NDArray[np.void]]:
    """Return the reference engine with one number of its eighth row moved by one."""

    def simulate(
        program: Program,
        seed: int,
        replication: int,
        passed: Callable[[float], None] = lambda _: None,
    ) -> NDArray[np.void]:
        visits = play(program, seed, replication, passed)
        visits[column][7] += 1
        return visits

    play = reference.simulate
    return simulate


# --- which replications --------------------------------------------------------------------------


def test_the_order_follows_from_the_config_and_spreads_over_scenes(study: Study) -> None:
    """Hold that each replication comes once, scenes in turn as long as they have any left.

    Expected, by hand: 12 and 6 replications, so six pairs of both scenes, then six of the first.
    """
    order = in_order(study, HASH)
    assert order == in_order(study, HASH)
    assert sorted((p.scene, p.replication) for p in order) == [
        (s, r) for s, n in ((0, 12), (1, 6)) for r in range(n)
    ]
    for first in range(0, 12, 2):
        assert {pick.scene for pick in order[first : first + 2]} == {0, 1}
    assert {pick.scene for pick in order[12:]} == {0}


def test_another_config_has_another_order(study: Study) -> None:
    """Hold that samples of many configs begin with many replications: none is never looked at.

    Of 200 configs' first picks, each of 18 is missed with probability (17/18)^200, or fewer than
    one in a thousand for any of them if each were as likely; hashes are fixed, so it always holds.
    """
    firsts = {in_order(study, f"{k:064x}")[0] for k in range(200)}
    assert len(firsts) == 18


@pytest.mark.parametrize(
    ("costs", "seconds", "expected"),
    [
        ([5.0] * 18, 0.0, 1),  # the first whatever it costs
        ([1.0] * 18, 10.0, 1),  # the second would make 2 s of a tenth, which is 1 s
        ([1.0] * 18, 20.0, 2),  # just a tenth
        ([1.0] * 18, 49.0, 4),
        ([1.0, 3.0, 1.0, 1.0], 70.0, 3),  # 4 s spent; one as dear as the dearest makes 7
        ([1.0, 3.0, 1.0, 1.0], 69.0, 2),
        ([0.0] * 18, 0.0, 18),
    ],
)
def test_a_sample_costs_a_tenth_of_the_run(
    study: Study,
    ran: tuple[Memory, list[Outcomes]],
    costs: list[float],
    seconds: float,
    expected: int,
) -> None:
    """Hold that a sample goes on while the next, as dear as the dearest so far, fits in a tenth."""
    memory, outcomes = ran
    examiner = Examiner(study, memory, outcomes, simulator("compiled"))
    now = [0.0]
    costs_left = iter(costs)

    def clock() -> float:
        return now[0]

    def simulate(
        program: Program,
        seed: int,
        replication: int,
        passed: Passed = unheard,
        left: Left | None = None,
    ) -> NDArray[np.void]:
        now[0] += next(costs_left)
        return simulator("compiled")(program, seed, replication, passed, left)

    order = in_order(study, HASH)
    prove_sample(examiner, order, simulate, seconds, _silent, clock)
    looked_at = [(checked.case, checked.replication) for checked in examiner.checked]
    assert looked_at == [(study.scenes[p.scene].case, p.replication) for p in order[:expected]]


# --- what it finds -------------------------------------------------------------------------------


def test_engines_that_agree_are_identical(study: Study, ran: tuple[Memory, list[Outcomes]]) -> None:
    """Hold that all replications are found the same, in their order, with their rows."""
    memory, outcomes = ran
    proof = _proved(study, memory, outcomes, "all")
    assert (proof.engine, proof.asked, proof.verdict) == ("reference", "all", IDENTICAL)
    assert (proof.of, proof.kept, proof.difference) == (18, True, "")
    assert memory.kept is not None
    assert proof.replications == tuple(
        Checked(s.case, s.policy, r, s.replications, len(memory.kept[s.case, r]))
        for s in study.scenes
        for r in range(s.replications)
    )


def test_a_run_of_the_reference_is_audited_by_the_compiled_engine(study: Study) -> None:
    """Hold that it is always the other engine that plays again."""
    slow = replace(study, plan=study.plan.model_copy(update={"engine": "reference"}))
    memory = Memory()
    results = run(slow, memory, 1, _silent)
    proof = _proved(slow, memory, [dict(r.outcomes) for r in results], "sample")
    assert (proof.engine, proof.verdict) == ("compiled", IDENTICAL)


def test_nothing_is_played_where_nothing_is_asked(study: Study) -> None:
    """Hold that no audit says so, and names no engine."""
    proof = _proved(study, Memory(), [], "none")
    assert proof == Proof("", "none", NOT_AUDITED, 18)


@pytest.mark.parametrize("asked", ["sample", "all"])
@pytest.mark.parametrize("column", ["ended", "unit", "motivation_queued"])
def test_a_broken_engine_is_found(
    study: Study,
    ran: tuple[Memory, list[Outcomes]],
    monkeypatch: pytest.MonkeyPatch,
    asked: Asked,
    column: str,
) -> None:
    """Hold that one number changed in one row is found, and where it stands is said."""
    memory, outcomes = ran
    monkeypatch.setattr(reference, "simulate", _broken(column))
    proof = _proved(study, memory, outcomes, asked)
    first = in_order(study, HASH)[0] if asked == "sample" else Pick(0, 0)
    scene = study.scenes[first.scene]
    where = f"{scene.case}, {scene.policy}, repetition {first.replication + 1} of "
    assert proof.verdict == DIFFERENT
    assert proof.difference.startswith(f"{where}{scene.replications} (replication ")
    for words in ("row 7, client ", "stage queue", "asked at tick ", f"{column} is "):
        assert words in proof.difference
    assert proof.replications == ()


def test_one_replication_that_differs_is_found_by_all_of_them(
    study: Study, ran: tuple[Memory, list[Outcomes]]
) -> None:
    """Hold that the last replication of all is looked at like the first."""
    memory, outcomes = ran
    assert memory.kept is not None
    memory.kept["other", 5] = memory.kept["other", 5][:-1]
    proof = _proved(study, memory, outcomes, "all")
    assert proof.difference.startswith("other, as_it_is, repetition 6 of 6 (replication 5): row ")
    assert "in theirs alone" in proof.difference


def test_an_outcome_that_differs_is_found(study: Study, ran: tuple[Memory, list[Outcomes]]) -> None:
    """Hold that outcomes are compared too, each replication's, by its number in the tables."""
    memory, outcomes = ran
    outcome = next(o for o, values in outcomes[1].items() if np.isfinite(values[4]))
    changed = outcomes[1][outcome].copy()
    changed[4] += 0.001
    proof = _proved(study, memory, [outcomes[0], {**outcomes[1], outcome: changed}], "all")
    assert proof.difference.startswith("other, as_it_is, repetition 5 of 6 (replication 4): ")
    assert f"{outcome.name} ({outcome.over})" in proof.difference


def test_last_digits_of_an_outcome_are_no_difference(
    study: Study, ran: tuple[Memory, list[Outcomes]]
) -> None:
    """Hold that sums taken in another order on another processor raise no alarm."""
    memory, outcomes = ran
    moved = [{o: values * (1 + 1e-14) for o, values in found.items()} for found in outcomes]
    assert _proved(study, memory, moved, "all").verdict == IDENTICAL


def test_a_table_that_is_not_of_its_records_is_found(
    study: Study, ran: tuple[Memory, list[Outcomes]]
) -> None:
    """Hold that what the store says of its tables is a difference too."""
    memory, outcomes = ran
    memory.said = "part-00000.parquet: row 7: number is 8, not 7"
    proof = _proved(study, memory, outcomes, "sample")
    assert (proof.verdict, proof.difference) == (DIFFERENT, memory.said)


@pytest.mark.parametrize("asked", ["sample", "all"])
def test_visits_that_are_not_kept_are_played_by_both(
    study: Study,
    ran: tuple[Memory, list[Outcomes]],
    monkeypatch: pytest.MonkeyPatch,
    asked: Asked,
) -> None:
    """Hold that both engines then play, that it is said, and that a broken one is still found."""
    memory, outcomes = ran
    memory.kept = None
    proof = _proved(study, memory, outcomes, asked)
    assert (proof.verdict, proof.kept) == (IDENTICAL, False)
    monkeypatch.setattr(reference, "simulate", _broken("ended"))
    assert _proved(study, memory, outcomes, asked).verdict == DIFFERENT


def test_an_examiner_stops_at_the_first_difference(
    study: Study, ran: tuple[Memory, list[Outcomes]]
) -> None:
    """Hold that a block's replications before the first that differs count as checked."""
    memory, outcomes = ran
    examiner = Examiner(study, memory, outcomes, simulator("compiled"))
    program, seed = examiner.programs.of(0), study.plan.seed
    visits = [reference.simulate(program, seed, r) for r in range(5)]
    visits[3]["n"][0] += 1
    ids = tuple(client_ids(program, seed, r) for r in range(5))
    with pytest.raises(EnginesDifferError, match=r"repetition 4 of 12 \(replication 3\): row 0"):
        examiner.examine(Block(0, 0, range(5)), range(5), (), Played(tuple(visits), ids))
    assert [checked.replication for checked in examiner.checked] == [0, 1, 2]
