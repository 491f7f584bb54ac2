"""Configs are data: they run nothing, import nothing, and reach nothing outside their folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.config import build
from simcare.config.files import Folders

Problems = Callable[..., list[str]]

QUEUE = ("service=one_queue", "population=plain")
LAUNCHER = "of Hydra's settings only hydra/launcher can be chosen; allowed: basic"
DATA = "configs are data"
REFERENCE = "only ${path} is allowed"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("hydra.run.dir=x", LAUNCHER),
        ("+hydra.callbacks.x._target_=os.system", LAUNCHER),
        ("++hydra={a: 1}", LAUNCHER),
        ("hydra=x", LAUNCHER),
        ("hydra/launcher=joblib", LAUNCHER),
        ("hydra/job_logging=none", LAUNCHER),
        ("hydra.searchpath=[file:///]", LAUNCHER),
        ("service@hydra=region", "a config has its own place; write service=<name>"),
        ("+population@service=plain", "a config has its own place"),
        ("seed=${oc.env:HOME}", REFERENCE),
        ("service.description=${now:}", REFERENCE),
        ("service.description='${oc.${seed}:HOME}'", REFERENCE),
        ("service.description='x ${oc.env:HOME}'", REFERENCE),
        ("service.sources={a: ['${oc.env:HOME}']}", REFERENCE),
        ("output=${oc.env:HOME}", REFERENCE),
        ("_target_=os.system", DATA),
        ("+service._target_=os.system", DATA),
        ("service.sources={_target_: os.system}", DATA),
        ("service=../../x", "unknown service; allowed: "),
        ("service=/etc/passwd", "unknown service; allowed: "),
        ("service=region.yaml", "unknown service; allowed: "),
        ("policy=../policy/direct_access", "unknown policy; allowed: "),
        ("population=../service/region", "unknown population; allowed: "),
        ("experiment=../experiment/access", "unknown experiment; allowed: "),
        ("defaults=[{hydra: x}]", "unknown key"),
    ],
)
def test_the_command_line_reaches_nothing_else(
    problems: Problems, argument: str, message: str
) -> None:
    """Hold that Hydra's settings, resolvers, targets and foreign files are refused by name."""
    found = problems(argument)
    assert any(message in line for line in found), found


def test_a_launcher_of_the_list_is_allowed(problems: Problems) -> None:
    """Hold that the one harmless launcher can be named."""
    assert problems("hydra/launcher=basic") == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("", "hydra: {run: {dir: x}}", "a config cannot change Hydra's own settings"),
        ("", "_target_: os.system", DATA),
        ("", "more: [{_target_: os.system}]", DATA),
        ("", '"()": x', DATA),
        ("", "more: {note: '()'}", DATA),
        ("", "more: ${oc.env:HOME}", REFERENCE),
        ("", "more: '${oc.${x}:HOME}'", REFERENCE),
        ("", "more: a${x}b", REFERENCE),
        ("", "more: !!python/object/apply:os.system [x]", "not YAML"),
        ("", "more: !!python/object/apply:pathlib.Path [x]", "not YAML"),
        ("# @package hydra", "", "# @package hydra: not allowed here"),
        ("\n  #@package _global_", "", "# @package _global_: not allowed here"),
        ("defaults: [override /hydra/launcher: x]", "", "defaults = {override /hydra/launcher"),
        ("defaults: [/hydra: x]", "", "defaults = {/hydra: x}"),
        ("defaults: [/population: plain]", "", "defaults = {/population: plain}"),
        ("defaults: ['one_queue@hydra']", "", "defaults = one_queue@hydra"),
        ("defaults: [/service/one_queue]", "", "defaults = /service/one_queue"),
        ("defaults: [../service/one_queue]", "", "defaults = ../service/one_queue"),
        ("defaults: [one_queue: null]", "", "defaults = {one_queue: null}"),
        ("defaults: {a: 1}", "", "a list of configs is required"),
        ("defaults: [mine, _self_]", "", "defaults that lead back to it: mine -> mine"),
        ("defaults: [nothing, _self_]", "", "service = nothing: unknown service"),
    ],
)
def test_a_service_file_reaches_nothing_else(
    problems: Problems, folder: Path, before: str, after: str, message: str
) -> None:
    """Hold that a file with a way to run, read or place something else is refused."""
    text = (folder / "service" / "one_queue.yaml").read_text()
    (folder / "service" / "mine.yaml").write_text(f"{before}\n{text}\n{after}\n")
    found = problems("service=mine", "population=plain")
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("header", "entry", "message"),
    [
        ("", "_self_", "an experiment begins with the line # @package _global_"),
        ("# @package hydra", "_self_", "# @package hydra: not allowed here"),
        ("# @package _global_", "override /hydra/launcher: x", "override /hydra/launcher"),
        ("# @package _global_", "/hydra: x", "defaults = {/hydra: x}"),
        ("# @package _global_", "override /service@hydra: region", "defaults = {override /serv"),
        ("# @package _global_", "override /service: ../x", "service = ../x: unknown service"),
        ("# @package _global_", "'${oc.env:HOME}'", REFERENCE),
    ],
)
def test_an_experiment_reaches_nothing_else(
    problems: Problems, folder: Path, header: str, entry: str, message: str
) -> None:
    """Hold that an experiment chooses services and populations, nothing of Hydra's."""
    (folder / "experiment" / "mine.yaml").write_text(f"{header}\ndefaults: [{entry}]\n")
    found = problems("experiment=mine")
    assert any(message in line for line in found), found


def test_files_named_by_files_are_checked_too(problems: Problems, folder: Path) -> None:
    """Hold that what is forbidden stays forbidden in a file that only another one names."""
    text = (folder / "service" / "one_queue.yaml").read_text()
    (folder / "service" / "evil.yaml").write_text(text + "hydra: {searchpath: [x]}\n")
    (folder / "service" / "mine.yaml").write_text("defaults: [evil, _self_]\n")
    (folder / "experiment" / "mine.yaml").write_text(
        "# @package _global_\ndefaults: [override /service: mine, override /population: plain]\n"
    )
    expected = "configs/service/evil.yaml: hydra: a config cannot change Hydra's own settings"
    assert expected in problems("service=mine", "population=plain")
    assert expected in problems("experiment=mine")


@pytest.mark.parametrize("line", ["hydra: {searchpath: [x]}", "more: ${oc.env:HOME}"])
def test_the_main_file_and_policies_are_checked_too(
    problems: Problems, folder: Path, line: str
) -> None:
    """Hold that the same is forbidden in config.yaml and in a policy."""
    (folder / "policy" / "mine.yaml").write_text(line)
    assert any("configs/policy/mine.yaml: " in found for found in problems("policy=mine"))
    main = folder / "config.yaml"
    main.write_text(main.read_text() + line)
    assert any("configs/config.yaml: " in found for found in problems())


def test_a_reference_leads_to_a_plain_value(folder: Path, problems: Problems) -> None:
    """Hold that ${path} stands for the value at the path, and for no mapping or other one."""
    made = build.job([*QUEUE, "seed=7", "service.arrivals.people.per_day=${seed}"], Folders(folder))
    assert made.resolved["service"]["arrivals"]["people"]["per_day"] == 7
    for path in ("service", "service.description", "nowhere"):
        found = problems(*QUEUE, f"service.description=${{{path}}}")
        assert any("service.description = ${" in line for line in found), found


def test_references_cannot_grow(problems: Problems, folder: Path) -> None:
    """Hold that references to references are refused, so that nothing doubles by them."""
    text = (folder / "service" / "one_queue.yaml").read_text()
    more = "".join(f"a{k}: ['${{service.a{k + 1}}}', '${{service.a{k + 1}}}']\n" for k in range(60))
    (folder / "service" / "mine.yaml").write_text(text + more + "a60: x\n")
    assert any("it must lead to a plain value" in line for line in problems("service=mine"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_only_plain_files_are_read(problems: Problems, folder: Path) -> None:
    """Hold that a pipe or a folder with a config's name is refused rather than waited for."""
    os.mkfifo(folder / "service" / "pipe.yaml")
    (folder / "service" / "place.yaml").mkdir()
    assert "configs/service/pipe.yaml: not a file" in problems("service=pipe")
    assert "configs/service/place.yaml: not a file" in problems("service=place")
