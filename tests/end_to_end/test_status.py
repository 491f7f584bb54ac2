"""Where a sweep stands, what failed in it and how to run that again, and what is refused."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.analysis.standing import Standing, State
from simcare.cli import main
from simcare.store import standing_of

QUEUE = (
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=200",
    "warm_up_days=10",
    "workers=1",
    "audit=none",
)
SWEPT = "service.capacities.places.beds=1,2"
SWEEP = ("run", "--multirun", *QUEUE, SWEPT, "output=my results/s")
LIST = "stage,since,state\nqueue,2016-12-30,waiting\nqueue,2016-12-31,waiting"
Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Return a function that runs a command in a folder of its own, in this process.

    It returns the exit code, what is printed, and what is complained of.
    """
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    return run


def files(folder: Path) -> dict[str, int]:
    """Return when each file of a folder was written, by its name."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in found}


def seen(path: Path, until: Callable[[Standing], bool]) -> Standing:
    """Wait until a sweep in another process stands as is wanted, and return that."""
    for _ in range(1200):
        if (path / "work.json").exists() and until(found := standing_of(path)):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path}: it never came so far")


@pytest.mark.skipif(os.name != "posix", reason="it is killed by a signal")
def test_another_process_tells_where_a_sweep_stands_and_so_does_a_later_one(
    tmp_path: Path, here: Here
) -> None:
    """Hold that a sweep is told of while it runs and after it was killed, and nothing is written.

    Expected: how much there is to do is known from its start; what was done stays done.
    """
    long = [*(one for one in SWEEP if "replications" not in one), "replications=4000"]
    command = [sys.executable, "-m", "simcare.cli", *long]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    path = tmp_path / "my results" / "s"
    try:
        first = seen(path, lambda _: True)
        assert (first.state, first.replications, len(first.jobs)) == (State.RUNNING, 8000, 2)
        running = seen(path, lambda it: it.done > 0)
        assert [job.state for job in running.jobs] == [State.RUNNING, State.NOT_BEGUN]
        assert running.seconds_left is not None
        code, out, said = here("status", "my results/s")
        assert (code, said) == (0, "")
        assert "my results/s: running; begun on " in out
        assert "2 jobs: 1 running and 1 not begun." in out
        assert " to go, at the pace measured here." in out
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    before = files(path)
    code, out, said = here("status", "my results/s")
    assert (code, said) == (0, "")
    assert "my results/s: stopped; begun on " in out
    assert "2 jobs: 1 begun and left and 1 not begun." in out
    assert " to go once it goes on, at the pace measured here." in out
    (again,) = [row for row in out.splitlines() if row.startswith("  simcare run ")]
    assert shlex.split(again) == ["simcare", *long[:2], *long[2:]]
    assert files(path) == before


def test_a_failed_job_is_told_with_the_command_that_runs_it_alone(
    tmp_path: Path, here: Here
) -> None:
    """Hold that the command that is told, pasted as it stands, finishes the job that failed.

    The other job is finished all the same, the exit code is 1, and status tells of it too.
    """
    path = tmp_path / "my results" / "s"
    assert here(*SWEEP)[0] == 0
    second = path / "jobs" / "2-beds=2"
    second.rename(tmp_path / "aside")
    second.mkdir()
    (second / "letter.txt").write_text("no result")

    code, _, said = here(*SWEEP)
    assert code == 1
    header, reason, command, last = said.splitlines()[-4:]
    assert header == "simcare: 1 of 2 jobs failed:"
    assert reason.startswith("  service.capacities.places.beds=2: ")
    assert "it holds files that are not results" in reason
    assert last == "What is finished is kept: the same command tries the failed ones again."
    command = command.removeprefix("    again, alone: ")

    code, out, _ = here("status", "my results/s")
    assert code == 0
    assert "2 jobs: 1 finished and 1 failed." in out
    assert "12 of 24 repetitions played, 0 left; 12 are of jobs that failed." in out
    assert "1 job failed." in out
    assert f"    {command}" in out.splitlines()

    (second / "letter.txt").unlink()
    program, *arguments = shlex.split(command)
    assert program == "simcare"
    code, out, _ = here(*arguments)
    assert code == 0
    assert "Results: my results/s/jobs/2-beds=2" in out
    assert [job.state for job in standing_of(path).jobs] == [State.FINISHED] * 2
    assert standing_of(path).state is State.STOPPED
    assert here(*SWEEP)[0] == 0
    assert standing_of(path).state is State.FINISHED
    assert here("status") == (0, "No results in results.\n", "")


def test_all_results_are_listed(tmp_path: Path, here: Here) -> None:
    """Hold that without a folder every run under ``results`` is told in a line of its own."""
    short = [one for one in QUEUE if "replications" not in one]
    assert here("run", *short, "replications=1", "keep=outcomes")[0] == 0
    (tmp_path / "results" / "letters").mkdir()
    code, out, said = here("status")
    assert (code, said) == (0, "")
    (row,) = [row.split() for row in out.splitlines() if "results/" in row]
    assert row[1:5] == ["finished", "1", "of", "1"]
    code, out, said = here("status", "results/letters")
    assert (code, out) == (2, "")
    assert said == (
        "simcare: results/letters: not a results folder: it has no provenance.json of a run\n"
    )


@pytest.mark.parametrize("more", [(), ("--multirun", SWEPT)])
def test_what_asks_for_more_than_there_is_is_refused(
    tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """Hold that too much memory, disk and time are told at once, with numbers and what to do.

    How much there is, is given here. Nothing is written; with --yes it is run all the same.
    """
    monkeypatch.setattr("simcare.app.refusing.memory_bytes", lambda: 2e6)
    monkeypatch.setattr("simcare.app.refusing.free_bytes", lambda _: 1e3)
    monkeypatch.setattr("simcare.app.refusing.MOST_DAYS", 1e-5)
    given = ("run", *QUEUE, *more, "output=deep/r")
    code, out, said = here(*given)
    assert (code, out) == (2, "")
    told = said.partition("simcare: 3 problems, nothing was run:\n")[2].splitlines()
    assert [row.split(":")[0] for row in told] == ["  memory", "  disk", "  time"]
    assert "and there are 2 MB: fewer workers=" in told[0]
    assert "keep=outcomes writes about" in told[1]
    assert all("--yes" in row for row in told)
    assert list(tmp_path.iterdir()) == []
    if not more:
        assert here(*given, "--yes")[0] == 0


def test_a_sweep_says_before_it_runs_what_a_run_says(
    tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that what is to be known of day 0 is said once for all jobs, else with whose it is.

    Expected by hand: of the two who wait, one place admits one, and two places admit both.
    """
    (tmp_path / "today.csv").write_text(LIST)
    monkeypatch.setattr("simcare.app.refusing.memory_bytes", lambda: 2e6)
    begins = ("start.people=today.csv", "output=r")
    code, _, said = here("run", "--multirun", *QUEUE, SWEPT, *begins)
    assert code == 2
    first = said.partition("To play:")[0].splitlines()
    (common,) = [row for row in first if "does not count its first 10 days" in row]
    assert "beds=" not in common
    admitted = [row for row in first if "admitted at once" in row]
    assert len(admitted) == 2
    assert admitted[0].startswith("service.capacities.places.beds=1: 1 of those who wait")
    assert admitted[1].startswith("service.capacities.places.beds=2: 2 of those who wait")
