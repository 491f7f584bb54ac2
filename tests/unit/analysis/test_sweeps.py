"""The jobs of a sweep put side by side: each combination a policy, each compared with the first."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import LEAVES, NOISE, STARTS, findings, scenario

from simcare.analysis.findings import CaseNote, Findings
from simcare.analysis.sweeps import Job, combine

BEDS, SEED = "service.capacities.beds.beds", "seed"


def one(started: float, case: str = "one", n: int = 4) -> Findings:
    """Return what a job found that runs one policy: so many of 100 start in time."""
    found = findings((), (case,))
    return Findings(found.about, (scenario("a", started, 20.0, 12.0, case, NOISE[:n]),))


def job(beds: int, found: Findings, name: str = "") -> Job:
    """Return a job of a sweep over beds, and over whether it is the first seed."""
    values: dict[str, float | str] = {BEDS: beds, SEED: "1+2"}
    said = {BEDS: f"{beds} beds", SEED: "seed 1 and 2"}
    return Job(name or f"beds={beds}", values, said, found)


def test_each_job_is_a_policy_compared_with_the_first() -> None:
    """Hold that differences are those of the jobs' replications, pair by pair.

    Expected, by hand: the same noise in all three, so that 60 less 50 is 10 in each pair, and 45
    less 50 is 5 fewer; both without any range.
    """
    jobs = [job(beds, one(started)) for beds, started in ((10, 50.0), (12, 60.0), (14, 45.0))]
    found = combine("sweep", "Which?", jobs)
    assert found.about.name == "sweep"
    assert found.about.question == "Which?"
    assert [*found.about.policies.items()] == [
        (f"beds={n}", f"{n} beds, seed 1 and 2") for n in (10, 12, 14)
    ]
    rows = [row for row in found.comparison if row.outcome == STARTS]
    assert [(row.base, row.policy) for row in rows] == [
        ("beds=10", "beds=12"),
        ("beds=10", "beds=14"),
    ]
    for row, mean in zip(rows, (10.0, -5.0), strict=True):
        difference = row.difference
        assert difference.n == 4
        assert (difference.mean, difference.lower, difference.upper) == pytest.approx((mean,) * 3)
    assert len(found.summary) == 3 * len(jobs[0].findings.summary)


def test_swept_values_are_kept_by_path() -> None:
    """Hold that each setting has its value and its words for each combination."""
    found = combine("sweep", "", [job(10, one(50.0)), job(12, one(60.0))])
    beds, seed = found.about.swept
    assert (beds.path, seed.path) == (BEDS, SEED)
    assert dict(beds.values) == {"beds=10": 10, "beds=12": 12}
    assert dict(beds.said) == {"beds=10": "10 beds", "beds=12": "12 beds"}
    assert dict(seed.values) == dict.fromkeys(("beds=10", "beds=12"), "1+2")


def test_jobs_that_compare_policies_give_a_combination_for_each() -> None:
    """Hold that two jobs of two policies and two cases are four combinations in each case.

    Expected: within a case all are compared with the first policy of the first job.
    """
    both = findings(((8.0, -4.0, 0.0),), ("one", "two"))
    found = combine("sweep", "", [job(10, both), job(12, both)])
    names = ["beds=10+a", "beds=10+b", "beds=12+a", "beds=12+b"]
    assert [*found.about.policies] == names
    assert found.about.policies["beds=12+b"] == "direct access, 12 beds, seed 1 and 2"
    assert list(found.about.cases) == ["one", "two"]
    for case in ("one", "two"):
        assert [s.policy for s in found.of(case)] == names
        rows = [row for row in found.comparison if (row.case, row.outcome) == (case, LEAVES)]
        assert {row.base for row in rows} == {"beds=10+a"}
        assert [row.difference.mean for row in rows] == pytest.approx([-4.0, 0.0, -4.0])
    assert dict(found.about.swept[0].values) == dict(zip(names, (10, 10, 12, 12), strict=True))


def test_people_are_compared_within_a_job_alone() -> None:
    """Where the seed alone is swept each job keeps its base, and so whom its policy helps.

    Elsewhere the base is another job's, with whose people nobody was compared.
    """
    both = findings()
    seeds = [Job("", {SEED: k}, {SEED: f"seed {k}"}, both, f"seed {k}") for k in (1, 2)]
    kept = both.scenarios[1].pairs
    assert kept
    assert [s.pairs for s in combine("sweep", "", seeds).scenarios] == [(), kept, (), kept]
    found = combine("sweep", "", [job(10, both), job(12, both)])
    assert [s.pairs for s in found.scenarios] == [()] * 4


def test_cases_of_any_job_are_cases_of_the_sweep() -> None:
    """Hold that a case that only one job has is kept, and compared with nothing of another case."""
    other = one(60.0, "two")
    about = replace(other.about, cases={"two": CaseNote("second case")})
    found = combine("sweep", "", [job(10, one(50.0)), job(12, Findings(about, other.scenarios))])
    assert [*found.about.cases] == ["one", "two"]
    assert found.about.cases["two"].title == "second case"
    assert found.comparison == ()


def test_what_a_policy_adds_is_known_of_a_sweep() -> None:
    """Hold that a sweep knows the places of each combination, and all stages of all of them.

    Expected, by hand: 10 and 12 beds, and a line that the second alone has.
    """
    first, second = one(50.0), one(60.0)
    about = replace(first.about, places={"a": {"beds": 10}})
    other = replace(
        second.about,
        capacities={"beds": ("beds", 12), "line": ("slots", 3)},
        stages={"call": "line"},
        marks={"first_help": ("call",), "treatment": ("call", "ward")},
        sources={"service.capacities.line": "assumed"},
        places={"a": {"beds": 12, "line": 3}},
    )
    jobs = [job(10, Findings(about, first.scenarios)), job(12, Findings(other, second.scenarios))]
    found = combine("sweep", "", jobs).about
    numbers = {(p, c): found.number(p, c) for p in found.policies for c in found.capacities}
    assert numbers == {
        ("beds=10", "beds"): 10, ("beds=12", "beds"): 12,
        ("beds=10", "line"): None, ("beds=12", "line"): 3,
    }  # fmt: skip
    assert found.stages == {"ward": "beds", "home": "", "call": "line"}
    assert found.marks["treatment"] == ("ward", "call")
    assert found.marks["first_help"] == ("call",)
    assert set(found.sources) == {*first.about.sources, "service.capacities.line"}


def test_findings_of_old_know_the_places_of_the_first_policy() -> None:
    """Hold that findings kept without places for each policy say those that they have."""
    about = one(50.0).about
    assert about.number("a", "beds") == about.capacities["beds"][1] == 12


def test_a_sweep_of_nothing_is_refused() -> None:
    """Hold that no job at all gives no findings but an error."""
    with pytest.raises(ValueError, match="at least one job"):
        combine("sweep", "", [])


def test_only_replications_of_both_are_paired() -> None:
    """Hold that two scenarios are compared over those replications that both have.

    Expected, by hand: the base has 4, the other the first 3 of them; 60 less 50 in each pair. The
    base's mean is over these three too: noise of -0.2, 0.1 and 0 is -1/30 on average.
    """
    found = combine("sweep", "", [job(10, one(50.0)), job(12, one(60.0, n=3))])
    row = next(row for row in found.comparison if row.outcome == STARTS)
    assert row.difference.n == 3
    assert row.difference.mean == pytest.approx(10.0)
    assert row.base_mean == pytest.approx(50.0 - 1 / 30)
    (base, other) = (row for row in found.summary if row.outcome == STARTS)
    assert (base.estimate.n, other.estimate.n) == (4, 3)
    assert base.estimate.mean == pytest.approx(50.0)


def test_replications_without_a_value_are_paired_with_none() -> None:
    """Hold that a pair of which one side is not known is left out, wherever it stands.

    Expected, by hand: of pairs 1 to 4 the first and the third remain: 60 less 50 in both.
    """
    first, other = one(50.0), one(60.0)
    first.scenarios[0].outcomes[STARTS][1] = np.nan
    other.scenarios[0].outcomes[STARTS][3] = np.nan
    found = combine("sweep", "", [job(10, first), job(12, other)])
    row = next(row for row in found.comparison if row.outcome == STARTS)
    assert row.difference.n == 2
    assert row.difference.mean == pytest.approx(10.0)


def test_one_replication_has_a_difference_without_a_range() -> None:
    """Hold that nothing is claimed of chance where there is one pair."""
    found = combine("sweep", "", [job(10, one(50.0, n=1)), job(12, one(60.0, n=1))])
    row = next(row for row in found.comparison if row.outcome == STARTS)
    assert row.difference.n == 1
    assert row.difference.mean == pytest.approx(10.0)
    assert math.isnan(row.difference.lower)
    assert math.isnan(row.difference.upper)
