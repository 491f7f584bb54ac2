"""Resolved configs: what a results folder keeps is enough to make the study again."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simcare.config.build import job, job_from
from simcare.config.files import read_yaml
from simcare.config.messages import ConfigError

REFERENCE = Path(__file__).parents[3] / "results" / "reference" / "access"


def _written(arguments: list[str]) -> dict[str, Any]:
    """Return a resolved config as it comes back from a file."""
    text = yaml.safe_dump(dict(job(arguments).resolved), sort_keys=False, allow_unicode=True)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _problems(resolved: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        job_from(resolved)
    return caught.value.problems


@pytest.mark.parametrize(
    "arguments",
    [
        ["experiment=access"],
        ["policy=[direct_access,more_beds]", "seed=18446744073709551615"],
        ["service=norway", "policy=gp_referral"],
        ["service=one_queue", "population=plain", "service.capacities.places.beds=3"],
    ],
)
def test_a_study_is_made_again_from_its_config(arguments: list[str]) -> None:
    """Hold that scenarios, plan and hash are those of the command line; its order too."""
    made, again = job(arguments), job_from(_written(arguments))
    assert again.study.scenes == made.study.scenes
    assert again.study.plan == made.study.plan
    assert again.study.cases == made.study.cases
    assert again.study.policies == made.study.policies
    assert again.config_hash == made.config_hash


def test_the_config_of_the_reference_results_is_read() -> None:
    """Hold that it is a study of 20 scenarios, also as older versions wrote it: without engine."""
    resolved = read_yaml(REFERENCE / "config.yaml", "config.yaml")
    older = {key: value for key, value in resolved.items() if key != "engine"}
    for config in (resolved, older):
        assert len(job_from(config).study.scenes) == 20


def test_all_that_is_wrong_is_said() -> None:
    """Hold that a config changed by hand is refused as on the command line, all of it at once."""
    resolved = _written(["experiment=access"])
    resolved["sead"] = 1
    resolved["service"]["capacities"]["detox"]["beds"] = -3
    resolved["policies"]["direct_access"]["sett"] = {}
    del resolved["policies"]["gp_referral"]
    found = _problems(resolved)
    assert len(found) == 4
    assert found[0].startswith("sead = 1: unknown key; allowed: ")
    assert found[1] == "service.capacities.detox.beds = -3: must be 0 or more"
    assert {text.partition(" = ")[0] for text in found[2:]} == {
        "policies.direct_access.sett",
        "policy",
    }


@pytest.mark.parametrize("policies", [None, [], "gp_referral", {}, {"as_it_is": []}])
def test_policies_of_another_shape_are_refused(policies: object) -> None:
    """Hold that no shape of what should be written out ends in anything but a message."""
    resolved = {**_written(["service=one_queue", "population=plain"]), "policies": policies}
    (found,) = _problems(resolved)
    assert "as_it_is" in found


@pytest.mark.parametrize("resolved", [{}, {"seed": 1}, {"service": 3, "population": []}])
def test_what_is_no_config_is_refused(resolved: dict[str, Any]) -> None:
    """Hold that missing parts are named, and nothing else happens."""
    assert any("service" in problem for problem in _problems(resolved))
