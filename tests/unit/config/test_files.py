"""Files as they are read: what YAML says, configs by name, and what they are put together to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simcare.config import build
from simcare.config.files import Folders, catalogue, config_folder, names, read_named, read_yaml
from simcare.config.messages import ConfigError

Problems = Callable[..., list[str]]

QUEUE = ["service=one_queue", "population=plain"]


def _read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, "some.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("1.5e-2", 0.015),
        ("-2E+1", -20.0),
        (".5e1", 5.0),
        ("1_000", 1000),
        ("2017-01-02", "2017-01-02"),
        ("12e", "12e"),
        ("x1.1", "x1.1"),
        ("+12", 12),
        ("no", False),
        ("~", None),
        ("${seed}", "${seed}"),
    ],
)
def test_plain_values_are_read_as_hydra_reads_them(tmp_path: Path, text: str, value: Any) -> None:
    """Hold that numbers with exponents are numbers and dates are texts."""
    read = _read(tmp_path, f"key: {text}")["key"]
    assert read == value
    assert type(read) is type(value)


def test_aliases_and_a_merge_are_read(tmp_path: Path) -> None:
    """Hold that an anchor can be repeated, and one mapping merged into another."""
    text = "a: &a {x: 1, y: [1, 2]}\nb: *a\nc: {<<: *a, x: 2}\n"
    whole = {"x": 1, "y": [1, 2]}
    assert _read(tmp_path, text) == {"a": whole, "b": whole, "c": {"x": 2, "y": [1, 2]}}


@pytest.mark.parametrize(
    "text",
    [
        "a: {x: 1, x: 2}",
        "a: 1\n'a': 2",
        "a: [{b: {c: 1, c: 1}}]",
        "a: &a {x: 1}\nb: {<<: *a, <<: *a}",
        "a: &a {x: 1}\nb: {<<: [*a, *a]}",
    ],
)
def test_a_key_twice_is_an_error(tmp_path: Path, text: str) -> None:
    """Hold that duplicate keys are refused at any depth, merges included."""
    with pytest.raises(ConfigError, match=r"twice|only one mapping"):
        _read(tmp_path, text)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """Hold that a file that is not there is named."""
    with pytest.raises(ConfigError, match=r"some\.yaml: not a file"):
        read_yaml(tmp_path / "some.yaml", "some.yaml")


def test_only_proper_names_are_configs(folder: Path) -> None:
    """Hold that hidden files and odd names are no configs."""
    for odd in (".hidden", "a b", "a,b", "a+b", "a@b", "-a"):
        (folder / "policy" / f"{odd}.yaml").write_text("title: x")
    assert names(Folders(folder), "policy") == names(Folders(config_folder()), "policy")
    with pytest.raises(ConfigError, match=r"allowed: the \d+ names that simcare list shows"):
        read_named(Folders(folder), "policy", "a+b")


def test_the_catalogue_has_a_title_for_each_config() -> None:
    """Hold that list has something to say of every shipped config."""
    found = catalogue()
    assert list(found) == ["experiment", "policy", "service", "population"]
    assert all(title for entries in found.values() for title in entries.values())


def test_a_service_can_say_only_what_differs(folder: Path) -> None:
    """Hold that a file may start from another of its group, by a list of defaults."""
    (folder / "service" / "mine.yaml").write_text(
        "defaults: [one_queue, _self_]\ncapacities: {places: {beds: 3}}\n"
    )
    (scene,) = build.job(["service=mine", "population=plain"], Folders(folder)).study.scenes
    assert scene.scenario.service.capacities["places"].number == 3
    assert scene.scenario.service.arrivals["people"].per_day == 0.9


def test_an_experiment_can_start_from_another_and_choose_a_service(folder: Path) -> None:
    """Hold that an experiment may name another one, a service and a population."""
    (folder / "experiment" / "mine.yaml").write_text(
        "# @package _global_\n"
        "defaults: [override /service: one_queue, override /population: plain, _self_]\n"
        "replications: 4\nstudy: {policies: [gp_referral], cases: {a: {}}}\n"
    )
    (folder / "experiment" / "more.yaml").write_text(
        "# @package _global_\ndefaults: [mine, _self_]\nseed: 5\n"
    )
    made = build.job(["experiment=more"], Folders(folder))
    assert made.study.plan.seed == 5
    assert made.study.plan.replications == 4
    assert list(made.study.scenes[0].scenario.service.stages) == ["queue"]
    assert build.job(["experiment=more", "seed=6"], Folders(folder)).study.plan.seed == 6


def test_no_experiment_can_be_said(folder: Path) -> None:
    """Hold that experiment=null is the same as none."""
    with_null = build.job([*QUEUE, "experiment=null"], Folders(folder))
    assert with_null.config_hash == build.job(QUEUE, Folders(folder)).config_hash


def test_what_only_moves_results_is_not_in_the_hash(folder: Path) -> None:
    """Hold that output and workers change no hash, and that seed and beds do."""
    plain = build.job(QUEUE, Folders(folder)).config_hash
    for same in (["output=x"], ["workers=2"], ["seed=1"], ["+seed=1"]):
        assert build.job([*QUEUE, *same], Folders(folder)).config_hash == plain
    for other in (["seed=2"], ["service.capacities.places.beds=2"], ["horizon_days=1461"]):
        assert build.job([*QUEUE, *other], Folders(folder)).config_hash != plain


def test_the_order_of_categories_is_in_the_hash(folder: Path) -> None:
    """Hold that what changes results changes the hash: categories are drawn in their order."""
    text = (folder / "population" / "norway.yaml").read_text()
    turned = text.replace("{good: 0.45, poor: 0.55}", "{poor: 0.55, good: 0.45}")
    assert turned != text
    (folder / "population" / "turned.yaml").write_text(turned)
    hashes = {
        build.job([f"population={n}"], Folders(folder)).config_hash for n in ("norway", "turned")
    }
    assert len(hashes) == 2


def test_a_quoted_number_is_a_text(problems: Problems) -> None:
    """Hold that quotes on the command line make a text, as in YAML."""
    assert problems("seed='1'") == ['seed = "1": a whole number is required']
    assert problems(*QUEUE, "service.description='12 [red] {x} é'") == []
