"""Reports and sweeps as a person makes them, and the page as a browser shows and prints it."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright
from scipy import stats

from simcare.cli import main
from simcare.store import TABLES
from simcare.store.provenance import sealed

# Half of those who wait for a month leave, so that there is something to tell.
QUEUE = (
    "service=one_queue",
    "population=plain",
    "service.conditions.waiting.leave={after_days: {exponential: {mean: 30}}}",
    "replications=4",
    "horizon_days=300",
    "warm_up_days=10",
    "workers=1",
)
SWEPT = ("service.arrivals.people.per_day=1.5,0.9", "service.capacities.places.beds=1,2")
SWEEP = ("run", "--multirun", *QUEUE, *SWEPT)
JOBS = (
    "1-per_day=1.5-beds=1",
    "2-per_day=1.5-beds=2",
    "3-per_day=0.9-beds=1",
    "4-per_day=0.9-beds=2",
)
SECOND = "service.arrivals.people.per_day=1.5,service.capacities.places.beds=2"
ACCESS = ("experiment=access", "replications=2", "horizon_days=150", "warm_up_days=20", "workers=2")
SCRIPT = Path(sys.executable).with_name("simcare.exe" if os.name == "nt" else "simcare")
COMMAND = [str(SCRIPT)] if SCRIPT.is_file() else [sys.executable, "-m", "simcare.cli"]
Here = Callable[..., tuple[int, str, str]]
CHROMIUM = shutil.which("chromium")


def simcare(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; hold that it ends as expected, and never with a traceback."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder and below it, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished run, ``a``, and a sweep, ``s``, which no test changes."""
    folder = tmp_path_factory.mktemp("runs")
    simcare(folder, "run", *QUEUE, "output=a")
    simcare(folder, *SWEEP, "output=s")
    return folder


@pytest.fixture
def own(runs: Path, tmp_path: Path) -> Path:
    """Return a folder with copies of the run and the sweep, to do with as one likes."""
    for name in "as":
        shutil.copytree(runs / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Return a function that runs a command in a folder, in this process: for those that end soon.

    It returns the exit code, what is printed, and what is complained of.
    """

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        code = main(arguments)
        return code, *capsys.readouterr()

    return run


# --- simcare report -------------------------------------------------------------------------------


def test_a_report_is_made_again_without_simulating(own: Path) -> None:
    """Hold that tables alone give the same bytes again: neither records nor the old report count.

    What is deleted first cannot be read: the records of visits, the page and a chart.
    """
    before = files(own / "a")
    made = [name for name in before if name == "report.html" or name.startswith("charts/")]
    assert len(made) > 8
    shutil.rmtree(own / "a" / "visits")
    (own / "a" / "report.html").unlink()
    (own / "a" / "charts" / "waits.svg").unlink()
    done = simcare(own, "report", "a")
    assert done.stdout == f"Report:  {Path('a', 'report.html')}\nResults: a\n"
    assert done.stderr == ""
    kept = {name: data for name, data in before.items() if not name.startswith("visits/")}
    assert files(own / "a") == kept
    simcare(own, "report", "a")
    assert files(own / "a") == kept


def test_the_report_of_a_sweep_is_made_again(own: Path) -> None:
    """Hold that a sweep's report needs none of its jobs' folders."""
    before = files(own / "s")
    shutil.rmtree(own / "s" / "jobs")
    (own / "s" / "report.html").unlink()
    simcare(own, "report", "s")
    assert files(own / "s") == {n: d for n, d in before.items() if not n.startswith("jobs/")}


def test_a_folder_that_cannot_be_reported_on(own: Path, here: Here) -> None:
    """Hold that each gives one message with exit code 2, and that nothing is written."""
    (own / "empty").mkdir()
    (own / "file").write_bytes(b"")
    (own / "half").mkdir()
    origin = json.loads((own / "a" / "provenance.json").read_text(encoding="utf-8"))
    (own / "half" / "provenance.json").write_bytes(sealed({**origin, "finished": None}))
    with (own / "a" / "curves.csv").open("ab") as file:
        file.write(b"as_configured,as_it_is\n")
    (own / "s" / "outcomes.parquet").unlink()
    before = files(own)
    for name, message in (
        ("nowhere", "nowhere: not a folder"),
        ("file", "file: not a folder"),
        ("empty", "empty: not a results folder: it has no provenance.json of a run"),
        ("half", "half: this run is not finished; give its command again to go on"),
        ("a", f"{Path('a', 'curves.csv')}: changed since the run wrote it"),
        ("s", f"{Path('s', 'outcomes.parquet')}: cannot be read (No such file or directory)"),
    ):
        assert here(own, "report", name) == (2, "", f"simcare: {message}\n")
    assert files(own) == before


# --- sweeps ---------------------------------------------------------------------------------------


def test_every_job_has_a_folder_of_its_own(runs: Path) -> None:
    """Hold that each job is a run like any other, and the sweep has all tables and a report."""
    assert sorted(path.name for path in (runs / "s" / "jobs").iterdir()) == list(JOBS)
    for folder in (runs / "s", *(runs / "s" / "jobs" / name for name in JOBS)):
        names = {path.name for path in folder.iterdir()}
        assert {"report.html", "charts", "config.yaml", "provenance.json", *TABLES} <= names
        origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        assert origin["finished"]
        assert origin["failures"] == {}
    first = (runs / "s" / "jobs" / JOBS[0] / "outcomes.parquet").read_bytes()
    day = "service.arrivals.people.per_day=1.5"
    alone = simcare(runs, "run", *QUEUE, day, "output=apart/alone")
    assert (runs / "apart" / "alone" / "outcomes.parquet").read_bytes() == first
    assert "Report:" in alone.stdout


def outcomes(folder: Path) -> dict[tuple[str, ...], NDArray[np.float64]]:
    """Return the values of each outcome over replications, of a run of one scenario."""
    frame = pl.read_parquet(folder / "outcomes.parquet")
    names = ["outcome", "over", "where", "unit"]
    return {
        tuple(map(str, key)): rows.sort("replication")["value"].to_numpy()
        for key, rows in frame.group_by(names)
    }


def test_jobs_are_compared_with_the_first_pair_by_pair(runs: Path) -> None:
    """Hold that the sweep's differences are those of the jobs' own outcomes.

    Expected: the paired t interval (scipy's) of each job's replications less the first job's.
    """
    about = json.loads((runs / "s" / "about.json").read_text(encoding="utf-8"))
    labels = [*about["policies"]]
    assert labels[1] == SECOND
    jobs = [outcomes(runs / "s" / "jobs" / name) for name in JOBS]
    with (runs / "s" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["base"], row["policy"]) for row in rows} == {(labels[0], x) for x in labels[1:]}
    seen = 0
    for row in rows:
        job = jobs[labels.index(row["policy"])]
        key = tuple(row[name] for name in ("outcome", "over", "where", "unit"))
        apart = job[key] - jobs[0][key]
        apart = apart[~np.isnan(apart)]
        assert row["replications"] == str(len(apart))
        if not len(
            apart
        ):  # nobody is discharged from this service, so nobody completes or relapses
            assert row["difference"] == row["lower_95"] == row["upper_95"] == ""
            continue
        half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
        expected = (apart.mean(), apart.mean() - half, apart.mean() + half)
        found = [float(row[name]) for name in ("difference", "lower_95", "upper_95")]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-8)
        seen += abs(float(apart.mean())) > 1
    assert seen > 10


def test_a_sweep_is_not_run_twice(own: Path) -> None:
    """Hold that the same command simulates nothing again, and changes no file."""
    before = files(own / "s")
    times = {p: p.stat().st_mtime_ns for p in (own / "s").rglob("part-*.parquet")}
    assert len(times) == 32
    done = simcare(own, *SWEEP, "output=s")
    assert {p: p.stat().st_mtime_ns for p in (own / "s").rglob("part-*.parquet")} == times
    assert files(own / "s") == before
    assert "To play" not in done.stderr


def test_one_job_that_fails_leaves_the_others(own: Path) -> None:
    """Hold that a failure is told with its reason, the rest is kept, and mending finishes it."""
    before = files(own / "s")
    second = own / "s" / "jobs" / JOBS[1]
    shutil.rmtree(second)
    second.mkdir()
    (second / "letter.txt").write_text("not a result", encoding="utf-8")
    done = simcare(own, *SWEEP, "output=s", code=1)
    lines = done.stderr.splitlines()[-4:]
    assert lines[0] == "simcare: 1 of 4 jobs failed:"
    assert lines[1].startswith(f"  {SECOND}: ")
    assert "it holds files that are not results" in lines[1]
    assert lines[2].startswith("    again, alone: simcare run ")
    assert lines[3] == "What is finished is kept: the same command tries the failed ones again."
    after = files(own / "s")
    rest = [name for name in before if name.startswith("jobs/") and JOBS[1] not in name]
    assert {name: after[name] for name in rest} == {name: before[name] for name in rest}
    origin = json.loads(after["provenance.json"])
    assert list(origin["failures"]) == [SECOND]
    assert len(json.loads(after["about.json"])["policies"]) == 3
    shutil.rmtree(second)
    simcare(own, *SWEEP, "output=s")
    mended = files(own / "s")
    assert {name: mended[name] for name in TABLES} == {name: before[name] for name in TABLES}
    assert mended.keys() == before.keys()
    assert json.loads(mended["provenance.json"])["failures"] == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("policy=as_it_is,as_it_was",), "did you mean as_it_is?"),
        (("seed=1,",), "a value is missing beside a comma"),
        (("seed=1,two",), "seed = two: a whole number is required"),
        (("sead=1,2",), "did you mean seed?"),
        (("seed=range(1,52)",), "the sweep has 51 combinations; more than 50 are run only with"),
        (("seed=1",), "nothing is swept"),
    ],
)
def test_a_bad_sweep_is_refused_whole(
    tmp_path: Path, here: Here, arguments: tuple[str, ...], message: str
) -> None:
    """Hold that whatever is wrong with any combination is said before any runs: exit code 2."""
    code, out, said = here(tmp_path, "run", "--multirun", *QUEUE, *arguments)
    assert (code, out) == (2, "")
    assert message in said
    assert said.startswith("simcare: 1 problem, nothing was run:\n")
    assert list(tmp_path.iterdir()) == []


def test_a_policy_of_ones_own_is_run(tmp_path: Path) -> None:
    """Hold that a policy in a folder of one's own is run, titled and kept like a shipped one."""
    policy = tmp_path / "own" / "policy" / "two_more.yaml"
    policy.parent.mkdir(parents=True)
    policy.write_text(
        "title: two more <places>\nchange:\n  service.capacities.places.beds: +2\n",
        encoding="utf-8",
    )
    before = files(tmp_path / "own")
    more = ("--config-dir", "own", "policy=two_more", "output=mine")
    simcare(tmp_path, "run", *QUEUE, *more)
    assert files(tmp_path / "own") == before
    about = json.loads((tmp_path / "mine" / "about.json").read_text(encoding="utf-8"))
    assert about["policies"] == {"two_more": "two more <places>"}
    page = (tmp_path / "mine" / "report.html").read_text(encoding="utf-8")
    assert "What does two more &lt;places&gt; do?" in page
    refused = simcare(tmp_path, "run", *QUEUE, "policy=two_more", "output=other", code=2)
    assert "two_more" in refused.stderr
    assert not (tmp_path / "other").exists()


# --- the page in a browser ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's chromium."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Browser, path: Path, width: int) -> Page:
    """Return a page opened from disk in a window of a width; hold that it asks nobody else."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri(), wait_until="networkidle")
    assert asked == [path.as_uri()]
    assert wrong == []
    return page


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize("name", ["a", "s"])
def test_the_page_is_open_to_everybody(runs: Path, browser: Browser, name: str, width: int) -> None:
    """Hold that axe finds no fault, that nothing scrolls sideways, and nothing is asked for.

    Expected: no violation of axe-core's rules (WCAG 2 A and AA, and its best practices).
    """
    page = opened(browser, runs / name / "report.html", width)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    shown = page.evaluate(
        "[...document.querySelectorAll('svg')].filter(s => s.checkVisibility()).length"
    )
    assert shown == page.evaluate("document.querySelectorAll('figure').length")
    page.close()


def test_axe_finds_what_is_wrong(tmp_path: Path, browser: Browser) -> None:
    """Hold that the check can fail: a picture without words and pale text are faults."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><html><body><svg role='img' width='9' height='9'></svg>"
        "<p style='color: #bbb'>pale</p></body></html>",
        encoding="utf-8",
    )
    page = opened(browser, bad, 400)
    found = {rule["id"] for rule in Axe().run(page).response["violations"]}
    assert {"svg-img-alt", "color-contrast", "html-has-lang"} <= found
    page.close()


def sheets(page: Page, parts: tuple[str, ...]) -> int:
    """Return how many sheets of A4 some parts of the page take in print, with its head."""
    page.evaluate(
        "parts => document.querySelectorAll('section, footer').forEach("
        "s => s.style.display = parts.includes(s.id) ? '' : 'none')",
        [*parts],
    )
    printed = page.pdf(prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_the_first_parts_have_a_page_each_in_print(tmp_path: Path, browser: Browser) -> None:
    """Hold that whoever prints the main experiment has the answer on page 1, the balance on 2.

    Part 3 begins on a page of its own, so it begins on page 3 if parts 1 and 2 take two.
    """
    simcare(tmp_path, "run", *ACCESS, "output=access")
    page = opened(browser, tmp_path / "access" / "report.html", 1200)
    assert sheets(page, ("answer",)) == 1
    assert sheets(page, ("answer", "balance")) == 2
    assert sheets(page, ("answer", "balance", "plan")) > 2
    page.close()
