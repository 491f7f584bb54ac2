"""Searches as people ask for them: what they leave behind, going on, audits, what is printed."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.analysis.findings import Findings
from simcare.app import auditing, finding, running, sweeping
from simcare.app.commands import Command
from simcare.app.finding import run_search
from simcare.app.running import Audience
from simcare.cli import main
from simcare.config.searching import Wanted, sought
from simcare.store import TABLES, Folder, answers_of

QUEUE = (
    "service=one_queue", "population=plain", "replications=6", "horizon_days=200",
    "warm_up_days=50", "workers=1", "keep=outcomes", "service.arrivals.people.per_day=5",
)  # fmt: skip
TARGET = "mean wait of those served at queue < 0.3 days"
WANTED = Wanted("places", "5", "12", TARGET)
FIND = ["find", *QUEUE, "--capacity", "places", "--from", "5", "--to", "12", "--target", TARGET]
MARGINAL = ["marginal", *QUEUE, "--outcome", "mean wait of those served at queue", "--more", "2"]
PLACES = "service.capacities.places.beds=5"
COSTS = ("service.currency=NOK", "service.capacities.places.costs={per_day: 1000}")

Told = Callable[[float, int], None]


@pytest.fixture
def unreported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the answers of a report without its page and charts, which take long."""

    def note(folder: Folder) -> Findings:
        found = folder.findings()
        folder.add(answers_of(found))
        return found

    for module in (auditing, finding, running, sweeping):
        monkeypatch.setattr(module, "report_on", note)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def the_folder(here: Path) -> Path:
    """Return the only results folder."""
    (folder,) = (here / "results").glob("[!.]*")
    return folder


def listening(progress: Told) -> Audience:
    """Return who hears of the progress alone."""

    def nobody(*_: object) -> None:
        """Hear nothing."""

    return Audience(nobody, nobody, nobody, progress, nobody)


def test_a_search_leaves_its_answer_its_curve_and_its_page(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expected: seven places. By Erlang's formula six wait 0.59 days on average, seven 0.16."""
    assert main([*FIND, "audit=none"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    folder = the_folder(here)
    assert "It takes 7 places beds to reach the target: mean wait (queue) below 0.3 days." in said
    assert "With today's service." in said
    assert "Counted: those served." in said
    assert f"Results: results/{folder.name}" in said
    told = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert (told["ends"], told["number"], told["lower_95"]) == ("found", 7, 7)
    curve = rows(folder / "capacity.csv")
    assert [int(row["number"]) for row in curve] == told["tried"]
    assert {row["mean_meets_target"] for row in curve if int(row["number"]) < 7} == {"no"}
    assert {row["mean_meets_target"] for row in curve if int(row["number"]) >= 7} == {"yes"}
    assert all(float(row["lower_95"]) <= float(row["mean"]) for row in curve)
    assert set(TABLES) <= {path.name for path in folder.iterdir()}
    charts = ("how-many", "range-by-repetitions", "warm-up")
    assert {path.name for path in (folder / "charts").iterdir()} == {
        f"{name}.{kind}" for name in charts for kind in ("png", "svg")
    }
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>How many places beds for this: mean wait (queue) below 0.3 days?</h1>" in page
    assert "About 7 places beds meet the target of 0.3 days" in page
    assert not list((folder / "jobs").rglob("report.html"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["report", str(folder)]) == 0
    capsys.readouterr()
    assert main([*FIND, "audit=none"]) == 0
    assert "nothing was simulated again" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.usefixtures("unreported")
def test_a_search_that_was_stopped_goes_on_to_the_same_answer(here: Path) -> None:
    """Expected: what was finished is not played again, and every table is what it would have been.

    It is stopped in the third run. Progress never falls, and never goes past all.
    """
    search = sought([*QUEUE, "audit=none"], WANTED)
    done: list[float] = []

    def stops(replications: float, _: int) -> None:
        done.append(replications)
        if replications > 2 * 6 + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_search(search, here / "one" / "stopped", 1, listening(stops), Command())
    kept = {p: p.stat().st_mtime_ns for p in (here / "one" / "stopped" / "jobs").rglob("*.parquet")}
    runs = {path.parts[len(here.parts) + 3] for path in kept}
    assert {"5-places-beds", "12-places-beds"} <= runs
    assert not (here / "one" / "stopped" / "answer.json").exists()
    heard: list[tuple[float, int]] = []
    how_far = listening(lambda done, total: heard.append((done, total)))
    whole = run_search(search, here / "other" / "whole", 1, how_far, Command())
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert all(done <= total for done, total in heard)
    again = run_search(search, here / "one" / "stopped", 1, listening(lambda *_: None), Command())
    assert not again.before
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    for name in (*TABLES, "capacity.csv", "answer.json"):
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name


@pytest.mark.usefixtures("unreported")
def test_a_search_is_audited_run_by_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Expected: each number tried is re-run, all identical; another config in a folder is told."""
    assert main([*FIND, "audit=none"]) == 0
    folder = the_folder(here)
    capsys.readouterr()
    assert main(["audit", str(folder), "--workers", "1"]) == 0
    said = capsys.readouterr().out
    tried = [row["number"] for row in rows(folder / "capacity.csv")]
    assert all(f"jobs/{number}-places-beds: identical" in said for number in tried)
    jobs = folder / "jobs"
    (jobs / "5-places-beds").rename(jobs / "0-places-beds")
    (jobs / "12-places-beds").rename(jobs / "5-places-beds")
    assert main(["audit", str(folder), "--workers", "1"]) == 1
    said = capsys.readouterr().out
    assert "results of another config than the sweep's job 5" in said
    assert "job 12 (service.capacities.places.beds=12): its folder is not there" in said


def test_a_little_more_is_told_with_what_it_costs(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expected: by hand. Two more places cost 1,000 a day each: 730,000 in a year of 365 days."""
    assert main([*MARGINAL, PLACES.replace("=5", "=6"), *COSTS, "audit=none"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    folder = the_folder(here)
    (row,) = rows(folder / "marginal.csv")
    assert (row["path"], row["number"]) == ("service.capacities.places.beds", "8")
    assert float(row["cost_more_a_year"]) == pytest.approx(730_000.0, rel=1e-9)
    gain = float(row["better_by"])
    assert gain > float(row["lower_95_of_all"]) > 0
    assert float(row["better_by_per_million_a_year"]) == pytest.approx(gain / 0.73, rel=1e-9)
    assert "8 places beds, not 6, buy most: better by" in said
    assert "730,000" in said
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "What do 2 more of each capacity buy? (mean wait (queue))" in page
    before = (folder / "report.html").read_bytes()
    assert main(["report", str(folder)]) == 0
    assert (folder / "report.html").read_bytes() == before


@pytest.mark.usefixtures("unreported")
def test_without_prices_gains_are_told_without_money(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expected: said so, and empty cells; where nobody waits more places gain nothing."""
    assert main([*MARGINAL, "service.capacities.places.beds=40", "audit=none"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Nothing here has a price" in said
    assert "Of no capacity can we see that a little more makes this better" in said
    (row,) = rows(the_folder(here) / "marginal.csv")
    assert (row["cost_more_a_year"], row["better_by_per_million_a_year"]) == ("", "")
    assert float(row["better_by"]) == 0
