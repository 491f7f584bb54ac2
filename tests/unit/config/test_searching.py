"""Searches and a little more of each capacity: what is asked for, and all that is wrong with it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simcare.analysis.capacity_search import AT_LEAST, BELOW
from simcare.config.build import hash_of, job, job_from
from simcare.config.files import Folders
from simcare.config.marginal import More, marginal_sweep
from simcare.config.messages import ConfigError
from simcare.config.searching import Wanted, sought
from simcare.config.sweep import folder_name

Command = Callable[[Sequence[str]], tuple[int, str, list[Path]]]

REGION = ("policy=direct_access",)
QUEUE = ("service=one_queue", "population=plain")
MEDIAN = "half wait at most at residential < 30 days"
BEDS = Wanted("residential", "100", "180", MEDIAN)
SPLIT = """
arrivals: {people: {per_day: 0.9}}
ways_in: {door: {stage: talk, share: 1.0}}
capacities:
  rooms: {by: problem, slots: {alcohol: 3, opioids: 4, cannabis: 1, stimulants: 1, gambling: 1,
    prescribed_medicines: 1}}
  social_workers: {staff: {members: 5, caseload: 4}}
stages:
  talk: {asks_for: rooms, stay_days: {fixed: 1}, next: {completed: plan}}
  plan: {asks_for: social_workers, stay_days: {fixed: 1}, next: {completed: out}}
"""


def problems(wanted: Wanted, *arguments: str) -> list[str]:
    """Return what is wrong with a search."""
    with pytest.raises(ConfigError) as raised:
        sought(arguments or REGION, wanted)
    return list(raised.value.problems)


@pytest.mark.parametrize(
    "name", ["residential", "residential.beds", "service.capacities.residential.beds"]
)
def test_a_capacity_is_named_or_given_by_its_path(name: str) -> None:
    """Expected: the region's 132 beds, searched from 100 to 180."""
    found = sought(REGION, Wanted(name, "100", "180", MEDIAN))
    search = found.search
    assert search.path == "service.capacities.residential.beds"
    assert (search.lowest, search.highest, search.today) == (100, 180, 132)
    assert search.target.outcome.name == "half wait at most"
    assert (search.target.side, search.target.bound) == (BELOW, 30.0)


def test_the_job_of_a_number_is_the_one_that_the_number_alone_would_make() -> None:
    """Expected: the config, and its hash, of the command line with that number of beds."""
    made = sought(REGION, BEDS).job_at(141)
    alone = job([*REGION, "service.capacities.residential.beds=141"])
    assert made.config_hash == alone.config_hash
    assert made.study.scenes == alone.study.scenes


def test_how_runs_are_kept_and_audited_is_that_of_the_search() -> None:
    """Expected: as given, for every number; where results go is the search's alone."""
    found = sought([*REGION, "keep=outcomes", "audit=none", "output=here", "workers=1"], BEDS)
    made = found.job_at(101)
    assert (made.keeps_visits, made.audit) == (False, "none")
    assert (made.output, made.workers) == (None, None)
    assert (found.output, found.workers) == ("here", 1)


def test_a_search_differs_by_what_is_asked() -> None:
    """Expected: as many hashes as questions; where results go and who works make none."""
    asked = [
        sought(REGION, BEDS),
        sought(REGION, Wanted("residential", "100", "181", MEDIAN)),
        sought(REGION, Wanted("residential", "100", "180", MEDIAN.replace("30", "31"))),
        sought([*REGION, "seed=2"], BEDS),
    ]
    assert len({one.search_hash for one in asked}) == 4
    assert sought([*REGION, "output=here"], BEDS).search_hash == asked[0].search_hash


def test_one_policy_in_one_case_of_an_experiment_is_searched() -> None:
    """Expected: those named, else the first; the config read back is the same."""
    experiment = ("experiment=access",)
    first = sought(experiment, BEDS)
    (scene,) = first.job.study.scenes
    assert (scene.case, scene.policy) == ("separate_lists", "gp_referral")
    named = Wanted(*("residential", "100", "180", MEDIAN), "direct_access", "more_ask")
    made = sought(experiment, named).job_at(150)
    (scene,) = made.study.scenes
    assert (scene.case, scene.policy) == ("more_ask", "direct_access")
    assert scene.scenario.service.capacities["residential"].number == 150
    assert scene.scenario.service.capacities["assessment_teams"].number == 44
    again = job_from(made.resolved)
    assert again.study.scenes == made.study.scenes
    assert again.config_hash == made.config_hash == hash_of(made.resolved)


def test_a_part_of_a_capacity_and_members_of_a_staff_are_searched(folder: Path) -> None:
    """Expected: by hand: four places for opioids, five social workers."""
    (folder / "service" / "split.yaml").write_text(SPLIT, encoding="utf-8")
    folders, split = Folders(folder), ("service=split",)
    target = "mean wait of those served at talk < 30"
    rooms = sought(split, Wanted("rooms.opioids", "1", "9", target), folders)
    assert rooms.search.path == "service.capacities.rooms.slots.opioids"
    assert rooms.search.today == 4
    counted = rooms.job_at(7).study.scenes[0].scenario.service.capacities["rooms"].counted
    assert isinstance(counted, dict)
    assert (counted["opioids"], counted["alcohol"]) == (7, 3)
    staff = sought(split, Wanted("social_workers", "1", "9", target), folders)
    assert staff.search.path == "service.capacities.social_workers.staff.members"
    with pytest.raises(ConfigError, match=r"rooms is split by problem; .*rooms\.alcohol"):
        sought(split, Wanted("rooms", "1", "9", target), folders)


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Expected: a line for each of four, each with the key, what was given and what is allowed."""
    found = problems(Wanted("residental", "180", "100", "haf wait at most at residential < 3"))
    assert found == [
        "from = 180: must be below to, which is 100",
        "capacity = residental: not a capacity; allowed: assessment_teams, detox, residential, "
        "aftercare; did you mean residential?",
        "target = haf wait at most at residential: unknown outcome; "
        "did you mean half wait at most at residential?",
    ]
    with_config = problems(Wanted("residential", "1", "ten", MEDIAN), "sead=2")
    assert len(with_config) == 2
    assert with_config[1] == "to = ten: a whole number from 0 to 1,000,000 is required"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("half wait at most at queue", "write an outcome, one of <, <=, >, >=, and a number"),
        ("half wait at most at queue < 30,5", "a decimal has a point: 30.5"),
        ("half wait at most at queue < 30 %", "is told in days or day, not in %"),
        ("started treatment by the deadline > 60 days", "is told in of 100 or % or percent"),
        ("started treatment by the deadline > 600", "is told of 100: from 0 to 100"),
        ("half wait at most < 30", "say where: half wait at most at queue"),
        ("mean wait at queue < 30", "which one? mean wait of all who joined, those who"),
    ],
)
def test_a_target_that_cannot_be_read_says_why(target: str, said: str) -> None:
    """Expected: what is wrong, and what would be right."""
    (found,) = problems(Wanted("places", "100", "180", target), *QUEUE)
    assert found.startswith("target = ")
    assert said in found


@pytest.mark.parametrize(
    ("target", "side"),
    [
        ("started treatment by the deadline >= 60 %", AT_LEAST),
        ("Started treatment by the deadline ≥ 60 of 100", AT_LEAST),
        ("left the list at queue<5", BELOW),
        ("mean wait of those served at queue < 30.5 days", BELOW),
        ("from asking to treatment: half wait at most < 60", BELOW),
    ],
)
def test_a_target_may_be_written_in_several_ways(target: str, side: str) -> None:
    """Expected: read, with its side."""
    assert sought(QUEUE, Wanted("places", "1", "9", target)).search.target.side == side


def test_a_target_may_be_money_or_a_deadline(folder: Path) -> None:
    """Expected: the currency as the service has it, in small letters too; a deadline by name."""
    service = folder / "service" / "one_queue.yaml"
    more = """
currency: NOK
deadlines: {soon: {from: [queue], to: [queue], within: {days: 3}}}
"""
    service.write_text(service.read_text(encoding="utf-8") + more, encoding="utf-8")
    settings = (*QUEUE, "service.capacities.places.costs={per_day: 100}")
    for target in ("cost per client who asked < 5000 nok", "deadline breached: soon <= 2 %"):
        found = sought(settings, Wanted("places", "1", "9", target), Folders(folder))
        assert target.startswith(found.search.target.outcome.name)


def test_a_number_that_a_policy_changes_too_cannot_be_searched() -> None:
    """Expected: the policy is named; so is what a policy alone has, and what no config takes."""
    (found,) = problems(BEDS, "policy=more_beds")
    assert "the policy more_beds" in found
    assert "sets or changes it too" in found
    (found,) = problems(Wanted("residential", "5", "180", MEDIAN))
    assert "at least one for each of the 6 units" in found


@pytest.mark.parametrize(("key", "name"), [("policy", "direct_acces"), ("case", "more_aks")])
def test_a_policy_or_case_that_is_not_compared_is_named(key: str, name: str) -> None:
    """Expected: what was given, and the nearest of those that there are."""
    wanted = Wanted(*("residential", "100", "180", MEDIAN), **{key: name})
    (found,) = problems(wanted, "experiment=access")
    assert found.startswith(f"{key} = {name}: not among those compared; allowed: ")
    assert "did you mean" in found


def test_bad_input_ends_with_code_2_and_nothing_written(command: Command) -> None:
    """Expected: all problems on stderr, by each of the two commands."""
    find = ["find", *REGION, "--capacity", "beds", "--from", "2", "--to", "1", "--target", "x"]
    code, said, written = command(find)
    assert (code, written) == (2, [])
    assert said.startswith("simcare: 3 problems, nothing was run:")
    marginal = ["marginal", *REGION, "--outcome", "x", "--more", "0", "--capacity", "bed"]
    code, said, written = command(marginal)
    assert (code, written) == (2, [])
    assert said.startswith("simcare: 3 problems, nothing was run:")


def test_a_little_more_of_each_capacity_is_a_job_for_each() -> None:
    """Expected: the region as it is, then its four capacities in turn, two more of each."""
    found = marginal_sweep(REGION, More("started treatment by the deadline", "2"))
    assert [dict(one.values) for one in found.jobs] == [
        {},
        {"service.capacities.assessment_teams.slots": 30},
        {"service.capacities.detox.beds": 15},
        {"service.capacities.residential.beds": 134},
        {"service.capacities.aftercare.slots": 122},
    ]
    assert [folder_name(one) for one in found.jobs[:2]] == ["1-as-it-is", "2-slots=30"]
    assert found.jobs[0].job.config_hash == job(REGION).config_hash
    alone = job([*REGION, "service.capacities.detox.beds=15"])
    assert found.jobs[2].job.config_hash == alone.config_hash


def test_the_capacities_that_are_named_are_given_more() -> None:
    """Expected: those alone, in their order; named twice is said."""
    some = More("started treatment by the deadline", "1", ("detox", "residential"))
    found = marginal_sweep(REGION, some)
    assert [one.values for one in found.jobs[1:]] == [
        {"service.capacities.detox.beds": 14},
        {"service.capacities.residential.beds": 133},
    ]
    with pytest.raises(ConfigError, match=r"detox\.beds is there twice"):
        marginal_sweep(REGION, More("people waiting at detox", "1", ("detox", "detox.beds")))


def test_an_outcome_of_which_neither_side_is_better_gains_nothing() -> None:
    """Expected: refused, as a gain would be called a loss."""
    with pytest.raises(ConfigError, match="neither more nor less of it is better"):
        marginal_sweep(REGION, More("turned down within a year"))


def test_another_question_of_the_same_jobs_is_another_sweep() -> None:
    """Expected: the hash goes by the outcome too, which the report is about."""
    hashes = {
        marginal_sweep(REGION, More(outcome)).sweep_hash
        for outcome in ("started treatment by the deadline", "completed treatment")
    }
    assert len(hashes) == 2
