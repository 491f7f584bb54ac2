"""A run that breaks a law is not finished, has no report, and says which law and where.

Both engines are made to write the same fault down, so that they agree with each other.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simcare import cli
from simcare.engines.choice import simulator
from simcare.study import playing, proof

ARGUMENTS = [
    "run", "service=region", "population=norway", "replications=2", "horizon_days=120",
    "warm_up_days=20", "workers=1",
]  # fmt: skip
Visits = NDArray[np.void]


def lost(visits: Visits) -> Visits:
    """Return visits of which one client's are taken out."""
    rows: Visits = visits[visits["client"] != visits["client"][5]]
    return rows


def in_two_places(visits: Visits) -> Visits:
    """Return visits in which a client's second begins before the first ends."""
    again = np.flatnonzero(visits["client"][1:] == visits["client"][:-1])
    visits["queued"][again[0] + 1] -= 1
    visits["started"][again[0] + 1] -= 1
    return visits


def too_many(visits: Visits) -> Visits:
    """Return visits in which nobody waits for the bed that is asked for."""
    late = (visits["started"] > visits["queued"]) & (visits["ended"] >= 0)
    visits["started"][late] = visits["queued"][late]
    return visits


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        (lost, "everyone is counted"),
        (in_two_places, "in two places at a time"),
        (too_many, "more busy than there are"),
    ],
)
def test_a_broken_law_blocks_the_report(
    fault: Callable[[Visits], Visits],
    law: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Expected: exit code 1, the law by name, which replication; what was simulated is kept."""

    def faulty(engine: str) -> Callable[..., Visits]:
        simulate: Any = simulator(engine)
        return lambda *given: fault(simulate(*given).copy())

    for module in (playing, proof):
        monkeypatch.setattr(module, "simulator", faulty)
    folder = tmp_path / "results"
    assert cli.main([*ARGUMENTS, f"output={folder}"]) == 1
    said = capsys.readouterr().err
    assert "a law is broken: no result is finished; what was simulated is kept" in said
    assert law in said
    assert "repetition" in said
    assert not (folder / "report.html").exists()
    assert not (folder / "summary.csv").exists()
    assert json.loads((folder / "provenance.json").read_bytes())["finished"] is None
    assert [*folder.glob("replications/**/*.parquet")] != []


def test_a_run_that_obeys_them_shows_its_sums(tmp_path: Path) -> None:
    """Expected: the report and the provenance hold what was added up, and it comes out even."""
    assert cli.main([*ARGUMENTS, f"output={tmp_path / 'results'}"]) == 0
    told = json.loads((tmp_path / "results" / "provenance.json").read_bytes())["audit"]
    people = next(one for one in told["balances"] if one["law"] == "people")
    assert people["left"] == people["right"] > 100
    assert "What must come out even" in (tmp_path / "results" / "report.html").read_text()
