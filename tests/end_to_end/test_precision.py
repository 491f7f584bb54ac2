"""A run that goes on until it is precise enough, as a person makes it."""

import csv
import json
from pathlib import Path

import pytest

from simcare.cli import main

# Half of those who wait for a month leave, so that there is something to tell.
QUEUE = (
    "service=one_queue",
    "population=plain",
    "service.conditions.waiting.leave={after_days: {exponential: {mean: 30}}}",
    "horizon_days=300",
    "warm_up_days=10",
    "replications=10",
    "precision={outcome: people waiting, where: places, relative: 0.2, at_most: 60}",
    "audit=none",
)


def tables(folder: Path) -> dict[str, bytes]:
    """Return the tables of a run by name."""
    files = (*folder.glob("*.csv"), *folder.glob("*.parquet"), folder / "about.json")
    return {path.name: path.read_bytes() for path in files}


def test_a_run_says_why_there_are_no_more_replications(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that terminal, report, table and provenance say it, and that they agree.

    Two workers give the same tables as one, the same command again simulates nothing, and an audit
    plays the replications that there came to be.
    """
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["run", *QUEUE, "workers=1", f"output={one}"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    with (one / "precision.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    last = rows[-1]
    n = last["replications"]
    assert [row["stopped"] for row in rows[:-1]] == [""] * (len(rows) - 1)
    assert last["stopped"] == "precise enough"
    assert all(float(r["half_width_95"]) <= float(r["wanted_half_width"]) for r in rows[-2:])
    assert f"The range was narrow enough after {n} repetitions." in said
    (stopped,) = json.loads((one / "provenance.json").read_text(encoding="utf-8"))["stopped"]
    assert (str(stopped["replications"]), stopped["stopped"]) == (n, "precise enough")
    assert f"After {n} repetitions the range is as narrow as asked" in (
        one / "report.html"
    ).read_text(encoding="utf-8")
    assert main(["run", *QUEUE, "workers=2", f"output={two}"]) == 0
    assert tables(one) == tables(two)
    capsys.readouterr()
    assert main(["run", *QUEUE, f"output={one}"]) == 0
    assert "nothing was simulated again" in capsys.readouterr().out
    assert main(["audit", str(one), "--all"]) == 0


def test_check_says_how_many_there_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    """Hold that the floor and the ceiling are told before a run."""
    assert main(["check", *QUEUE]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "at most 60 replications in all" in said
    assert "as_it_is: 10 to 60 replications" in said
    assert "Precision asked for: a 95 % range of at most 20 % of the base" in said
