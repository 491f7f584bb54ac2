"""Sweeps killed two hundred times, and gone on with from every state that a crash may leave.

Run by name, `pytest tests/long/test_kills.py`.
"""

import os
from pathlib import Path

import pytest
from tests.end_to_end import small_sweep
from tests.end_to_end.crashes import go_on, record, states
from tests.end_to_end.killing import kill_often

PARTS = 8


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with a POSIX signal")
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """Hold that a sweep killed at any moment goes on from the last block, to the same tables."""
    kill_often(tmp_path, kills=200, seed=2017)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with a POSIX signal")
def test_kills_while_reports_are_made_lose_nothing(tmp_path: Path) -> None:
    """Hold that the same is so where runs write their reports and charts too."""
    kill_often(tmp_path, 20, 2018, "--reports")


@pytest.mark.parametrize("part", range(PARTS))
def test_every_crash_can_be_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """Hold that every state that a crash may leave on the disk leads to the same tables."""
    small_sweep.leave_reports_out(monkeypatch.setattr)
    steps, whole = record(tmp_path / "recorded", monkeypatch)
    for number, loss, left in list(states(steps))[part::PARTS]:
        go_on(tmp_path / f"{number}-{loss}", left, whole)
