"""What patches add: parts that are not there yet, elements of lists, and who clashes over them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from simcare.config import build
from simcare.config.apply import apply
from simcare.config.files import Folders
from simcare.config.messages import ConfigError
from simcare.config.patch import Policy
from simcare.model.scenario import Scenario

Problems = Callable[..., list[str]]

CASE = {"when": {"region": "west"}, "to": "home"}
SERVICE: dict[str, Any] = {
    "stages": {
        "ward": {
            "stay_days": {"fixed": 3},
            "next": {
                "completed": [{"when": {"region": "north"}, "to": "away"}, {"to": "home"}],
                "left": {"home": 0.4, "out": 0.6},
                "dropped_out": "home",
            },
        }
    },
    "conditions": {"waiting": {}},
}
LONG = "service.stages.ward.next.completed"


def applied(*policies: Mapping[str, Any], service: Any = None) -> tuple[dict[str, Any], list[str]]:
    """Return a service with policies named a, b, … applied together, and what is wrong."""
    patches = [
        (f"the policy {name}", Policy.model_validate(policy))
        for name, policy in zip("abcdef", policies, strict=False)
    ]
    config = {"service": SERVICE if service is None else service, "population": {}}
    result, problems = apply(config, patches)
    return result["service"], problems


def adds(path: str, value: Any) -> dict[str, Any]:
    """Return a policy that adds one thing."""
    return {"add": {path: value}}


def test_a_part_that_is_not_there_is_added() -> None:
    """Expected: it stands beside the others, last; what was there is left as it is."""
    service, problems = applied(adds("service.stages.home", {"stay_days": {"fixed": 1}}))
    assert problems == []
    assert list(service["stages"]) == ["ward", "home"]
    assert service["stages"]["home"] == {"stay_days": {"fixed": 1}}
    assert service["stages"]["ward"] == SERVICE["stages"]["ward"]
    assert list(SERVICE["stages"]) == ["ward"]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("service.capacities.beds", {"beds": 2}, "capacities"),
        ("service.capacities", {"beds": {"beds": 2}}, "capacities"),
        ("service.milestones.bed", ["ward"], "milestones"),
        ("service.sources.stages", "assumed", "sources"),
        ("service.conditions.waiting.leave.after_days", {"exponential": {"mean": 9}}, "conditions"),
    ],
)
def test_a_part_that_nobody_wrote_is_made_where_the_schema_knows_it(
    path: str, value: Any, key: str
) -> None:
    """Expected: what is added stands at its path, and nothing else was added."""
    service, problems = applied(adds(path, value))
    assert problems == []
    expected: Any = value
    for part in reversed(path.split(".")[2:]):
        expected = {part: expected}
    assert service[key] == expected
    assert set(service) == {*SERVICE, key}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (LONG, [SERVICE["stages"]["ward"]["next"]["completed"][0], CASE, {"to": "home"}]),
        ("service.stages.ward.next.left", [CASE, {"to": {"home": 0.4, "out": 0.6}}]),
        ("service.stages.ward.next.dropped_out", [CASE, {"to": "home"}]),
    ],
)
def test_a_case_comes_before_the_one_for_everybody(path: str, expected: Any) -> None:
    """Expected: by hand; the short notations are one case, for everybody."""
    service, problems = applied(adds(path, [CASE]))
    assert problems == []
    assert service["stages"]["ward"]["next"][path.split(".")[-1]] == expected


@pytest.mark.parametrize("test", ["when", "where", "due"])
def test_cases_of_which_none_is_for_everybody_are_appended_to(test: str) -> None:
    """Expected: last, for whichever test the case there has."""
    there = {test: {"x": "free"}, "to": "home"}
    service = {"stages": {"ward": {"next": {"moved": [there]}}}}
    found, problems = applied(adds("service.stages.ward.next.moved", [CASE]), service=service)
    assert problems == []
    assert found["stages"]["ward"]["next"]["moved"] == [there, CASE]


def test_a_list_that_nobody_wrote_is_empty() -> None:
    """Expected: elements in a new list, and no clash of two who both begin it."""
    longer, shorter = ({"factor": f, "when": {"region": "west"}} for f in (2, 0.5))
    path = "service.stages.ward.stay_times"
    service, problems = applied(adds(path, [longer]), adds(path, [shorter]))
    assert problems == []
    assert service["stages"]["ward"]["stay_times"] == [longer, shorter]


def test_appends_to_one_list_go_together_in_the_order_of_the_policies() -> None:
    """Expected: the north first, a's case, b's, and everybody; the other way round for b and a."""
    mine = {"when": {"region": "south_east"}, "to": "home"}
    for first, second in ((CASE, mine), (mine, CASE)):
        service, problems = applied(adds(LONG, [first]), adds(LONG, [second]))
        assert problems == []
        cases = service["stages"]["ward"]["next"]["completed"]
        assert cases[1:] == [first, second, {"to": "home"}]


def test_what_another_adds_is_set_and_changed_whatever_the_order() -> None:
    """Expected: added, then set, then changed: 10 beds, 3 units set, 2 beds more are 12."""
    policies = (
        adds("service.capacities.beds", {"beds": 10, "units": 1}),
        {"set": {"service.capacities.beds.units": 3}},
        {"change": {"service.capacities.beds.beds": "+2"}},
        adds("service.capacities.beds.changes", [{"day": 5, "number": 3}]),
    )
    changes = [{"day": 5, "number": 3}]
    for order in (policies, policies[::-1]):
        service, problems = applied(*order)
        assert problems == []
        assert service["capacities"] == {"beds": {"beds": 12, "units": 3, "changes": changes}}


def test_what_is_added_shares_nothing() -> None:
    """Expected: a value that YAML writes once under two names is set at one of them alone."""
    text = "{left: &lost {home: 1.0}, dropped_out: *lost}"
    policies = (
        adds("service.stages.new", {"next": yaml.safe_load(text)}),
        {"set": {"service.stages.new.next.left.home": 0.5}},
    )
    service, problems = applied(*policies)
    assert problems == []
    assert service["stages"]["new"]["next"] == {"left": {"home": 0.5}, "dropped_out": {"home": 1.0}}
    assert policies[0]["add"]["service.stages.new"]["next"]["left"] == {"home": 1.0}


THERE = "it is there already: set gives it another value"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("service.stages.ward", {"hold": True}, f"{THERE}, or add a part inside it"),
        ("service.stages.ward.stay_days.fixed", 4, THERE),
        ("service", {}, THERE),
        ("seed", 4, "a patch begins with service or population"),
        ("service.stage.home", {}, "there is no stage in service; allowed: stages, conditions"),
        ("service.stage", {}, "unknown key; allowed: description, arrivals"),
        ("service.stages.wrd.hold", True, "there is no wrd in service.stages; allowed: ward"),
        ("service.stages.ward.hlod", True, "did you mean hold?"),
        ("service.stages.ward.stay_days.fixed.x", 1, "service.stages.ward.stay_days.fixed is 3"),
        (LONG, CASE, "a list of what is to be appended is required"),
        (f"{LONG}.2", CASE, f"{LONG} is a list: add to that, not to one of its elements"),
        ("service.milestones.beds", ["ward"], "unknown key; allowed: referral_received"),
        (f"{LONG}.7.x", 1, f"there is no 7 in {LONG}, a list of 2 (0 to 1)"),
        ("", 1, "a patch begins with service or population"),
        ("service.", 1, "unknown key; allowed: description"),
    ],
)
def test_what_cannot_be_added_is_said(path: str, value: Any, says: str) -> None:
    """Expected: one message that names who, the path, what was given and what is allowed."""
    _, (found,) = applied(adds(path, value))
    assert found.startswith(f"the policy a: add {path} = "), found
    assert says in found


def test_all_that_is_wrong_comes_together() -> None:
    """Expected: one line for each of four mistakes in two policies."""
    _, found = applied(
        {"add": {"service.stages.ward": {}, "service.stags.home": {}}, "set": {"service.nope": 1}},
        {"add": {LONG: CASE}, "change": {"service.stages.ward.hold": 1}},
    )
    assert [text.partition(" = ")[0] for text in found] == [
        "the policy a: add service.stages.ward",
        "the policy a: add service.stags.home",
        f"the policy b: add {LONG}",
        "the policy a: set service.nope",
        "the policy b: change service.stages.ward.hold",
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            adds("service.stages.home", {"hold": True}),
            adds("service.stages.home", {"hold": False}),
            "service.stages.home: both the policy a and the policy b add it; leave one of them out",
        ),
        (
            adds("service.stages.home", {"hold": True}),
            {"set": {"service.stages.home": {"hold": False}}},
            "service.stages.home: the policy a adds it, the policy b sets it; "
            "leave one of them out",
        ),
        (
            adds(LONG, [CASE]),
            {"set": {LONG: "home"}},
            f"{LONG}: the policy a adds to it, the policy b sets it; leave one of them out",
        ),
        (
            {"set": {f"{LONG}.0.to": "out"}},
            adds(LONG, [CASE]),
            f"{LONG}.0.to: the policy a sets it, the policy b adds to {LONG}, which holds it; "
            "leave one of them out",
        ),
        (
            {"set": {"service.stages": {}}},
            adds("service.stages.home", {}),
            "service.stages.home: the policy b adds it, the policy a sets service.stages, "
            "which holds it; leave one of them out",
        ),
    ],
)
def test_two_who_add_the_same_or_set_what_is_added_clash(
    first: dict[str, Any], second: dict[str, Any], expected: str
) -> None:
    """Expected: one line with both names, and nothing besides of what is there already."""
    _, found = applied(first, second)
    assert expected in found
    assert not any("already" in text for text in found)


def test_a_policy_says_what_it_adds_at_once() -> None:
    """Expected: adding a part and setting or adding what is inside it is a clash in one policy."""
    whole = {"service.capacities.beds": {"beds": 10}}
    inner = "service.capacities.beds.units"
    _, (found,) = applied({"add": whole, "set": {inner: 2}})
    assert found == (
        f"{inner}: the policy a sets it, the policy a adds service.capacities.beds, "
        "which holds it; leave one of them out"
    )
    _, (found,) = applied({"add": {**whole, inner: 2}})
    assert found.startswith(f"{inner}: the policy a adds it twice (it is inside")


def test_what_another_has_added_already_is_said_with_its_name() -> None:
    """Expected: who adds inside a part of somebody else's learns from whom it has the value."""
    _, (found,) = applied(
        adds("service.capacities.beds", {"beds": 10}), adds("service.capacities.beds.beds", 12)
    )
    assert found == (
        "the policy b: add service.capacities.beds.beds = 12: it is there already (the policy a "
        "adds it): set gives it another value"
    )


PRIVATE: dict[str, Any] = {
    "add": {
        "service.capacities.private_beds": {"beds": 10},
        "service.stages.private": {"like": "residential", "asks_for": "private_beds"},
        "service.stages.assessment.next.completed": [
            {"when": {"region": "west"}, "to": {"private": 1.0}}
        ],
        **{f"service.milestones.{m}": ["private"] for m in ("treatment", "bed", "discharge")},
    },
    "sources": {"service.capacities.private_beds": "assumed"},
}
LONGER: dict[str, Any] = {
    "set": {"service.stages.private.stay_days": {"fixed": 90}},
    "change": {"service.capacities.private_beds.beds": "x0.5"},
}


def policy(folder: Path, name: str, document: Mapping[str, Any]) -> None:
    """Write a policy into a folder of configs."""
    text = yaml.safe_dump(dict(document), sort_keys=False)
    (folder / "policy" / f"{name}.yaml").write_text(text, encoding="utf-8")


def played(folder: Path, *arguments: str) -> list[Scenario]:
    """Return the scenarios that a command line asks for."""
    return [scene.scenario for scene in build.job(arguments, Folders(folder)).study.scenes]


def test_a_policy_adds_a_stage_to_a_shipped_service(folder: Path) -> None:
    """Expected: the new stage is the old one at new places, with other stays by another policy."""
    policy(folder, "private", PRIVATE)
    policy(folder, "longer", LONGER)
    base, both = played(
        folder, "study={question: why, policies: [as_it_is, longer+private], cases: {a: {}}}"
    )
    assert "private" not in base.service.stages
    private, residential = (both.service.stages[name] for name in ("private", "residential"))
    assert private.next == residential.next
    assert "private_beds" in (private.asks_for or ())
    assert private.while_there == "in_residential"
    assert private.stay_days is not None
    assert private.stay_days.fixed == 90
    assert both.service.capacities["private_beds"].number == 5
    assert both.service.milestones.bed == ("detox", "residential", "private")
    cases = both.service.stages["assessment"].next["completed"]
    assert [set(case.when) for case in cases] == [{"physical_dependence"}, {"region"}, set()]


def test_a_case_adds_as_a_policy_does(folder: Path) -> None:
    """Expected: the part is there under both policies, and one policy changes it."""
    policy(folder, "longer", LONGER)
    text = yaml.safe_dump({"a": {"title": "private beds", **PRIVATE}, "b": PRIVATE})
    (folder / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nstudy:\n  question: why?\n  policies: [as_it_is, longer]\n"
        "  cases:\n" + "".join(f"    {row}\n" for row in text.splitlines()),
        encoding="utf-8",
    )
    beds = [s.service.capacities["private_beds"].number for s in played(folder, "experiment=mine")]
    assert beds == [10, 5, 10, 5]


def test_what_is_wrong_in_an_added_part_is_said_of_the_policy(
    problems: Problems, folder: Path
) -> None:
    """Expected: a wrong number, an unknown stage to be like and an unused place, all at once."""
    wrong = {
        "add": {
            "service.capacities.private_beds": {"beds": -1},
            "service.stages.private": {"like": "residental"},
            "service.stages.detox.next.completed": [{"to": "private"}],
        }
    }
    policy(folder, "wrong", wrong)
    found = problems("policy=wrong")
    assert all(text.startswith("the policy wrong: ") for text in found)
    said = {text.split(" ")[3].removesuffix(":"): text for text in found}
    assert len(found) == 4
    assert set(said) == {
        "service.capacities.private_beds",
        "service.capacities.private_beds.beds",
        "service.stages.detox.next.completed",
        "service.stages.private.like",
    }
    assert "hides those after it" in said["service.stages.detox.next.completed"]
    assert "did you mean residential?" in said["service.stages.private.like"]


def test_two_policies_that_add_one_part_clash_with_both_names(
    problems: Problems, folder: Path
) -> None:
    """Expected: one line, though the second finds the part there already."""
    for name in ("one", "two"):
        policy(folder, name, adds("service.arrivals.callers", {"per_year": 10}))
    assert problems("policy=[one,two]") == [
        "service.arrivals.callers: both the policy one and the policy two add it; "
        "leave one of them out"
    ]


BEDS = "service.capacities.private_beds.beds"


@pytest.mark.parametrize(
    ("arguments", "beds"),
    [
        (["policy=private", f"{BEDS}=4"], [4]),
        (["study={question: q, policies: [as_it_is, private], cases: {a: {}}}", f"{BEDS}=4"], [4]),
        (["policy=[more_beds,private]", f"{BEDS}=4"], [4]),
    ],
)
def test_the_command_line_sets_a_number_in_what_a_policy_adds(
    folder: Path, arguments: Sequence[str], beds: list[int]
) -> None:
    """Expected: the number given, in the policy as it is kept too, so that it is read back."""
    policy(folder, "private", PRIVATE)
    job = build.job(arguments, Folders(folder))
    again = build.job_from(job.resolved)
    for study in (job.study, again.study):
        capacities = [scene.scenario.service.capacities for scene in study.scenes]
        assert [c["private_beds"].number for c in capacities if "private_beds" in c] == beds
    assert again.config_hash == job.config_hash
    other = build.job([*arguments[:-1], f"{BEDS}=5"], Folders(folder))
    assert other.config_hash != job.config_hash


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["policy=as_it_is", f"{BEDS}=4"], "there is no private_beds in service.capacities"),
        (["policy=private", f"{BEDS[:-1]}=4"], "there is no bed in"),
        (["policy=private", f"{BEDS[:-1]}=4"], "(the policy private adds service.capacities."),
        (["policy=private", f"{BEDS}=-4"], f"the policy private: {BEDS} = -4: must be 0 or more"),
        (
            ["policy=[private,longer]", f"{BEDS}=4"],
            f"{BEDS}: both the command line and the policy longer set it",
        ),
    ],
)
def test_what_the_command_line_cannot_set_there_is_said(
    problems: Problems, folder: Path, arguments: Sequence[str], says: str
) -> None:
    """Expected: one message, whether nobody adds the part, it has no such key, or two set it."""
    policy(folder, "private", PRIVATE)
    policy(folder, "longer", LONGER)
    (found,) = problems(*arguments)
    assert says in found


def test_a_path_into_what_a_stage_has_from_another_is_explained(
    problems: Problems, folder: Path
) -> None:
    """Expected: what to set instead, for the length that the stage does not say itself."""
    policy(folder, "private", PRIVATE)
    path = "service.stages.private.stay_days"
    policy(folder, "longer", {"change": {f"{path}.log_normal.mean": "x2"}})
    (found,) = problems("policy=[private,longer]")
    assert found.endswith(
        "service.stages.private is like residential and says no stay_days of its own: set the "
        f"whole of {path}, or change that of residential"
    )


def test_a_resolved_config_keeps_what_is_added(folder: Path) -> None:
    """Expected: written and read back, the same scenarios of the same hash."""
    policy(folder, "private", PRIVATE)
    job = build.job(["policy=private"], Folders(folder))
    kept = yaml.safe_load(yaml.safe_dump(dict(job.resolved), sort_keys=False))
    again = build.job_from(kept)
    assert again.study.scenes == job.study.scenes
    assert again.config_hash == job.config_hash
    del kept["policies"]["private"]["add"]["service.capacities.private_beds"]
    with pytest.raises(ConfigError, match="not among the capacities"):
        build.job_from(kept)
