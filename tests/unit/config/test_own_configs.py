"""Configs of one's own beside the shipped ones: found, read by the same rules, and told apart."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.config import build
from simcare.config.build import Job
from simcare.config.files import Folders, catalogue, config_folders, names
from simcare.config.messages import ConfigError
from simcare.config.sweep import sweep

Written = Callable[[str, str], Path]

PLACES = "service.capacities.places.beds"
SERVICE = "defaults: [one_queue, _self_]\ncapacities: {places: {beds: 3}}\n"
EXPERIMENT = (
    "# @package _global_\n"
    "defaults: [override /service: mine, override /population: plain, _self_]\n"
    "study: {question: 'Is it so?', policies: [gp_referral, more], cases: {a: {}}}\n"
)
GROUPS = ", ".join(
    f"{group}/<name>.yaml" for group in ("service", "population", "policy", "experiment")
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return an empty folder for one's own configs."""
    path = tmp_path / "own"
    path.mkdir()
    return path


@pytest.fixture
def write(own: Path) -> Written:
    """Return a function that writes an own config, and returns its path."""

    def written(name: str, text: str) -> Path:
        path = own / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def job(own: Path, *arguments: str) -> Job:
    """Return the job of a command line with an own folder."""
    return build.job(arguments, config_folders(own))


def problems(own: Path, *arguments: str) -> list[str]:
    """Return the problems of a command line with an own folder."""
    with pytest.raises(ConfigError) as error:
        job(own, *arguments)
    return list(error.value.problems)


def test_own_configs_build_on_shipped_ones(own: Path, write: Written) -> None:
    """Hold that own services, populations, policies and experiments are chosen by their names."""
    write("service/mine.yaml", SERVICE)
    write("population/ours.yaml", "defaults: [plain, _self_]\ndescription: ours\n")
    write("policy/more.yaml", f"title: more\nchange: {{{PLACES}: +2}}")
    write("experiment/question.yaml", EXPERIMENT)
    alone = job(own, "service=mine", "population=ours", "policy=more")
    assert alone.study.scenes[0].scenario.service.capacities["places"].number == 5
    assert alone.resolved["population"]["description"] == "ours"
    compared = job(own, "experiment=question").study
    numbers = [s.scenario.service.capacities["places"].number for s in compared.scenes]
    assert numbers == [3, 5]
    assert compared.question == "Is it so?"


def test_shipped_configs_are_the_same_beside_own_ones(own: Path, write: Written) -> None:
    """Hold that a folder of one's own changes nothing for who chooses nothing in it."""
    write("policy/more.yaml", f"change: {{{PLACES}: +2}}")
    for arguments in ([], ["experiment=access"], ["policy=direct_access"]):
        assert job(own, *arguments).config_hash == build.job(arguments).config_hash


def test_where_an_own_config_lies_is_not_in_the_hash(tmp_path: Path) -> None:
    """Hold that the same own config has the same hash in another folder."""
    hashes = set()
    for name in ("a", "b"):
        (tmp_path / name / "service").mkdir(parents=True)
        (tmp_path / name / "service" / "mine.yaml").write_text(SERVICE)
        hashes.add(job(tmp_path / name, "service=mine", "population=plain").config_hash)
    assert len(hashes) == 1


def test_a_sweep_goes_over_own_and_shipped_configs(own: Path, write: Written) -> None:
    """Hold that own names are values of a sweep like the shipped ones."""
    write("policy/more.yaml", f"change: {{{PLACES}: +2}}")
    arguments = ["service=one_queue", "population=plain", "policy=gp_referral,more"]
    made = sweep(arguments, config_folders(own))
    capacities = [j.job.study.scenes[0].scenario.service.capacities for j in made.jobs]
    assert [places["places"].number for places in capacities] == [1, 3]


def test_names_and_titles_come_from_both(own: Path, write: Written) -> None:
    """Hold that the catalogue shows own configs among the shipped ones, in order."""
    write("policy/better.yaml", "title: better")
    write("experiment/question.yaml", EXPERIMENT)
    folders = config_folders(own)
    assert "better" in names(folders, "policy")
    found = catalogue(folders)
    assert found["policy"]["better"] == "better"
    assert found["experiment"]["question"] == "Is it so?"
    assert list(found["policy"]) == sorted(found["policy"])
    assert {name: title for name, title in found["policy"].items() if name != "better"} == (
        catalogue()["policy"]
    )


def test_the_catalogue_tells_all_files_that_cannot_be_read(own: Path, write: Written) -> None:
    """Hold that two broken files are two problems, each with its path."""
    files = [write("policy/a.yaml", "x: ["), write("service/b.yaml", "x: [")]
    with pytest.raises(ConfigError) as error:
        catalogue(config_folders(own))
    said = error.value.problems
    assert [line.split(", line 1")[0] for line in said] == [str(path) for path in files]


@pytest.mark.parametrize(
    "name",
    ["a b", "it's", 'a"b', "a,b=c", "[x]{y}", "${seed}", "${oc.env:HOME}", "tail\\", "ø%20#?"],
)
@pytest.mark.skipif(os.name != "posix", reason="elsewhere these signs are not in names")
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """Hold that a folder's name is a name, whatever it would mean to Hydra or in a URL."""
    (tmp_path / name / "service").mkdir(parents=True)
    (tmp_path / name / "service" / "mine.yaml").write_text(SERVICE)
    made = job(tmp_path / name, "service=mine", "population=plain")
    assert made.study.scenes[0].scenario.service.capacities["places"].number == 3


def test_a_folder_is_found_from_where_one_stands(
    own: Path, write: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that a relative folder is relative to the working directory, and shown as given."""
    write("service/mine.yaml", SERVICE + "more: 1\n")
    monkeypatch.chdir(own.parent)
    with pytest.raises(ConfigError) as error:
        build.job(["service=mine", "population=plain"], config_folders("own"))
    assert str(error.value).startswith(f"{Path('own', 'service', 'mine.yaml')}: service.more = 1")


def test_a_folder_that_is_none_is_one_problem(own: Path, write: Written) -> None:
    """Hold that no folder, a file, an empty folder and an impossible name are said plainly."""
    file = write("notes.txt", "x")
    (own / "policy").mkdir()
    for place, expected in (
        (own / "nowhere", "there is no such folder"),
        (file, "a file, not a folder"),
        (own, f"it holds no configs; looked for: {GROUPS}"),
        (Path("x" * 300), "cannot be read (File name too long)"),
    ):
        with pytest.raises(ConfigError) as error:
            config_folders(place)
        (line,) = error.value.problems
        assert line.startswith("--config-dir = ")
        assert line.endswith(f": {expected}")


def test_the_shipped_folder_is_not_ones_own() -> None:
    """Hold that the shipped folder given as one's own is one problem, not one for each name."""
    with pytest.raises(ConfigError, match="these are the shipped configs: leave it out"):
        config_folders(config_folders().shipped)


def test_a_name_in_both_is_refused_with_both_files(own: Path, write: Written) -> None:
    """Hold that no config takes the place of another: every name that is in both is said."""
    policy = write("policy/direct_access.yaml", "title: mine")
    service = write("service/region.yaml", SERVICE)
    assert problems(own) == [
        f"{service} and configs/service/region.yaml: two configs of one name; give your own "
        "another",
        f"{policy} and configs/policy/direct_access.yaml: two configs of one name; give your own "
        "another",
    ]


def test_the_main_file_is_the_shipped_one(own: Path, write: Written) -> None:
    """Hold that an own config.yaml is refused: it would be passed over without a word."""
    write("service/mine.yaml", SERVICE)
    main = write("config.yaml", "seed: 5")
    message = "the main file is the shipped one; put what differs into an experiment"
    assert problems(own) == [f"{main}: {message}"]


def test_an_unknown_name_is_nearest_to_an_own_one(own: Path, write: Written) -> None:
    """Hold that own names are allowed names, and offered when one is mistyped."""
    write("policy/better_access.yaml", "title: better")
    (line,) = problems(own, "policy=beter_access")
    many = 1 + len(names(config_folders(), "policy"))
    assert f"allowed: the {many} names that simcare list --config-dir {own} shows" in line
    assert line.endswith(" shows; did you mean better_access or direct_access?")


def test_problems_name_the_own_file_by_its_path(own: Path, write: Written) -> None:
    """Hold that what an own file says wrongly comes with its path, a shipped one's as before."""
    service = write("service/mine.yaml", SERVICE.replace("beds: 3", "beds: -3"))
    policy = write("policy/more.yaml", "chnge: {}")
    lines = problems(own, "service=mine", "population=plain", "policy=more", "horizon_days=100")
    assert f"{service}: {PLACES} = -3: must be 0 or more" in lines
    assert any(line.startswith(f"{policy}: chnge = {{}}: unknown key;") for line in lines)
    assert any(line.startswith("configs/config.yaml: warm_up_days = 1460") for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hydra: {run: {dir: x}}", "hydra: a config cannot change Hydra's own settings"),
        ("_target_: os.system", "_target_: configs are data; _target_ is not allowed"),
        ("more: '${oc.env:HOME}'", "more = ${oc.env:HOME}: only ${path} is allowed"),
        ("defaults: [/hydra: x]", "defaults = {/hydra: x}: allowed: _self_"),
        ("more: !!python/object/apply:os.system [x]", "not YAML"),
        ("more: 1\nmore: 2", "the key more is there twice"),
        ("x: " + "1" * 300_000, "300003 bytes; at most 200000 are read"),
        ("[1]", "keys with values are required, not [1]"),
    ],
)
def test_own_files_are_held_to_the_same_rules(
    own: Path, write: Written, text: str, message: str
) -> None:
    """Hold that an own file runs, imports and reaches nothing, and is named when it tries."""
    path = write("service/mine.yaml", text)
    found = problems(own, "service=mine", "population=plain")
    assert any(line.startswith(str(path)) and message in line for line in found), found


def test_an_own_folder_changes_nothing_of_hydras(own: Path, write: Written) -> None:
    """Hold that a folder which Hydra would take for its own settings is refused."""
    write("service/mine.yaml", SERVICE)
    main = write("hydra/config.yaml", "# @package _global_\nseed: 99\n")
    assert problems(own) == [f"{main.parent}: a config cannot change Hydra's own settings"]


def test_the_folders_say_where_a_config_is(own: Path, write: Written, folder: Path) -> None:
    """Hold that files are found by group and name, the shipped ones under their short names."""
    mine = write("policy/mine.yaml", "title: mine")
    folders = Folders(folder, own)
    assert folders.file("policy", "mine") == mine
    assert folders.label("policy", "mine") == str(mine)
    assert folders.file("policy", "gp_referral") == folder / "policy" / "gp_referral.yaml"
    assert folders.label("policy", "gp_referral") == "configs/policy/gp_referral.yaml"
    assert folders.label("", "config") == "configs/config.yaml"


@pytest.mark.parametrize("name", ["123", "1e3", "010", "inf", "null", "True", "no"])
def test_a_name_that_is_read_as_a_value_is_refused(own: Path, write: Written, name: str) -> None:
    """Hold that what could not be chosen by its name is said, whatever is chosen."""
    file = write(f"policy/{name}.yaml", "title: x")
    message = f"{file}: {name} is read as a value, not as a name; give it another"
    assert problems(own, "policy=direct_access") == [message]
    write("policy/n123.yaml", "title: x")
    assert problems(own) == [message]


def test_a_title_over_several_lines_is_shown_on_one(own: Path, write: Written) -> None:
    """Hold that titles stand on one line, in the list and in what a study says."""
    write("policy/mine.yaml", 'title: "more\\n  beds\\tnow"')
    experiment = "# @package _global_\nstudy:\n  question: |\n    Do more\n    beds help?\n"
    experiment += '  policies: [as_it_is, mine]\n  cases: {a: {title: "one\\ncase"}}\n'
    write("experiment/asked.yaml", experiment)
    found = catalogue(config_folders(own))
    assert found["policy"]["mine"] == "more beds now"
    assert found["experiment"]["asked"] == "Do more beds help?"
    study = build.job(["experiment=asked"], config_folders(own)).study
    assert study.question == "Do more beds help?"
    assert study.policies["mine"] == "more beds now"
    assert study.cases["a"].title == "one case"


def test_a_title_that_controls_a_terminal_is_refused(own: Path, write: Written) -> None:
    """Hold that no escape sequence reaches a terminal: the list and a check name the file."""
    file = write("policy/mine.yaml", 'title: "a\\e[31mb"')
    message = f"{file}: title = a\N{REPLACEMENT CHARACTER}[31mb: a sign that controls a terminal"
    with pytest.raises(ConfigError, match=re.escape(message)):
        catalogue(config_folders(own))
    assert problems(own, "policy=mine")[0].startswith(message)
