"""Groups that start together, in a service and in what patches make of it."""

from pathlib import Path

import pytest
import yaml

from simcare.config import build
from simcare.config.files import Folders
from simcare.config.messages import ConfigError
from simcare.model.capacity import Capacity

TOGETHER = "service.capacities.therapy_groups.together"


def written(folder: Path, **policy: object) -> None:
    """Write a policy named mine."""
    text = yaml.safe_dump({"title": "mine", **policy, "sources": {}})
    (folder / "policy" / "mine.yaml").write_text(text, encoding="utf-8")


def together(folder: Path, name: str, *arguments: str) -> int | None:
    """Return to how many at a time a capacity is given, with the policies that are asked for."""
    study = build.job(arguments, Folders(folder)).study
    return study.scenes[0].scenario.service.capacities[name].together


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"set": {TOGETHER: 6}}, 6),
        ({"change": {TOGETHER: "+2"}}, 10),
        ({"change": {TOGETHER: "x0.5"}}, 4),
        ({"set": {TOGETHER: None}}, None),
    ],
)
def test_a_policy_says_how_many_start_together(
    folder: Path, policy: dict[str, object], expected: int | None
) -> None:
    """Hold that the number of another policy, or of the service, is set and changed as any is."""
    written(folder, **policy)
    assert together(folder, "therapy_groups", "policy=[group_therapy, mine]") == expected
    asked = ("policy=group_therapy", f"{TOGETHER}={'null' if expected is None else expected}")
    assert together(folder, "therapy_groups", *asked) == expected


def test_a_policy_lets_what_is_there_start_together(folder: Path) -> None:
    """Hold that it is added to a capacity, or set, that had none, and that a stage may be alike."""
    path = "service.capacities.aftercare.together"
    for how in ("add", "set"):
        written(folder, **{how: {path: 12}})
        assert together(folder, "aftercare", "policy=mine") == 12
    study = build.job(("policy=group_therapy",), Folders(folder)).study
    stage = study.scenes[0].scenario.service.stages["therapy_group"]
    assert stage.asks_for == ("therapy_groups",)
    assert stage.while_waiting == study.scenes[0].scenario.service.stages["aftercare"].while_waiting


def test_a_policy_that_cannot_work_is_refused(folder: Path) -> None:
    """Hold that one message names the capacity, the number, and what is lacking."""
    written(folder, set={TOGETHER: 65})
    with pytest.raises(ConfigError) as caught:
        together(folder, "therapy_groups", "policy=[group_therapy, mine]")
    (found,) = caught.value.problems
    assert "service.capacities.therapy_groups: together = 65: no group can start" in found
    assert "a list never has more than 64 places" in found


@pytest.mark.parametrize(
    ("capacity", "most"),
    [
        ({"beds": 7, "units": 3}, 2),
        ({"beds": 7, "units": 3, "lists": "one"}, 7),
        ({"beds": 4, "changes": [{"day": 9, "number": 6}, {"day": 11, "number": 0}]}, 6),
        ({"beds": 0, "changes": [{"day": 9, "number": 6}]}, 6),
        ({"by": "kind", "beds": {"one": 5, "other": 9}, "units": {"one": 1, "other": 3}}, 3),
        ({"by": "kind", "beds": {"one": 5, "other": 9}, "units": 3, "lists": "by_category"}, 5),
        ({"by": "kind", "beds": {"one": 5, "other": 9}, "lists": "one"}, 14),
        ({"by": "kind", "beds": {"one": 5, "other": 0}}, 5),
        ({"staff": {"members": 7, "caseload": 4}, "units": 2}, 12),
        ({"staff": {"members": 7, "caseload": 4, "vacant_share": 0.3}, "lists": "one"}, 20),
    ],
)
def test_no_more_start_together_than_a_list_ever_has(
    capacity: dict[str, object], most: int
) -> None:
    """By hand: as many as the smallest unit has at most, or all units that share a list.

    A category that never has a place is for nobody, with groups and without.
    """
    assert Capacity.model_validate({**capacity, "together": most}).together == most
    with pytest.raises(ValueError, match=f"never has more than {most} places"):
        Capacity.model_validate({**capacity, "together": most + 1})
