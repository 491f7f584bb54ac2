"""What a study leaves open: ways in that lead past a deadline, and numbers without a source."""

from pathlib import Path
from typing import Any

import pytest

from simcare.config.build import job
from simcare.config.files import config_folders
from simcare.config.patch import Case, Policy
from simcare.config.sources import sources_of
from simcare.model.service import Service
from simcare.report.gaps import past_deadlines, without_source
from simcare.study import about, gaps
from simcare.study.gaps import ways_past

STAY = {"stay_days": {"fixed": 1}}
STAGES = {
    "gp": {**STAY, "next": {"completed": {"talk": 0.5, "out": 0.5}}},
    "advice": {**STAY, "next": {"completed": {"gp": 0.9, "talk": 0.1}}},
    "call": {**STAY, "next": {"completed": "out"}},
    "talk": {**STAY, "next": {"completed": "return"}},
}


def service(begins: list[str], ways: dict[str, float], **more: Any) -> Service:
    """Return a service whose ways in have the names of their stages, with a deadline for a talk."""
    shares = {name: {"stage": name, "share": ways.get(name, 0)} for name in STAGES}
    deadline = {"from": begins, "to": ["talk"], "within": {"days": 14}}
    return Service.model_validate(
        {
            "arrivals": {"people": {"per_day": 1}, **more},
            "ways_in": shares,
            "stages": STAGES,
            "deadlines": {"soon": deadline},
        }
    )


@pytest.mark.parametrize(
    ("begins", "past"),
    [
        (["gp"], ("advice", "talk")),
        (["gp", "advice"], ("talk",)),
        (["talk"], ()),
        (["gp", "advice", "talk"], ()),
    ],
)
def test_ways_in_that_lead_past_a_deadline_are_found(
    begins: list[str], past: tuple[str, ...]
) -> None:
    """By hand: one in ten of the advice line gets to a talk without a GP; a call leads to none."""
    ways = dict.fromkeys(STAGES, 0.25)
    assert ways_past(service(begins, ways)) == ({"soon": past} if past else {})


def test_ways_in_that_nobody_uses_do_not_count() -> None:
    """A share of 0 is nobody, unless a stream that is open comes by it."""
    assert ways_past(service(["gp"], {"gp": 1.0})) == {}
    own = {"per_day": 1, "ways_in": {"talk": 1.0}}
    assert ways_past(service(["gp"], {"gp": 1.0}, others=own)) == {"soon": ("talk",)}
    assert ways_past(service(["gp"], {"gp": 1.0}, others={**own, "open": False})) == {}


def test_a_deadline_that_direct_access_gets_past_is_said() -> None:
    """In the region referrals begin it; a way in that leads straight to the list does not."""
    command = ["policy=gp_referral", "service.ways_in.direct_access.stage=waiting_list"]
    assert gaps(job(["experiment=access"]).study).ways_past == {}
    study = job([*command[1:], "policy=direct_access"]).study
    found = gaps(study).ways_past
    assert set(found["assessed"]) == {"direct_access"}
    (said, *_) = past_deadlines(found)
    assert said == (
        "The deadline assessed never begins for some who come in by direct access: they get to a "
        "stage in its to without any of those in its from."
    )
    assert gaps(job(command).study).ways_past == {}


CONFIG = {
    "service": {
        "ways_in": {"door": {"stage": "ward", "share": 1.0}},
        "capacities": {"beds": {"beds": 3, "units": 2}, "rooms": {"beds": 1}},
        "stages": {"ward": {"asks_for": "beds", "stay_days": {"fixed": 3}, "hold": True}},
        "sources": {"ways_in": "assumed", "capacities.beds.beds": "counted"},
    },
    "population": {"attributes": {"severity": {"number": {"fixed": 1}}, "need": {"a": "b"}}},
}


def test_parts_without_a_source_are_found() -> None:
    """The outermost part that has numbers and no source in it: of a part with one, what is bare."""
    policy = Policy(
        add={"service.capacities.more": {"beds": 3}, "service.stages.talk": {"like": "ward"}},
        set={"service.stages.ward.stay_days": {"fixed": 2}},
        change={"service.capacities.beds.beds": "+1"},
        sources={"service.stages.ward": "assumed"},
    )
    case = Case(change={"service.capacities.beds.beds": "+1"}, sources={"service.stages": "so"})
    assert sources_of(CONFIG, {"fewer": case}, {"more": policy}) == {
        "service.capacities.beds.units": "",
        "service.capacities.rooms": "",
        "service.stages.ward": "",
        "population.attributes.severity": "",
        "service.capacities.more (the policy more)": "",
        "service.capacities.beds.beds (the policy more)": "",
        "service.stages.ward (the policy more)": "assumed",
        "service.stages (the case fewer)": "so",
    }


def test_what_is_shipped_has_sources() -> None:
    """Every number that is shipped has one: nothing is said of the experiments."""
    for name in ("access", "ways_in", "detox_to_residential", "rules_of_the_list"):
        assert gaps(job([f"experiment={name}"]).study).without_source == ()


def test_a_part_without_a_source_is_named_and_counted(tmp_path: Path) -> None:
    """In a service of one's own: among what the report is told of, and in a sentence."""
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "mine.yaml").write_text(
        "arrivals: {people: {per_day: 1}}\n"
        "ways_in: {door: {stage: talk, share: 1.0}}\n"
        "stages: {talk: {stay_days: {fixed: 1}, next: {completed: out}}}\n"
        "sources: {arrivals: assumed}\n"
    )
    folders = config_folders(tmp_path)
    study = job(["service=mine", "population=plain", "policy=as_it_is"], folders).study
    bare = ("service.ways_in.door", "service.stages.talk")
    assert gaps(study).without_source == bare
    told = about(study).sources
    assert [told[path] for path in (*bare, "service.arrivals")] == ["", "", "assumed"]
    assert list(without_source(bare)) == [
        "2 parts of the config have numbers and no source, such as service.ways_in.door. "
        "The report names them all."
    ]
    assert list(without_source(bare[:1])) == [
        "1 part of the config has numbers and no source: service.ways_in.door. The report names it."
    ]
    assert list(without_source(())) == []
