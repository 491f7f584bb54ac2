"""Sweeps: which jobs they make, in which order, and what is wrong with them, said once."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simcare.config import build
from simcare.config.files import Folders
from simcare.config.messages import ConfigError
from simcare.config.sweep import MOST_JOBS, Sweep, folder_name, sweep

Problems = Callable[..., list[str]]

QUEUE = ("service=one_queue", "population=plain")
PLACES = "service.capacities.places.beds"
BEDS = "service.capacities.residential.beds"
NOTHING = "nothing is swept: drop --multirun, or give several values, such as seed=1,2"


@pytest.fixture
def swept(folder: Path) -> Callable[..., Sweep]:
    """Return a function from arguments to the sweep of a small queue."""

    def made(*arguments: str, most: int | None = MOST_JOBS) -> Sweep:
        return sweep([*QUEUE, *arguments], Folders(folder), most)

    return made


@pytest.fixture
def wrong(folder: Path) -> Problems:
    """Return a function from arguments to the problems of their sweep."""

    def found(*arguments: str) -> list[str]:
        with pytest.raises(ConfigError) as error:
            sweep(arguments, Folders(folder))
        return list(error.value.problems)

    return found


def test_the_first_key_changes_slowest(folder: Path) -> None:
    """Expected: the order of Hydra's basic sweeper, a product with the last key fastest."""
    made = sweep(["policy=gp_referral,direct_access", f"{BEDS}=110,120,130"], Folders(folder))
    assert [job.number for job in made.jobs] == [1, 2, 3, 4, 5, 6]
    assert [(job.values["policy"], job.values[BEDS]) for job in made.jobs] == [
        ("gp_referral", 110),
        ("gp_referral", 120),
        ("gp_referral", 130),
        ("direct_access", 110),
        ("direct_access", 120),
        ("direct_access", 130),
    ]
    assert made.swept == {"policy": ("gp_referral", "direct_access"), BEDS: (110, 120, 130)}
    assert made.jobs[4].label == f"policy=direct_access,{BEDS}=120"
    assert folder_name(made.jobs[0]) == "1-gp_referral-beds=110"


def test_a_job_is_what_its_values_make_alone(folder: Path) -> None:
    """Hold that each job of a sweep has the config of a run with its values."""
    made = sweep(["seed=3,4", "policy=direct_access,as_it_is", "replications=5"], Folders(folder))
    for job in made.jobs:
        alone = build.job([*job.label.split(","), "replications=5"], Folders(folder))
        assert job.job == alone


def test_an_experiment_can_be_swept_over(folder: Path) -> None:
    """Hold that with an experiment each job has all its scenes, with the value of the job."""
    made = sweep(["experiment=access", f"{BEDS}=100,140"], Folders(folder))
    whole = build.job(["experiment=access"], Folders(folder)).study.scenes
    for job, beds in zip(made.jobs, (100, 140), strict=True):
        assert job.job.study.name == "access"
        assert len(job.job.study.scenes) == len(whole)
        capacities = [s.scenario.service.capacities for s in job.job.study.scenes]
        assert {places["residential"].number for places in capacities} == {beds}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2,3", (1, 2, 3)),
        ("choice(4)", (4,)),
        ("choice(2,1)", (2, 1)),
        ("sort(3,1,2)", (1, 2, 3)),
        ("range(1,4)", (1, 2, 3)),
        ("range(3)", (0, 1, 2)),
        ("range(110,131,10)", (110, 120, 130)),
        ("range(3,0,-1)", (3, 2, 1)),
        ("int(1.0,2.0)", (1, 2)),
    ],
)
def test_the_notation_of_hydra_is_read(
    swept: Callable[..., Sweep], text: str, values: tuple[int, ...]
) -> None:
    """Expected: the values that Hydra's documentation of the grammar gives, whole ones whole."""
    found = swept(f"seed={text}").swept["seed"]
    assert found == values
    assert all(type(value) is int for value in found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("range(0.7,1.0,0.1)", (0.7, 0.8, 0.9)),
        ("range(0,0.3,0.1)", (0.0, 0.1, 0.2)),
        ("range(1.5,0.5,-0.5)", (1.5, 1.0)),
    ],
)
def test_a_range_of_decimals_leaves_its_stop_out(
    swept: Callable[..., Sweep], text: str, values: tuple[float, ...]
) -> None:
    """Expected: by hand; in binary, 0.7 and three times 0.1 are below 1.0."""
    assert swept(f"warm_up_days={text}").swept["warm_up_days"] == values


def test_values_of_all_kinds_can_be_swept(swept: Callable[..., Sweep]) -> None:
    """Hold that texts in quotes, lists, mappings, dates and null are values like others."""
    stay = "service.stages.queue.stay_days"
    made = swept(
        "policy=gp_referral,[gp_referral,as_it_is]",
        "experiment=null",
        f"{stay}={{fixed: 2}},{{exponential: {{mean: 3}}}}",
        "service.description='a, b','it is +3'",
        "start_date=2017-01-02,2018-01-01",
        "+service.conditions.waiting.die=null",
    )
    assert made.swept["policy"] == ("gp_referral", ["gp_referral", "as_it_is"])
    assert made.swept[stay] == ({"fixed": 2}, {"exponential": {"mean": 3}})
    assert made.swept["service.description"] == ("a, b", "it is +3")
    assert made.swept["start_date"] == ("2017-01-02", "2018-01-01")
    assert "policy=[gp_referral,as_it_is]" in made.jobs[-1].label
    assert "service.description='it is +3'" in made.jobs[-1].label
    assert len({job.job.config_hash for job in made.jobs}) == len(made.jobs) == 16


def test_where_results_go_and_the_workers_are_of_the_sweep(swept: Callable[..., Sweep]) -> None:
    """Hold that output and workers are said once for all jobs, and by no job."""
    made = swept("seed=1,2", "output=there", "workers=2")
    assert (made.output, made.workers) == ("there", 2)
    assert {(job.job.output, job.job.workers) for job in made.jobs} == {(None, None)}
    plain = swept("seed=1,2")
    assert (plain.output, plain.workers) == (None, None)
    assert plain.sweep_hash == made.sweep_hash


def test_the_hash_of_a_sweep_is_of_its_jobs_in_order(swept: Callable[..., Sweep]) -> None:
    """Expected: SHA-256 of the JSON list of config hashes; another order is another sweep."""
    made = swept("seed=1,2")
    hashes = json.dumps([job.job.config_hash for job in made.jobs])
    assert made.sweep_hash == hashlib.sha256(hashes.encode()).hexdigest()
    assert swept("seed=2,1").sweep_hash != made.sweep_hash
    assert swept("seed=range(1,3)").sweep_hash == made.sweep_hash


def test_folders_have_short_safe_names_of_their_own(swept: Callable[..., Sweep]) -> None:
    """Hold that names tell keys of one end apart, and are no path, not long, and all different."""
    two = "service.stages.queue.stay_days.exponential.mean"
    made = swept(f"{two}=1,2", "service.arrivals.people.per_day=0.5,0.25")
    assert folder_name(made.jobs[3]) == "4-mean=2-per_day=0.25"
    made = swept("service.sources.stages=a,b", "service.sources.ways_in=../x/y,'" + "é" * 90 + "'")
    names = [folder_name(job) for job in made.jobs]
    assert len({name.lower() for name in names}) == 4
    assert all(len(name) <= 60 and not set(name) & set('/\\:*?"<>| ') for name in names)


def test_keys_with_one_end_are_told_apart(folder: Path) -> None:
    """Hold that beds of two capacities are named with the capacity."""
    made = sweep([f"{BEDS}=120,130", "service.capacities.detox.beds=12,13"], Folders(folder))
    assert folder_name(made.jobs[0]) == "1-residential.beds=120-detox.beds=12"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("seed=1",), NOTHING),
        ((), NOTHING),
        (("seed=1,1",), "seed: 1 is there twice"),
        (("horizon_days=3000,3000.0",), "horizon_days: 3000.0 is there twice"),
        ((f"{BEDS}=110,,120",), f"{BEDS} = 110,,120: a value is missing beside a comma"),
        (("seed=choice(1,)",), "seed = choice(1,): a value is missing beside a comma"),
        (("policy=,",), "policy = ,: a value is missing beside a comma"),
        ((f"{BEDS}=", "seed=1,2"), f"{BEDS} = an empty text: a whole number is required"),
        (("seed=1,two",), "seed = two: a whole number is required"),
        (("seed=true,1",), "seed = true: a number is required, not true or false"),
        (("horizon_days=nan,inf",), "horizon_days = nan, inf: a finite number is required"),
        (("output=a,b",), "output = a,b: this belongs to the whole sweep: give it one value"),
        (("workers=1,2",), "workers = 1,2: this belongs to the whole sweep: give it one value"),
        (("policy=glob(*)",), "policy = glob(*): glob() is not read here: name the values"),
        (("seed=interval(1,2)",), "seed = interval(1,2): interval() names no values"),
        (("seed=shuffle(1,2)",), "seed = shuffle(1,2): a sweep has one order"),
        (("seed=shuffle(range(3))",), "seed = shuffle(range(3)): a sweep has one order"),
        (("seed=range(3,1)",), "seed = range(3,1): no number lies in this range"),
        (("seed=range(0,1,0)",), "seed = range(0,1,0): a range has finite numbers, and a step"),
        (("warm_up_days=range(1,inf)",), "warm_up_days = range(1,inf): a range has finite"),
        (("seed=range(1000000000)",), "seed = range(1000000000): at most 10,000 values"),
        (("seed=+12,13",), "seed = +12: this would set 12, not add it"),
        (("~seed=1,2",), "~seed=1,2: nothing can be deleted here"),
        (("service@x=a,b",), "service@x=a,b: a config has its own place; write service=<name>"),
        (("hydra/launcher=basic,joblib",), "hydra/launcher = basic,joblib: of Hydra's settings"),
        (("hydra.run.dir=a,b",), "hydra.run.dir = a,b: of Hydra's settings"),
        (("seed=1,2", "seed=3"), "seed: given twice"),
        (("seed=1,2", "seed=3,4"), "seed: given twice"),
        (("policy=choice()",), "policy=choice(): not understood"),
        (("seed=1,${oc.env:HOME}",), "seed = ${oc.env:HOME}: only ${path} is allowed"),
        (("service=region,../x",), "service = ../x: unknown service"),
        (("policy=gp_referral,direct_acess",), "policy = direct_acess: unknown policy; allowed:"),
        (
            ("seed=1,2", "warm_up_days=100,1000", "horizon_days=500,1500"),
            "with horizon_days=500: warm_up_days = 1000: must be shorter than horizon_days, 500",
        ),
        (
            ("service.capacities.detox={beds: 2},{beds: 3}", "service.capacities.detox.beds=1"),
            "service.capacities.detox.beds: the command line sets it twice",
        ),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_a_bad_sweep_is_one_clear_message(
    wrong: Problems, arguments: tuple[str, ...], expected: str
) -> None:
    """Hold that each mistake is one line, with the combination only if not all have it."""
    (line,) = wrong(*arguments)
    assert line.startswith(expected)


def test_an_unknown_key_is_said_once_for_all_its_values(wrong: Problems) -> None:
    """Hold that what is wrong with every value is one line that shows them."""
    (line,) = wrong("sead=1,2,3", "policy=gp_referral,direct_access")
    assert line.startswith("sead = 1, 2, 3: unknown key; allowed: seed, ")
    (line,) = wrong("policy=" + ",".join("abcdefgh"))
    assert line.startswith("policy = a, b, c, d, e, f, g, h: unknown policy; ")


def test_problems_of_all_combinations_come_at_once(wrong: Problems) -> None:
    """Hold that a typo, a wrong value and an empty place are all complained of, each once."""
    lines = wrong(f"{BEDS}=-1,130", "+typo=1", "seed=1,,2", "policy=gp_referral,direct_acess")
    assert [line.split(":")[0] for line in lines] == [
        "seed = 1,,2",
        "typo = 1",
        f"{BEDS} = -1",
        "policy = direct_acess",
    ]


def test_a_problem_of_some_combinations_names_them(wrong: Problems) -> None:
    """Expected: direct access does not fit the queue, whichever the seed; gp_referral does."""
    lines = wrong(
        "population=plain", "service=one_queue", "seed=1,2", "policy=direct_access,gp_referral"
    )
    assert len(lines) == 3
    assert all(
        line.startswith("with policy=direct_access: the policy direct_access: set ")
        for line in lines
    )


def test_a_problem_is_named_by_all_keys_that_tell_it(wrong: Problems) -> None:
    """Expected: by hand; the region needs its own people, and a warm-up is within its run."""
    lines = wrong("service=one_queue,region", "population=plain,norway", "policy=direct_access")
    region = [line for line in lines if "unknown attribute" in line]
    assert region
    assert all(line.startswith("with service=region and population=plain: ") for line in region)
    lines = wrong("warm_up_days=600,100,1000,400", "horizon_days=500,300", "seed=1,two")
    shorter = [line for line in lines if "must be shorter" in line]
    assert shorter == [
        "with horizon_days=500: warm_up_days = 600, 1000: must be shorter than horizon_days, 500, "
        "by a day or more",
        "with horizon_days=300: warm_up_days = 600, 1000, 400: must be shorter than "
        "horizon_days, 300, by a day or more",
    ]


def test_combinations_that_no_value_tells_are_listed(wrong: Problems) -> None:
    """Expected: by hand; 0.25 + 0.5 and 0.5 + 0.25 are both 0.75, of the others one is right."""
    one, other = "service.ways_in.gp_referral.share", "service.ways_in.direct_access.share"
    assert wrong(f"{one}=0.25,0.5", f"{other}=0.25,0.5") == [
        f"with {one}=0.25 and {other}=0.25: service.ways_in: the shares must sum to 1, not 0.5",
        "with gp_referral.share=0.25,direct_access.share=0.5; "
        "gp_referral.share=0.5,direct_access.share=0.25: "
        "service.ways_in: the shares must sum to 1, not 0.75",
    ]


def test_too_many_combinations_are_counted(wrong: Problems, swept: Callable[..., Sweep]) -> None:
    """Hold that more than fifty need to be meant, and that they run when they are."""
    many = ("seed=range(17)", f"{PLACES}=1,2,3")
    (line,) = wrong(*QUEUE, *many)
    assert line == (
        "the sweep has 51 combinations; more than 50 are run only with --yes, which runs them all "
        "the same"
    )
    assert len(swept(*many, most=None).jobs) == 51
    assert len(swept("seed=range(50)").jobs) == 50
    lines = wrong("seed=range(51)", "+typo=1")
    assert len(lines) == 2
    assert lines[1].startswith("typo = 1: unknown key")


def test_what_cannot_be_held_is_refused_even_when_meant(swept: Callable[..., Sweep]) -> None:
    """Hold that a sweep of a million jobs is refused at once, whoever says yes."""
    began = time.monotonic()
    with pytest.raises(ConfigError, match="1,000,000 combinations; at most 10,000 can be run"):
        swept("seed=range(1000)", "replications=range(1,1001)", most=None)
    assert time.monotonic() - began < 5


def test_experiments_that_send_results_elsewhere_clash(wrong: Problems, folder: Path) -> None:
    """Hold that jobs whose experiments name other outputs or workers need one for the sweep."""
    for name, more in (("a", "output: x"), ("b", "workers: 2")):
        (folder / "experiment" / f"{name}.yaml").write_text(
            "# @package _global_\n"
            "defaults: [override /service: one_queue, override /population: plain, _self_]\n"
            f"study: {{policies: [gp_referral], cases: {{c: {{}}}}}}\n{more}\n"
        )
    assert wrong("experiment=a,b") == [
        "output: it differs between jobs; give one output= for the sweep",
        "workers: it differs between jobs; give one workers= for the sweep",
    ]
    made = sweep(["experiment=a,b", "output=y", "workers=1"], Folders(folder))
    assert (made.output, made.workers) == ("y", 1)


def test_what_cannot_be_put_together_hides_no_other_problem(wrong: Problems, folder: Path) -> None:
    """Hold that a main file that cannot be read is one problem of all, beside the others."""
    (folder / "config.yaml").write_text("a: [")
    lines = wrong("seed=1,2", "a=b=c")
    assert [line.split(":")[0] for line in lines] == [
        "a=b=c",
        "configs/config.yaml, line 1, column 5",
    ]


def test_fifty_jobs_are_checked_in_little_time(folder: Path) -> None:
    """Hold that configs are put together once for each choice: 50 jobs in a few seconds."""
    began = time.monotonic()
    sweep([f"{BEDS}=range(100,150)"], Folders(folder))
    assert time.monotonic() - began < 10


def test_several_values_without_a_sweep_say_how_to_sweep(folder: Path) -> None:
    """Hold that run says where several values belong, and keeps its word on decimal commas."""
    for argument, expected in (
        ("seed=1,2,3", "several values are a sweep: add --multirun"),
        ("seed=range(1,3)", "several values are a sweep: add --multirun"),
        ("policy=gp_referral,direct_access", "several values are a sweep: add --multirun"),
        ("warm_up_days=0,5", "a decimal has a point here: 0.5 (or [a,b] for a list); two values"),
        (f"{BEDS}=1,000", "a number has no comma: 1000, or 1.000; two values are a sweep"),
    ):
        with pytest.raises(ConfigError) as error:
            build.job([argument], Folders(folder))
        assert expected in error.value.problems[0]
