"""Running a sweep: every job in a folder of its own, then all of them together in one."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simcare.analysis.findings import About, CaseNote, Findings
from simcare.analysis.load import Loaded
from simcare.analysis.proof import AUDIT, Proof, as_data, joined
from simcare.analysis.sweeps import Job as Part
from simcare.analysis.sweeps import combine
from simcare.app.commands import Command
from simcare.app.refusing import refuse, room_at
from simcare.app.running import (
    REPORT_SECONDS,
    Audience,
    Done,
    Loads,
    Progress,
    engines_of,
    loads_of,
    named,
    need_of,
    replications,
    report_on,
    reported,
    run_job,
    say_if_compiling,
)
from simcare.config.sweep import Sweep, SweepJob, folder_name
from simcare.report import marginal_words
from simcare.report.settings import question, setting, without
from simcare.store import (
    REUSED,
    Failed,
    Folder,
    JobWork,
    StoreError,
    Work,
    is_finished,
    now,
    open_folder,
    provenance,
    read_work,
    root_of,
    standing_of,
    undone_if_refused,
    write_work,
)
from simcare.study import EnginesDifferError, LawBrokenError, Need, about, blocks, clients_expected

JOBS, POLICY, SEED = "jobs", "policy", "seed"


@dataclass(frozen=True)
class Failure:
    """A job that failed, why, and the command that runs it alone again."""

    label: str
    reason: str
    command: str


@dataclass(frozen=True)
class Swept:
    """A sweep that has ended: where, what its jobs found (None if all failed), which failed.

    ``proof`` is that of all jobs; ``before`` says whether all of it had been run before, ``proved``
    whether any job was audited now. Of the jobs' replications, ``found`` were finished before.
    """

    path: Path
    findings: Findings | None
    failures: tuple[Failure, ...]
    proof: Proof | None
    before: bool
    proved: bool
    found: int


def folder_of(sweep: Sweep) -> Path:
    """Return where a sweep's results go: as asked, or named after its jobs' configs."""
    kind = "sweep" if sweep.marginal is None else "marginal"
    return Path(sweep.output or Path("results") / f"{kind}-{sweep.sweep_hash[:8]}")


def run_sweep(
    sweep: Sweep, path: Path, workers: int, audience: Audience, command: Command
) -> Swept:
    """Run every job of a sweep, one after the other; one that fails does not stop the others.

    The audience is told once for all jobs what they need. Raises RefusedError, with nothing
    written, if they ask for more than there is and ``command`` does not say that it is meant.
    """
    plans = [job.job.study.plan for job in sweep.jobs]
    engines = " and ".join(dict.fromkeys(plan.engine for plan in plans))
    origin = provenance(sweep.sweep_hash, plans[0].seed, engines)
    resolved = {"jobs": {job.label: dict(job.job.resolved) for job in sweep.jobs}}
    began = time.perf_counter()
    with undone_if_refused(path), open_folder(path, resolved, origin) as folder:
        finished = is_finished(folder) and not folder.origin.get("failures")
        known: list[Loads | None] = [None] * len(sweep.jobs)
        work = _work(sweep, path, command)
        if not finished:
            if read_work(path) is None:
                write_work(path, work)
            say_if_compiling(engines_of(sweep.jobs[0].job), audience.compiling)
            told, scenarios, found = load_of(sweep, workers)
            known = [*found]
            audience.load(told, scenarios)
            done = standing_of(path).done
            needed = _need(sweep, workers, done)
            audience.announce(needed)
            if not command.yes:
                refuse(needed, room_at(path), workers)
            work = replace(work, since=now(), done_before=done)
            write_work(path, work)
        ends = _Jobs(sweep, path, workers, audience, command, work).run(known)
        failures = tuple(end for end in ends if isinstance(end, Failure))
        parts = [_part(sweep, job, end.findings) for job, end in _done(sweep, ends)]
        before = finished and all(end.before for _, end in _done(sweep, ends)) and not failures
        proof, proved = _proof(sweep, ends), any(end.proved for _, end in _done(sweep, ends))
        if proof is not None:
            folder.origin[AUDIT] = as_data(proof)
        finished_before = sum(end.found for _, end in _done(sweep, ends))
        if not before:
            folder.origin[REUSED] = sum(end.reused for _, end in _done(sweep, ends))
            findings = _finish(folder, sweep, parts, failures, time.perf_counter() - began)
            return Swept(path, findings, failures, proof, before, proved, finished_before)
        if proved:
            folder.note(AUDIT, folder.origin[AUDIT])
        findings = report_on(folder) if proved else reported(folder)
        return Swept(path, findings, failures, proof, before, proved, finished_before)


def _proof(sweep: Sweep, ends: "list[Done | Failure]") -> Proof | None:
    """Return the proofs of all jobs that were finished as one, None if none was."""
    proofs = {job.label: end.proof for job, end in _done(sweep, ends) if end.proof is not None}
    return joined(proofs) if proofs else None


def load_of(sweep: Sweep, workers: int) -> tuple[About, list[Loaded], list[Loads]]:
    """Return what a sweep's jobs ask of the places there are, each job standing for a policy.

    The last are the loads of each job by itself.
    """
    found = loads_of([job.job.study for job in sweep.jobs], workers)
    every, titles = [], {}
    cases: dict[str, CaseNote] = {}
    for job, mine in zip(sweep.jobs, found, strict=True):
        told = about(job.job.study)
        cases.update(told.cases)
        own = [*told.policies.values()]
        title = ", ".join(_said(job, own).values()) or own[0]
        for one in named(job.job.study, mine):
            name = f"{job.label}+{one.policy}"
            titles[name] = title if len(own) == 1 else f"{told.policies[one.policy]}, {title}"
            every.append(one._replace(policy=name))
    return replace(about(sweep.jobs[0].job.study), policies=titles, cases=cases), every, found


def _said(job: SweepJob, policies: Sequence[str]) -> dict[str, str]:
    """Return how each value of a job is said to readers; ``policies`` are titles of its own."""
    said = {key: setting(key, value) for key, value in _plain(job.values).items()}
    if POLICY in said and len(policies) == 1:
        said[POLICY] = policies[0]
    return said


def _unsaid(*_: object) -> None:
    """Say nothing of one job: it was said of all."""


def _work(sweep: Sweep, path: Path, command: Command) -> Work:
    """Return what there is to do for a sweep: its jobs, each with the command for it alone."""
    jobs = tuple(
        JobWork(
            folder=f"{JOBS}/{folder_name(job)}",
            label=job.label,
            replications=_size(job),
            command=str(command.alone(job, path / JOBS / folder_name(job))),
            config_sha256=job.job.config_hash,
        )
        for job in sweep.jobs
    )
    return Work(str(command), jobs=jobs)


@dataclass
class _Jobs:
    """Runs the jobs of a sweep, each into a folder of its own, and notes which of them fail.

    What is finished beside the sweep's own folder is found, and so is what jobs share.
    """

    sweep: Sweep
    path: Path
    workers: int
    audience: Audience
    command: Command
    work: Work

    def run(self, known: Sequence[Loads | None]) -> list["Done | Failure"]:
        """Run every job, with the loads that are known of it; return how each ended, in order."""
        count = _Count(self.sweep, self.audience.progress)
        ends = []
        for job, load in zip(self.sweep.jobs, known, strict=True):
            ends.append(self._run(job, load, count.of(job)))
            count.past(job)
        return ends

    def _run(self, job: SweepJob, load: Loads | None, progress: Progress) -> "Done | Failure":
        mine = self.path / JOBS / folder_name(job)
        alone = self.command.alone(job, mine)
        told = Audience(_unsaid, _unsaid, _unsaid, progress, self.audience.proving)
        try:
            return run_job(job.job, mine, self.workers, told, alone, load, root_of(self.path))
        except Exception as error:  # whatever it is, it is this job's: the others go on
            return self._note(Failure(job.label, reason_of(error), str(alone)))

    def _note(self, failure: Failure) -> Failure:
        """Note at once that a job has failed: others may ask before the sweep is over."""
        failures = {**self.work.failures, failure.label: Failed(failure.reason, now())}
        self.work = replace(self.work, failures=failures)
        with suppress(OSError):  # a full disk is what may have failed it
            write_work(self.path, self.work)
        return failure


def _done(sweep: Sweep, ends: "list[Done | Failure]") -> list[tuple[SweepJob, Done]]:
    """Return the jobs that were finished, each with what it found."""
    both = zip(sweep.jobs, ends, strict=True)
    return [(job, end) for job, end in both if isinstance(end, Done)]


def _need(sweep: Sweep, workers: int, done: int) -> Need:
    """Return about what is needed for what is left of a sweep, of which so much is done.

    It is that of the job with the most people, scaled to the people of all: jobs are played one
    after the other, each with all the workers. Where a precision is asked for it is what each of
    them needs at the least.
    """
    jobs = [replace(one.job, study=one.job.study.at_start) for one in sweep.jobs]
    every = [blocks(job.study) for job in jobs]
    people = [clients_expected(job.study, todo) for job, todo in zip(jobs, every, strict=True)]
    largest = max(range(len(jobs)), key=people.__getitem__)
    found = need_of(jobs[largest], every[largest], workers)
    total = sum(map(replications, every))
    times = sum(people) / max(people[largest], 1.0) * max(1 - done / total, 0.0)
    return replace(
        found,
        replications=max(total - done, 0),
        seconds=found.seconds * times + REPORT_SECONDS,
        disk_bytes=found.disk_bytes * times,
        told_bytes=found.told_bytes * times,
    )


class _Count:
    """Tells how far a sweep is, while its jobs tell how far each of them is."""

    def __init__(self, sweep: Sweep, progress: Progress) -> None:
        self.progress, self.done = progress, 0.0
        self.size = {job.number: _size(job) for job in sweep.jobs}

    def of(self, job: SweepJob) -> Progress:
        """Return what is told how far a job is."""
        total = sum(self.size.values())
        return lambda done, _: self.progress(self.done + done, total)

    def past(self, job: SweepJob) -> None:
        """Count a job as over, whether it was finished or not."""
        self.done += self.size[job.number]


def _size(job: SweepJob) -> int:
    return sum(scene.replications for scene in job.job.study.scenes)


def _finish(
    folder: Folder, sweep: Sweep, parts: list[Part], failures: Sequence[Failure], seconds: float
) -> Findings | None:
    """Write the tables of all jobs together, and a report on them."""
    lacks_base = sweep.marginal is not None and bool(parts) and bool(parts[0].name)
    if not parts or lacks_base:
        folder.note_failures({f.label: f.reason for f in failures})
        return None
    note = without([f.label for f in failures], parts[0].title or parts[0].luck)
    findings = combine("sweep", question(list(sweep.swept)), parts, note)
    if (marginal := sweep.marginal) is not None:
        asked = marginal_words.question(marginal, findings.about)
        about = replace(findings.about, name="marginal", question=asked, marginal=marginal)
        findings = replace(findings, about=about)
    folder.finish(findings, seconds, {f.label: f.reason for f in failures})
    return report_on(folder)


def _part(sweep: Sweep, job: SweepJob, findings: Findings) -> Part:
    """Return a finished job as a part of the sweep."""
    values, policies = _plain(job.values), [*findings.about.policies.values()]
    said = _said(job, policies)
    if sweep.marginal is not None:
        more_said = marginal_words.more_said
        said = {path: more_said(path, int(n), sweep.marginal) for path, n in values.items()}
    values.pop(SEED, None)
    luck = said.pop(SEED, "")
    name = ",".join(f"{key}={value}" for key, value in values.items())
    return Part(name, values, said, findings, luck)


def reason_of(error: Exception) -> str:
    """Return in a sentence why a job failed."""
    if isinstance(error, BrokenExecutor):
        return "a worker process was ended, perhaps for want of memory; try workers=1"
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or 'the results'}"
    if isinstance(error, StoreError | OverflowError | EnginesDifferError | LawBrokenError):
        return str(error)
    return f"an error in simcare itself: {type(error).__name__}: {error}"


def _plain(values: Mapping[str, object]) -> dict[str, float | str]:
    """Return swept values as numbers where they are numbers, else as texts."""
    return {
        key: value
        if isinstance(value, float | int) and not isinstance(value, bool)
        else "+".join(map(str, value))
        if isinstance(value, list)
        else str(value)
        for key, value in values.items()
    }
