"""The configs that are shipped: all of them valid, and every number with its source."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from simcare.config.build import job
from simcare.config.files import config_folders, names, read_named
from simcare.config.messages import ConfigError
from simcare.engines.lowering import lower
from simcare.engines.reference import simulate
from simcare.kernels.tables import VISIT
from simcare.model.scenario import Scenario, split

FOLDERS = config_folders()
# Those whose people must have attributes; else plain.
POPULATIONS = {"region": "norway", "norway": "norway"}
GROUPS = ("service", "population", "policy")
SOURCED = [(group, name) for group in GROUPS for name in names(FOLDERS, group)]
# Policies that are tried together, and pairs that say different things of one part.
TOGETHER = (
    "direct_access,seamless_transfer",
    "direct_access,private_help",
    "direct_access,acute_admission",
    "direct_access,staff_motivation",
    "more_beds,seamless_transfer",
    "more_beds,summer_closing",
    "step_down,seamless_transfer",
    "choice_after_detox,seamless_transfer",
    "send_home,private_overflow",
    "send_home,step_down",
    "send_home,choice_after_detox",
    "step_down,private_overflow",
    "acute_admission,priority_by_severity",
    "pooled_regions,priority_by_deadline",
    "private_help,municipal_first_contact",
    "early_identification,advice_line,municipal_first_contact",
    "interim_support,interim_medication",
    "holistic,longer_treatment,individual_plan,relapse_prevention",
    "social_worker_at_discharge,joint_care_chain,relapse_prevention",
    "aftercare_plus,family_support,detox_only",
    "direct_access,more_beds,step_down,private_overflow,summer_closing,acute_admission,"
    "priority_by_severity,private_help,reminders,staff_motivation,early_identification,advice_line",
)
APART = (
    ("direct_access", "municipal_first_contact"),
    ("seamless_transfer", "send_home"),
    ("seamless_transfer", "reserve_before_detox"),
    ("send_home", "reserve_before_detox"),
    ("step_down", "choice_after_detox"),
    ("step_down", "reserve_before_detox"),
    ("priority_by_severity", "priority_by_motivation"),
    ("priority_by_severity", "priority_by_deadline"),
    ("priority_by_motivation", "priority_by_deadline"),
    ("missed_appointments", "reminders"),
    ("aftercare_plus", "joint_care_chain"),
    ("detox_only", "joint_care_chain"),
    ("detox_only", "choice_after_detox"),
)


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


def said_in(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a config says, the sources left out; of a policy, as one tree over its paths.

    A change (``+12``) is a number like any other.
    """
    if not {"add", "set", "change"} & document.keys():
        return {k: v for k, v in document.items() if k != "sources"}
    changes = {path: float(str(by).strip("x")) for path, by in document.get("change", {}).items()}
    tree: dict[str, Any] = {}
    for path, value in {**document.get("add", {}), **document.get("set", {}), **changes}.items():
        *outer, last = path.split(".")
        inside = tree
        for key in outer:
            inside = inside.setdefault(key, {})
        inside[last] = value
    return tree


@pytest.mark.parametrize("service", names(FOLDERS, "service"))
def test_every_service_is_valid(service: str) -> None:
    """Hold that each shipped service fits a shipped population."""
    assert job([f"service={service}", f"population={population_of(service)}"]).study.scenes


@pytest.mark.parametrize("population", names(FOLDERS, "population"))
def test_every_population_is_valid(population: str) -> None:
    """Hold that each shipped population can come to a service."""
    service = "region" if population in POPULATIONS.values() else "one_queue"
    assert job([f"service={service}", f"population={population}"]).study.scenes


@pytest.mark.parametrize("policy", names(FOLDERS, "policy"))
def test_every_policy_is_valid(policy: str) -> None:
    """Hold that each shipped policy fits the service that a run starts from."""
    assert job([f"policy={policy}"]).study.scenes[0].policy == policy


@pytest.mark.parametrize("policies", TOGETHER)
def test_policies_that_make_sense_together_combine(policies: str) -> None:
    """Hold that each of these is one service, in whatever order they are named.

    What is appended to one list comes in the order of the policies: milestones and costs are lists.
    """
    every = policies.split(",")
    one, other = (
        job([f"policy=[{','.join(order)}]"]).study.scenes[0].scenario.service.model_dump()
        for order in (every, every[::-1])
    )
    for service in (one, other):
        service["milestones"] = {k: sorted(v) for k, v in service["milestones"].items()}
        for stage in service["stages"].values():
            stage["costs"] = sorted(stage["costs"] or (), key=str)
    assert one == other


@pytest.mark.parametrize(("one", "other"), APART)
def test_policies_that_say_different_things_clash(one: str, other: str) -> None:
    """Hold that a pair over one part is refused, in a message that names both."""
    with pytest.raises(ConfigError) as refused:
        job([f"policy=[{one},{other}]"])
    (first, *_) = refused.value.problems
    assert f"the policy {one}" in first
    assert f"the policy {other}" in first
    assert first.endswith("leave one of them out")


@pytest.mark.parametrize("experiment", names(FOLDERS, "experiment"))
def test_every_experiment_is_valid(experiment: str) -> None:
    """Hold that each shipped experiment compares policies, and says what it asks."""
    study = job([f"experiment={experiment}"]).study
    assert study.question
    assert len({scene.policy for scene in study.scenes}) > 1


@pytest.mark.parametrize(("group", "name"), SOURCED)
def test_every_number_has_a_source(group: str, name: str) -> None:
    """Hold that a path in sources covers each number: the number's path, or the start of it."""
    document = read_named(FOLDERS, group, name)
    sources = document.get("sources", {})
    bare = [
        path
        for path in numbers(said_in(document))
        if not any(path == source or path.startswith(f"{source}.") for source in sources)
    ]
    assert bare == []


@pytest.mark.parametrize(("group", "name"), SOURCED)
def test_every_source_is_of_something(group: str, name: str) -> None:
    """Hold that each path in sources is there in the file, and says something."""
    document = read_named(FOLDERS, group, name)
    sources = document.get("sources", {})
    there = set(paths(said_in(document)))
    assert [path for path in sources if path not in there] == []
    assert all(text.strip() for text in sources.values())


# Bed-days of 2008 by the region where people live (SINTEF, Samdata).
BED_DAYS = {"south_east": 343_859, "west": 108_070, "central": 65_131, "north": 59_759}
SCALE = 0.0761  # of the service region: 400,000 of 5.26 million inhabitants


def scenario_of(service: str) -> Scenario:
    """Return the scenario of a shipped service, as it is."""
    (scene,) = job([f"service={service}", f"population={population_of(service)}"]).study.scenes
    return scene.scenario


def test_norway_has_the_beds_of_norway() -> None:
    """Hold that there are 1,911 beds, dealt out over the regions as their people use them.

    Expected: Statistics Norway, 2017; shares of the bed-days of 2008, within half a point of 100.
    """
    norway = scenario_of("norway")
    beds = dict.fromkeys(BED_DAYS, 0)
    for name in ("detox", "residential"):
        for region, part in split(norway.service.capacities[name], norway.population).items():
            beds[region] += part.number
    assert sum(beds.values()) == 1_911
    for region, days in BED_DAYS.items():
        assert beds[region] / 1_911 == pytest.approx(days / sum(BED_DAYS.values()), abs=0.005)


def test_norway_is_region_at_full_size() -> None:
    """Hold that arrivals and places are those of the service region over its scale.

    Expected: region is 16,000 referrals and 1,911 beds times 0.0761; so the other way round, within
    2 of 100. Teams that begin on working days alone need some places more for the same waits: at
    most 7 of 100. What a stage is and what time does are the same.
    """
    norway, region = scenario_of("norway").service, scenario_of("region").service
    for stream in region.arrivals:
        whole, part = norway.arrivals[stream], region.arrivals[stream]
        assert (whole.per_year or 0) * SCALE == pytest.approx(part.per_year or 0, rel=0.02)
        assert (whole.months, whole.weekdays, whole.open) == (part.months, part.weekdays, part.open)
    for name, capacity in region.capacities.items():
        whole_capacity = norway.capacities[name]
        number = whole_capacity.number * SCALE
        if whole_capacity.open is not None:
            assert 1 < number / capacity.number < 1.07, name
        else:
            assert number == pytest.approx(capacity.number, rel=0.02), name
    assert norway.stages == region.stages
    assert norway.conditions == region.conditions
    assert norway.milestones == region.milestones


def test_the_attribute_region_moves_nobody_in_the_service_region() -> None:
    """Hold that the service region has the same bytes with and without the attribute region."""
    whole = scenario_of("region")
    attributes = {k: v for k, v in whole.population.attributes.items() if k != "region"}
    people = whole.population.model_copy(update={"attributes": attributes})
    runs = []
    for population in (whole.population, people):
        program = lower(
            Scenario(service=whole.service, population=population), date(2017, 1, 2), 90
        )
        runs.append(simulate(program, 1, 0).tobytes())
    assert len(set(runs)) == 1


def test_contact_does_nothing_where_nothing_depends_on_what_it_changes() -> None:
    """Hold that with no link from motivation or severity each visit is the same, person by person.

    What is left are the two states themselves: who waited is more motivated with contact.
    """
    study = job(["experiment=interim_support", "horizon_days=900", "warm_up_days=100"]).study
    mine = [scene.scenario for scene in study.scenes if scene.case == "no_link"]
    assert len(mine) == 2
    without, with_contact = (
        simulate(lower(one, study.plan.start_date, study.plan.horizon_days), 1, 0) for one in mine
    )
    states = [name for name in VISIT.names or () if name.startswith(("motivation", "severity"))]
    for name in VISIT.names or ():
        same = np.array_equal(without[name], with_contact[name], equal_nan=name in states)
        assert same == (name not in states), name
    started = without["started"] >= 0
    after = with_contact["motivation_started"][started] - without["motivation_started"][started]
    assert after.mean() > 0.01
