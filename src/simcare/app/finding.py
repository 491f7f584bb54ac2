"""Running a search: jobs chosen as it goes, each in a folder of its own, then all in one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, log2
from pathlib import Path

import numpy as np

from simcare.analysis.capacity_search import SPREAD, Search, Values, next_number
from simcare.analysis.findings import Findings
from simcare.analysis.proof import AUDIT, Proof, as_data, joined
from simcare.analysis.sweeps import Job as Part
from simcare.analysis.sweeps import combine
from simcare.app.commands import Command
from simcare.app.refusing import refuse, room_at
from simcare.app.running import (
    REPORT_SECONDS,
    Audience,
    Done,
    Progress,
    engines_of,
    loads_of,
    named,
    need_of,
    report_on,
    reported,
    run_job,
    say_if_compiling,
)
from simcare.app.sweeping import JOBS
from simcare.config.searching import Sought
from simcare.report.search_words import question, scenario_said
from simcare.report.settings import name_of, setting
from simcare.store import (
    Folder,
    is_finished,
    open_folder,
    provenance,
    root_of,
    undone_if_refused,
)
from simcare.study import Need, about, blocks

NARROWING = 6  # numbers tried for both ends of the answer's range: so many at the most, as a rule


@dataclass(frozen=True)
class Searched:
    """A search that has ended: where, what it found; ``before`` as in :class:`Done`."""

    path: Path
    findings: Findings
    proof: Proof | None
    before: bool
    proved: bool


def folder_of(sought: Sought) -> Path:
    """Return where a search's results go: as asked, or named after its config and target."""
    return Path(sought.output or Path("results") / f"find-{sought.search_hash[:8]}")


def run_search(
    sought: Sought, path: Path, workers: int, audience: Audience, command: Command
) -> Searched:
    """Try numbers until the answer is known, each in a run of its own; write what was found.

    A run that is finished is read, not played again, so a search that was stopped goes on. The
    report of each run is left to be asked for: to make it takes longer than to play most runs.
    Raises RefusedError, with nothing written, if it asks for more than there is and that is not
    meant.
    """
    search, plan = sought.search, sought.job.study.plan
    origin = provenance(sought.search_hash, plan.seed, plan.engine)
    began = time.perf_counter()
    with undone_if_refused(path), open_folder(path, sought.resolved, origin) as folder:
        finished = is_finished(folder)
        if not finished:
            say_if_compiling(engines_of(sought.job), audience.compiling)
            (load,) = loads_of([sought.job.study], workers)
            audience.load(about(sought.job.study), named(sought.job.study, load))
            needed = _need(sought, workers)
            audience.announce(needed)
            if not command.yes:
                refuse(needed, room_at(path), workers)
        count = _Count(sought, audience.progress)
        done: dict[int, Done] = {}
        while (number := next_number(search, _values(search, done))) is not None:
            told = Audience(_unsaid, _unsaid, _unsaid, count.of(len(done)), audience.proving)
            mine = _folder(path, search, number)
            job = sought.job_at(number)
            done[number] = run_job(
                job, mine, workers, told, command, root=root_of(path), has_page=False
            )
        before = finished and all(one.before for one in done.values())
        proof = _proof(done)
        if proof is not None:
            folder.origin[AUDIT] = as_data(proof)
        proved = any(one.proved for one in done.values())
        if not before:
            findings = _finish(folder, sought, done, time.perf_counter() - began)
        elif proved:
            folder.note(AUDIT, folder.origin[AUDIT])
            findings = report_on(folder)
        else:
            findings = reported(folder)
        return Searched(path, findings, proof, before, proved)


def _unsaid(*_: object) -> None:
    """Say nothing of one job: it was said of all."""


def _folder(path: Path, search: Search, number: int) -> Path:
    """Return the folder of the run of one number."""
    return path / JOBS / f"{number}-{name_of(search.path).replace(' ', '-')}"


def _values(search: Search, done: Mapping[int, Done]) -> Values:
    """Return the outcome's values over replications, of each number tried."""
    found = {}
    for number, one in done.items():
        (scenario,) = one.findings.scenarios
        missing = np.full(scenario.replications, np.nan)
        found[number] = scenario.outcomes.get(search.target.outcome, missing)
    return found


def _proof(done: Mapping[int, Done]) -> Proof | None:
    """Return the proofs of all runs as one, in the order of their numbers, None if none has."""
    proofs = {one.path.name: one.proof for _, one in sorted(done.items()) if one.proof is not None}
    return joined(proofs) if proofs else None


def _finish(folder: Folder, sought: Sought, done: Mapping[int, Done], seconds: float) -> Findings:
    """Write the tables of all numbers tried, and a report on the answer."""
    search = sought.search
    parts = [_part(search, number, one.findings) for number, one in sorted(done.items())]
    first = parts[0].findings.about
    found = combine("find", question(search, first), parts, scenario_said(first))
    folder.finish(replace(found, about=replace(found.about, search=search)), seconds)
    return report_on(folder)


def _part(search: Search, number: int, findings: Findings) -> Part:
    values: dict[str, float | str] = {search.path: number}
    name = f"{search.path}={number}"
    return Part(name, values, {search.path: setting(search.path, number)}, findings)


def expected(search: Search, tried: int) -> int:
    """Return about how many numbers a search tries, when so many are tried already."""
    crossing = ceil(log2(max(search.highest - search.lowest, 2)))
    return max(2 + max(crossing + NARROWING, SPREAD), tried + 1)


def _need(sought: Sought, workers: int) -> Need:
    """Return about what a whole search needs, as if nothing of it had been run."""
    study, many = sought.job.study, expected(sought.search, 0)
    one = need_of(sought.job, blocks(study), workers)
    return replace(
        one,
        replications=one.replications * many,
        seconds=(one.seconds - REPORT_SECONDS) * many + REPORT_SECONDS,
        disk_bytes=one.disk_bytes * many,
    )


class _Count:
    """Tells how far a search is, by about how many numbers it tries."""

    def __init__(self, sought: Sought, progress: Progress) -> None:
        self.search, self.progress = sought.search, progress
        self.size = sum(scene.replications for scene in sought.job.study.scenes)

    def of(self, tried: int) -> Progress:
        """Return what is told how far the run of the next number is."""
        total = self.size * expected(self.search, tried)
        return lambda done, _: self.progress(self.size * tried + done, total)
