"""Where runs and sweeps stand, as texts and tables to be printed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from simcare.analysis.standing import Standing, State
from simcare.report.need import duration
from simcare.report.words import count, headings, listed, say

Table = Sequence[tuple[str, ...]]  # the headings, then rows
Parts = Iterator[str | Table]


def one(standing: Standing) -> Parts:
    """Yield where a run or a sweep stands."""
    yield _head(standing)
    if standing.jobs:
        yield _jobs(standing)
    yield _played(standing)
    yield from _to_go(standing)
    if standing.jobs:
        header = headings("status.job", "status.state", "status.repetitions")
        rows = ((job.label, say(f"status.state.{job.state}"), _of(job)) for job in standing.jobs)
        yield [header, *rows]
    yield from _failures([job for job in standing.jobs if job.state is State.FAILED])
    if standing.state in (State.STOPPED, State.FAILED) and standing.command:
        yield say("status.go_on")
        yield f"  {standing.command}"


def every(path: Path, standings: Sequence[Standing]) -> Parts:
    """Yield a table of all runs and sweeps whose folders lie in one."""
    if not standings:
        yield say("status.none", folder=path)
        return
    yield [
        headings("status.folder", "status.state", "status.repetitions", "status.begun"),
        *(
            (str(it.path), say(f"status.state.{it.state}"), _of(it), _date(it.begun))
            for it in standings
        ),
    ]


def _head(standing: Standing) -> str:
    told = {"folder": standing.path, "begun": _date(standing.begun)}
    if standing.state is State.FINISHED:
        told["finished"] = _date(standing.finished)
    return say(f"status.head.{standing.state}", **told)


def _jobs(standing: Standing) -> str:
    """Return how many jobs of a sweep are in which state."""
    numbers = {state: standing.number_of(state) for state in State}
    states = [say(f"status.count.{state}", n=n) for state, n in numbers.items() if n]
    return count("status.jobs", f"{len(standing.jobs):,}", states=listed(states))


def _played(standing: Standing) -> str:
    """Return how many repetitions are played, how many are left, and how many of them failed."""
    if standing.replications is None:
        return say("status.unknown")
    done, total = f"{standing.done:,}", f"{standing.replications:,}"
    failed = standing.replications_of(State.FAILED)
    left = f"{standing.replications - standing.done - failed:,}"
    if failed:
        return say("status.played_but", done=done, n=total, left=left, failed=f"{failed:,}")
    return count("status.played", total, done=done, left=left)


def _to_go(standing: Standing) -> Iterator[str]:
    """Yield how long is left, as far as that is known."""
    seconds = standing.seconds_left
    if seconds is not None:
        running = standing.state is State.RUNNING
        yield say("status.to_go" if running else "status.to_go_later", time=duration(seconds))
    elif standing.state is State.RUNNING and standing.done == standing.replications:
        yield say("status.last_steps")


def _failures(failed: Sequence[Standing]) -> Iterator[str]:
    """Yield the jobs that failed, each with its reason and the command that runs it again."""
    if failed:
        yield count("status.failures", f"{len(failed):,}")
    for job in failed:
        yield f"  {job.label}"
        yield f"    {job.reason}"
        yield f"    {job.command}"


def _of(standing: Standing) -> str:
    done = f"{standing.done:,}"
    if standing.replications is None:
        return say("status.played_some", done=done)
    return say("status.of", done=done, n=f"{standing.replications:,}")


def _date(moment: datetime | None) -> str:
    if moment is None:
        return say("status.no_date")
    return say("status.date", date=f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}")
