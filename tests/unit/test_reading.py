"""How records are to be read, off a service: the phase of each stage."""

from typing import Any

import pytest

from simcare.analysis.flows import AFTER, BEFORE_HELP, HELPED, TREATED
from simcare.config.build import job
from simcare.model.scenario import Plan, Scenario
from simcare.study import reading_of

B, H, T, A = BEFORE_HELP, HELPED, TREATED, AFTER
PLAN = Plan.model_validate(
    {
        "seed": 1, "replications": 1, "start_date": "2026-01-05", "horizon_days": 100.0,
        "warm_up_days": 0.0, "deadline_days": 90.0, "smallest_difference_that_matters": 2.0,
    }
)  # fmt: skip
PEOPLE = {"attributes": {name: {"number": {"fixed": 0.5}} for name in ("motivation", "severity")}}
# Where people go from each stage, in the order of a pathway; "return" is a new episode.
WAYS = {
    "gp": "assessment", "assessment": "planning", "planning": "ward", "ward": "aftercare",
    "aftercare": "second_ward", "second_ward": "home", "home": "return",
}  # fmt: skip
PHASES = {
    "gp": B, "assessment": H, "planning": H, "ward": T, "aftercare": A, "second_ward": T, "home": A,
}  # fmt: skip


def phases(ways: dict[str, Any], ways_in: tuple[str, ...], **milestones: Any) -> dict[str, int]:
    """Return the phase of each stage of a service in which people go these ways."""
    service = {
        "arrivals": {"people": {"per_year": 100}},
        "ways_in": {name: {"stage": name, "share": 1 / len(ways_in)} for name in ways_in},
        "stages": {
            n: {"stay_days": {"fixed": 1}, "next": {"completed": w}} for n, w in ways.items()
        },
        "milestones": milestones,
    }
    scenario = Scenario.model_validate({"service": service, "population": PEOPLE})
    return dict(zip(ways, reading_of(scenario, PLAN).phases, strict=True))


@pytest.mark.parametrize("order", [list(WAYS), sorted(WAYS), sorted(WAYS, reverse=True)])
def test_phases_go_by_the_ways_not_by_the_order_of_the_stages(order: list[str]) -> None:
    """Expected, by hand: the same in every order, such as that in which a policy adds a stage."""
    ways = {name: WAYS[name] for name in order}
    marks = {"first_help": ["assessment"], "treatment": ["ward", "second_ward"]}
    assert phases(ways, ("gp",), **marks) == PHASES


def test_a_stage_that_is_added_before_help_is_before_it() -> None:
    """Expected: a line before the GP is before help, though it stands last; one past help too."""
    ways = {**WAYS, "line": "gp", "street_team": {"planning": 0.5, "out": 0.5}}
    marks = {"first_help": ["assessment"], "treatment": ["ward", "second_ward"]}
    found = phases(ways, ("line", "street_team"), **marks)
    # The team leads past the assessment, so planning is reached without help.
    assert found == {**PHASES, "planning": B, "line": B, "street_team": B}


def test_what_leads_to_no_treatment_comes_after_it_unless_it_is_help() -> None:
    """Expected: a stage beside the way is "after"; a line that is first help is help still."""
    ways: dict[str, Any] = {**WAYS, "gp": {"assessment": 0.6, "line": 0.2, "away": 0.2}}
    ways |= {"line": "out", "away": "return"}
    marks = {"first_help": ["assessment", "line"], "treatment": ["ward", "second_ward"]}
    assert phases(ways, ("gp",), **marks) == {**PHASES, "line": H, "away": A}


def test_who_leaves_a_list_of_treatment_has_had_none() -> None:
    """Expected: support for those who leave the ward's list, and lead back to it, is help."""
    service = {
        "arrivals": {"people": {"per_year": 100}},
        "ways_in": {"door": {"stage": "office", "share": 1.0}},
        "capacities": {"beds": {"beds": 1}},
        "conditions": {"waiting": {"leave": {"after_days": {"exponential": {"mean": 9}}}}},
        "stages": {
            "office": {"stay_days": {"fixed": 1}, "next": {"completed": "ward"}},
            "ward": {
                "asks_for": "beds", "stay_days": {"fixed": 9}, "while_waiting": "waiting",
                "next": {"completed": "home", "left": "support"},
            },
            "support": {"stay_days": {"fixed": 5}, "next": {"completed": "ward"}},
            "home": {"stay_days": {"fixed": 5}, "next": {"completed": "ward"}},
        },
        "milestones": {"first_help": ["office"], "treatment": ["ward"]},
    }  # fmt: skip
    scenario = Scenario.model_validate({"service": service, "population": PEOPLE})
    assert reading_of(scenario, PLAN).phases == (H, T, H, A)


def test_without_milestones_all_is_before() -> None:
    """Expected: before help, where no help and no treatment is named."""
    assert set(phases(WAYS, ("gp",)).values()) == {B}


def test_the_phases_of_the_region() -> None:
    """Expected, by hand, for the service that is shipped: its way to a bed."""
    (scene,) = job([]).study.scenes
    found = zip(scene.scenario.service.stages, reading_of(scene.scenario, PLAN).phases, strict=True)
    assert dict(found) == {
        "gp_appointment": B, "referral_sent": B, "referral_assessed": B, "waiting_list": B,
        "assessment": H, "detox": T, "residential": T, "outpatient": T,
        "discharge_planning": A, "hand_over": A, "fell_between": A, "aftercare": A, "home": A,
        "settled": A, "new_addiction": A, "using": A, "away": A,
    }  # fmt: skip
