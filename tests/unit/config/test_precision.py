"""A precision in a config: what it comes to, and everything that can be wrong with it."""

from collections.abc import Callable

import pytest

from simcare.analysis.precision import Precision
from simcare.config.build import job, job_from

Complaints = Callable[..., list[str]]
STARTS = "started treatment by the deadline"
ASKED = f"precision={{outcome: {STARTS}, half_width: 0.5}}"


def test_the_replications_are_the_floor_and_ten_times_as_many_the_ceiling() -> None:
    """Expected: by what is said of it; nothing else of the study changes."""
    study = job(["replications=12", ASKED]).study
    (scene,) = study.scenes
    assert study.precision == Precision(STARTS, "", 0.5, None)
    assert (scene.ends[0], scene.replications) == (12, 120)
    plain = job(["replications=12"])
    assert (plain.study.precision, plain.study.scenes[0].ends) == (None, (12,))
    assert "precision" not in plain.resolved


def test_a_case_has_its_share_of_the_floor_and_the_ceiling() -> None:
    """Expected: by hand; a case with a third of 60 to 90 has 20 to 30, and never fewer than 10."""
    case = "study={policies: [as_it_is], cases: {one: {}, few: {share_of_replications: 0.3333333}, "
    case += "fewest: {share_of_replications: 0.01}}}"
    asked = [f"precision.outcome={STARTS}", "precision.relative=0.05", "precision.at_most=90"]
    study = job([case, *asked, "replications=60"]).study
    ends = [(scene.ends[0], scene.replications) for scene in study.scenes]
    assert ends == [(60, 90), (20, 30), (10, 10)]


def test_a_written_config_comes_to_the_same_study() -> None:
    """Hold that what a run writes down asks for the same precision."""
    asked = job([ASKED])
    again = job_from({**asked.resolved})
    assert (again.study.precision, again.config_hash) == (asked.study.precision, asked.config_hash)
    assert [s.looks for s in again.study.scenes] == [s.looks for s in asked.study.scenes]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "{outcome: started treatment by the dedline, half_width: 0.5}",
            "precision.outcome = started treatment by the dedline: unknown outcome; allowed: the ",
        ),
        (
            "{outcome: started treatment by the dedline, half_width: 0.5}",
            "that summary.csv of a run lists; did you mean started treatment by the deadline?",
        ),
        (f"{{outcome: {STARTS}, half_width: 0}}", "precision.half_width = 0: must be above 0"),
        (f"{{outcome: {STARTS}, relative: -1}}", "precision.relative = -1: must be above 0"),
        (f"{{outcome: {STARTS}}}", "precision: give one: half_width"),
        (
            f"{{outcome: {STARTS}, half_width: 1, relative: 0.1}}",
            "precision: give one of the two: half_width",
        ),
        ("{half_width: 1}", "precision.outcome: is required"),
        (
            f"{{outcome: {STARTS}, half_width: 1, at_least: 30, at_most: 20}}",
            "precision.at_most = 20: must be 30 or more",
        ),
        (
            f"{{outcome: {STARTS}, half_width: 1, at_most: 15}}",
            "precision.at_most = 15: must be 20 or more",
        ),
        (
            f"{{outcome: {STARTS}, half_width: 1, at_least: 9}}",
            "precision.at_least = 9: must be 10 or more",
        ),
        (
            "{outcome: half wait at most, half_width: 1}",
            "precision.where: is required with this outcome; allowed: ",
        ),
        (
            "{outcome: half wait at most, where: resedential, half_width: 1}",
            "precision.where = resedential: allowed: ",
        ),
        (
            f"{{outcome: {STARTS}, where: residential, half_width: 1}}",
            "precision.where = residential: this outcome is of no stage or capacity",
        ),
        (
            "{outcome: ' of day 0, started by the deadline', half_width: 1}",
            "unknown outcome",
        ),
        (f"{{outcome: {STARTS}, halfwidth: 1}}", "did you mean half_width?"),
    ],
)
def test_a_bad_precision_is_refused(problems: Complaints, given: str, said: str) -> None:
    """Hold that the message names the key, what was given and what is allowed."""
    assert any(said in line for line in problems(f"precision={given}"))


def test_all_that_is_wrong_is_said_at_once(problems: Complaints) -> None:
    """Expected: five problems, those of the precision and one elsewhere."""
    asked = "{outcome: nothing of the kind, half_width: 1, relative: 1, at_least: 40, at_most: 30}"
    found = problems(f"precision={asked}", "seed=-1")
    for part in (
        "seed = -1",
        "precision: give one of the two",
        "precision.at_most = 30: must be 40 or more",
        "precision.outcome = nothing of the kind: unknown outcome",
    ):
        assert sum(part in line for line in found) == 1, found


def test_an_outcome_that_a_run_is_too_short_for_is_refused(problems: Complaints) -> None:
    """Hold that nobody can be followed for a year in a run of 300 days that are measured."""
    asked = "precision={outcome: started treatment within a year, half_width: 1}"
    (found,) = problems(asked, "horizon_days=400", "warm_up_days=100")
    assert "nobody has it: in 300 days measured, too few are followed for 365 days" in found
    assert problems(asked, "horizon_days=800", "warm_up_days=100") == []


def test_an_outcome_that_one_policy_lacks_is_refused(problems: Complaints) -> None:
    """Hold that a policy without a stage of that name is named: there would be no difference."""
    study = "study={policies: [as_it_is, advice_line], cases: {one: {}}}"
    asked = "precision={outcome: mean wait, where: advice_call, half_width: 1}"
    found = problems(study, asked)
    assert len(found) == 1


def test_few_replications_need_a_floor_of_their_own(problems: Complaints) -> None:
    """Hold that the floor is looked at even where it is the number of replications."""
    (found,) = problems("replications=5", ASKED)
    assert found.endswith("with a precision 10 or more, unless precision.at_least is given")
