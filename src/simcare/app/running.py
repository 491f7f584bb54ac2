"""Running one job: into its folder, to its tables and its report."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simcare.analysis.findings import Findings
from simcare.config.build import Job
from simcare.store import Folder, finished_folder, is_finished, open_folder, provenance
from simcare.study import Block, Need, findings_of, need, run

ENGINE = "reference"
REPORT_SECONDS = 3.0  # tables, charts and page of a run: measured for one and for 20 scenarios
Progress = Callable[[float, int], None]


@dataclass(frozen=True)
class Done:
    """A job that is finished: where, what it found, and whether it had been run before."""

    path: Path
    findings: Findings
    before: bool


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
    job: Job, path: Path, workers: int, progress: Progress, announce: Callable[[Need], None]
) -> Done:
    """Play what is left of a job, write its tables and its report, and return what it found.

    ``announce`` is told what it needs before it starts. A finished job is read, not played again.
    """
    origin = provenance(job.config_hash, job.study.plan.seed, ENGINE)
    began = time.perf_counter()

    def before(todo: Sequence[Block]) -> None:
        if todo:
            found = need(job.study, todo, workers)
            announce(replace(found, seconds=found.seconds + REPORT_SECONDS))

    with open_folder(path, job.resolved, origin) as folder:
        finished = is_finished(folder)
        results = run(job.study, folder, workers, progress, before)
        if not finished or folder.played:
            folder.finish(findings_of(job.study, results), time.perf_counter() - began)
        findings = report_on(folder)
        return Done(path, findings, finished and not folder.played)


def report_on(folder: Folder) -> Findings:
    """Write the report of a finished folder from its tables, and return what they hold."""
    from simcare.report.book import report_of

    findings = folder.findings()
    folder.add(report_of(findings, folder.origin))
    return findings


def report_again(path: Path) -> Findings:
    """Make the report of a finished run again, without simulating; return what the tables hold."""
    return report_on(finished_folder(path))
