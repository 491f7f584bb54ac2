"""Named patches: what set and change do, and who clashes with whom."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simcare.config import build
from simcare.config.apply import apply, changed
from simcare.config.clashes import Touch, clashes
from simcare.config.files import Folders
from simcare.config.patch import Policy
from simcare.config.paths import overlap, reach

Problems = Callable[..., list[str]]

DETOX = "service.capacities.detox.beds"


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [
        (10, "+12", 22),
        (10, "-3", 7),
        (10, 12, 22),
        (10, -3, 7),
        (10, "x1.1", 11),
        (3, "x0.5", 2),
        (0.5, "x1.1", 0.55),
        (1.5, "+0.25", 1.75),
        (2, "+0.5", 2.5),
    ],
)
def test_a_number_is_changed(old: float, change: Any, new: float) -> None:
    """Hold that steps are added, factors multiply, and whole numbers stay whole under factors."""
    result = changed(old, change)
    assert result == pytest.approx(new)
    assert isinstance(result, int) == isinstance(new, int)


@pytest.mark.parametrize(
    ("old", "change"),
    [(10, c) for c in ("12", "x", "1.1x", "x-1", "+", "x1e2", "x1.1\n", True, None, [1])]
    + [(10, "x" + "9" * 400), (10, "+" + "9" * 5000), (True, "+1"), ("a", "+1"), (None, "x2")],
)
def test_what_is_no_change_is_refused(old: Any, change: Any) -> None:
    """Hold that other notations, and changes of what is no number, give a message."""
    assert isinstance(changed(old, change), str)


def test_paths_lead_through_lists_and_keys_with_dots() -> None:
    """Hold that an index leads into a list, and that a key may itself be a path."""
    config = {"a": [{"b": 1}], "c": {"d.e": 2}}
    assert reach(config, "a.0.b") == ({"b": 1}, "b")
    assert reach(config, "c.d.e") == ({"d.e": 2}, "d.e")
    assert reach(config, "a.1.b") == "there is no 1 in a, a list of 1 (0)"
    assert reach(config, "c.x") == "there is no x in c; allowed: d.e"
    assert reach(config, "a.0.b.x") == "a.0.b is 1: there is nothing inside"


def test_paths_overlap_when_one_holds_the_other() -> None:
    """Hold that whole names count: stages.a does not hold stages.ab."""
    assert overlap("a.b", "a.b")
    assert overlap("a", "a.b")
    assert overlap("a.b.c", "a.b")
    assert not overlap("a.b", "a.bc")


def test_clashes_name_both() -> None:
    """Hold that each pair of overlapping paths is one line with both sources."""
    paths = [("one", "a.b"), ("one", "c"), ("two", "a"), ("three", "c"), ("three", "d")]
    found = clashes([Touch(source, path) for source, path in paths])
    assert found == [
        "a.b: both one and two set it (it is inside a); leave one of them out",
        "c: both one and three set it; leave one of them out",
    ]


def test_a_patch_leaves_the_config_alone() -> None:
    """Hold that applying a patch gives a new config, with set and change both done."""
    config = {"service": {"capacities": {"detox": {"beds": 3}}, "x": {"y": 1}}}
    patch = Policy(set={"service.x.y": {"z": 2}}, change={DETOX: "+2"})
    result, problems = apply(config, [("the policy p", patch)])
    assert problems == []
    assert result["service"] == {"capacities": {"detox": {"beds": 5}}, "x": {"y": {"z": 2}}}
    assert config["service"] == {"capacities": {"detox": {"beds": 3}}, "x": {"y": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "set: {service.capacities.nope.beds: 1}",
            "the policy p: set service.capacities.nope.beds",
        ),
        ("set: {seed: 3}", "the policy p: set seed = 3: a patch begins with service or population"),
        ("change: {service.capacities.detox.slots: +1}", "there is no slots in"),
        (f"change: {{{DETOX}: twelve}}", "a change is written +12, -3 or x1.1"),
        ("change: {service.description: +1}", "only a number can be changed, not the way to a bed"),
        (f"change: {{{DETOX}: -20}}", f"the policy p: {DETOX} = -7: must be 0 or more"),
        (f"set: {{{DETOX}: x}}", f"the policy p: {DETOX} = x: a whole number is required"),
        (f"set: {{{DETOX}: [1]}}", f"the policy p: {DETOX} = [1]: a whole number is required"),
        (f"change: {{{DETOX}: .nan}}", f"the policy p: {DETOX} = nan"),
        (f"set: {{{DETOX}: 1}}\nchange: {{{DETOX}: 1}}", "the policy p sets it twice"),
        ("set: null", "configs/policy/p.yaml: set = null: keys with values are required"),
        ("change: [1]", "configs/policy/p.yaml: change = [1]: keys with values are required"),
        ("title: 5", "configs/policy/p.yaml: title = 5: a text is required"),
        ("sett: {}", "configs/policy/p.yaml: sett = {}: unknown key; allowed: title, add, set"),
        (
            "set: {service.stages.home.next: {relapsed: nowhere}}",
            "the policy p: service.stages.home.next.relapsed = nowhere: unknown stage",
        ),
    ],
)
def test_a_policy_that_does_not_fit_is_named(
    problems: Problems, folder: Path, text: str, message: str
) -> None:
    """Hold that what is wrong with a policy, or by it, says which policy and where."""
    (folder / "policy" / "p.yaml").write_text(text)
    found = problems("policy=p")
    assert any(message in line for line in found), found


def test_wrong_values_and_wrong_paths_of_a_policy_come_together(
    problems: Problems, folder: Path
) -> None:
    """Hold that a path that is not there does not hide a wrong value beside it."""
    (folder / "policy" / "p.yaml").write_text(f"set: {{{DETOX}: x, service.nope: 1}}")
    found = problems("policy=p")
    assert len(found) == 2
    assert any("service.nope" in line for line in found)
    assert any(f"{DETOX} = x" in line for line in found)


def test_two_policies_that_touch_one_path_clash(problems: Problems, folder: Path) -> None:
    """Hold that policy=[a,b] is refused with both names, also when one holds the other's path."""
    (folder / "policy" / "p.yaml").write_text("set: {service.ways_in.gp_referral.share: 0.0}")
    whole = "{stage: gp_appointment, share: 0.0}"
    (folder / "policy" / "q.yaml").write_text(f"set: {{service.ways_in.gp_referral: {whole}}}")
    for other in ("p", "q"):
        (found,) = problems(f"policy=[direct_access,{other}]")
        assert "service.ways_in.gp_referral.share: both" in found
        assert f"the policy direct_access and the policy {other} set it" in found


def test_policies_that_touch_different_paths_go_together(folder: Path) -> None:
    """Hold that policy=[a,b] applies both, under a name made of both."""
    (folder / "policy" / "p.yaml").write_text(f"change: {{{DETOX}: +2}}")
    study = build.job(["policy=[direct_access,p]"], Folders(folder)).study
    (scene,) = study.scenes
    assert scene.policy == "direct_access+p"
    assert scene.scenario.service.capacities["detox"].number == 15
    assert scene.scenario.service.ways_in["direct_access"].share == 1.0


HOMES = (
    "population.attributes={motivation: {number: {fixed: 1}}, severity: {number: {fixed: 0}}, "
    "home: {shares: {east: 0.5, west: 0.5}}}"
)
SPLIT = (
    "defaults: [one_queue, _self_]\n"
    "capacities: {places: {by: home, beds: {east: 4, west: 6}, units: {east: 1, west: 2}}}\n"
)


def test_one_category_of_a_split_capacity_is_patched(folder: Path) -> None:
    """Hold that set and change reach one category's number, and so does the command line.

    Expected: west 6 + 2 = 8 by the policy, east 9 by the command line; units of the west 4 by set.
    """
    (folder / "service" / "mine.yaml").write_text(SPLIT)
    (folder / "policy" / "p.yaml").write_text(
        "change: {service.capacities.places.beds.west: +2}\n"
        "set: {service.capacities.places.units.west: 4}\n"
    )
    arguments = ["service=mine", "population=plain", HOMES, "policy=p"]
    given = [*arguments, "service.capacities.places.beds.east=9"]
    (scene,) = build.job(given, Folders(folder)).study.scenes
    places = scene.scenario.service.capacities["places"]
    assert places.beds == {"east": 9, "west": 8}
    assert places.units == {"east": 1, "west": 4}
    assert (places.number, places.number_of_units) == (17, 5)


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ("change: {service.capacities.places.beds: +2}", "only a number can be changed, not {east"),
        ("change: {service.capacities.places.beds.wst: +2}", "there is no wst in"),
        ("set: {service.capacities.places.beds.wst: 2}", "did you mean west?"),
        ("set: {service.capacities.places.beds: 2}", "one number for each category of home"),
    ],
)
def test_a_patch_of_what_is_no_category(
    problems: Problems, folder: Path, patch: str, says: str
) -> None:
    """Hold that a patch of the whole, or of a category that is not there, says so."""
    (folder / "service" / "mine.yaml").write_text(SPLIT)
    (folder / "policy" / "p.yaml").write_text(patch)
    (found,) = problems("service=mine", "population=plain", HOMES, "policy=p")
    assert says in found
    assert "the policy p" in found


def _experiment(folder: Path, text: str) -> None:
    path = folder / "experiment" / "mine.yaml"
    path.write_text(f"# @package _global_\nstudy:\n  question: why?\n{text}")


def test_a_case_and_a_policy_are_both_applied(folder: Path) -> None:
    """Hold that every case is played under every policy, a+b being both at once."""
    (folder / "policy" / "p.yaml").write_text(f"change: {{{DETOX}: +2}}")
    _experiment(
        folder,
        "  policies: [gp_referral, direct_access+p]\n"
        "  cases: {a: {}, b: {change: {service.capacities.residential.beds: x0.5}}}\n",
    )
    scenes = build.job(["experiment=mine"], Folders(folder)).study.scenes
    assert [(scene.case, scene.policy) for scene in scenes] == [
        ("a", "gp_referral"),
        ("a", "direct_access+p"),
        ("b", "gp_referral"),
        ("b", "direct_access+p"),
    ]
    capacities = [scene.scenario.service.capacities for scene in scenes]
    assert [c["detox"].number for c in capacities] == [13, 15, 13, 15]
    assert [c["residential"].number for c in capacities] == [132, 132, 66, 66]


def test_a_case_that_clashes_with_a_policy_is_named(problems: Problems, folder: Path) -> None:
    """Hold that a case and a policy on one path are refused with both names, once."""
    _experiment(
        folder,
        "  policies: [gp_referral, direct_access]\n"
        "  cases: {a: {}, b: {set: {service.ways_in.direct_access.share: 0.5}}}\n",
    )
    path = "service.ways_in.direct_access.share"
    expected = f"{path}: both the case b and the policy direct_access set it; leave one of them out"
    assert expected in problems("experiment=mine")


def test_what_a_case_or_a_policy_breaks_is_said_of_it_alone(
    problems: Problems, folder: Path
) -> None:
    """Hold that a problem is said once, of the case or the policy in all of whose runs it is."""
    (folder / "policy" / "p.yaml").write_text(f"set: {{{DETOX}: -5}}")
    _experiment(
        folder,
        "  policies: [gp_referral, p]\n"
        "  cases: {a: {}, b: {set: {service.capacities.residential.beds: -1}}}\n",
    )
    assert problems("experiment=mine") == [
        f"the policy p: {DETOX} = -5: must be 0 or more",
        "the case b: service.capacities.residential.beds = -1: must be 0 or more",
    ]


def test_what_only_a_case_and_a_policy_break_together_names_both(
    problems: Problems, folder: Path
) -> None:
    """Hold that a problem of one combination is said of the case and the policy."""
    (folder / "policy" / "p.yaml").write_text("change: {service.capacities.residential.beds: -100}")
    _experiment(
        folder,
        "  policies: [gp_referral, p]\n"
        "  cases: {a: {}, b: {set: {service.capacities.residential.units: 40}}}\n",
    )
    (found,) = problems("experiment=mine")
    assert found.startswith(
        "the case b with the policy p: service.capacities.residential: at least"
    )


def test_a_wrong_case_hides_no_other(problems: Problems, folder: Path) -> None:
    """Hold that a case that cannot be read leaves the others checked."""
    _experiment(
        folder,
        "  policies: [gp_referral]\n"
        f"  cases: {{a: {{level: mid}}, b: {{change: {{{DETOX}: -20}}}}}}\n",
    )
    found = problems("experiment=mine")
    assert len(found) == 2
    assert "study.cases.a.level = mid: allowed: low, high" in found[0]
    assert found[1] == f"the case b: {DETOX} = -7: must be 0 or more"


def test_a_case_gets_its_share_of_the_replications(folder: Path) -> None:
    """Hold that a case's share counts, two at the least, or all that were asked for."""
    _experiment(
        folder,
        "  policies: [gp_referral]\n  cases: {a: {}, b: {share_of_replications: 0.25}}\n",
    )
    for asked, shares in ((20, [20, 5]), (4, [4, 2]), (1, [1, 1])):
        scenes = build.job(
            ["experiment=mine", f"replications={asked}"], Folders(folder)
        ).study.scenes
        assert [scene.replications for scene in scenes] == shares
