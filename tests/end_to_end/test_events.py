"""`simcare events`: visits written by hand become the events of other tools' logs, row for row."""

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from simcare.analysis.event_log import place_numbers
from simcare.analysis.findings import CaseNote, Findings
from simcare.cli import main
from simcare.config.build import job
from simcare.config.files import config_folders
from simcare.kernels.draws import name_id
from simcare.kernels.tables import (
    COMPLETED,
    DROPPED_OUT,
    LEFT,
    MISSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
    Rows,
)
from simcare.store import finished_folder, open_folder
from simcare.store.provenance import sealed
from simcare.store.visit_rows import replications_kept, visits_in
from simcare.study import Block, Played, Scene, Study, about, reading_of
from simcare.study.playing import tell

# A visit: client, stage, day of joining, beginning and ending (-1: it has not), and how it ended.
Visit = tuple[int, str, float, float, float, int]
OPEN = -1.0
# 0 asks, waits three days for one of two places, completes and goes to a place that is none; the
# place is kept for two days. 1 leaves the list. 2 misses an offer, is on the list again, starts and
# drops out. 3 is there at the end of the run, 4 waits then.
LIVES: list[Visit] = [
    (0, "call", 1.0, 1.0, 1.5, COMPLETED),
    (0, "ward", 1.5, 4.5, 12.5, COMPLETED),
    (0, "home", 10.5, 12.5, 20.0, COMPLETED),
    (1, "ward", 2.0, OPEN, 9.0, LEFT),
    (2, "ward", 3.0, 5.0, 6.0, MISSED),
    (2, "ward", 6.0, 8.0, 9.0, DROPPED_OUT),
    (3, "ward", 4.0, 12.5, OPEN, STAYING),
    (4, "ward", 5.0, OPEN, OPEN, WAITING),
]
STAGES = ("call", "ward", "home")
SERVICE = {
    "description": "a ward, and what is before and after it",
    "arrivals": {"people": {"per_day": 1}},
    "ways_in": {"phone": {"stage": "call", "share": 1.0}},
    "capacities": {"beds": {"beds": 2}, "flats": {"slots": 1}},
    "conditions": {},
    "stages": {
        "call": {"stay_days": {"fixed": 1}, "next": {"completed": "ward"}},
        "ward": {"asks_for": "beds", "stay_days": {"fixed": 8}, "next": {"completed": "home"}},
        "home": {"asks_for": "flats", "stay_days": {"fixed": 8}, "next": {"completed": "out"}},
    },
    "milestones": {"treatment": ["ward"]},
}
QUESTION = 'What do <b>"two"</b> beds do & cost?'
XES = "{http://www.xes-standard.org/}"
ATTRIBUTES = ("string", "date", "int", "float", "boolean", "id", "list")
# What of the standard lifecycle of XES may follow what.
FOLLOWS = {
    "": {"schedule", "start"},
    "schedule": {"start", "withdraw"},
    "start": {"complete", "ate_abort"},
    "complete": set[str](),
    "ate_abort": set[str](),
    "withdraw": set[str](),
}
Events = Callable[..., str]


def visits(lives: list[Visit]) -> Rows:
    """Return visits as an engine writes them."""
    found = np.zeros(len(lives), VISIT)
    for k, (client, stage, queued, started, ended, fate) in enumerate(lives):
        found[k]["client"], found[k]["stage"], found[k]["fate"] = client, STAGES.index(stage), fate
        found[k]["episode"] = 1
        for name, day in (("queued", queued), ("started", started), ("ended", ended)):
            found[k][name] = -1 if day == OPEN else round(day * TICKS_PER_DAY)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished run of two replications, the lives above in the second."""
    folder = tmp_path_factory.mktemp("made")
    own = folder / "mine" / "service"
    own.mkdir(parents=True)
    (own / "small.yaml").write_text(json.dumps(SERVICE))
    settings = ["service=small", "population=plain", "horizon_days=60", "warm_up_days=0"]
    asked = job([*settings, "replications=2"], config_folders(folder / "mine"))
    (scene,) = asked.study.scenes
    scenes = (Scene("usual", "today", scene.scenario, 2),)
    cases, policies = {"usual": CaseNote(title="as usual")}, {"today": "today's service"}
    study = Study("made", QUESTION, "", asked.study.plan, scenes, cases, policies)
    path = folder / "run"
    with open_folder(path, asked.resolved, {"config_sha256": "a", "code_sha256": "b"}) as kept:
        both = (visits(LIVES[:1]), visits(LIVES))
        ids = [np.arange(5, dtype=np.uint64) + np.uint64(name_id("people") << 32)] * 2
        reading = reading_of(scene.scenario, study.plan)
        told = [tell(reading, life) for life in both]
        kept.keep(scenes[0], Block(0, 0, range(2)), told, Played(both, tuple(ids)))
        kept.finish(Findings(about(study), ()), 1.0)
    return path


@pytest.fixture
def events(capsys: pytest.CaptureFixture[str]) -> Events:
    """Return a function that asks for events, and returns what is printed or complained of."""

    def run(folder: Path, *arguments: str, code: int = 0) -> str:
        assert main(["events", str(folder), *arguments]) == code
        out, error = capsys.readouterr()
        assert (error if code == 0 else out) == ""
        return error or out

    return run


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_of_bupar_by_hand(made: Path, events: Events) -> None:
    """Expected by hand: times from the first midnight, a stay complete whatever ended it.

    A wait that ends without a stay is withdrawn, an offer that is missed too; who is there or
    waits at the end of the run has no end. A place that is kept is given back later.
    """
    rows = table(events(made, "--format", "bupar", "--replication", "1"))
    told = [
        (
            row["case_id"].removeprefix("people:"), row["activity"], row["activity_instance_id"],
            row["lifecycle"], row["timestamp"].removeprefix("2017-01-"), row["resource"],
            row["fate"],
        )
        for row in rows
    ]  # fmt: skip
    assert told == [
        ("0", "call", "1", "start", "03 00:00:00", "", ""),
        ("0", "call", "1", "complete", "03 12:00:00", "", "completed"),
        ("0", "ward", "2", "schedule", "03 12:00:00", "beds", ""),
        ("0", "ward", "2", "start", "06 12:00:00", "beds", ""),
        ("0", "home", "3", "schedule", "12 12:00:00", "flats", ""),
        ("0", "ward", "2", "complete", "14 12:00:00", "beds", "completed"),
        ("0", "home", "3", "start", "14 12:00:00", "flats", ""),
        ("0", "home", "3", "complete", "22 00:00:00", "flats", "completed"),
        ("1", "ward", "4", "schedule", "04 00:00:00", "beds", ""),
        ("1", "ward", "4", "withdraw", "11 00:00:00", "beds", "left"),
        ("2", "ward", "5", "schedule", "05 00:00:00", "beds", ""),
        ("2", "ward", "5", "withdraw", "07 00:00:00", "beds", "missed"),
        ("2", "ward", "6", "schedule", "08 00:00:00", "beds", ""),
        ("2", "ward", "6", "start", "10 00:00:00", "beds", ""),
        ("2", "ward", "6", "complete", "11 00:00:00", "beds", "dropped_out"),
        ("3", "ward", "7", "schedule", "06 00:00:00", "beds", ""),
        ("3", "ward", "7", "start", "14 12:00:00", "beds", ""),
        ("4", "ward", "8", "schedule", "07 00:00:00", "beds", ""),
    ]
    assert {row["episode"] for row in rows} == {"1"}


def test_the_table_of_vidigi_by_hand(made: Path, events: Events) -> None:
    """Expected by hand: in the order of time, in minutes, each place with the lowest free number.

    2 has the second bed while 0 has the first; 3 has the first as soon as 0 gives it back. Who is
    still there, or waits, does not depart.
    """
    text = events(made, "--format", "vidigi", "--replication", "1")
    days = [float(row["time"]) / (24 * 60) for row in table(text)]
    told = [
        (day, row["entity_id"], row["event_type"], row["event"], row["resource_id"])
        for day, row in zip(days, table(text), strict=True)
    ]
    came, queue = "arrival_departure", "queue"
    use, end = "resource_use", "resource_use_end"
    assert told == [
        (1.0, "0", came, "arrival", ""),
        (1.0, "0", queue, "call_begins", ""),
        (1.5, "0", queue, "ward_wait_begins", ""),
        (2.0, "1", came, "arrival", ""),
        (2.0, "1", queue, "ward_wait_begins", ""),
        (3.0, "2", came, "arrival", ""),
        (3.0, "2", queue, "ward_wait_begins", ""),
        (4.0, "3", came, "arrival", ""),
        (4.0, "3", queue, "ward_wait_begins", ""),
        (4.5, "0", use, "ward_begins", "1"),
        (5.0, "4", came, "arrival", ""),
        (5.0, "4", queue, "ward_wait_begins", ""),
        (6.0, "2", queue, "ward_wait_begins", ""),
        (8.0, "2", use, "ward_begins", "2"),
        (9.0, "1", came, "depart", ""),
        (9.0, "2", end, "ward_ends", "2"),
        (9.0, "2", came, "depart", ""),
        (10.5, "0", queue, "home_wait_begins", ""),
        (12.5, "0", end, "ward_ends", "1"),
        (12.5, "0", use, "home_begins", "1"),
        (12.5, "3", use, "ward_begins", "1"),
        (20.0, "0", end, "home_ends", "1"),
        (20.0, "0", came, "depart", ""),
    ]
    assert {(row["pathway"], row["run_number"]) for row in table(text)} == {("people", "1")}
    assert {row["client"] for row in table(text)} == {f"people:{k}" for k in range(5)}


def attributes(element: ElementTree.Element) -> dict[str, str]:
    """Return the attributes in XES of a log, a trace or an event."""
    return {
        child.attrib["key"]: child.attrib["value"]
        for child in element
        if child.tag.removeprefix(XES) in ATTRIBUTES
    }


def in_order(element: ElementTree.Element, *kinds: tuple[str, ...]) -> bool:
    """Return whether the children of an element are of some kinds, these one after the other."""
    at = [k for child in element for k, of in enumerate(kinds) if child.tag.removeprefix(XES) in of]
    return len(at) == len(element) and at == sorted(at)


def faults_of_schema(log: ElementTree.Element) -> Iterator[str]:
    """Yield where a log breaks the schema of XES (IEEE 1849), as far as this log uses it."""
    if log.tag != f"{XES}log" or not re.fullmatch(r"[0-9.]+", log.attrib["xes.version"]):
        yield "no log, or its version is no decimal"
    if not in_order(log, ("extension",), ("global",), ("classifier",), ATTRIBUTES, ("trace",)):
        yield "the parts of the log are in another order"
    prefixes = {one.attrib["prefix"] for one in log.iter(f"{XES}extension")}
    scopes = [one.attrib["scope"] for one in log.iter(f"{XES}global")]
    if sorted(scopes) != ["event", "trace"]:
        yield "what is said of all traces and events is not said once"
    for one in log.iter(f"{XES}classifier"):
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", one.attrib["name"]):
            yield f"{one.attrib['name']}: a classifier's name is one word"
    everywhere = {
        one.attrib["scope"]: {child.attrib["key"] for child in one}
        for one in log.iter(f"{XES}global")
    }
    for trace in log.iter(f"{XES}trace"):
        if not in_order(trace, ATTRIBUTES, ("event",)):
            yield "the parts of a trace are in another order"
        if not everywhere["trace"] <= attributes(trace).keys():
            yield "a trace lacks what all have"
        for event in trace.iter(f"{XES}event"):
            if not in_order(event, ATTRIBUTES):
                yield "an event holds something else than attributes"
            if not everywhere["event"] <= attributes(event).keys():
                yield "an event lacks what all have"
    for kind in ATTRIBUTES:
        for one in log.iter(f"{XES}{kind}"):
            key = one.attrib["key"]
            if not re.fullmatch(r"[A-Za-z_][\w:.-]*", key):
                yield f"{key}: a key is an XML name"
            if ":" in key and key.partition(":")[0] not in prefixes:
                yield f"{key}: of no extension that is declared"
            if kind == "date" and datetime.fromisoformat(one.attrib["value"]).tzinfo is None:
                yield f"{one.attrib['value']}: a date without its zone"
            if kind == "int":
                int(one.attrib["value"])


def faults_of_lifecycle(trace: ElementTree.Element) -> Iterator[str]:
    """Yield where the events of a trace go back in time, or follow in no way of the lifecycle."""
    before: dict[str, str] = {}
    now = ""
    for event in map(attributes, trace.iter(f"{XES}event")):
        if event["time:timestamp"] < now:
            yield "an event before the one before it"
        now, visit = event["time:timestamp"], event["concept:instance"]
        if event["lifecycle:transition"] not in FOLLOWS[before.get(visit, "")]:
            yield f"{event['lifecycle:transition']} after {before.get(visit)}"
        before[visit] = event["lifecycle:transition"]


def test_the_log_in_xes_keeps_to_schema_and_lifecycle(made: Path, events: Events) -> None:
    """Expected: the rules of the schema, none broken; traces and events as in bupaR's table.

    What ends a stay besides its completion aborts it here. Signs of XML in a question are escaped.
    """
    log = ElementTree.fromstring(events(made, "--format", "xes", "--replication", "1"))
    assert [*faults_of_schema(log)] == []
    traces = list(log.iter(f"{XES}trace"))
    assert [fault for trace in traces for fault in faults_of_lifecycle(trace)] == []
    assert [attributes(trace)["concept:name"] for trace in traces] == [
        f"people:{k}" for k in range(5)
    ]
    assert attributes(log)["concept:name"] == QUESTION
    assert attributes(log)["policy"] == "today"
    rows = table(events(made, "--format", "bupar", "--replication", "1"))
    told = [attributes(event) for event in log.iter(f"{XES}event")]
    for row, event in zip(rows, told, strict=True):
        aborted = row["fate"] == "dropped_out"
        assert event["concept:name"] == row["activity"]
        assert event["lifecycle:transition"] == ("ate_abort" if aborted else row["lifecycle"])
        assert event["time:timestamp"] == row["timestamp"].replace(" ", "T") + ".000+00:00"
        assert event.get("org:resource", "") == row["resource"]
        assert event.get("fate", "") == row["fate"]


@pytest.mark.parametrize(
    ("find", "put", "fault"),
    [
        ('key="episode"', 'key="an episode"', "a key is an XML name"),
        ('name="ActivityAndTransition"', 'name="activity and transition"', "one word"),
        ("</log>", '<classifier name="x" keys="y"/></log>', "another order"),
        (".000+00:00", ".000", "a date without its zone"),
        ('value="withdraw"', 'value="complete"', "complete after schedule"),
        ('value="2017-01-11T00', 'value="2017-01-01T00', "before the one before it"),
        ('prefix="org"', 'prefix="group"', "of no extension"),
    ],
)
def test_a_fault_in_xes_would_be_found(
    made: Path, events: Events, find: str, put: str, fault: str
) -> None:
    """Hold that each rule that is checked here can be broken."""
    text = events(made, "--format", "xes", "--replication", "1")
    assert find in text
    log = ElementTree.fromstring(text.replace(find, put))
    traces = log.iter(f"{XES}trace")
    found = [*faults_of_schema(log), *(f for one in traces for f in faults_of_lifecycle(one))]
    assert any(fault in each for each in found)


def test_pieces_of_any_size_make_the_same_log(made: Path) -> None:
    """Hold that visits are read whole, client by client, in pieces smaller than a client."""
    folder = finished_folder(made)
    part = replications_kept(folder, "usual", "today")[1]
    kept = visits_in(folder, part, 1)
    whole = kept.whole()
    assert len(whole) == len(LIVES)
    for at_once in (1, 2, 3, 100):
        pieces = [*kept.pieces(at_once)]
        assert [client for p in pieces for client in p.clients] == [one[0] for one in LIVES]
        assert [p.first for p in pieces] == [
            sum(len(p) for p in pieces[:k]) for k in range(len(pieces))
        ]
        clients = [set(p.clients.tolist()) for p in pieces]
        assert all(not a & b for a, b in pairwise(clients))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of the region for a year, without an audit."""
    path = tmp_path_factory.mktemp("region") / "r"
    more = ["replications=2", "horizon_days=400", "warm_up_days=30", "audit=none"]
    assert main(["run", "policy=seamless_transfer", *more, f"output={path}"]) == 0
    return path


def test_a_run_of_the_region_in_every_format(region: Path, tmp_path: Path, events: Events) -> None:
    """Hold that the logs of a shipped service keep to their rules, and lose no visit.

    Expected: what the records say; no place is had by two at once, and never more places than are
    ever in use together.
    """
    for name in ("bupar", "vidigi", "xes"):
        said = events(region, "--format", name, "--output", str(tmp_path / name))
        assert said == f"Events: {tmp_path / name}\n"
    records = pl.concat(pl.read_parquet(p) for p in (region / "visits").rglob("*.parquet"))
    records = records.filter(pl.col("replication") == 0)
    log = ElementTree.parse(tmp_path / "xes").getroot()
    assert [*faults_of_schema(log)] == []
    traces = list(log.iter(f"{XES}trace"))
    assert [fault for trace in traces for fault in faults_of_lifecycle(trace)] == []
    assert len(traces) == records["client"].n_unique()
    served = records.filter(pl.col("started").is_not_null() & (pl.col("fate") != "missed"))
    rows = table((tmp_path / "bupar").read_text())
    counted = Counter(row["lifecycle"] for row in rows)
    assert counted["start"] == len(served)
    assert counted["complete"] == served["ended"].is_not_null().sum()
    assert {row["activity_instance_id"] for row in rows} == {
        str(k + 1) for k in range(len(records))
    }
    moves = table((tmp_path / "vidigi").read_text())
    times = [float(row["time"]) for row in moves]
    assert times == sorted(times)
    comes = [row["entity_id"] for row in moves if row["event"] == "arrival"]
    assert sorted(map(int, comes)) == sorted(records["client"].unique().to_list())
    folder = finished_folder(region)
    ((_, part),) = [one for one in replications_kept(folder, *_first(region)).items() if not one[0]]
    whole = visits_in(folder, part, 0).whole()
    pools = [0 if stage == "residential" else None for stage in _stages(region)]
    places = place_numbers(whole, pools)
    here = np.flatnonzero(places > 0)
    ends = np.where(whole.ended[here] < 0, np.iinfo(np.int64).max, whole.ended[here])
    stays = sorted(zip(places[here], whole.started[here], ends, strict=True))
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(stays))
    starts = whole.started[here]
    busy = [int(((starts <= t) & (ends > t)).sum()) for t in np.unique(starts)]
    assert places.max() == max(busy) > 10


def _first(path: Path) -> tuple[str, str]:
    found = finished_folder(path).about()
    return next(iter(found.cases)), next(iter(found.policies))


def _stages(path: Path) -> tuple[str, ...]:
    folder = finished_folder(path)
    part = replications_kept(folder, *_first(path))[0]
    return visits_in(folder, part, 0).stages


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (("--format", "xess"), ["--format = xess: no format that is written; allowed: vidigi,"]),
        (
            ("--format", "xes", "--policy", "todai", "--case", "usuall", "--replication", "-1"),
            [
                "--case = usuall: no case of this run; allowed: usual; did you mean usual?",
                "--policy = todai: no policy of this run; allowed: today; did you mean today?",
                "--replication = -1: a whole number from 0 on is required",
            ],
        ),
        (
            ("--format", "xes", "--replication", "2"),
            ["--replication = 2: not in the records of usual, today: there are 0 to 1"],
        ),
        (("--format", "xes", "--output", "."), ["--output = .: it is a folder; a file is"]),
    ],
)
def test_what_is_wrong_is_said_at_once(
    made: Path, events: Events, arguments: tuple[str, ...], problems: list[str]
) -> None:
    """Expected: each problem in a line that names what was given and what is allowed; code 2."""
    arguments = tuple(f"{a}={b}" for a, b in zip(arguments[::2], arguments[1::2], strict=True))
    header, *rows = events(made, *arguments, code=2).splitlines()
    assert header.endswith("nothing was written:")
    for row, problem in zip(rows, problems, strict=True):
        assert row.startswith(f"  {problem}")


def test_records_that_are_not_there(made: Path, tmp_path: Path, events: Events) -> None:
    """Hold that visits taken away, changed, or of a run that is not finished are told as such."""
    shutil.copytree(made, tmp_path / "r")
    (part,) = (tmp_path / "r" / "visits").rglob("*.parquet")
    origin = json.loads((tmp_path / "r" / "provenance.json").read_text())

    def told(**changed: object) -> str:
        (tmp_path / "r" / "provenance.json").write_bytes(sealed({**origin, **changed}))
        return events(tmp_path / "r", "--format", "xes", code=2)

    other = {name: "0" for name in origin["sha256"] if name.startswith("visits/")}
    assert "changed since the run wrote it" in told(sha256={**origin["sha256"], **other})
    part.write_bytes(part.read_bytes()[:-9])
    assert "a part of the records is damaged" in told()
    part.unlink()
    assert "no records of visits are kept there; the run's command with keep=visits" in told()
    assert "not finished" in told(finished=None)
    assert "not a folder" in events(tmp_path / "none", "--format", "xes", code=2)
