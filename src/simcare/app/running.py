"""Running one job: into its folder, to its proof, its tables and its report."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcare.analysis.findings import About, Findings
from simcare.analysis.half_widths import half_widths
from simcare.analysis.load import Load, Loaded
from simcare.analysis.proof import AUDIT, BROKEN, Proof, as_data, proof_from
from simcare.app.commands import Command
from simcare.app.refusing import refuse, room_at
from simcare.config.build import Job
from simcare.engines.choice import machine_code
from simcare.kernels.compile import Kept
from simcare.store import (
    Folder,
    Pointers,
    SceneWork,
    Work,
    answers_of,
    finished_folder,
    is_finished,
    now,
    open_folder,
    provenance,
    read_work,
    root_of,
    undone_if_refused,
    write_work,
)
from simcare.study import (
    LOAD_BY,
    OTHER,
    Block,
    EnginesDifferError,
    LawBrokenError,
    Need,
    Study,
    about,
    blocks,
    findings_of,
    in_order,
    loads,
    need,
    pairs,
    prove,
    run,
)  # fmt: skip

REPORT_SECONDS = 3.0  # tables, charts and page of a run: measured for one and for 20 scenarios
Progress = Callable[[float, int], None]
Loads = Sequence[tuple[Load, ...]]  # those of each scene of a study


@dataclass(frozen=True)
class Audience:
    """Who is told how a run goes: what it needs before it starts, how far it is, and its audit.

    ``compiling`` is told before all else, if an engine has to be compiled first; ``load`` then, if
    anything is to be played, what is asked of the places there are.
    """

    compiling: Callable[[Kept], None]
    load: Callable[[About, Sequence[Loaded]], None]
    announce: Callable[[Need], None]
    progress: Progress
    proving: Progress


@dataclass(frozen=True)
class Done:
    """A job that is finished: where, what it found, and its proof.

    ``before`` says whether it had been run before, ``proved`` whether it was audited now. Of its
    replications, ``found`` were finished before; ``reused`` blocks came from other folders.
    """

    path: Path
    findings: Findings
    proof: Proof | None
    before: bool
    proved: bool
    found: int
    reused: int


def workers_of(asked: int | None) -> int:
    """Return how many processes to use: as many as asked for, or one for each core."""
    if asked is not None:
        return asked
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else (os.cpu_count() or 1)


def folder_of(job: Job) -> Path:
    """Return where a job's results go: as asked, or named after the question and the config."""
    if job.output is not None:
        return Path(job.output)
    return Path("results") / f"{job.study.name.replace('+', '-and-')}-{job.config_hash[:8]}"


def run_job(
    job: Job,
    path: Path,
    workers: int,
    audience: Audience,
    command: Command,
    known: Loads | None = None,
    root: Path | None = None,
    has_page: bool = True,
) -> Done:
    """Play what is left of a job, audit it, write its tables and its report; return what it found.

    A finished job is read, not played again; it is audited if more is asked than was done.
    ``command`` is what asks for it. ``known`` are the loads of its scenes, if they were worked out
    before. Blocks that are finished in any folder below ``root`` are taken over: that of a job of a
    sweep, which was looked at with the others; else the folder in which the results lie. Without
    ``has_page`` its report is left to be asked for. Raises EnginesDifferError or LawBrokenError,
    and finishes nothing, if the audit finds a difference or a broken law; RefusedError, with
    nothing written, if it asks for more than there is and that is not meant.
    """
    found = [] if known is None else [known]

    def load() -> Loads:
        if not found:
            found.extend(loads_of([job.study], workers))
        return found[0]

    origin = _origin(job)
    began = time.perf_counter()

    def before(todo: Sequence[Block]) -> None:
        folder.note_taken_over()
        if not todo:
            return
        if read_work(path) is None:
            write_work(path, _work(job, command))
        if root is None:
            say_if_compiling(engines_of(job), audience.compiling)
            audience.load(about(job.study), named(job.study, load()))
            needed = need_of(job, todo, workers)
            audience.announce(needed)
            if not command.yes:
                refuse(needed, room_at(path), workers)
        asked = replications(todo)
        write_work(path, _work(job, command, asked))

    pointers = Pointers(root or root_of(path), job.study, origin)
    with (
        undone_if_refused(path),
        open_folder(path, job.resolved, origin, job.keeps_visits, pointers) as folder,
    ):
        finished = is_finished(folder)
        results = run(job.study, folder, workers, audience.progress, before)
        folder.note_taken_over()  # in later rounds too
        took = time.perf_counter() - began
        fresh = not finished or folder.played + folder.taken_over > 0
        played = job.study.with_replications([r.scene.replications for r in results])
        found_finished = [block for block in blocks(played) if not folder.has_played(block)]
        counts = (replications(found_finished), folder.reused)
        proved = None if fresh else proof_from(folder.origin)
        if proved is not None and proved.answers(job.audit):
            findings = reported(folder) if has_page else folder.findings()
            return Done(path, findings, proved, True, False, *counts)
        seconds = took if fresh else run_time(folder)
        outcomes = [result.outcomes for result in results]
        how = (job.audit, seconds, workers, audience.proving)
        proof = prove(played, job.config_hash, folder, outcomes, *how)
        proof = replace(proof, code_sha256=origin["code_sha256"])
        if fresh:
            _refuse(proof)
            folder.origin[AUDIT] = as_data(proof)
            made = findings_of(job.study, results, load(), pairs(played, folder))
            if job.study.precision is not None:
                folder.origin["stopped"] = [*_stopped(made)]
                write_work(path, _work(replace(job, study=played), command))
            folder.finish(made, took)
        else:
            folder.note(AUDIT, as_data(proof))
        findings = report_on(folder) if has_page else folder.findings()
        _refuse(proof)
        return Done(path, findings, proof, not fresh, True, *counts)


def replications(some: Sequence[Block]) -> int:
    """Return how many replications blocks have together."""
    return sum(len(block.replications) for block in some)


def _refuse(proof: Proof) -> None:
    """Raise what a proof has found wrong, if it has."""
    if proof.is_against:
        raise (LawBrokenError if proof.verdict == BROKEN else EnginesDifferError)(proof.difference)


def _work(job: Job, command: Command, left: int | None = None) -> Work:
    """Return what there is to do for a job; ``left`` is how much of it, once the playing begins."""
    in_a_part = {block.scene: len(block.replications) for block in reversed(blocks(job.study))}
    scenes = tuple(
        SceneWork(scene.case, scene.policy, scene.replications, in_a_part[k])
        for k, scene in enumerate(job.study.scenes)
    )
    work = Work(str(command), scenes)
    if left is None:
        return work
    return replace(work, since=now(), done_before=work.replications - left)


def _origin(job: Job) -> dict[str, Any]:
    """Return where a job's results come from; of a list that it starts from the totals alone."""
    plan, beginning = job.study.plan, job.study.scenes[0].scenario.beginning
    origin = provenance(job.config_hash, plan.seed, plan.engine)
    if beginning is not None and beginning.after_days:
        origin["start"] = {"after_days": beginning.after_days}
    elif beginning is not None:
        of_the_file = {"sha256": beginning.sha256, "bytes": beginning.size_bytes}
        origin["start"] = {**of_the_file, "people": beginning.counts()}
    return origin


def _stopped(findings: Findings) -> Iterator[dict[str, str | int]]:
    """Yield for each policy in each case after how many replications it stopped, and why."""
    for found in half_widths(findings):
        n = found.looks[-1].replications
        whose = {"case": found.case, "base": found.base, "policy": found.policy}
        yield {**whose, "replications": n, "stopped": str(found.stop)}


def loads_of(studies: Sequence[Study], workers: int) -> list[Loads]:
    """Return the loads of each scene of some studies; none where they cannot be counted."""
    try:
        return [*loads(studies, workers)]
    except OverflowError:
        return [[()] * len(study.scenes) for study in studies]


def named(study: Study, found: Loads) -> list[Loaded]:
    """Return the loads of a study's scenes with whose they are."""
    return [Loaded(s.case, s.policy, mine) for s, mine in zip(study.scenes, found, strict=True)]


def run_time(folder: Folder) -> float:
    """Return how long a run took in seconds, by its provenance; 0 if that does not say."""
    took = folder.origin.get("run_time_seconds")
    return float(took) if isinstance(took, int | float) else 0.0


def need_of(job: Job, todo: Sequence[Block], workers: int) -> Need:
    """Return about what is needed to play blocks of a job, to audit it and to write its report.

    Where a precision is asked for that is the need of the round that the blocks are of: how many
    more come is not known.
    """
    found = need(job.study, todo, workers, job.keeps_visits)
    again = _need_of_audit(job, workers)
    return replace(
        found,
        seconds=found.seconds + again.seconds + REPORT_SECONDS,
        memory_bytes=max(found.memory_bytes, again.memory_bytes),
    )


def _need_of_audit(job: Job, workers: int) -> Need:
    """Return about what an audit needs: of a sample, what its first replication does."""
    study = job.study.at_start
    plan = study.plan.model_copy(update={"engine": OTHER[study.plan.engine]})
    again: Sequence[Block] = blocks(study) if job.audit == "all" else ()
    if job.audit == "sample":
        first = in_order(study, job.config_hash)[0]
        again = [Block(first.scene, 0, range(1))]
    return need(replace(study, plan=plan), again, workers)


def engines_of(job: Job) -> list[str]:
    """Return the engines that a job needs: for its load, to be played and to be audited."""
    engine = job.study.plan.engine
    audit = [] if job.audit == "none" else [OTHER[engine]]
    return list(dict.fromkeys([LOAD_BY, engine, *audit]))


def say_if_compiling(engines: Sequence[str], compiling: Callable[[Kept], None]) -> None:
    """Tell whether machine code will be kept, if an engine needs what is not kept yet."""
    for kept in map(machine_code, engines):
        if kept is not Kept.YES:
            compiling(kept)
            return


def report_on(folder: Folder) -> Findings:
    """Write the report of a finished folder from its tables, and return what they hold."""
    from simcare.report.book import report_of

    findings = folder.findings()
    folder.add({**report_of(findings, folder.origin), **answers_of(findings)})
    return findings


def reported(folder: Folder) -> Findings:
    """Return what the tables of a finished folder hold; make its report if that is not there."""
    return folder.findings() if folder.is_reported else report_on(folder)


def report_again(path: Path) -> Findings:
    """Make the report of a finished run again, without simulating; return what the tables hold."""
    return report_on(finished_folder(path))
