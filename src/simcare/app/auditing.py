"""Audits of finished runs: played again by the other engine, from nothing but their own folder."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcare.analysis.findings import Findings
from simcare.analysis.proof import AUDIT, Asked, Proof, as_data, joined, proof_from
from simcare.app.running import Progress, report_on, run_time
from simcare.app.sweeping import JOBS
from simcare.config.build import Job, hash_of, job_from
from simcare.config.files import read_yaml
from simcare.config.searching import FIND, FROM, job_with
from simcare.store import CONFIG, Folder, StoreError, code_hash, finished_folder, held
from simcare.study import OTHER, Outcomes, Study, prove

SAYS_AS_MUCH = "it tells of an audit of as many repetitions, or more, already"
READ_ONLY = "its folder cannot be written to"
LACKING = "not all jobs of the sweep could be audited"


@dataclass(frozen=True)
class Audited:
    """A finished run or sweep that was audited: where, what it found, and what the audit found.

    ``other_version`` says whether another version of the code has made it, ``kept_because`` why its
    provenance and report do not tell of this audit now, None if they do. Of a sweep, ``jobs`` are
    those that were audited and ``lacking`` says of each other one why it was not.
    """

    path: Path
    findings: Findings
    proof: Proof
    other_version: bool
    kept_because: str | None
    jobs: tuple["Audited", ...] = ()
    lacking: tuple[str, ...] = ()


def is_sweep(path: Path) -> bool:
    """Return whether a results folder is that of a sweep, or of a search, which has jobs too."""
    if not (path / CONFIG).is_file():
        return False
    return not {JOBS, FIND}.isdisjoint(read_yaml(path / CONFIG, str(path / CONFIG)))


def audit_run(path: Path, asked: Asked, workers: int, progress: Progress) -> Audited:
    """Play a finished run, or a sample of it, again and compare it with what its folder holds.

    Its provenance and report then tell of it, if it says more than what they told of before.
    Raises StoreError if there is no finished run, or if a file of it was changed; ConfigError if
    its config is none.
    """
    folder = finished_folder(path)
    findings = folder.findings()
    folder.check_kept()
    job = job_in(folder)
    study = as_run(as_played(job.study, findings), folder)
    found = prove(
        study,
        job.config_hash,
        folder,
        _outcomes(findings, study, path),
        asked,
        run_time(folder),
        workers,
        progress,
    )
    proof = replace(found, code_sha256=code_hash())
    return Audited(path, findings, proof, is_of_another_version(folder), tell(folder, proof))


def audit_sweep(path: Path, asked: Asked, workers: int, progress: Progress) -> Audited:
    """Audit every job of a sweep that was finished, in their order, as ``audit_run`` does.

    The sweep's own provenance and report then tell of all of them, if none is lacking. Raises
    StoreError if all are.
    """
    folder = finished_folder(path)
    findings = folder.findings()
    runs, lacking = jobs_of(path)
    if not runs:
        raise StoreError(f"{path}: none of its jobs can be audited: {'; '.join(lacking)}")
    jobs = tuple(audit_run(job, asked, workers, progress) for job in runs)
    proof = joined({job.path.name: job.proof for job in jobs})
    other = any(job.other_version for job in jobs)
    kept_because = LACKING if lacking else tell(folder, proof)
    return Audited(path, findings, proof, other, kept_because, jobs, lacking)


def jobs_of(path: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Return the folders of the finished jobs that a sweep's config names; why others are none."""
    folders = {_number(job): job for job in (path / JOBS).glob("*-*") if job.is_dir()}
    runs, lacking = [], []
    for number, (label, resolved) in _configs_in(path).items():
        folder = folders.get(number)
        if folder is None:
            lacking.append(f"job {number} ({label}): its folder is not there")
        elif not _is_run(folder):
            lacking.append(f"{folder}: not finished")
        elif finished_folder(folder).origin["config_sha256"] != hash_of(resolved):
            lacking.append(f"{folder}: results of another config than the sweep's job {number}")
        else:
            runs.append(folder)
    return runs, tuple(lacking)


def _configs_in(path: Path) -> dict[int, tuple[str, Any]]:
    """Return the label and the config of each job of a sweep or search, by its folder's number."""
    config = read_yaml(path / CONFIG, str(path / CONFIG))
    if JOBS in config:
        return dict(enumerate(config[JOBS].items(), 1))
    base, numbers = job_from(config[FROM]), config[FIND]["path"]
    (swept,) = finished_folder(path).about().swept
    tried = sorted(int(number) for number in swept.values.values())
    return {n: (f"{numbers}={n}", job_with(base, {numbers: n}).resolved) for n in tried}


def tell(folder: Folder, proof: Proof) -> str | None:
    """Let a finished folder tell of an audit, in its provenance and its report.

    Returns why it does not, in words, None if it does: it tells of one that says as much, or is
    read only.
    """
    if not proof.says_more_than(proof_from(folder.origin)):
        return SAYS_AS_MUCH
    with held(folder) as mine:
        if not mine:
            return READ_ONLY
        folder.note(AUDIT, as_data(proof))
        report_on(folder)
        return None


def job_in(folder: Folder) -> Job:
    """Return the job that a folder's own config asks for."""
    path = folder.path / CONFIG
    job = job_from(read_yaml(path, str(path)))
    if job.config_hash != folder.origin["config_sha256"]:
        raise StoreError(f"{path}: not the config of these results: its checksum is another")
    return job


def as_run(study: Study, folder: Folder) -> Study:
    """Return a study with the engine that its run had, which older configs do not name."""
    engine = next((name for name in OTHER if name == folder.origin.get("engine")), None)
    if engine is None:
        return study
    return replace(study, plan=study.plan.model_copy(update={"engine": engine}))


def as_played(study: Study, findings: Findings) -> Study:
    """Return a study with as many replications as its tables hold, if it asked for a precision.

    A number that it cannot have ended with is not taken over.
    """
    if study.precision is None:
        return study
    held = {(found.case, found.policy): found.replications for found in findings.scenarios}
    ended = (held.get((scene.case, scene.policy), 0) for scene in study.scenes)
    both = zip(study.scenes, ended, strict=True)
    return study.with_replications(
        [n if n in scene.ends else scene.replications for scene, n in both]
    )


def _outcomes(findings: Findings, study: Study, path: Path) -> list[Outcomes]:
    """Return the outcomes of each scene in a run's tables; raise StoreError where they lack any."""
    held = {(found.case, found.policy): found for found in findings.scenarios}
    every = []
    for scene in study.scenes:
        found = held.get((scene.case, scene.policy))
        if found is None or _lengths(found.outcomes) != {scene.replications}:
            what = f"{scene.replications} repetitions of {scene.case}, {scene.policy}"
            raise StoreError(f"{path}: its tables do not hold {what}")
        every.append(found.outcomes)
    return every


def _lengths(outcomes: Outcomes) -> set[int]:
    return {len(values) for values in outcomes.values()}


def is_of_another_version(folder: Folder) -> bool:
    """Return whether another version of the code has made a finished run."""
    return bool(folder.origin.get("code_sha256") != code_hash())


def _is_run(path: Path) -> bool:
    """Return whether a folder is that of a run that was finished."""
    try:
        finished_folder(path)
    except StoreError:
        return False
    return True


def _number(path: Path) -> int:
    """Return the number at the beginning of a job's folder, 0 if there is none."""
    number = path.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0
