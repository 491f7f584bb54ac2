"""Runs that are stopped anywhere go on to the same tables; whatever is in the way is told."""

import os
from pathlib import Path

import pytest
from tests.end_to_end import small_sweep
from tests.end_to_end.crashes import go_on, record, states
from tests.end_to_end.killing import kill_often

SOME = 12  # states of the disk that are gone on from; tests/long takes all of them
QUEUE = (
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=300",
    "warm_up_days=10",
    "audit=none",
)


@pytest.fixture
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave reports out."""
    small_sweep.leave_reports_out(monkeypatch.setattr)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with a POSIX signal")
def test_five_kills_lose_nothing(tmp_path: Path) -> None:
    """Hold that a sweep killed at any moment goes on from the last block, to the same tables."""
    kill_often(tmp_path, kills=5, seed=7)


@pytest.mark.usefixtures("without_reports")
def test_every_crash_can_be_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that what a crash leaves on the disk leads to the same tables, in some of its states."""
    steps, whole = record(tmp_path / "recorded", monkeypatch)
    every = list(states(steps))
    for number, loss, left in every[:: len(every) // SOME]:
        go_on(tmp_path / f"{number}-{loss}", left, whole)
