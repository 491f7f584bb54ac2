"""The proof that a run carries: replications played again by the other engine, and compared.

What is compared are the visits, row by row and byte by byte, and the outcomes measured from them.
A difference is an error: one of the engines is wrong, or what is kept was changed. The visits are
held against the laws that every run obeys as well, and what must come out even is added up.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.balances import Balance, added
from simcare.analysis.outcomes import Outcome
from simcare.analysis.proof import (
    BROKEN,
    DIFFERENT,
    IDENTICAL,
    NOT_AUDITED,
    Asked,
    Checked,
    Proof,
)
from simcare.engines.agreement import first_difference
from simcare.engines.choice import Simulate, simulator
from simcare.engines.cohort import client_ids
from simcare.engines.program import Program
from simcare.model.scenario import Engine
from simcare.study.laws import LawBrokenError, settled
from simcare.study.opening import Programs, part_of
from simcare.study.people import people_of
from simcare.study.play import Progress, run
from simcare.study.playing import tell
from simcare.study.reading import as_played, reading_of
from simcare.study.values import Block, Played, Scene, Study, Told, blocks

OTHER: Mapping[Engine, Engine] = {"compiled": "reference", "reference": "compiled"}
SHARE_OF_TIME = 0.1  # of what a run took: what a sample may cost, its first replication apart
# Sums are taken in another order on other processors, which moves the last digits of an outcome.
SAME = 1e-9

Outcomes = Mapping[Outcome, NDArray[np.float64]]


class EnginesDifferError(Exception):
    """A replication is not what the other engine makes of it: which, and where they part."""


class Kept(Protocol):
    """What a run has kept of its records."""

    def visits(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return the visits of a block, one array for each replication, or None if not kept."""

    def unlike(
        self, scene: Scene, whole: Block, part: range, told: Sequence[Told], played: Played
    ) -> str | None:
        """Return in words where the kept tables of a block are not what these replications make.

        ``part`` are those of the block that were played. None where no table is kept.
        """


@dataclass(frozen=True)
class Pick:
    """One replication of a study: the number of its scene, and its own."""

    scene: int
    replication: int


def in_order(study: Study, config_hash: str) -> list[Pick]:
    """Return every replication of a study in the order in which a sample takes them.

    The order follows from the config alone. Each scenario comes once before any comes twice.
    """
    found = []
    for s, scene in enumerate(study.scenes):
        lots = sorted((_lot(config_hash, scene, r), r) for r in range(scene.replications))
        found += [(turn, lot, Pick(s, r)) for turn, (lot, r) in enumerate(lots)]
    return [pick for _, _, pick in sorted(found, key=lambda entry: entry[:2])]


def _lot(config_hash: str, scene: Scene, replication: int) -> bytes:
    text = f"{config_hash}/{scene.case}/{scene.policy}/{replication}"
    return hashlib.sha256(text.encode()).digest()


@dataclass
class Examiner:
    """Compares what the other engine plays with what a run has kept and measured.

    ``study`` is the study as it was run. ``outcomes`` are each scene's, over replications. Where no
    visits are kept, ``play`` (the run's engine) plays them again, and ``played_again`` says so.
    """

    study: Study
    kept: Kept
    outcomes: Sequence[Outcomes]
    play: Simulate
    played_again: bool = False
    checked: list[Checked] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)

    @cached_property
    def _blocks(self) -> Mapping[Pick, Block]:
        """The block in which each replication is kept."""
        return {Pick(b.scene, r): b for b in blocks(self.study) for r in b.replications}

    @cached_property
    def programs(self) -> Programs:
        """The scenes of the study as engines read them."""
        return Programs(self.study)

    def replay(self, pick: Pick, simulate: Simulate, passed: Callable[[float], None]) -> None:
        """Play one replication by another engine and compare it, to its outcomes.

        Raises EnginesDifferError if anything differs, LawBrokenError if a law is broken.
        """
        seed, before = self.study.plan.seed, self.programs.share_before(pick.scene)
        until, since = part_of(passed, 0.0, before), part_of(passed, before, 1.0)
        program = self.programs.begun(pick.scene, pick.replication, simulate, until)
        visits = simulate(program, seed, pick.replication, since)
        scene = self.study.scenes[pick.scene]
        reading = reading_of(scene.scenario, self.study.plan, self.study.compares(scene))
        people = people_of(program, reading, seed, pick.replication)
        told = tell(as_played(reading, program, seed, pick.replication), visits, people)
        ids = client_ids(program, seed, pick.replication)
        played = Played((visits,), (ids,))
        alone = range(pick.replication, pick.replication + 1)
        self.examine(self._blocks[pick], alone, (told,), played)
        self.compare_outcomes(pick, told.outcomes)
        self.settle(pick, program, visits, told)

    def settle(self, pick: Pick, program: Program, visits: NDArray[np.void], told: Told) -> None:
        """Hold the visits of a replication against the laws, and add its balances up.

        Raises LawBrokenError, naming the first law that is broken.
        """
        try:
            found = settled(program, visits, self.study.plan.seed, pick.replication, told.numbers)
        except LawBrokenError as error:
            raise LawBrokenError(f"{self._named(pick)}: {error}") from None
        self.balances = [*added([*self.balances, *found])]

    def examine(self, whole: Block, part: range, told: Sequence[Told], played: Played) -> None:
        """Compare replications of a block with what is kept of it.

        Raises EnginesDifferError if anything differs.
        """
        scene, program = self.study.scenes[whole.scene], self.programs.of(whole.scene)
        # Of people of day 0 no visits are kept, so what is kept is not all that was played.
        kept = None if any(played.here) else self.kept.visits(scene, whole)
        self.played_again |= kept is None
        for r, theirs, here in zip(part, played.visits, played.here, strict=True):
            if kept is None:
                begun = self.programs.begun(whole.scene, r, self.play)
                ours = self.play(begun, self.study.plan.seed, r)
            else:
                ours = kept[whole.replications.index(r)]
            if words := apart(ours, theirs, here, program):
                raise EnginesDifferError(f"{self._named(Pick(whole.scene, r))}: {words}")
            self.checked.append(
                Checked(scene.case, scene.policy, r, scene.replications, len(theirs))
            )
        if words := self.kept.unlike(scene, whole, part, told, played):
            raise EnginesDifferError(words)

    def compare_outcomes(self, pick: Pick, measured: Mapping[Outcome, float]) -> None:
        """Hold the outcomes of one replication against the run's.

        Raises EnginesDifferError, naming the first that differs.
        """
        for outcome, values in self.outcomes[pick.scene].items():
            ours, theirs = float(values[pick.replication]), measured.get(outcome, math.nan)
            same = math.isclose(ours, theirs, rel_tol=SAME, abs_tol=SAME)
            if not (same or (math.isnan(ours) and math.isnan(theirs))):
                what = " ".join(filter(None, (outcome.name, f"({outcome.over})", outcome.where)))
                raise EnginesDifferError(
                    f"{self._named(pick)}: {what} is {ours:.10g} in ours, {theirs:.10g} in theirs"
                )

    def _named(self, pick: Pick) -> str:
        """Return how a replication is named in a message; in the records its number is from 0."""
        scene = self.study.scenes[pick.scene]
        number = f"repetition {pick.replication + 1} of {scene.replications}"
        return f"{scene.case}, {scene.policy}, {number} (replication {pick.replication})"


def apart(
    ours: NDArray[np.void], theirs: NDArray[np.void], here: int, program: Program
) -> str | None:
    """Return in words where two runs differ, None if they do not.

    Of people of day 0, the first ``here`` clients, it says that they do, and no more: the words are
    kept.
    """
    later = [visits[np.searchsorted(visits["client"], here) :] for visits in (ours, theirs)]
    if words := first_difference(later[0], later[1], program):
        return words
    if first_difference(ours, theirs, program):
        return "visits of people of the list that the run begins with, which are not told"
    return None


def prove_sample(
    examiner: Examiner,
    order: Sequence[Pick],
    simulate: Simulate,
    seconds: float,
    progress: Progress,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Play the first replication of an order again, and more while they cost under a tenth.

    ``seconds`` is how long the run took. The next is played only if all of them, it being as dear
    as the dearest so far, stay within a tenth of that. Raises EnginesDifferError.
    """
    spent = dearest = 0.0
    for done, pick in enumerate(order):
        if done and spent + dearest > SHARE_OF_TIME * seconds:
            return

        def passed(share: float, done: int = done) -> None:
            progress(done + share, done + 1)

        began = clock()
        examiner.replay(pick, simulate, passed)
        took = clock() - began
        spent, dearest = spent + took, max(dearest, took)
        progress(done + 1, done + 1)


class _Witness:
    """A store that holds and keeps nothing: whatever is played, it hands to an examiner."""

    keeps_visits = True

    def __init__(self, examiner: Examiner) -> None:
        self.examiner, self.lock = examiner, threading.Lock()

    def find(self, scene: Scene, block: Block) -> None:
        """Return nothing: all is played."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Compare what was played; of several threads, one after the other."""
        if played is None:
            return
        examiner = self.examiner
        with self.lock:
            examiner.examine(block, block.replications, told, played)
            for r, visits, one in zip(block.replications, played.visits, told, strict=True):
                program = examiner.programs.begun(block.scene, r, examiner.play)
                examiner.settle(Pick(block.scene, r), program, visits, one)


def prove_all(examiner: Examiner, engine: Engine, workers: int, progress: Progress) -> None:
    """Play every replication again by another engine, on so many processes, and compare them.

    Raises EnginesDifferError.
    """
    study = examiner.study
    plan = study.plan.model_copy(update={"engine": engine})
    results = run(replace(study, plan=plan), _Witness(examiner), workers, progress)
    for s, result in enumerate(results):
        for r in range(result.scene.replications):
            measured = {outcome: float(values[r]) for outcome, values in result.outcomes.items()}
            examiner.compare_outcomes(Pick(s, r), measured)
    examiner.checked.sort(key=lambda found: _place(study, found))


def _place(study: Study, found: Checked) -> tuple[int, int]:
    """Return where a replication stands in a study: its scenario's number, then its own."""
    names = [(scene.case, scene.policy) for scene in study.scenes]
    return names.index((found.case, found.policy)), found.replication


def prove(
    study: Study,
    config_hash: str,
    kept: Kept,
    outcomes: Sequence[Outcomes],
    asked: Asked,
    seconds: float,
    workers: int,
    progress: Progress,
) -> Proof:
    """Return what comes of playing a study, or a sample of it, again by the other engine.

    ``study`` is as it was run, by the engine of its plan, in so many ``seconds``; ``kept`` and
    ``outcomes`` (each scene's) are what the run has left.
    """
    total = sum(scene.replications for scene in study.scenes)
    if asked == "none":
        return Proof("", asked, NOT_AUDITED, total)
    engine, verdict, difference = OTHER[study.plan.engine], IDENTICAL, ""
    examiner = Examiner(study, kept, outcomes, simulator(study.plan.engine))
    began = time.perf_counter()
    try:
        if asked == "all":
            prove_all(examiner, engine, workers, progress)
        else:
            order = in_order(study, config_hash)
            prove_sample(examiner, order, simulator(engine), seconds, progress)
    except EnginesDifferError as error:
        verdict, difference = DIFFERENT, str(error)
    except LawBrokenError as error:
        verdict, difference = BROKEN, str(error)
    return Proof(
        engine=engine,
        asked=asked,
        verdict=verdict,
        of=total,
        replications=tuple(examiner.checked),
        balances=tuple(examiner.balances),
        kept=not examiner.played_again,
        difference=difference,
        seconds=round(time.perf_counter() - began, 3),
    )
