"""Where runs and sweeps stand, told from folders made by hand, and counted by hand."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simcare.analysis.standing import State
from simcare.store import (
    Failed,
    JobWork,
    RefusedError,
    SceneWork,
    StoreError,
    Work,
    free_bytes,
    memory_bytes,
    open_folder,
    standing_of,
    standings_in,
    undone_if_refused,
    write_work,
)

BEGAN = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
ORIGIN = {"config_sha256": "a", "code_sha256": "b"}
SCENES = (SceneWork("usual", "today", 12, 5), SceneWork("usual", "more", 12, 5))
RUN = Work("simcare run policy=today", SCENES)


def begun(path: Path, work: Work | None, sha: str = "a", **origin: object) -> Path:
    """Make a results folder that was begun, with what there is to do in it."""
    path.mkdir(parents=True)
    said = {"config_sha256": sha, "started": BEGAN.isoformat(), "finished": None, **origin}
    (path / "provenance.json").write_text(json.dumps(said))
    if work is not None:
        write_work(path, work)
    return path


def keep(path: Path, policy: str, number: int, seconds: float) -> None:
    """Put a part into a folder, written so many seconds after it was begun."""
    part = path / "replications" / "usual" / policy / f"part-{number:05d}.parquet"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"")
    os.utime(part, (BEGAN.timestamp() + seconds,) * 2)


def test_a_stopped_run_is_counted_by_its_parts(tmp_path: Path) -> None:
    """Expected: parts of 5, 5 and 2 of one scenario, which is all of it, and 5 of the other: 17.

    5 were there before; 12 took 60 seconds, so that the 7 that are left take 35.
    """
    work = Work(RUN.command, SCENES, since=BEGAN.isoformat(), done_before=5)
    path = begun(tmp_path / "r", work)
    for policy, number, seconds in (
        ("today", 0, -900), ("today", 1, 20), ("today", 2, 40), ("more", 0, 60),
    ):  # fmt: skip
        keep(path, policy, number, seconds)
    (path / "replications" / "usual" / "more" / ".part-00001.parquet.7.tmp").write_bytes(b"")
    found = standing_of(path)
    assert (found.state, found.done, found.replications) == (State.STOPPED, 17, 24)
    assert found.seconds_left == pytest.approx(35.0)
    assert (found.begun, found.command) == (BEGAN, RUN.command)


def test_a_run_that_goes_on_is_known_by_its_lock(tmp_path: Path) -> None:
    """Hold that a run is running while its folder is held, and that asking does not disturb it.

    Expected: 5 of 24 in the 10 seconds before now: 38 to go; less what has passed meanwhile.
    """
    pytest.importorskip("fcntl")
    now = datetime.now(UTC)
    with open_folder(tmp_path / "r", {}, ORIGIN) as folder:
        since = now - timedelta(seconds=10)
        write_work(folder.path, Work("", SCENES, since=since.isoformat()))
        keep(folder.path, "today", 0, (now - BEGAN).total_seconds())
        found = standing_of(folder.path)
        assert found.state is State.RUNNING
        assert found.seconds_left == pytest.approx(38.0, abs=2.0)
        assert (folder.path / ".lock").exists()
    assert standing_of(tmp_path / "r").state is State.STOPPED


def test_a_lock_that_a_kill_has_left_holds_nothing(tmp_path: Path) -> None:
    """Hold that the file alone does not say that a run goes on."""
    pytest.importorskip("fcntl")
    path = begun(tmp_path / "r", RUN)
    (path / ".lock").write_bytes(b"")
    assert standing_of(path).state is State.STOPPED
    assert standing_of(path).seconds_left is None


def test_a_finished_run_is_all_done(tmp_path: Path) -> None:
    """Hold that a finished run is done, also where its parts were taken away."""
    found = standing_of(begun(tmp_path / "r", RUN, finished=BEGAN.isoformat()))
    assert (found.state, found.done, found.replications) == (State.FINISHED, 24, 24)
    assert found.seconds_left is None


def test_a_folder_of_an_earlier_version_says_what_it_can(tmp_path: Path) -> None:
    """Hold that what there is to do is not guessed where its note is missing or damaged."""
    path = begun(tmp_path / "r", None)
    assert (standing_of(path).state, standing_of(path).replications) == (State.STOPPED, None)
    (path / "work.json").write_text('{"scenes": 3}')
    assert standing_of(path).replications is None


def test_a_sweep_is_told_job_by_job(tmp_path: Path) -> None:
    """Expected by hand, of seven jobs of 12: two are done, one was mended since it failed.

    One failed and holds 5, one was left at 10, one is not begun, and one lies in a folder of
    another config, so that nothing of it counts. 36 + 5 + 10 are done, of 84; 7 are of what failed.
    """
    one = (SceneWork("usual", "today", 12, 5),)
    names = ("1-done", "2-done", "3-mended", "4-failed", "5-left", "6-none", "7-other")
    jobs = tuple(JobWork(f"jobs/{name}", name, 12, f"simcare run x={name}", "a") for name in names)
    later = (BEGAN + timedelta(hours=1)).isoformat()
    failures = {"3-mended": Failed("?", BEGAN.isoformat()), "4-failed": Failed("full", later)}
    path = begun(tmp_path / "s", Work("simcare run --multirun", jobs=jobs, failures=failures))
    for name in names[:3]:
        begun(path / "jobs" / name, Work("", one), finished=later)
    for name, parts in (("4-failed", 1), ("5-left", 2), ("7-other", 3)):
        folder = begun(path / "jobs" / name, Work("", one), sha="b" if "other" in name else "a")
        for number in range(parts):
            keep(folder, "today", number, 30)
    found = standing_of(path)
    states = [job.state.value for job in found.jobs]
    assert states == [*["finished"] * 3, "failed", "stopped", "not_begun", "not_begun"]
    assert (found.state, found.done, found.replications) == (State.FAILED, 51, 84)
    assert found.replications_of(State.FAILED) == 7
    assert (found.jobs[3].reason, found.jobs[3].command) == ("full", "simcare run x=4-failed")
    assert found.jobs[2].reason == ""


def test_a_job_that_is_mended_alone_is_not_in_the_sweeps_tables(tmp_path: Path) -> None:
    """Hold that a sweep is finished when its tables tell of all jobs, not when all jobs are."""
    work = Work("", jobs=(JobWork("jobs/1", "1", 12, "", "a"),))
    done = BEGAN.isoformat()
    path = begun(tmp_path / "s", work, finished=done, failures={"1": "full"})
    begun(path / "jobs" / "1", RUN, finished=done)
    assert standing_of(path).state is State.STOPPED
    assert standing_of(path).jobs[0].state is State.FINISHED


def test_what_is_no_results_folder(tmp_path: Path) -> None:
    """Hold that other folders and files are refused by name, and left out of the list of all."""
    begun(tmp_path / "r", RUN)
    (tmp_path / "letters").mkdir()
    (tmp_path / "file").write_bytes(b"")
    assert [one.path.name for one in standings_in(tmp_path)] == ["r"]
    assert standings_in(tmp_path / "nowhere") == []
    with pytest.raises(StoreError, match="letters: not a results folder"):
        standing_of(tmp_path / "letters")
    for name in ("file", "nowhere"):
        with pytest.raises(StoreError, match=f"{name}: not a folder"):
            standing_of(tmp_path / name)


def refused_into(path: Path) -> None:
    """Write into a folder, and be refused."""
    with undone_if_refused(path):
        (path / "deep").mkdir(parents=True, exist_ok=True)
        (path / "deep" / "file").write_bytes(b"x")
        raise RefusedError


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "a letter"])
def test_what_a_refused_run_made_is_taken_away(tmp_path: Path, before: str) -> None:
    """Hold that after a refusal all is as it was: folders above it, and what was there, stay."""
    path = tmp_path / "results" / "r"
    if before != "nothing":
        path.mkdir(parents=True)
    if before == "a letter":
        (path / "letter.txt").write_text("dear")
    with pytest.raises(RefusedError):
        refused_into(path)
    left = sorted(one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*"))
    kept = ["results", "results/r", "results/r/deep", "results/r/deep/file", "results/r/letter.txt"]
    expected = {"nothing": [], "an empty folder": ["results", "results/r"], "a letter": kept}
    assert left == expected[before]


def test_room_is_told_where_a_folder_would_be(tmp_path: Path) -> None:
    """Hold that the disk of what is there already counts, and that memory is that of a computer."""
    here = free_bytes(tmp_path)
    there = free_bytes(tmp_path / "not" / "there")
    assert here is not None
    assert there == pytest.approx(here, rel=0.1)
    assert (memory_bytes() or 0) > 2**28
