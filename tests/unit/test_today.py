"""A list as a study knows it: what is foreseen, what is told, what a store and an audit do."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simcare.analysis.findings import Found
from simcare.analysis.outcomes import DAY_0, FEWER, MORE, Outcome
from simcare.config.build import job
from simcare.engines import compiled
from simcare.engines.cohort import client_ids
from simcare.engines.lowering import lower
from simcare.kernels.tables import VISIT
from simcare.report.answer import Titles
from simcare.report.today import before, people, table
from simcare.store.records import frame_of
from simcare.study import Block, Played, Study, foreseen
from simcare.study.proof import apart
from simcare.study.values import people_expected

HEADER = "stage,since,state,problem\n"
SPLIT = (
    "service.capacities.detox={by: problem, beds: {alcohol: 3, opioids: 2, cannabis: 0, "
    "stimulants: 0, prescribed_medicines: 0, gambling: 0}}"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the command is given."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def study(here: Path, rows: str, *arguments: str) -> Study:
    """Return a study of the region that begins with a list."""
    (here / "today.csv").write_text(HEADER + rows)
    return job(["policy=gp_referral", "start.people=today.csv", *arguments]).study


# --- what is foreseen ----------------------------------------------------------------------------


def test_who_is_admitted_at_once_is_foreseen(here: Path) -> None:
    """Of 132 and 13 beds 130 and 13 are taken: two of three are admitted to the first."""
    rows = (
        130 * "residential,2016-12-01,there,\n"
        + 3 * "residential,2016-12-01,waiting,\n"
        + 13 * "detox,2016-12-31,there,\n"
        + 4 * "detox,2016-12-31,waiting,\n"
    )
    found = foreseen(study(here, rows, "warm_up_days=0"))
    assert (found.at_once, found.overdue, found.uncounted_days) == ({"residential": 2}, {}, 0)
    assert foreseen(study(here, rows)).uncounted_days == 1460


def test_who_is_admitted_at_once_is_foreseen_by_category(here: Path) -> None:
    """One of three beds for alcohol is free, and one waits for it; for opioids two wait in vain.

    Whoever's problem is to be drawn is not counted.
    """
    rows = (
        2 * "detox,2016-12-31,there,alcohol\n"
        + 2 * "detox,2016-12-31,there,opioids\n"
        + "detox,2016-12-31,waiting,alcohol\n"
        + 2 * "detox,2016-12-31,waiting,opioids\n"
        + "detox,2016-12-31,waiting,\n"
    )
    assert foreseen(study(here, rows, SPLIT)).at_once == {"detox": 1}


def test_what_is_foreseen_comes(here: Path) -> None:
    """Those who are admitted in the first tick, with six units, are as many as were foreseen."""
    rows = 127 * "residential,2016-12-01,there,\n" + 9 * "residential,2016-12-20,waiting,\n"
    made = study(here, rows)
    program = lower(made.scenes[0].scenario, made.plan.start_date, 1)
    visits = compiled.simulate(program, 1, 0)
    mine = visits[(visits["client"] >= 127) & (visits["client"] < 136)]
    assert (mine["started"] == 0).tolist() == 5 * [True] + 4 * [False]
    assert foreseen(made).at_once == {"residential": 5}


def test_groups_that_start_on_day_0_are_foreseen(here: Path) -> None:
    """Eight slots in two units, pairs: one is there, six wait, dealt out in turn.

    The first unit has one there and three who wait, the second three: each starts one pair. With
    one list three pairs start. They come as they are foreseen.
    """
    rows = "aftercare,2016-12-01,there,\n" + 6 * "aftercare,2016-12-20,waiting,\n"
    for lists, pairs in (("own", 2), ("one", 3)):
        pair = f"{{slots: 8, units: 2, together: 2, lists: {lists}}}"
        made = study(here, rows, f"service.capacities.aftercare={pair}")
        program = lower(made.scenes[0].scenario, made.plan.start_date, 1)
        visits = compiled.simulate(program, 1, 0)
        mine = visits[(visits["client"] >= 1) & (visits["client"] < 7) & (visits["n"] == 0)]
        assert (mine["started"] == 0).sum() == 2 * pairs
        assert foreseen(made).at_once == {"aftercare": 2 * pairs}


def test_who_is_there_for_too_long_is_foreseen(here: Path) -> None:
    """14 days in a stage of 14 are as long as it lasts, 13 are not; a stay without end may last."""
    rows = (
        "waiting_list,2016-12-19,,\nwaiting_list,2016-12-20,,\n"
        "settled,1990-01-01,,\nresidential,2010-01-01,there,\n"
    )
    assert foreseen(study(here, rows)).overdue == {"waiting_list": 1}
    fixed = "service.conditions.waiting.die={after_days: {fixed: 30}}"
    rows = "residential,2016-12-03,waiting,\nresidential,2016-12-04,waiting,\n"
    assert foreseen(study(here, rows, fixed)).overdue == {"residential": 1}


def test_what_is_closed_or_bought_on_day_0_is_foreseen(here: Path) -> None:
    """Nobody finds a place that is closed by its calendar, or for which there is no money.

    Of 13 beds 12 are taken. Money for 10 days each pays for 13 that are there and wait: one comes;
    for 12 it does not.
    """
    rows = 12 * "detox,2016-12-31,there,\n" + 3 * "detox,2016-12-31,waiting,\n"
    assert foreseen(study(here, rows)).at_once == {"detox": 1}
    closed = "+service.calendars={office: {hours: '08:00-16:00'}}"
    assert (
        foreseen(study(here, rows, closed, "+service.capacities.detox.open=office")).at_once == {}
    )
    for days, expected in ((125, {}), (135, {"detox": 1})):
        terms = f"{{price_per_day: 1, at_most_days: 10, budget_per_year: {days * 365 / 364:.3f}}}"
        money = ("+service.currency=NOK", f"+service.capacities.detox.bought={terms}")
        assert foreseen(study(here, rows, *money)).at_once == expected


def test_how_full_the_places_are_is_foreseen(here: Path) -> None:
    """7 of 13 beds are no less than half, 6 are; who waits takes none.

    Nobody is expected where a calendar has closed on day 0, nor in a bought place.
    """
    rows = 7 * "detox,2016-12-31,there,\n" + 66 * "residential,2016-12-01,there,\n"
    empty = {"assessment_teams": (0, 28), "aftercare": (0, 120)}
    assert foreseen(study(here, rows)).taken == empty
    fewer = 6 * "detox,2016-12-31,there,\n" + 65 * "residential,2016-12-01,there,\n"
    waits = fewer + 80 * "residential,2016-12-01,waiting,\n"
    found = {**empty, "detox": (6, 13), "residential": (65, 132)}
    assert foreseen(study(here, waits)).taken == found
    closed = "+service.calendars={office: {hours: '08:00-12:00'}}"
    shut = study(here, fewer, closed, "+service.capacities.detox.open=office")
    assert foreseen(shut).taken.keys() == found.keys() - {"detox"}
    money = "+service.capacities.residential.bought={price_per_day: 1, at_most_days: 9}"
    bought = study(here, fewer, money, "+service.currency=NOK")
    assert foreseen(bought).taken.keys() == found.keys() - {"residential"}


def test_without_a_list_nothing_is_foreseen() -> None:
    """A run that starts empty has nobody, and its warm-up is as it should be."""
    found = foreseen(job(["policy=gp_referral"]).study)
    assert (found.at_once, found.overdue, found.uncounted_days) == ({}, {}, 0)
    assert found.taken == {}


def test_those_of_the_list_are_expected_too(here: Path) -> None:
    """Of 1,080 a year there are 7 in 2.4 days; with five of a list there are 12."""
    plan = study(here, 5 * "home,2016-12-01,,\n", "horizon_days=2.4", "warm_up_days=0")
    scenario = plan.scenes[0].scenario
    assert people_expected(scenario, plan.plan) == pytest.approx(5 + 2.4 * 1080 / 365.25)


# --- what is told --------------------------------------------------------------------------------


def test_what_is_foreseen_is_said() -> None:
    """Each is a sentence, one person and several said as they are; nothing is said of nothing."""
    places = {"detox": (6, 13), "aftercare": (0, 1200)}
    said = list(before({"detox": 1, "night_unit": 3}, {"waiting_list": 2}, places, 1095, 1460))
    assert said == [
        "The run starts with those who are there when the base, the first policy, has been played "
        "for 1,095 days.",
        "By the list less than half of the places are taken on day 0: detox (6 of 13) and "
        "aftercare (0 of 1,200). Whoever is in a place must be on the list too, or the place is "
        "taken to be free.",
        "1 of those who wait for detox is admitted at once: a place is free on day 0.",
        "3 of those who wait for night unit are admitted at once: places are free on day 0.",
        "2 people at waiting list have been there, or have waited, for as long as the service "
        "allows: that ends at once.",
        "The run starts with people who are there on day 0 and does not count its first 1460 days; "
        "warm_up_days=0 counts from day 0.",
    ]
    assert list(before({}, {}, {}, 0, 0)) == []


def scenario_of(policy: str, *numbers: tuple[str, str, float]) -> Found:
    """Return a scenario that has found some outcomes of day 0, each (name, where, mean)."""
    over = "those who waited on day 0"
    outcomes = {
        Outcome(name, over, where, better=MORE if "started" in name else FEWER): np.array(
            [mean - 1.0, mean + 1.0]
        )
        for name, where, mean in numbers
    }
    return Found("base", policy, outcomes, {}, (), {}, ())


def test_the_table_has_a_row_for_each_list() -> None:
    """Treatment first, then each list, at the deadline and after a year, policy under policy.

    However many policies there are, the columns are as many; one policy needs no name.
    """
    first, second = DAY_0["the deadline"], DAY_0["a year"]
    names = [(name, where) for where in ("", "detox") for name in (*first, *second)]
    one = scenario_of("a", *((name, where, 10.0 * k) for k, (name, where) in enumerate(names)))
    two = scenario_of("b", *((name, where, 5.0) for name, where in names))
    titles = Titles("", "", "", {"a": "as it is", "b": "more"}, {}, 90.0, 2.0)
    found = table((one, two), titles, 400.0)
    assert found is not None
    assert found.header == (
        "waits for", "days later", "policy", "started", "gave up", "still waiting"
    )  # fmt: skip
    assert found.rows == (
        ("treatment", "90", "as it is", "0", "10", "20"),
        ("treatment", "90", "more", "5", "5", "5"),
        ("treatment", "365", "as it is", "30", "40", "50"),
        ("treatment", "365", "more", "5", "5", "5"),
        ("detox", "90", "as it is", "60", "70", "80"),
        ("detox", "90", "more", "5", "5", "5"),
        ("detox", "365", "as it is", "90", "100", "110"),
        ("detox", "365", "more", "5", "5", "5"),
    )
    alone = table((one,), titles, 400.0)
    assert alone is not None
    assert (len(alone.header), alone.rows[0]) == (5, ("treatment", "90", "0", "10", "20"))
    assert table((replace(one, outcomes={}),), titles, 400.0) is None


def test_the_table_has_no_number_past_the_end_of_the_run() -> None:
    """A list of some has a row that says so; where nobody waits there is none, if that is known."""
    first, second = DAY_0["the deadline"], DAY_0["a year"]
    some = scenario_of(
        "a",
        *((name, "detox", 20.0) for name in first),
        *((name, "detox", np.nan) for name in second),
        *((name, "ward", np.nan) for name in (*first, *second)),
    )
    titles = Titles("", "", "", {"a": "as it is"}, {}, 90.0, 2.0)
    found, short = (table((some,), titles, days) for days in (360.0, 60.0))
    nothing = ("no data",) * 3
    detox = (("detox", "90", "20", "20", "20"), ("detox", "365", *nothing))
    assert found is not None
    assert found.rows == detox
    assert short is not None
    assert short.rows == (*detox, ("ward", "90", *nothing), ("ward", "365", *nothing))


def test_the_method_names_how_many_there_were() -> None:
    """From the provenance, over all stages; without a list there is no such row."""
    origin = {"start": {"people": {"detox": {"there": 3, "waiting": 2}, "home": {"there": 9}}}}
    assert people(origin) == {"page.run.there": 12, "page.run.waiting": 2}
    assert people({}) == {}
    assert people(json.loads('{"start": 3}')) == {}


# --- what is kept, and compared ------------------------------------------------------------------


def test_no_visit_of_the_list_is_in_a_table(here: Path) -> None:
    """Whoever is of the list is left out of the table of visits, and nobody else is."""
    rows = 40 * "residential,2016-12-01,there,\n" + 9 * "residential,2016-12-20,waiting,\n"
    made = study(here, rows, "horizon_days=20", "warm_up_days=0")
    program = lower(made.scenes[0].scenario, made.plan.start_date, 20)
    visits, ids = compiled.simulate(program, 1, 0), client_ids(program, 1, 0)
    block = Block(0, 0, range(1))
    whole = Played((visits,), (ids,))
    frame = frame_of(made.scenes[0], block, whole)
    assert len(program.here.ids) == 49
    assert len(frame) == int((visits["client"] >= 49).sum()) > 20
    assert frame["client"].min() == 49
    assert frame["number"].min() == 0
    assert frame["queued"].null_count() == 0


def test_a_difference_of_the_list_is_found_and_not_told(here: Path) -> None:
    """Of the others a difference is told as ever; of the list that there is one."""
    made = study(here, 4 * "residential,2016-12-20,waiting,\n", "horizon_days=20", "warm_up_days=0")
    program = lower(made.scenes[0].scenario, made.plan.start_date, 20)
    visits = compiled.simulate(program, 1, 0)
    assert visits.dtype == VISIT
    assert apart(visits, visits.copy(), 4, program) is None
    changed = visits.copy()
    changed["queued"][0] -= 1
    told = apart(visits, changed, 4, program)
    assert told is not None
    assert not any(sign.isdigit() for sign in told)
    changed["ended"][-1] = 5
    assert "ended is " in str(apart(visits, changed, 4, program))
