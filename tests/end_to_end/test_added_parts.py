"""Policies that add parts, as a person runs them: together, compared, swept, and where they clash.

The service is the shipped ``one_queue``, a ward with a list that half leave within three weeks. One
policy adds a second ward and the way to it; one a stream of people, and a phone line for those who
leave the list.
"""

import csv
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

SECOND_WARD = """\
title: a second ward
add:
  service.capacities.more_places: {beds: 2}
  service.stages.second_ward: {like: queue, asks_for: more_places}
  service.ways_in.second_door: {stage: second_ward, share: 0.3}
  service.milestones.treatment: [second_ward]
set:
  service.ways_in.door.share: 0.7
sources:
  service.capacities.more_places: "assumed: made up"
"""
LINE = """\
title: a phone line
add:
  service.arrivals.callers: {per_day: 0.3}
  service.capacities.line: {slots: 1}
  service.stages.call:
    asks_for: line
    stay_days: {exponential: {mean: 2}}
    next: {completed: return}
  service.stages.queue.next.left:
    - {when: {episode: {below: 3}}, to: call}
"""
OTHER_LINE = "add: {service.capacities.line: {slots: 2}}\n"
BOTH = "second_ward+line"
QUEUE = (
    "--config-dir", "mine", "service=one_queue", "population=plain", "replications=2",
    "horizon_days=400", "warm_up_days=100", "workers=1",
    "service.conditions.waiting.leave={after_days: {exponential: {mean: 30}}}",
    "service.arrivals.people.per_day=1.4",
)  # fmt: skip
COMPARED = (
    "study={question: why, policies: [as_it_is, second_ward, second_ward+line], cases: {a: {}}}"
)


def simcare(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; hold that it ends as expected, and never with a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "simcare.cli", *arguments],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


def own_folder(path: Path) -> Path:
    """Return a folder with policies of one's own in it."""
    (path / "mine" / "policy").mkdir(parents=True)
    for name, text in (("second_ward", SECOND_WARD), ("line", LINE), ("other_line", OTHER_LINE)):
        (path / "mine" / "policy" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the finished comparison ``a``, which no test changes."""
    folder = own_folder(tmp_path_factory.mktemp("runs"))
    simcare(folder, "run", *QUEUE, COMPARED, "output=a", "audit=all")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def has(path: Path, column: str, name: str) -> set[str]:
    """Return the policies that have a name in a column of a table."""
    return {row["policy"] for row in rows(path) if row[column] == name}


def test_policies_that_add_parts_go_together(tmp_path: Path) -> None:
    """Expected: policy=[a,b] plays both, whichever is named first; both engines agree on it."""
    folder = own_folder(tmp_path)
    for number, names in enumerate(("second_ward,line", "line,second_ward")):
        done = simcare(folder, "run", *QUEUE, f"policy=[{names}]", f"output=r{number}")
        assert "identical" in done.stdout
    visits = [pl.read_parquet(folder / f"r{k}" / "visits" / "**" / "*.parquet") for k in (0, 1)]
    assert len(visits[0]) > 500
    both = [{"queue", "second_ward", "call"} == set(v["stage"].unique()) for v in visits]
    assert both == [True, True]
    columns = ["replication", "stream", "number", "stage", "queued", "started", "ended", "fate"]
    one, other = (v.select(pl.col(columns).cast(pl.String)).sort(columns) for v in visits)
    assert one.equals(other)


def test_policies_that_add_the_same_are_refused(tmp_path: Path) -> None:
    """Expected: exit code 2, one line with both names, and nothing written."""
    folder = own_folder(tmp_path)
    done = simcare(folder, "run", *QUEUE, "policy=[line,other_line]", code=2)
    assert done.stderr == (
        "simcare: 1 problem, nothing was run:\n  service.capacities.line: both the policy line and "
        "the policy other_line add it; leave one of them out\n"
    )
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_the_tables_hold_what_each_policy_has(runs: Path) -> None:
    """Expected: of added parts, rows of the policies that add them, and of no other."""
    with_ward, with_line = {"second_ward", BOTH}, {BOTH}
    assert has(runs / "a" / "waiting.csv", "capacity", "more_places") == with_ward
    assert has(runs / "a" / "waiting.csv", "capacity", "line") == with_line
    assert has(runs / "a" / "summary.csv", "where", "second_ward") == with_ward
    assert has(runs / "a" / "summary.csv", "where", "call") == with_line
    compared = {row["where"] for row in rows(runs / "a" / "comparison.csv")}
    assert compared == {"", "queue", "places"}
    about = json.loads((runs / "a" / "about.json").read_text(encoding="utf-8"))
    assert about["places"] == {
        "as_it_is": {"places": 1},
        "second_ward": {"places": 1, "more_places": 2},
        BOTH: {"places": 1, "more_places": 2, "line": 1},
    }
    assert about["stages"] == {"queue": "places", "second_ward": "more_places", "call": "line"}
    assert about["marks"]["treatment"] == ["queue", "second_ward"]
    source = about["sources"]["service.capacities.more_places (the policy second_ward)"]
    assert source == "assumed: made up"


def test_the_report_shows_each_policys_places(runs: Path) -> None:
    """Expected: a row for each policy and each of its capacities, with its own number."""
    page = html.unescape((runs / "a" / "report.html").read_text(encoding="utf-8"))
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    table = page.partition("Places, how far they are used")[2].partition("</table>")[0]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in table.split("<tr>")[2:]]
    both = "a second ward and a phone line"
    assert [row[:3] for row in cells] == [
        ["places", "today's service", "1 beds"],
        ["places", "a second ward", "1 beds"],
        ["places", both, "1 beds"],
        ["more places", "a second ward", "2 beds"],
        ["more places", both, "2 beds"],
        ["line", both, "1 slots"],
    ]
    assert "There is no such list with today's service and a second ward." in " ".join(page.split())


def test_who_comes_by_an_added_door_is_followed_to_the_added_ward(runs: Path) -> None:
    """Expected: with twice the places more, more people reach treatment, and nobody is refused it.

    The ward stands last in the service, behind the treatment that was there.
    """
    flows = rows(runs / "a" / "flows.csv")
    assert not [row for row in flows if row["target"] == "not offered treatment"]
    began = {r["policy"]: float(r["mean"]) for r in flows if r["target"] == "treatment"}
    assert began["as_it_is"] < min(began["second_ward"], began[BOTH])


def test_somebody_of_an_added_stream_is_traced(runs: Path) -> None:
    """Expected: a caller asks under the policy that adds callers, and not under the base."""
    one = ("--client", "callers:3", "--policy", "as_it_is", "--policy", BOTH)
    done = simcare(runs, "trace", "a", *one)
    assert "Does not ask for help with today's service." in done.stdout
    assert "asked for help: " in done.stdout


def test_an_added_number_is_swept(tmp_path: Path) -> None:
    """Expected: a job for each number of beds in the ward that the policy adds."""
    folder = own_folder(tmp_path)
    beds = "service.capacities.more_places.beds=1,3"
    simcare(folder, "run", "--multirun", *QUEUE, "policy=second_ward", beds, "output=s")
    about = json.loads((folder / "s" / "about.json").read_text(encoding="utf-8"))
    assert [numbers["more_places"] for numbers in about["places"].values()] == [1, 3]
    used = [
        float(row["mean"]) for row in rows(folder / "s" / "summary.csv")
        if (row["outcome"], row["where"]) == ("utilisation", "more_places")
    ]  # fmt: skip
    assert used[0] > used[1]
