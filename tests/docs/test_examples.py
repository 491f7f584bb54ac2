"""The examples in the documents are run as they stand."""

import os
import re
import shlex
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.equality.services import faults

from simcare.config.apply import apply
from simcare.config.misfits import misfits
from simcare.config.patch import Policy
from simcare.config.today import read
from simcare.engines.lowering import lower
from simcare.engines.reference import simulate
from simcare.kernels.tables import FATES
from simcare.model.scenario import Scenario

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = (
    "README.md", "docs/design.md", "docs/engines.md", "docs/service.md",
    "experiments/access/README.md", "experiments/ways_in/README.md",
    "experiments/detox_to_residential/README.md", "experiments/rules_of_the_list/README.md",
    "experiments/interim_support/README.md",
    "benchmarks/README.md",
)  # fmt: skip
SIMCARE = ".venv/bin/simcare "
LIST = "people/today.csv"
SHORT = {"replications": "2", "horizon_days": "800", "warm_up_days": "400"}
# What plays runs besides `run`, with the files that hold its answers, and what is not needed here.
ANSWERS = {"find": {"answer.json", "capacity.csv"}, "marginal": {"marginal.csv"}}
UNPROVED = ["audit=none", "keep=outcomes"]


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of a language in a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples() -> dict[str, list[Any]]:
    """Return the YAML examples of docs/service.md by what they are of."""
    found: dict[str, list[Any]] = {}
    for block in blocks("docs/service.md", "yaml"):
        for key, value in yaml.safe_load(block).items():
            found.setdefault(key, []).append(value)
    return found


def lines_told() -> list[str]:
    """Return what the README tells to type, those of its first block left out."""
    told = [line for block in blocks("README.md", "sh") for line in block.splitlines()]
    return [*told, *(block.splitlines()[0].removeprefix("$ ") for block in mistakes())]


def mistakes() -> list[str]:
    """Return the commands of the README that are shown with what they answer."""
    return blocks("README.md", "console")


def commands() -> list[str]:
    """Return the commands of simcare that the README tells, as typed in its own folder."""
    return [line for line in lines_told() if line.startswith(SIMCARE)]


def files_of_ones_own() -> dict[str, str]:
    """Return the YAML files that the README shows, by the path in the first line of each."""
    files = {}
    for block in blocks("README.md", "yaml"):
        first = block.splitlines()[0]
        assert re.fullmatch(r"# mine/[a-z]+/[a-z_]+\.yaml", first), first
        files[first.removeprefix("# ")] = block
    return files


def folder_of_ones_own(path: Path) -> Path:
    """Return a folder with the files that the README shows in it, as its reader has them."""
    (listed,) = blocks("README.md", "csv")
    (path / LIST).parent.mkdir()
    (path / LIST).write_text(listed, encoding="utf-8")
    for name, text in files_of_ones_own().items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


def key_of(argument: str) -> str:
    """Return the key of a ``key=value``."""
    return argument.partition("=")[0]


def shortened(command: str) -> list[str]:
    """Return the arguments of a command, those of a run that says no length with a short one."""
    _, *arguments = shlex.split(command)
    plays = arguments[0] in ("run", *ANSWERS)
    if not plays or SHORT.keys() & set(map(key_of, arguments)):
        return arguments
    short = [f"{key}={value}" for key, value in SHORT.items()]
    return [*arguments, *short, *(UNPROVED if arguments[0] in ANSWERS else [])]


def simcare(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run simcare in a folder and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "simcare.cli", *arguments],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


def files_told() -> set[str]:
    """Return what is in a results folder by the table of the README; folders end with a stroke."""
    rows = README.partition("| file |")[2].partition("\n\n")[0].splitlines()
    return {name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def entries(folder: Path) -> set[str]:
    """Return what is in a folder, told as the README tells it."""
    return {f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir()}


@pytest.mark.parametrize("number", range(len(examples()["service"])))
def test_each_service_of_the_page_runs(number: int) -> None:
    """Every service shown is valid with the population shown, and runs by the rules."""
    page = examples()
    data = {"service": page["service"][number], "population": page["population"][0]}
    program = lower(Scenario.model_validate(data), date(2026, 1, 1), 730)
    visits = simulate(program, 1, 0)
    assert len(visits) > 300
    assert faults(program, visits, 1) == ()


HAPPENS = (
    ("gp_or_private", "false_alarm", "completed"),
    ("gp_or_private", "acute_ward", "completed"),
    ("gp_or_private", "private_help", "completed"),
    ("step_down", "step_down", "holding"),
    ("step_down", "residential", "relapsed"),
    ("step_down", "residential_from_step_down", "left"),
    ("private_ward", "ward", "missed"),
    ("private_ward", "ward", "moved"),
    ("private_ward", "private_ward", "completed"),
)


@pytest.mark.parametrize(("has", "stage", "fate"), HAPPENS)
def test_what_the_page_says_can_happen_does(has: str, stage: str, fate: str) -> None:
    """In the examples of ways in, of detox and of lists each rule shown comes into play."""
    page = examples()
    *_, service = (s for s in page["service"] if has in s["stages"])
    data = {"service": service, "population": page["population"][0]}
    program = lower(Scenario.model_validate(data), date(2026, 1, 1), 730)
    visits = simulate(program, 1, 0)
    here = visits["stage"] == program.stages.index(stage)
    assert (visits["fate"][here] == FATES.index(fate)).any()


def test_a_place_reserved_on_the_page_is_there_when_detox_ends() -> None:
    """Who completes detox and goes on begins residential treatment in the same second."""
    page = examples()
    (service,) = [s for s in page["service"] if "straight" in s["ways_in"]]
    data = {"service": service, "population": page["population"][0]}
    program = lower(Scenario.model_validate(data), date(2026, 1, 1), 730)
    visits = simulate(program, 1, 0)
    detox = visits[visits["stage"] == program.stages.index("detox")]
    ended = dict(zip(detox["client"], detox["ended"], strict=True))
    onward = visits[visits["stage"] == program.stages.index("residential")]
    from_detox = onward[np.isin(onward["client"], detox["client"])]
    assert len(from_detox) > 100
    assert (from_detox["started"] == from_detox["queued"]).all()
    assert all(ended[visit["client"]] == visit["started"] for visit in from_detox)


def test_the_advice_line_of_the_page_does_what_is_said() -> None:
    """Nobody is answered outside the hours; who calls at night hangs up; relatives bring clients.

    At night a wait ends by hanging up alone, after 4.3 minutes on average: all but e to the power
    of -14 are over within an hour.
    """
    page = examples()
    (service,) = [s for s in page["service"] if "relatives_call" in s["stages"]]
    data = {"service": service, "population": page["population"][0]}
    program = lower(Scenario.model_validate(data), date(2026, 1, 1), 730)
    visits = simulate(program, 1, 0)
    calls = visits[np.isin(visits["stage"], (0, 1))]
    answered = calls[calls["started"] >= 0]
    assert len(answered) > 5000
    hour = answered["started"] // 3600 % 24
    assert (hour.min(), hour.max()) == (8, 20)
    night = calls[(calls["queued"] // 3600 % 24 < 6) & (calls["ended"] >= 0)]
    assert len(night) > 20
    assert (night["started"] == -1).all()
    assert np.mean(night["ended"] - night["queued"] < 3600) > 0.99
    brought = visits[visits["stage"] == program.stages.index("comes_along")]
    relatives = calls["stage"] == program.stages.index("relatives_call")
    assert 0 < len(brought) < relatives.sum() / 5


def with_policies(page: dict[str, list[Any]], *numbers: int) -> Scenario:
    """Return the scenario of the page with a clinic under some of the policies shown."""
    (service,) = (one for one in page["service"] if "clinic" in one["stages"])
    patches = [("the page", Policy.model_validate(page["policy"][number])) for number in numbers]
    config = {"service": service, "population": page["population"][0]}
    patched, problems = apply(config, patches)
    assert problems == []
    return Scenario.model_validate(patched)


def test_the_policy_of_the_page_fits_its_service() -> None:
    """The policy shown changes the service shown as it says."""
    scenario = with_policies(examples(), 0)
    assert scenario.service.capacities["clinic_slots"].number == 14
    leave = scenario.service.conditions["waiting"].leave
    assert leave is not None
    assert leave.early_loss is not None
    assert leave.early_loss.share == 0


def test_the_list_of_the_page_is_one_of_its_services(tmp_path: Path) -> None:
    """The list shown fits the clinic and the people shown: all of it is there on day 0."""
    (shown,) = blocks("docs/service.md", "csv")
    (tmp_path / "today.csv").write_text(shown, encoding="utf-8")
    listed, faults = read(str(tmp_path / "today.csv"), None, date(2026, 3, 2))
    assert listed is not None
    page = examples()
    (service,) = (one for one in page["service"] if {"clinic", "home"} <= one["stages"].keys())
    data = {"service": service, "population": page["population"][0]}
    scenario = Scenario.model_validate(data)
    assert [*faults, *misfits(listed, scenario)] == []
    assert listed.beginning.counts() == {
        "clinic": {"there": 1, "waiting": 2},
        "home": {"there": 1},
    }
    begun = scenario.model_copy(update={"beginning": listed.beginning})
    visits = simulate(lower(begun, date(2026, 3, 2), 30), 1, 0)
    assert (visits["queued"][visits["client"] < 4] <= 0).sum() == 4


@pytest.mark.parametrize("numbers", [(1,), (0, 1), (1, 0)])
def test_the_policy_of_the_page_that_adds_a_stage_is_played(numbers: tuple[int, ...]) -> None:
    """The severe alone get to the stage that it adds, at no more than three at a time."""
    scenario = with_policies(examples(), *numbers)
    stages = list(scenario.service.stages)
    visits = simulate(lower(scenario, date(2026, 1, 1), 730), 1, 0)
    second = visits[visits["stage"] == stages.index("second_clinic")]
    assert len(second) > 20
    assert (second["severity_queued"] >= np.float32(0.7)).all()
    begun, open_at_the_end = second[second["started"] >= 0], np.iinfo(np.int64).max
    ended = np.where(begun["ended"] >= 0, begun["ended"], open_at_the_end)
    there = [((begun["started"] <= t) & (ended > t)).sum() for t in begun["started"]]
    assert max(there) <= 3
    assert scenario.service.milestones.treatment == ("clinic", "second_clinic")


def test_the_experiment_of_the_page_runs_with_the_files_of_the_readme(tmp_path: Path) -> None:
    """The experiment shown asks about the clinic of the README, in three cases, and is answered."""
    (shown,) = blocks("docs/service.md", "text")
    folder = folder_of_ones_own(tmp_path) / "mine" / "experiment"
    folder.mkdir()
    (folder / "places.yaml").write_text(shown, encoding="utf-8")
    run = ["run", "--config-dir", "mine", "experiment=places", "replications=4"]
    done = simcare(run, tmp_path)
    assert done.returncode == 0, done.stderr
    (results,) = (tmp_path / "results").glob("[!.]*")
    page = (results / "report.html").read_text(encoding="utf-8")
    told = ("What do two more places do?", "as many ask as today", "a tenth fewer ask")
    assert all(words in page for words in told)
    assert (results / "charts" / "starts-hinge-on.svg").is_file()


def test_the_readme_has_its_two_commands() -> None:
    """The first block of the README is two commands, each complete in itself."""
    first = blocks("README.md", "")[0].strip().splitlines()
    assert len(first) == 2
    assert all(line.startswith("python3 -m venv .venv && ") for line in first)
    assert first[0].endswith(".venv/bin/simcare run experiment=access")
    assert first[1].endswith(".venv/bin/pytest")


def test_whatever_the_readme_tells_to_type_is_tried_here() -> None:
    """Every line told is a command of simcare, or one of the three about the wheel."""
    others = [line for line in lines_told() if not line.startswith(SIMCARE)]
    assert len(commands()) > 10
    assert len(others) == 3
    assert others[0].endswith("hatchling build -t wheel")
    assert others[2].endswith("/simcare list")


def test_one_folder_alone_is_that_of_the_first_command() -> None:
    """Who types all of the README has one folder for ``results/access-*``: others are named."""
    runs = [command for command in commands() if " run " in command]
    others = [command for command in runs if "experiment=access" in command]
    assert len(others) == 2
    assert all(re.search(r" output=results/(?!access-)", command) for command in others)
    traced = [command for command in commands() if " trace " in command]
    assert ["results/access-*" in command for command in traced] == [True, True]


def test_a_list_of_people_is_not_committed(tmp_path: Path) -> None:
    """Git ignores the list where the README has it saved, and lists of today anywhere."""
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=60)
    lists = [LIST, "today.csv", "mine/today-2026.csv"]
    kept = ["src/simcare/report/words.csv", "mine/service/clinic.yaml"]
    done = subprocess.run(
        ["git", "check-ignore", *lists, *kept],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == lists
    assert f"`{LIST}`" in README
    assert any(f"start.people={LIST}" in command for command in commands())


ON_RESULTS = (
    " report ", " audit ", " verify ", " rerun ", " trace ", " events ", " status results",
    "output=results/direct",
)  # fmt: skip


@pytest.mark.parametrize(
    "command", [c for c in commands() if not any(words in c for words in ON_RESULTS)]
)
def test_each_command_of_the_readme_does_what_is_said(command: str, tmp_path: Path) -> None:
    """The commands told work where the files shown are; a run gives the folder of the table."""
    mistaken = any(command in block for block in mistakes())
    folder_of_ones_own(tmp_path)
    done = simcare(shortened(command), tmp_path)
    assert done.returncode == (2 if mistaken else 0), done.stderr
    kind = shlex.split(command)[1]
    if kind not in ("run", *ANSWERS):
        assert not (tmp_path / "results").exists()
        return
    (results,) = (tmp_path / "results").glob("[!.]*")
    assert f"Report:  {results.relative_to(tmp_path) / 'report.html'}" in done.stdout
    parts = {"replications/", "visits/", "clients/"}
    if kind in ANSWERS:
        unforeseen = {"work.json"} if kind == "find" else set()  # how many runs it takes
        wanted = files_told() - parts - unforeseen | {"jobs/"} | ANSWERS[kind]
        assert entries(results) == wanted
        assert all(f"`{name}`" in README for name in ANSWERS[kind])
        return
    compared = any(word in command for word in ("experiment=", "study.policies="))
    played = parts if compared else parts - {"clients/"}
    assert entries(results) == files_told() - parts | (
        {"jobs/"} if "--multirun" in command else played
    )
    if "service=norway" in command:
        (told,) = [text for text in blocks("README.md", "text") if text.startswith("To play:")]
        assert measured_left_out(told) in measured_left_out(done.stderr)
    if "beds=110,120,130" in command:
        jobs = sorted(path.name for path in (results / "jobs").iterdir())
        assert len(jobs) == 6
        assert f"`{jobs[0]}`" in README


def test_what_the_readme_shows_of_the_load_is_what_check_says(tmp_path: Path) -> None:
    """Each line that is shown of the load is said by the command told for it, in that order."""
    (shown,) = [text for text in blocks("README.md", "text") if text.startswith("If nobody")]
    (told,) = [c for c in commands() if " check " in c and "residential.beds=120" in c]
    done = simcare(shortened(told), tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    table, sentence = shown.rsplit("\n\n", 1)
    assert " ".join(table.split()) in said
    assert " ".join(sentence.split()) in said


def measured_left_out(said: str) -> str:
    """Return what is said of a run's needs without what differs from computer to computer."""
    return re.sub(r"About .*? of memory", "About …", " ".join(said.split()))


def test_a_report_is_made_again_as_told(tmp_path: Path) -> None:
    """The commands that make a report again, and audit, do so in the folder made above them."""
    (again,) = [command for command in commands() if " report " in command]
    folder = again.split()[-1]
    (run,) = [command for command in commands() if f"output={folder}" in command]
    done = simcare(shortened(run), tmp_path)
    assert done.returncode == 0, done.stderr
    page = tmp_path / folder / "report.html"
    before = page.read_bytes()
    page.unlink()
    done = simcare(shortened(again), tmp_path)
    assert done.returncode == 0, done.stderr
    assert page.read_bytes() == before
    audits = [command for command in commands() if " audit " in command]
    assert [folder in command for command in audits] == [True, True]
    for command in audits:
        done = simcare(shortened(command), tmp_path)
        assert done.returncode == 0, done.stderr
        assert ": identical, " in done.stdout
    (check,) = [command for command in commands() if " verify " in command]
    done = simcare(shortened(check), tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("Everything is what the repetitions say.\n")
    (once,) = [command for command in commands() if " rerun " in command]
    done = simcare(shortened(once), tmp_path)
    assert done.returncode == 0, done.stdout
    assert "outcomes are what was stored" in done.stdout
    (told,) = [command for command in commands() if " status results" in command]
    done = simcare(shortened(told), tmp_path)
    assert done.stdout.startswith(f"{folder}: finished on ")
    logs = [command for command in commands() if " events " in command]
    assert [folder in command for command in logs] == [True, True]
    for command in logs:
        done = simcare(shortened(command), tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / command.split()[-1]).stat().st_size > 1000


@pytest.mark.parametrize("shown", mistakes())
def test_what_the_readme_shows_of_a_mistake_is_what_is_said(shown: str, tmp_path: Path) -> None:
    """The answer shown to a mistaken command is the whole answer."""
    command, _, answer = shown.removeprefix("$ ").partition("\n")
    done = simcare(shortened(command), tmp_path)
    assert done.returncode == 2
    assert done.stderr == answer


def test_a_way_on_that_is_missing_in_the_readmes_service_is_named(tmp_path: Path) -> None:
    """Without the way on after a relapse, the service with a stage more is refused by that path."""
    folder_of_ones_own(tmp_path)
    service = tmp_path / "mine" / "service" / "halfway.yaml"
    rows = service.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if not row.strip().startswith("relapsed:")]
    assert len(kept) == len(rows) - 1
    service.write_text("\n".join(kept), encoding="utf-8")
    done = simcare(["check", "--config-dir", "mine", "service=halfway"], tmp_path)
    assert done.returncode == 2
    assert "service.stages.halfway_house.next.relapsed" in done.stderr


def test_the_wheel_is_named_and_works_as_told(tmp_path: Path) -> None:
    """The build told makes the wheel of the name told; unpacked, it lists what can be chosen.

    Unpacking is how a wheel of pure Python is installed; what it needs is here already.
    """
    build, install, use = (line for line in lines_told() if not line.startswith(SIMCARE))
    subprocess.run(
        [sys.executable, *shlex.split(build)[1:], "-d", str(tmp_path / "dist")],
        cwd=ROOT, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    wheel = tmp_path / install.split()[-1]
    assert wheel.is_file()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "simcare.cli", *shlex.split(use)[1:]],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "access" in done.stdout
    assert "norway" in done.stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_the_documents_point_to_is_there(document: str) -> None:
    """Every link and picture of a document that is no web address is a file of the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)\)|<img src=\"([^\"]+)\"", text)
    local = [a or b for a, b in targets if "://" not in (a or b)]
    missing = [target for target in local if not ((ROOT / document).parent / target).exists()]
    assert missing == []
