"""The program as a person runs it: commands in processes of their own, and the files they leave."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml

from simcare import cli
from simcare.config.files import catalogue
from simcare.kernels.compile import Kept
from simcare.report.answer import HARMS, HELPS, MIXED, MOVES, SMALL, UNSEEN
from simcare.report.words import catalogue as words
from simcare.store import TABLES, Folder

QUEUE = (
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=300",
    "warm_up_days=10",
)
ACCESS = ("experiment=access", "replications=4", "horizon_days=200", "warm_up_days=20")
# What a run of one_queue has to show: it has a bed and a list, and nobody is ever discharged.
CHARTS = (
    "leaving-the-list",
    "of-100-people",
    "people-waiting-places",
    "range-by-repetitions",
    "treatment-starts",
    "waits",
    "warm-up",
    "where-people-go",
)
MADE_AGAIN = (
    "report.html",
    *(f"charts/{name}.{kind}" for name in CHARTS for kind in ("png", "svg")),
)
# On a computer that has not run this version before, the engine is compiled first.
COMPILING = r"(?:Compiling for this machine, once: about 40 seconds …\n)?"
# What is asked of the places there are is said before what is needed.
LOAD = r"If nobody had to wait: places (?s:.)+?"
NEED = re.compile(
    COMPILING + LOAD + r"\nTo play: [\d,]+ repetitions, of about [\d,]+ people at most\. "
    r"About .+, .+ of memory, .+ of records\.\n"
)
# The sentences of the report, with anything where a name or a number goes.
ANSWERS = [
    re.sub(r"\\{\w+\\}", ".+?", re.escape(words()[sentence]))
    for sentence in (HELPS, MOVES, HARMS, MIXED, SMALL, UNSEEN)
]
LARGE = {"numba", "numpy", "matplotlib", "hydra", "omegaconf", "polars", "scipy", "pydantic"}
SCRIPT = Path(sys.executable).with_name("simcare.exe" if os.name == "nt" else "simcare")
COMMAND = [str(SCRIPT)] if SCRIPT.is_file() else [sys.executable, "-m", "simcare.cli"]

Done = subprocess.CompletedProcess[str]
Simcare = Callable[..., Done]


@pytest.fixture
def simcare(tmp_path: Path) -> Simcare:
    """Return a function that runs a command in a folder of its own."""

    def run(*arguments: str, code: int = 0) -> Done:
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def tables(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a run's tables."""
    return {name: (folder / name).read_bytes() for name in TABLES}


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def squeezed(line: str) -> str:
    """Return a line with one space wherever there are some."""
    return " ".join(line.split())


def files(folder: Path) -> list[str]:
    """Return the names of all files in a folder, and below it."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_run_leaves_config_tables_records_and_where_they_are_from(
    simcare: Simcare, tmp_path: Path
) -> None:
    """Hold that all files of a run are there and say what they should."""
    done = simcare("run", *QUEUE)
    (folder,) = (tmp_path / "results").glob("[!.]*")
    where = folder.relative_to(tmp_path)
    assert done.stdout.endswith(f"Report:  {where / 'report.html'}\nResults: {where}\n")
    assert NEED.fullmatch(done.stderr)
    assert "To play: 12 repetitions, of about 270 people at most." in done.stderr
    kinds = ("replications", "visits")
    names = [f"as_configured/as_it_is/part-0000{k}.parquet" for k in range(3)]
    parts = [f"{kind}/{name}" for kind in kinds for name in names]
    kept = ["config.yaml", "provenance.json", "work.json", *TABLES, *parts]
    assert files(folder) == sorted([*kept, *MADE_AGAIN])

    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["seed"] == 1
    assert config["horizon_days"] == 300
    assert config["service"]["capacities"] == {"places": {"beds": 1}}
    assert config["policies"] == {"as_it_is": {"title": "today's service"}}

    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert origin["config_sha256"].startswith(folder.name.rpartition("-")[2])
    assert origin["seed"] == 1
    assert origin["finished"]
    assert sorted(origin["sha256"]) == sorted(["config.yaml", *TABLES, *parts])
    assert {"code_sha256", "commit", "python", "versions", "platform", "engine"} <= set(origin)

    summary = rows(folder / "summary.csv")
    (wait,) = (
        row
        for row in summary
        if (row["where"], row["outcome"], row["over"]) == ("queue", "mean wait", "those served")
    )
    assert float(wait["lower_95"]) < float(wait["mean"]) < float(wait["upper_95"])
    assert wait["replications"] == "12"
    assert rows(folder / "comparison.csv") == []
    assert {row["capacity"] for row in rows(folder / "waiting.csv")} == {"places"}

    assert origin["engine"] == config["engine"] == "compiled"
    visits = pl.concat(pl.read_parquet(folder / "visits" / name) for name in names)
    assert sorted(visits["replication"].unique()) == list(range(12))
    assert set(visits["fate"]) <= {"completed", "waiting", "staying"}


def test_equal_config_and_seed_give_equal_bytes(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that tables depend on config and seed alone: not on workers, engine, time or place."""
    for name, more in (
        ("a", ["workers=1"]),
        ("b", ["workers=16"]),
        ("c", ["engine=reference", "workers=2"]),
        ("d", ["seed=2", "keep=outcomes"]),
    ):
        simcare("run", *QUEUE, *more, f"output={name}/r")
    a, b, c, d = (tables(tmp_path / name / "r") for name in "abcd")
    assert a == b == c
    assert a["summary.csv"] != d["summary.csv"]
    assert not (tmp_path / "d" / "r" / "visits").exists()
    parts = [sorted((tmp_path / name).rglob("*.parquet")) for name in "abc"]
    for one, *others in zip(*parts, strict=True):
        assert all(one.read_bytes() == other.read_bytes() for other in others)


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (Kept.YES, ""),
        (Kept.NOT_YET, "Compiling for this machine, once: about 40 seconds …\n"),
        (Kept.NOWHERE, "Compiling: about 40 seconds, at each run,"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--multirun", "seed=1,2"]])
def test_it_is_said_once_and_first_that_the_engine_compiles(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kept: Kept,
    says: str,
    more: list[str],
) -> None:
    """Hold that a run, and a sweep, of an engine that is not compiled yet say so before all else.

    Whether it is kept is given here, and the report is left out. A run that plays nothing compiles
    nothing, and does not say it.
    """
    monkeypatch.chdir(tmp_path)
    for module in ("running", "sweeping"):
        monkeypatch.setattr(f"simcare.app.{module}.report_on", Folder.findings)
    monkeypatch.setattr("simcare.app.running.machine_code", lambda _: kept)
    short = [*QUEUE[:2], "replications=1", "horizon_days=20", "warm_up_days=1", *more]
    assert cli.main(["run", *short]) == 0
    said = capsys.readouterr().err
    assert said.startswith(says or "If nobody had to wait:")
    assert said.count("If nobody had to wait:") == 1
    assert said.count("Compiling") == (1 if says else 0)
    assert said.count("To play:") == 1
    assert cli.main(["run", *short]) == 0
    assert capsys.readouterr().err == ""


def test_tables_name_no_engine_date_or_duration(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that what differs from run to run stands in the provenance only."""
    simcare("run", *QUEUE, "output=a")
    origin = json.loads((tmp_path / "a" / "provenance.json").read_text(encoding="utf-8"))
    found = tables(tmp_path / "a")
    found["outcomes.parquet"] = pl.read_parquet(found["outcomes.parquet"]).write_csv().encode()
    text = b"".join(found.values()).decode()
    for key in ("engine", "started", "finished", "commit", "config_sha256", "simcare"):
        assert str(origin[key]) not in text
    assert origin["finished"][:10] not in text


def test_a_run_again_reads_what_is_stored(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that the same command prints the same, says that it read, and changes no file."""
    first = simcare("run", *QUEUE, "output=a")
    before = {name: (tmp_path / "a" / name).read_bytes() for name in files(tmp_path / "a")}
    again = simcare("run", *QUEUE, "output=a")
    note = "This was run before: the stored records were read, nothing was simulated again.\n"
    assert note not in first.stdout
    assert NEED.fullmatch(first.stderr)
    assert again.stderr == ""
    assert again.stdout.replace(note, "") == first.stdout
    assert {name: (tmp_path / "a" / name).read_bytes() for name in files(tmp_path / "a")} == before


def test_a_folder_of_another_config_is_refused(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that another seed does not go into the same folder, nor anything into a foreign one."""
    simcare("run", *QUEUE, "output=a")
    before = tables(tmp_path / "a")
    refused = simcare("run", *QUEUE, "seed=2", "output=a", code=2)
    assert "it holds the results of another config; nothing was changed" in refused.stderr
    assert tables(tmp_path / "a") == before
    assert (
        "it holds files that are not results" in simcare("run", *QUEUE, "output=.", code=2).stderr
    )


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as people's terminals send it")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_loses_nothing(simcare: Simcare, tmp_path: Path, workers: int) -> None:
    """Hold that a run that is stopped goes on from there, to the same bytes."""
    arguments = [*QUEUE[:2], "replications=300", "horizon_days=800", "warm_up_days=10"]
    simcare("run", *arguments, "output=apart/whole")
    stopped = subprocess.Popen(
        [*COMMAND, "run", *arguments, f"workers={workers}", "output=stopped"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    told = tmp_path / "stopped" / "replications"
    until = time.monotonic() + 120
    while not list(told.rglob("part-*.parquet")) and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(stopped.pid, signal.SIGINT)
    _, said = stopped.communicate(timeout=120)
    assert stopped.returncode == 130
    need = NEED.match(said)
    assert need
    stopped_line = "Stopped. Finished replications are kept: the same command goes on from there.\n"
    assert said[need.end() :] == stopped_line
    left = files(tmp_path / "stopped")
    kept = [name for name in left if name.startswith("replications/")]
    records = [name for name in left if name.startswith("visits/")]
    assert {"config.yaml", "provenance.json", "work.json", *kept, *records} == set(left)
    assert 0 < len(kept) <= len(records)
    assert len(kept) < 60
    before = {name: (tmp_path / "stopped" / name).stat().st_mtime_ns for name in kept}
    simcare("run", *arguments, "output=stopped")
    assert {n: (tmp_path / "stopped" / n).stat().st_mtime_ns for n in kept} == before
    assert tables(tmp_path / "stopped") == tables(tmp_path / "apart" / "whole")


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with a POSIX signal")
def test_a_killed_run_is_gone_on_with(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that even a run that could not tidy up leaves a folder that can be gone on with."""
    killed = subprocess.Popen(
        [*COMMAND, "run", *QUEUE, "workers=1", "output=killed"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while not list(tmp_path.rglob("part-*.parquet")) and time.monotonic() < until:
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    simcare("run", *QUEUE, "output=killed")
    simcare("run", *QUEUE, "output=apart/whole")
    assert tables(tmp_path / "killed") == tables(tmp_path / "apart" / "whole")
    assert files(tmp_path / "killed") == files(tmp_path / "apart" / "whole")


def test_an_experiment_compares_policies_in_every_case(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that a small run of the experiment has all cases, the same for one worker or two."""
    done = simcare("run", *ACCESS, "output=a", "workers=2")
    assert "GP referral" in done.stdout
    assert "direct access" in done.stdout
    comparison = rows(tmp_path / "a" / "comparison.csv")
    config = yaml.safe_load((tmp_path / "a" / "config.yaml").read_text(encoding="utf-8"))
    assert list(dict.fromkeys(row["case"] for row in comparison)) == list(config["cases"])
    assert {(row["base"], row["policy"]) for row in comparison} == {
        ("gp_referral", "direct_access")
    }
    few = {row["replications"] for row in comparison if row["case"] == "fewer_ask"}
    assert "2" in few
    assert "4" not in few
    told = simcare("trace", "a", "--client", "residents:3", "--replication", "3").stdout
    assert told.startswith("Client residents:3, repetition 3. Case: ")
    assert told.count("asked for help: ") == 2
    assert re.search(r"\nAt the first asking: problem \(\w+\), physical dependence \(", told)
    assert re.search(r"GP referral: (no )?treatment .*in the end: ", " ".join(told.split()))
    simcare("run", *ACCESS, "output=apart/b", "workers=1")
    assert tables(tmp_path / "a") == tables(tmp_path / "apart" / "b")


def test_the_first_command_answers_the_question(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that the command of the README, as shipped, prints the table and the answer.

    Those that follow a person then print what the README shows: each piece between empty lines.
    """
    done = simcare("run", "experiment=access")
    text = " ".join(done.stdout.split())
    assert text.startswith("What does direct access instead of GP referral do")
    assert "GP referral direct access difference (95 %)" in text
    assert "started treatment by 90 days, of 100" in text
    assert any(re.search(answer, text) for answer in ANSWERS)
    assert "of the 10 cases below" in text or "in all 10 cases below" in text
    # The verdicts stand at the right of the widest table, which must not be cut off there.
    assert re.search(r"\d\)\s+makes it worse\s*$", done.stdout, re.MULTILINE)
    (folder,) = (tmp_path / "results").glob("[!.]*")
    assert folder.name.startswith("access-")
    assert set(TABLES) < set(files(folder))
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    alone, beside = re.findall(r"^\.venv/bin/simcare (trace .*)$", readme, re.MULTILINE)
    typed = [
        command.replace("results/access-*", str(folder)).split() for command in (alone, beside)
    ]
    assert "this is the middle one of" in simcare(*typed[0]).stdout
    traced = squeezed(simcare(*typed[1]).stdout)
    (shown,) = re.findall(r"^```text\n(  Milestone .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    pieces = [squeezed(piece) for piece in shown.split("\n\n")]
    assert len(pieces) == 5
    assert [piece for piece in pieces if piece not in traced] == []
    (chart,) = (folder / "charts").glob("two-lives-*.svg")
    assert traced.endswith(f"Chart: {chart}")


def test_one_policy_alone_runs(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that a policy without an experiment gives its table and no comparison."""
    short = ("replications=2", "horizon_days=200", "warm_up_days=20")
    done = simcare("run", "policy=direct_access", *short)
    assert "direct access" in done.stdout
    (folder,) = (tmp_path / "results").glob("[!.]*")
    assert folder.name.startswith("direct_access-")
    assert {row["policy"] for row in rows(folder / "summary.csv")} == {"direct_access"}
    assert rows(folder / "comparison.csv") == []


def test_check_says_what_would_run_and_writes_nothing(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that check names every scenario, refuses what run refuses, and writes no file."""
    done = simcare("check", "experiment=access", "replications=30")
    assert done.stdout.startswith("access: all right. 20 scenarios,")
    assert "  separate_lists, gp_referral: 30 replications\n" in done.stdout
    assert "  full_link, direct_access: 9 replications\n" in done.stdout
    said = " ".join(done.stdout.split())
    assert "If nobody had to wait: places that would be busy" in said
    assert "With direct access there are too few places. The bottleneck is residential:" in said
    assert re.search(r"In \d+ of 18 other scenarios there are too few places\.", said)
    refused = simcare("check", "sead=2", "+typo=1", code=2)
    assert refused.stdout == ""
    assert refused.stderr.startswith("simcare: 2 problems, nothing was run:\n  sead = 2: unknown")
    assert list(tmp_path.iterdir()) == []


def test_check_of_a_sweep_says_where_places_are_short(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that jobs are told apart by what is swept, the first three one by one.

    0.9 people a day stay for a day: 2 beds are enough, and none at all is not.
    """
    beds = "service.capacities.places.beds=2,4,6,0"
    done = simcare("check", "--multirun", *QUEUE[:2], beds)
    said = " ".join(done.stdout.split())
    assert said.startswith("All right: 4 jobs.")
    assert "With 2 places beds there are places enough on average. Fullest is places: 0." in said
    assert "In 1 of 1 other scenario there are too few places." in said
    assert "at least 100 can never be served there (as configured; 0 places beds)." in said
    assert list(tmp_path.iterdir()) == []


def test_load_table_holds_what_is_asked_of_each_capacity(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that the table of a run has the load with its interval: 0.9 of 1 place, 90 of 100.

    The runs are 300 days of 0.9 people a day with a mean stay of one day, the first ten not
    counted: the interval, which holds 0.9 in 95 of 100 seeds, does so for this one.
    """
    simcare("run", *QUEUE, "output=a")
    (row,) = rows(tmp_path / "a" / "load.csv")
    assert (row["capacity"], row["category"]) == ("places", "")
    assert float(row["places"]) == float(row["usable_places"]) == 1
    assert float(row["lower_95"]) < 0.9 < float(row["upper_95"])
    assert float(row["load_per_place"]) == float(row["offered_load"])
    assert float(row["least_unserved_of_100"]) == 0


def test_list_names_everything(simcare: Simcare) -> None:
    """Hold that list shows each experiment, policy, service and population with its title."""
    lines = simcare("list").stdout.splitlines()
    for group, entries in catalogue().items():
        assert f"{group}:" in lines
        for name, title in entries.items():
            assert any(line.split()[:1] == [name] and title in line for line in lines)


def test_no_command_prints_the_usage(simcare: Simcare) -> None:
    """Hold that the bare command says how it is used, with exit code 2."""
    assert simcare(code=2).stderr.startswith("usage: simcare")
    assert simcare("walk", code=2).stderr.startswith("usage: simcare")


@pytest.mark.parametrize(
    ("arguments", "without", "says"),
    [
        (["--help"], LARGE, "simcare run experiment=access"),
        (["--version"], LARGE, "simcare "),
        (["run", "--help"], LARGE, "key=value"),
        (["list"], LARGE - {"pydantic"}, "gp_referral"),
        (["status", "--help"], LARGE, "a results folder"),
        (["status"], LARGE - {"pydantic"}, "results"),
    ],
)
def test_what_needs_no_simulation_is_quick(
    arguments: list[str], without: set[str], says: str
) -> None:
    """Hold that help, the version, list and status import none of the libraries that take long."""
    script = (
        "import sys; from simcare.cli import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit:\n    pass\n"
        f"sys.exit(', '.join({without} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="pipes close otherwise elsewhere")
@pytest.mark.parametrize("arguments", [("list",), ("run", *QUEUE), ("check", *QUEUE)])
def test_a_closed_output_gives_no_traceback(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Hold that a reader who has gone (| head -1) is no error worth a word.

    What a run needs is said on the other output, which is still read.
    """
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=120)
    assert NEED.sub("", said.decode(), count=1) == ""
    assert bool(said) == (arguments[0] == "run")
    assert process.returncode == 1


def test_a_bad_command_line_leaves_no_file(simcare: Simcare, tmp_path: Path) -> None:
    """Hold that the real program refuses everything at once, with exit code 2."""
    arguments = ("sead=2", "service.capacities.residential.beds=-3", "policy=direct_acess")
    done = simcare("run", *arguments, "+typo=1", code=2)
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "simcare: 4 problems, nothing was run:"
    assert "  service.capacities.residential.beds = -3: must be 0 or more" in done.stderr
    assert "did you mean direct_access?" in done.stderr
    assert list(tmp_path.iterdir()) == []
