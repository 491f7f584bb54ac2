"""The examples in the documents are run as they stand."""

import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from simcare.analysis.audit import audit
from simcare.config.patch import Policy, apply
from simcare.engines.cohort import client_ids
from simcare.engines.lowering import lower
from simcare.engines.reference import simulate
from simcare.model.scenario import Scenario

ROOT = Path(__file__).parents[2]


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


def commands() -> list[str]:
    """Return the commands that the README tells, those of its first block left out."""
    lines = [line for block in blocks("README.md", "(?:sh|console)") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if "simcare " in line]


@pytest.mark.parametrize("number", range(3))
def test_each_service_of_the_page_runs(number: int) -> None:
    """Every service shown is valid with the population shown, and runs by the rules."""
    page = examples()
    data = {"service": page["service"][number], "population": page["population"][0]}
    program = lower(Scenario.model_validate(data), date(2026, 1, 1), 730)
    visits = simulate(program, 1, 0)
    assert len(visits) > 300
    numbers = np.array([place.number for place in program.places])
    first = np.array([-1 if place is None else place for place in program.first_places()])
    clients = len(client_ids(program, 1, 0))
    rules = (numbers, program.changes, first, program.horizon, clients, program.groups())
    assert audit(visits, *rules) == ()


def test_the_policy_of_the_page_fits_its_service() -> None:
    """The policy shown changes the service shown as it says."""
    page = examples()
    config = {"service": page["service"][1], "population": page["population"][0]}
    patched, problems = apply(config, Policy.model_validate(page["policy"][0]), "the page")
    assert problems == []
    scenario = Scenario.model_validate(patched)
    assert scenario.service.capacities["clinic_slots"].number == 14
    leave = scenario.service.conditions["waiting"].leave
    assert leave is not None
    assert leave.early_loss is not None
    assert leave.early_loss.share == 0


def test_the_readme_has_its_two_commands() -> None:
    """The first block of the README is two commands, each complete in itself."""
    first = blocks("README.md", "")[0].strip().splitlines()
    assert len(first) == 2
    assert all(line.startswith("python3 -m venv .venv && ") for line in first)
    assert first[0].endswith(".venv/bin/simcare run experiment=access")
    assert first[1].endswith(".venv/bin/pytest")


@pytest.mark.parametrize("command", commands())
def test_each_command_of_the_readme_does_what_is_said(command: str, tmp_path: Path) -> None:
    """The commands told run (few replications here), and the mistaken one is refused."""
    _, *arguments = shlex.split(command)
    if arguments[0] == "run":
        arguments.append("replications=2")
    done = subprocess.run(
        [sys.executable, "-m", "simcare.cli", *arguments],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    mistaken = "sead" in command
    assert done.returncode == (2 if mistaken else 0), done.stderr
    assert (tmp_path / "results").exists() == (arguments[0] == "run")
    if mistaken:
        assert "3 problems" in done.stderr
        assert "did you mean direct_access?" in done.stderr
        assert "did you mean seed?" in done.stderr
