"""The configs that are shipped: all of them valid, and every number with its source."""

from collections.abc import Iterator
from typing import Any

import pytest

from simcare.config.build import job
from simcare.config.files import config_folder, names, read_named

FOLDER = config_folder()
POPULATIONS = {"region": "norway"}  # those whose people must have attributes; else plain
SOURCED = [(group, name) for group in ("service", "population") for name in names(FOLDER, group)]


def population_of(service: str) -> str:
    """Return the population that a shipped service is written for."""
    return POPULATIONS.get(service, "plain")


def numbers(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each number in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from numbers(inner, f"{path}.{k}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield every path in a document."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("service", names(FOLDER, "service"))
def test_every_service_is_valid(service: str) -> None:
    """Hold that each shipped service fits a shipped population."""
    assert job([f"service={service}", f"population={population_of(service)}"]).study.scenes


@pytest.mark.parametrize("population", names(FOLDER, "population"))
def test_every_population_is_valid(population: str) -> None:
    """Hold that each shipped population can come to a service."""
    service = "region" if population in POPULATIONS.values() else "one_queue"
    assert job([f"service={service}", f"population={population}"]).study.scenes


@pytest.mark.parametrize("policy", names(FOLDER, "policy"))
def test_every_policy_is_valid(policy: str) -> None:
    """Hold that each shipped policy fits the service that a run starts from."""
    assert job([f"policy={policy}"]).study.scenes[0].policy == policy


@pytest.mark.parametrize("experiment", names(FOLDER, "experiment"))
def test_every_experiment_is_valid(experiment: str) -> None:
    """Hold that each shipped experiment compares policies, and says what it asks."""
    study = job([f"experiment={experiment}"]).study
    assert study.question
    assert len({scene.policy for scene in study.scenes}) > 1


@pytest.mark.parametrize(("group", "name"), SOURCED)
def test_every_number_has_a_source(group: str, name: str) -> None:
    """Hold that a path in sources covers each number: the number's path, or the start of it."""
    document = read_named(FOLDER, group, name)
    sources = document.get("sources", {})
    bare = [
        path
        for path in numbers({k: v for k, v in document.items() if k != "sources"})
        if not any(path == source or path.startswith(f"{source}.") for source in sources)
    ]
    assert bare == []


@pytest.mark.parametrize(("group", "name"), SOURCED)
def test_every_source_is_of_something(group: str, name: str) -> None:
    """Hold that each path in sources is there in the file, and says something."""
    document = read_named(FOLDER, group, name)
    sources = document.get("sources", {})
    assert [path for path in sources if path not in set(paths(document))] == []
    assert all(text.strip() for text in sources.values())
