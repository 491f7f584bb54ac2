"""Starting from where the base stands: what is before day 0, and what cannot be taken over."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest

from simcare.config.build import job, job_from
from simcare.config.earlier import misfits
from simcare.config.messages import ConfigError
from simcare.model.beginning import HERE_AT_THE_START
from simcare.study import need
from simcare.study.values import blocks

AFTER = ("start.after_days=400", "warm_up_days=0")


def problems(*arguments: str) -> list[str]:
    """Return all that is wrong with a command line."""
    with pytest.raises(ConfigError) as caught:
        job([*arguments, "warm_up_days=0"])
    return list(caught.value.problems)


def test_the_base_of_each_case_is_before_every_policy() -> None:
    """Hold that the first policy of a case is what was there before all of its policies."""
    study = job([*AFTER, "experiment=access"]).study
    for scene in study.scenes:
        base = next(one for one in study.scenes if one.case == scene.case)
        assert scene.earlier is not None
        assert scene.earlier.days == 400
        assert scene.earlier.scenario.service.ways_in == base.scenario.service.ways_in
        assert scene.scenario.beginning is not None
        assert scene.scenario.beginning.after_days == 400


def test_before_day_0_no_day_of_the_run_has_come() -> None:
    """Streams and numbers of a later day are not there yet, waves go on, and dates are dates."""
    dated = "{date: 2016-06-01, number: 9}"
    study = job(
        [
            *AFTER,
            "policy=gp_referral",
            "service.arrivals.residents.until_day=50",
            "service.arrivals.residents.wave={amplitude: 0.2, start_day: 10}",
            "+service.arrivals.later={per_day: 1, from_day: 30}",
            f"service.capacities.detox.changes=[{dated}, {{day: 20, number: 4}}]",
        ]
    ).study
    (scene,) = study.scenes
    assert scene.earlier is not None
    before, now = scene.earlier.scenario.service, scene.scenario.service
    assert (now.arrivals["residents"].until_day, before.arrivals["residents"].until_day) == (
        50,
        None,
    )
    assert (now.arrivals["later"].open, before.arrivals["later"].open) == (True, False)
    wave = before.arrivals["residents"].wave
    assert wave is not None
    assert wave.start_day == 410
    assert [change.date for change in before.capacities["detox"].changes] == [date(2016, 6, 1)]
    assert len(now.capacities["detox"].changes) == 2


def test_a_resolved_config_starts_there_again() -> None:
    """Hold that what a results folder keeps makes the same study, and the days are in its hash."""
    made = job([*AFTER, "experiment=ways_in"])
    again = job_from(made.resolved)
    assert again.study.scenes == made.study.scenes
    assert again.config_hash == made.config_hash
    other = job(["start.after_days=401", "warm_up_days=0", "experiment=ways_in"])
    assert other.config_hash != made.config_hash


def test_the_days_before_count_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that as many days again before day 0 take twice as long, at one pace of a client."""
    pace = SimpleNamespace(playing=1e-5, telling=1e-5, visits=5.0)
    module = import_module("simcare.study.need")  # in the package the function has this name
    monkeypatch.setattr(module, "_pace", lambda *_: pace)
    short = ("horizon_days=400", "replications=1", "policy=gp_referral")
    with_them, without = (job([*more, *short]).study for more in (AFTER, ("warm_up_days=0",)))
    costs = [need(study, blocks(study), 1).seconds for study in (with_them, without)]
    assert costs[0] / costs[1] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["policy=seamless_transfer", "start.after_days=9"],
            "service.stages.detox.hold = true: in the base, who waits keeps a place elsewhere",
        ),
        (
            ["start={people: today.csv, after_days: 9}", "policy=gp_referral"],
            "start: give one start: people (a file) or after_days (of the base)",
        ),
        (["start.after_days=0", "policy=gp_referral"], "start.after_days = 0: must be 1 or more"),
        (["start.after_days=1.5", "policy=gp_referral"], "start.after_days = 1.5: "),
        (["start.after_days=800000", "policy=gp_referral"], "start.after_days = 800000: must be "),
        (
            ["start.after_days=2000", "start_date=1903-01-01", "policy=gp_referral"],
            "service.calendars.office.holidays: the public holidays of norway are known from 1901",
        ),
        (
            ["start.after_day=5", "policy=gp_referral"],
            "start.after_day = 5: unknown key; allowed: people, after_days",
        ),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], expected: str) -> None:
    """Hold that each is one problem with its key, what is given, and what is allowed."""
    found = problems(*arguments)
    assert any(expected in problem for problem in found), found


def test_a_scenario_must_have_room_for_those_of_the_base() -> None:
    """A stage, or categories of an attribute, that it does not have are named; and so are days."""
    study = job([*AFTER, "policy=gp_referral"]).study
    base = study.scenes[0].scenario
    assert misfits(base, base, study.plan, 400) == []
    stages = {name: one for name, one in base.service.stages.items() if name != "home"}
    arrivals = {HERE_AT_THE_START: base.service.arrivals["residents"]}
    service = base.service.model_copy(update={"stages": stages, "arrivals": arrivals})
    problem = base.population.attributes["region"]
    attributes = {**base.population.attributes, "problem": problem}
    population = base.population.model_copy(update={"attributes": attributes})
    other = base.model_copy(update={"service": service, "population": population})
    early = study.plan.model_copy(update={"start_date": date(2, 1, 1)})
    assert [fault.path for fault in misfits(base, base, early, 400)] == ["start.after_days"]
    found = [fault.path for fault in misfits(base, other, study.plan, 400)]
    assert found == [
        "service.stages.home",
        "population.attributes.problem",
        f"service.arrivals.{HERE_AT_THE_START}",
    ]
