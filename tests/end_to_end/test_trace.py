"""`simcare trace` on records written by hand: what is printed, and what is refused."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simcare.analysis.findings import CaseNote, Findings
from simcare.cli import main
from simcare.config.build import job
from simcare.kernels.draws import name_id
from simcare.kernels.tables import COMPLETED, LEFT, TICKS_PER_DAY, VISIT, WAITING, Rows
from simcare.store import open_folder, write_whole
from simcare.study import Block, Played, Scene, Study, about, reading_of
from simcare.study.playing import tell

# A day each of joining, beginning, ending (-1: it has not), in the stage that one_queue has.
Days = tuple[int, int, int, int]
OPEN = -1
TODAY: dict[int, list[Days]] = {
    0: [(3, 3, 10, COMPLETED), (40, 61, 70, COMPLETED), (45, OPEN, 80, LEFT)],
    6: [(5, OPEN, OPEN, WAITING)],
}
MORE: dict[int, list[Days]] = {
    0: [(3, 3, 10, COMPLETED), (40, 50, 59, COMPLETED), (45, 52, 60, COMPLETED)],
    6: [(5, 9, 12, COMPLETED)],
}
ORIGIN = {"config_sha256": "a", "code_sha256": "b"}
PLAN = ("service=one_queue", "population=plain", "horizon_days=500", "warm_up_days=30")

Told = Callable[..., str]


def visits(lives: list[Days]) -> Rows:
    """Return the visits of some clients, one of each."""
    found = np.zeros(len(lives), VISIT)
    for k, (queued, started, ended, fate) in enumerate(lives):
        found[k]["client"], found[k]["episode"], found[k]["fate"] = k, 1, fate
        for name, day in (("queued", queued), ("started", started), ("ended", ended)):
            found[k][name] = day if day == OPEN else day * TICKS_PER_DAY
            found[k][f"motivation_{name}"] = found[k][f"severity_{name}"] = 0.5
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished run of two policies, its records as above."""
    asked = job([*PLAN, "replications=7"])
    (scene,) = asked.study.scenes
    policies = {"today": "today's service", "more_places": "more places"}
    scenes = tuple(Scene("usual", policy, scene.scenario, 7) for policy in policies)
    cases = {"usual": CaseNote(title="as many ask as usual")}
    study = Study("made", "", "", asked.study.plan, scenes, cases, policies)
    path = tmp_path_factory.mktemp("made") / "run"
    with open_folder(path, asked.resolved, ORIGIN) as folder:
        for one, records in zip(scenes, (TODAY, MORE), strict=True):
            for number, replications in enumerate((range(5), range(5, 7))):
                lives = [records.get(r, records[0][:1]) for r in replications]
                ids = tuple(
                    np.arange(len(life), dtype=np.uint64) + np.uint64(name_id("people") << 32)
                    for life in lives
                )
                played = Played(tuple(map(visits, lives)), ids)
                reading = reading_of(one.scenario, study.plan)
                told = [tell(reading, life) for life in played.visits]
                folder.keep(one, Block(0, number, replications), told, played)
        folder.finish(Findings(about(study), ()), 1.0)
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Return a function that traces, and returns what is printed, or complained of with a code."""

    def run(folder: Path, *arguments: str, code: int = 0) -> str:
        assert main(["trace", str(folder), *arguments]) == code
        out, error = capsys.readouterr()
        assert (error if code == 0 else out) == ""
        return "\n".join(row.rstrip() for row in (error or out).splitlines())

    return run


def test_two_policies_are_told_side_by_side(made: Path, told: Told) -> None:
    """Expected: by hand from the records above: served on day 61, or on day 50."""
    lines = told(made, "--client", "1").splitlines()
    cells = [re.split(r"  +", line.strip()) for line in lines]
    assert lines[0] == "Client people:1, repetition 0. Case: as many ask as usual"
    assert cells[2] == ["Milestone", "today's service", "more places", "difference"]
    assert cells[4:8] == [
        ["asks for help", "11 February 2017", "11 February 2017", "the same day"],
        ["treatment begins", "4 March 2017", "21 February 2017", "11 days sooner"],
        [""],
        [""],
    ]
    lines, cells = [lines[0], "", *lines[8:]], [cells[0], [""], *cells[8:]]
    assert cells[2] == ["Day", "today's service", "more places"]
    assert " ".join(cells[4]).startswith("11 February 2017 asked for help: queue")
    assert cells[4][-1] == "the same"
    assert " ".join(lines[4:6]).count("severity") == 1
    assert cells[6:14] == [
        ["joined the list for queue"],
        [">", "21 February 2017", "began queue after 10 days on the list"],
        ["2 March 2017", "completed queue after 9 days"],
        ["no further contact"],
        ["4 March 2017", "began queue after 21 days on the list"],
        ["13 March 2017", "completed queue after 9 days"],
        ["no further contact"],
        [""],
    ]
    assert lines[7].index("began") == lines[2].index("more places")
    assert lines[10].index("began") == lines[2].index("today's service")
    assert " ".join(lines[14:]) == (
        "The first difference is on 21 February 2017, marked >. "
        "Today's service: treatment 21 days after asking; in the end: completed queue after "
        "9 days, then no further contact (13 March 2017). "
        "More places: treatment 10 days after asking; in the end: completed queue after "
        "9 days, then no further contact (2 March 2017). "
        "Simulated with invented people, not observed."
    )


def test_without_a_client_one_is_chosen_and_the_rule_is_said(made: Path, told: Told) -> None:
    """Expected: by hand: after day 30 two ask, of whom one is served under both policies."""
    text = told(made)
    assert text.startswith("Client people:1, repetition 0.")
    squeezed = " ".join(text.split())
    assert "the middle one of 1 who start treatment sooner with more places than with" in squeezed
    assert "by 3 days or more" in squeezed
    one = told(made, "--policy", "more_places")
    assert one.startswith("Client people:2, repetition 0.")
    assert "this is the middle one of 2 who start treatment, ranked by their wait" in one
    assert "difference" not in one
    # The people of the config are not those of the records by hand: nothing is said of them.
    assert "At the first asking" not in one


def test_a_policy_is_set_beside_another(made: Path, told: Told) -> None:
    """Expected: by hand; the other stands in the left column, and is the first if none is named."""
    text = told(made, "--client", "1", "--policy", "today", "--against", "more_places")
    assert told(made, "--client", "1", "--against", "more_places") == text
    rows = [re.split(r"  +", line.strip()) for line in text.splitlines()]
    assert ["Milestone", "more places", "today's service", "difference"] in rows
    assert ["treatment begins", "21 February 2017", "4 March 2017", "11 days later"] in rows
    assert ["discharged", "2 March 2017", "13 March 2017", "11 days later"] not in rows


@pytest.mark.parametrize("width", [60, 78])
def test_a_narrow_terminal_tells_one_below_the_other(
    made: Path, monkeypatch: pytest.MonkeyPatch, told: Told, width: int
) -> None:
    """Hold that no line is longer than the terminal is wide, and nothing that happened is lost."""
    monkeypatch.setattr("simcare.cli.UNKNOWN_WIDTH", width)
    text = told(made, "--client", "1")
    assert max(map(len, text.splitlines())) <= width
    squeezed = " ".join(text.split())
    assert squeezed.count("joined the list for queue") == 2
    assert squeezed.count("What happened") == 2


def test_two_lives_are_drawn_where_that_is_wanted(made: Path, tmp_path: Path, told: Told) -> None:
    """Hold that the chart is written whole, as SVG or PNG, and nothing without being asked for."""
    before = {p for p in made.rglob("*") if p.is_file()}
    told(made, "--client", "1")
    assert {p for p in made.rglob("*") if p.is_file()} == before
    target = tmp_path / "new" / "lives.svg"
    text = told(made, "--client", "1", "--chart-file", str(target))
    assert text.endswith(f"Chart: {target}")
    svg = target.read_text(encoding="utf-8")
    assert "<title>Treatment begins 11 days sooner with more places</title>" in svg
    told(made, "--client", "1", "--chart-file", str(tmp_path / "lives.png"))
    assert (tmp_path / "lives.png").read_bytes().startswith(b"\x89PNG")
    chart = made / "charts" / "two-lives-usual-0-people-1.svg"
    try:
        assert told(made, "--client", "1", "--chart").endswith(f"Chart: {chart}")
        assert chart.read_text(encoding="utf-8") == svg
        assert {p for p in made.rglob("*") if p.is_file()} == {*before, chart}
    finally:
        chart.unlink()


def test_a_chart_that_cannot_be_is_refused(made: Path, tmp_path: Path, told: Told) -> None:
    """Hold that a name of another kind, a folder and a place below a file are told, with code 2."""
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name, why in (
        ("lives.jpg", "a name that ends in .svg or .png"),
        ("lives", "a name that ends in .svg or .png"),
        ("folder.svg", "it is a folder; a file is required"),
    ):
        said = told(made, "--client", "1", "--chart-file", str(tmp_path / name), code=2)
        assert "  --chart-file = " in said
        assert said.endswith(f": {why}")
    below = tmp_path / "file" / "lives.svg"
    assert main(["trace", str(made), "--client", "1", "--chart-file", str(below)]) == 2
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p.stat().st_size]


def test_any_replication_of_a_part_is_found(made: Path, told: Told) -> None:
    """Expected: by hand: the seventh, in the second part; the policies in the order asked for."""
    order = ("--policy", "more_places", "--policy", "today")
    text = told(made, "--replication", "6", "--client", "people:0", "--case", "usual", *order)
    assert "still on the list for queue at the end of the run, after 495 days" in " ".join(
        text.split()
    )
    assert text.index("more places") < text.index("today's service")


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (
            ("--case", "usul", "--policy", "todey", "--replication", "-1", "--client", "x y"),
            (
                "--case = usul: no case of this run; allowed: usual; did you mean usual?",
                "--policy = todey: no policy of this run; allowed: today, more_places; "
                "did you mean today?",
                "--replication = -1: a whole number from 0 on is required",
                "--client = x y: a number, or an arrival stream and a number in it such as "
                "people:17, is required",
            ),
        ),
        (
            ("--replication", "7", "--client", "0"),
            (
                "--replication = 7: not in the records of usual, today and more_places: "
                "there are 0 to 6",
            ),
        ),
        (
            ("--policy", "today", "--against", "today"),
            (
                "--policy = today: given twice: two lives are told of two policies; "
                "allowed: today, more_places",
            ),
        ),
        (
            ("--policy", "today", "--policy", "today"),
            (
                "--policy = today: given twice: two lives are told of two policies; "
                "allowed: today, more_places",
            ),
        ),
        (
            ("--against", "mor_places", "--client", "1:2"),
            (
                "--against = mor_places: no policy of this run; allowed: today, more_places; "
                "did you mean more_places?",
                "--client = 1:2: a number, or an arrival stream and a number in it such as "
                "people:17, is required",
            ),
        ),
        (("--client", "3"), ("--client = 3: in replication 0 there are people:0 to 2",)),
        (
            ("--client", "peple:1"),
            (
                "--client = peple:1: no such stream in replication 0; allowed: people; "
                "did you mean people?",
            ),
        ),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    made: Path, told: Told, arguments: tuple[str, ...], problems: tuple[str, ...]
) -> None:
    """Hold that every problem is named with what is allowed, and the exit code is 2."""
    plural = "s" if len(problems) > 1 else ""
    first = f"simcare: {len(problems)} problem{plural}, nothing was traced:"
    assert told(made, *arguments, code=2).splitlines() == [first, *(f"  {p}" for p in problems)]


def test_a_folder_that_cannot_be_traced_is_refused(made: Path, tmp_path: Path, told: Told) -> None:
    """Hold that no folder, another one, an unfinished run and a sweep each get their sentence."""
    assert told(tmp_path / "no", code=2) == f"simcare: {tmp_path / 'no'}: not a folder"
    assert "not a results folder" in told(tmp_path, code=2)
    with open_folder(tmp_path / "new", {"seed": 1}, ORIGIN):
        pass
    assert "this run is not finished" in told(tmp_path / "new", code=2)
    for job_folder in ("10-beds=3", "2-beds=2"):
        (tmp_path / "sweep" / "jobs" / job_folder).mkdir(parents=True)
    jobs = tmp_path / "sweep" / "jobs"
    assert told(tmp_path / "sweep", code=2).endswith(
        f"give one of them: {jobs / '2-beds=2'}, {jobs / '10-beds=3'}"
    )


def test_records_that_are_gone_or_changed_are_refused(
    made: Path, tmp_path: Path, told: Told
) -> None:
    """Hold that nothing is told from records that are not those of the run."""
    parts = sorted((made / "visits" / "usual" / "today").iterdir())
    before = [part.read_bytes() for part in parts]
    try:
        write_whole(parts[0], before[1])
        assert "there are 5 to 6" in told(made, "--client", "0", code=2)
        assert "changed since the run wrote it" in told(made, "--replication", "5", code=2)
        write_whole(parts[0], b"not a table")
        assert "a part of the records is damaged" in told(made, "--client", "0", code=2)
        for part in parts:
            part.unlink()
        assert "no records of visits are kept there" in told(made, "--client", "0", code=2)
    finally:
        for part, data in zip(parts, before, strict=True):
            write_whole(part, data)
