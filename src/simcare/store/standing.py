"""Where a run or a sweep stands, told from its folder alone, by whatever process: it only reads.

A part is counted by its name, and never opened. Whether a run is going on is known from the lock
on its folder, which the system lets go of however the process ends.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simcare.analysis.standing import Standing, State
from simcare.analysis.table_names import PROVENANCE
from simcare.store.names import LOCK, PART, TOLD
from simcare.store.whole import StoreError
from simcare.store.work import Failed, JobWork, Work, read_work


def standing_of(path: Path) -> Standing:
    """Return where the run or sweep of a folder stands.

    Raises StoreError if the folder is none of results.
    """
    if not path.is_dir():
        raise StoreError(f"{path}: not a folder")
    origin = _origin(path)
    if origin is None:
        raise StoreError(f"{path}: not a results folder: it has no {PROVENANCE} of a run")
    work = read_work(path)
    if work is not None and work.jobs:
        return _sweep(path, origin, work)
    return _run(path, origin, work)


def standings_in(path: Path) -> list[Standing]:
    """Return where each run and sweep stands whose folder lies in one, by name; others are none."""
    if not path.is_dir():
        return []
    folders = sorted(one for one in path.iterdir() if one.is_dir())
    return [standing_of(one) for one in folders if _origin(one) is not None]


def _run(path: Path, origin: dict[str, Any], work: Work | None) -> Standing:
    """Return where one run stands."""
    parts = _Parts.of(path, work)
    finished = _moment(origin.get("finished"))
    total = None if work is None else work.replications
    done = total if finished and total is not None else parts.done
    state = State.FINISHED if finished else State.RUNNING if is_held(path) else State.STOPPED
    left = None if finished or total is None else total - done
    return Standing(
        path=path,
        label=path.name,
        state=state,
        replications=total,
        done=done,
        begun=_moment(origin.get("started")),
        finished=finished,
        seconds_left=_seconds_left(work, parts, left, state),
        command="" if work is None else work.command,
    )


def _sweep(path: Path, origin: dict[str, Any], work: Work) -> Standing:
    """Return where a sweep stands, and each of its jobs."""
    jobs = tuple(_job(path / job.folder, job, work.failures.get(job.label)) for job in work.jobs)
    folders = [path / job.folder for job in work.jobs]
    parts = _together([_Parts.of(folder, read_work(folder)) for folder in folders])
    finished = _moment(origin.get("finished"))
    state = State.STOPPED
    if is_held(path):
        state = State.RUNNING
    elif any(job.state is State.FAILED for job in jobs):
        state = State.FAILED
    elif finished and not origin.get("failures"):  # tables that lack jobs are not the last word
        state = State.FINISHED
    done = sum(job.done for job in jobs)
    failed = sum(job.not_played for job in jobs if job.state is State.FAILED)
    return Standing(
        path=path,
        label=path.name,
        state=state,
        replications=work.replications,
        done=done,
        begun=_moment(origin.get("started")),
        finished=finished,
        seconds_left=_seconds_left(work, parts, work.replications - done - failed, state),
        command=work.command,
        is_sweep=True,
        jobs=jobs,
    )


def _job(path: Path, job: JobWork, failed: Failed | None) -> Standing:
    """Return where a job of a sweep stands; what failed and was finished since has not failed."""
    origin = _origin(path) or {}
    own = origin.get("config_sha256") == job.config_sha256
    finished = _moment(origin.get("finished")) if own else None
    done = job.replications if finished else _Parts.of(path, read_work(path)).done if own else 0
    state = State.NOT_BEGUN if done == 0 else State.STOPPED
    if path.is_dir() and is_held(path):
        state = State.RUNNING
    elif finished and (failed is None or not _is_before(finished, failed.at)):
        state = State.FINISHED
    elif failed is not None:
        state = State.FAILED
    return Standing(
        path=path,
        label=job.label,
        state=state,
        replications=job.replications,
        done=done,
        finished=finished,
        reason=failed.reason if failed is not None and state is State.FAILED else "",
        command=job.command,
    )


def _is_before(finished: datetime, failed: str) -> bool:
    """Return whether a job was finished, to the second, before the one in which it failed."""
    moment = _moment(failed)
    return moment is not None and finished < moment.replace(microsecond=0)


# --- what is played, and how fast ----------------------------------------------------------------


@dataclass(frozen=True)
class _Parts:
    """What is kept in a folder: how many replications, and when the last of them was written."""

    done: int = 0
    last: float = 0.0

    @classmethod
    def of(cls, path: Path, work: Work | None) -> "_Parts":
        """Return what is kept in the folder of a run."""
        done, last = 0, 0.0
        for scene in () if work is None else work.scenes:
            for part in (path / TOLD / scene.case / scene.policy).glob("part-*.parquet"):
                if found := PART.fullmatch(part.name):
                    done += scene.in_part(int(found[1]))
                    last = max(last, _written_at(part))
        return cls(done, last)


def _together(kept: Sequence[_Parts]) -> _Parts:
    """Return what is kept in some folders."""
    return _Parts(sum(one.done for one in kept), max((one.last for one in kept), default=0.0))


def _written_at(part: Path) -> float:
    try:
        return part.stat().st_mtime
    except OSError:  # taken away since
        return 0.0


def _seconds_left(work: Work | None, parts: _Parts, left: int | None, state: State) -> float | None:
    """Return how many seconds are left by the pace since the playing went on last, None if unknown.

    The pace is measured up to the last part that was written: what is under way is not counted.
    """
    if work is None or not left or state not in (State.RUNNING, State.STOPPED):
        return None
    since = _moment(work.since)
    played = parts.done - work.done_before
    if since is None or played <= 0 or parts.last <= since.timestamp():
        return None
    seconds = left * (parts.last - since.timestamp()) / played
    gone = datetime.now(UTC).timestamp() - parts.last if state is State.RUNNING else 0.0
    return max(seconds - gone, 0.0)


# --- reading -------------------------------------------------------------------------------------


def _origin(path: Path) -> dict[str, Any] | None:
    """Return what the provenance of a results folder says, None if there is none of a run."""
    try:
        found = json.loads((path / PROVENANCE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "config_sha256" in found else None


def _moment(text: object) -> datetime | None:
    """Return a moment from an ISO date with its zone, None if it is none."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None


def is_held(path: Path) -> bool:
    """Return whether a process is running into a folder; nothing is written to find that out.

    Where the system has no locks, it is as long as the file is there that is locked elsewhere.
    """
    try:
        handle = os.open(path / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (ImportError, OSError):  # it is held, or the file system has no locks
        return True
    else:
        return False
    finally:
        os.close(handle)
