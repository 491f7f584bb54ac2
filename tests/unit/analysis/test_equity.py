"""Who gets what: outcomes by group, and how far groups are apart, held against numbers by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.analysis.test_groups import LONGER, records

from simcare.analysis.equity import (
    ASKED,
    CONCENTRATION,
    DISPARITY,
    GAP,
    MAIN,
    RATIO,
    VALUE,
    Equity,
    concentration_index,
    gather,
    index_of_disparity,
    measure_equity,
    ranked,
    ratio_of_means,
)
from simcare.analysis.estimates import mean_interval
from simcare.analysis.groups import BY_WAY_IN, Entry
from simcare.analysis.outcomes import FEWER, MORE, POINTS, Outcome, measure
from simcare.analysis.records import People, Reading, Records
from simcare.analysis.terms import BANDS, Trait
from simcare.analysis.ways_in import (
    CAME,
    MEDIAN,
    STARTED,
    TO_HELP,
    TO_TREATMENT,
    measure_ways_in,
    way_of,
)
from simcare.analysis.ways_in import GAVE_UP as LEFT
from simcare.analysis.wellbeing import WELLBEING, first_years, measure_wellbeing
from simcare.config.build import job
from simcare.engines.choice import simulator
from simcare.engines.cohort import unheard
from simcare.engines.lowering import lower
from simcare.study.people import people_of
from simcare.study.reading import reading_of

PLACE = Trait("place", 3, ("north", "south", "east"))
SEVERITY = Trait("severity", 1)
# Of Anna, Bo, Cai, Dag and Eva: motivation, severity, episode, place.
WHO = np.array([[0, 0.1, 1, 0], [0, 0.4, 1, 1], [0, 0.5, 1, 0], [0, 0.6, 1, 1], [0, 0.9, 1, 1]])
PEOPLE = People(np.zeros(5, np.int64), WHO)
STARTS = Outcome(STARTED, "all who asked", better=MORE)
LEAVES = Outcome(LEFT, "all who asked", better=FEWER)


def told(*traits: Trait) -> Equity:
    """Return what the story says by some attributes; all can be followed for a year."""
    made = records(replace(LONGER, traits=traits), PEOPLE)
    return measure_equity(made, first_years(made))


def by_name(found: Equity, attribute: str) -> dict[str, list[float]]:
    """Return the numbers of the groups of an attribute, by the names of the outcomes."""
    return {o.name: v.tolist() for (name, o), v in found.by_group.items() if name == attribute}


def test_groups_are_told_apart_by_hand() -> None:
    """In the north is Cai, who gives up; in the south Bo and Dag are treated and Eva waits.

    Anna asked before the warm-up; nobody lives in the east. Bo waits 20 days for help, Dag 2, Cai
    4; Bo 40 and Dag 12 for treatment.
    """
    found = by_name(told(PLACE), "place")
    nobody = pytest.approx(math.nan, nan_ok=True)
    assert found[ASKED.name] == [1.0, 3.0, 0.0]
    assert found[STARTED] == [0.0, pytest.approx(200 / 3), nobody]
    assert found[LEFT] == [100.0, 0.0, nobody]
    assert found[f"{TO_HELP}: {MEDIAN}"] == [4.0, 2.0, nobody]
    assert found[f"{TO_TREATMENT}: {MEDIAN}"] == [nobody, 12.0, nobody]


def test_numbers_are_told_by_bands() -> None:
    """Hold that 0.4 is in the middle band and 0.6 in the upper one."""
    found = by_name(told(SEVERITY), "severity")
    assert BANDS == ("below 0.4", "0.4 to 0.6", "0.6 and more")
    assert found[ASKED.name] == [0.0, 2.0, 2.0]
    assert found[LEFT] == [pytest.approx(math.nan, nan_ok=True), 50.0, 0.0]


def test_where_all_are_alike_nothing_is_told() -> None:
    """Hold that an attribute that tells nobody apart is left out, as are all of unknown people."""
    unknown = measure_equity(records(replace(LONGER, traits=(PLACE,))), None)
    alike = told(Trait("alike", 2, ("one", "two", "three")), Trait("motivation", 0))
    for found in (unknown, alike):
        assert found.by_group == {}
        assert found.concentration == {}


@pytest.fixture(scope="module")
def played() -> Records:
    """Return one replication of the region, some two years of which people are followed."""
    study = job(["policy=gp_referral", "horizon_days=1000", "warm_up_days=200"]).study
    scenario, plan = study.scenes[0].scenario, study.plan
    program = lower(scenario, plan.start_date, plan.horizon_days)
    reading = reading_of(scenario, plan)
    visits = simulator("compiled")(program, 3, 0, unheard)
    return Records(visits, reading, people_of(program, reading, 3, 0))


@pytest.mark.parametrize("attribute", ["problem", "region", "ability_to_pay", "severity"])
def test_a_group_is_told_as_if_it_were_alone(played: Records, attribute: str) -> None:
    """Hold every number of a group to what is measured on the records of its people alone."""
    equity = measure_equity(played, first_years(played))
    (trait,) = (t for t in played.reading.traits if t.name == attribute)
    clients = played.columns["client"][played.first]
    assert played.people is not None
    codes = trait.group_of(played.people.attributes[clients, trait.column])
    for k in range(len(trait.groups)):
        rows = (codes == k)[played.client_of]
        alone = Records(played.visits[rows], played.reading, played.people)
        whole = measure(alone) | measure_wellbeing(alone, first_years(alone))
        mine = {o: v[k] for (name, o), v in equity.by_group.items() if name == attribute}
        assert mine.pop(ASKED) == alone.followed.sum() > 0
        assert {o.name for o in mine} >= MAIN
        for outcome, value in mine.items():
            assert value == pytest.approx(whole[outcome], rel=1e-9, abs=1e-9, nan_ok=True), outcome


def test_groups_add_up_to_everybody(played: Records) -> None:
    """Hold that each attribute splits all who asked, and that shares average to that of all."""
    equity = measure_equity(played, first_years(played))
    everybody = played.followed.sum()
    whole = {o.name: v for o, v in measure(played).items()}
    attributes = {name for name, _ in equity.by_group}
    assert attributes >= {"problem", "region", "severity", "motivation", "ability_to_pay"}
    assert "last_treatment" not in attributes  # everybody comes without one
    for attribute in attributes:
        found = by_name(equity, attribute)
        asked = np.array(found[ASKED.name])
        assert asked.sum() == everybody
        # An Aalen-Johansen estimate of all is no weighted mean of those of groups, but close.
        some = asked > 0
        mean = np.average(np.array(found[LEFT])[some], weights=asked[some])
        assert mean == pytest.approx(whole[LEFT], abs=1.0)


def test_concentration_in_a_replication(played: Records) -> None:
    """Hold the index of the region to the definition, person by person, from the records.

    n^2 E = 8 sum of (rank - (n + 1) / 2) h over the people who are seen for a year (Erreygers 2009,
    equation 11), in words: who starts within a year, by severity.
    """
    (equity, people) = measure_equity(played, first_years(played)), played.people
    assert people is not None
    seen = played.followed & (played.reading.horizon - played.asked >= 365 * 86_400)
    severity = people.attributes[played.columns["client"][played.first], 1][seen]
    days, cause = played.course_of(seen)
    started = (cause == 1) & (days <= 365)
    order = np.argsort(severity)
    n = len(order)
    ranks = np.arange(1, n + 1)
    expected = 8 / n**2 * sum((ranks - (n + 1) / 2) * started[order])
    assert equity.concentration["severity", STARTS] == pytest.approx(expected)
    assert "problem" not in {name for name, _ in equity.concentration}


# --- measures over people ------------------------------------------------------------------------


def test_the_index_of_concentration_by_hand() -> None:
    """Expected: of four people the upper two have all: 1; all but the lowest: 3/4, by 8 cov(h, r).

    r = 1/8, 3/8, 5/8, 7/8. h = (0, 1, 1, 1): mean 3/4, cov = (3/4 x 3/8 + (-1/8 + 1/8 + 3/8) / 4)
    / 4 = 3/32.
    """
    ranks = ranked(np.array([0.2, 0.3, 0.5, 0.9]))
    assert ranks.tolist() == [1 / 8, 3 / 8, 5 / 8, 7 / 8]
    assert concentration_index(np.array([0.0, 0, 1, 1]), ranks) == pytest.approx(1.0)
    assert concentration_index(np.array([1.0, 1, 0, 0]), ranks) == pytest.approx(-1.0)
    assert concentration_index(np.array([0.0, 1, 1, 1]), ranks) == pytest.approx(3 / 4)
    assert concentration_index(np.array([1.0, 0, 0, 0]), ranks) == pytest.approx(-3 / 4)
    assert concentration_index(np.array([5.0, 5, 5, 5]), ranks, 10) == pytest.approx(0.0)


def test_the_index_is_that_of_wagstaff_made_fit_for_bounds() -> None:
    """Hold 4 mean / most times 2 cov / mean, and that those of equal value share their rank."""
    rng = np.random.default_rng(7)
    values = rng.integers(0, 5, 200).astype(float)
    outcome = rng.uniform(0, 50, 200)
    ranks = ranked(values)
    assert ranks.mean() == pytest.approx(0.5)
    assert all(len(set(ranks[values == v])) == 1 for v in range(5))
    wagstaff = 2 * np.cov(outcome, ranks, bias=True)[0, 1] / outcome.mean()
    expected = 4 * outcome.mean() / 50 * wagstaff
    assert concentration_index(outcome, ranks, 50.0) == pytest.approx(expected)


# --- measures over groups ------------------------------------------------------------------------


def test_groups_that_do_not_differ_are_seldom_said_to() -> None:
    """Hold that the gap of six groups that are alike is clear of zero in at most 5 of 100 studies.

    400 studies of 20 replications. With a true rate of 5 of 100 more than 35 are clear in fewer
    than 1 of 500 seeds; without a correction some 40 of 100 would be.
    """
    rng = np.random.default_rng(11)
    place = Trait("place", 3, tuple("abcdef"))
    clear = 0
    for _ in range(400):
        values = rng.normal(50, 1, (20, 6))
        told = [
            Equity({("place", ASKED): np.full(6, 99.0), ("place", STARTS): row}, {})
            for row in values
        ]
        (gap,) = (row.estimate for row in gather((place,), told) if row.measure == GAP)
        clear += gap.lower > 0
    assert clear <= 35


def test_the_index_of_disparity_by_hand() -> None:
    """Expected: groups at 10, 20 and 30 are 20 / 3 from their mean, a third of it."""
    same = np.array([[10.0, 20, 30], [10, 20, 30]])
    assert index_of_disparity(same).tolist() == pytest.approx([100 / 3, 100 / 3])
    assert np.isnan(index_of_disparity(np.zeros((2, 3)))).all()
    # Of one replication the first is above its mean by 5, but below it in all; so for the others.
    crossed = np.array([[25.0, 20, 15], [10, 20, 30]])
    assert index_of_disparity(crossed).tolist() == pytest.approx([-100 / 6, 100 / 3])


def test_a_ratio_with_fiellers_interval() -> None:
    """Hold both ends to what they are: the ratios at which a paired t test is at its limit."""
    above, below = np.array([20.0, 22, 27, 23]), np.array([10.0, 12, 11, 12])
    found = ratio_of_means(above, below)
    assert found.mean == pytest.approx(92 / 45)
    assert found.n == 4
    for end in (found.lower, found.upper):
        e = mean_interval(above - end * below)
        assert min(abs(e.lower), abs(e.upper)) == pytest.approx(0.0, abs=1e-9)
    assert found.lower < found.mean < found.upper


def test_a_ratio_by_what_may_be_nothing_has_no_ends() -> None:
    """Hold that a mean that is not clear of 0 bounds no ratio, and that 0 has none."""
    found = ratio_of_means(np.array([3.0, 5, 4]), np.array([1.0, -1, 0.5]))
    assert math.isfinite(found.mean)
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)
    assert math.isnan(ratio_of_means(np.ones(3), np.zeros(3)).mean)
    assert math.isnan(ratio_of_means(np.array([1.0]), np.array([2.0])).upper)


def said(*replications: tuple[float, ...]) -> list[Equity]:
    """Return replications in which so many of 100 start, in groups of 90, 80 and 10 people."""
    people = np.array([90.0, 80.0, 10.0])
    return [
        Equity(
            {("place", ASKED): people, ("place", STARTS): np.array(shares)},
            {("severity", STARTS): 0.1 * k},
        )
        for k, shares in enumerate(replications)
    ]


def test_replications_together() -> None:
    """Expected: by hand. The east, of ten people, is told, and compared with nobody."""
    rows = gather((PLACE, SEVERITY), said((60, 40, 99), (62, 44, 99), (64, 42, 98)))
    starts = [row for row in rows if row.outcome == STARTS]
    values = {row.group: row.estimate.mean for row in starts if row.measure == VALUE}
    assert values == {"north": 62.0, "south": 42.0, "east": pytest.approx(296 / 3)}
    rest = {row.measure: row for row in starts if row.measure != VALUE}
    assert set(rest) == {GAP, RATIO, DISPARITY, CONCENTRATION}
    assert (rest[GAP].group, rest[GAP].other) == ("north", "south")
    assert rest[GAP].estimate == mean_interval([20.0, 18.0, 22.0])
    assert rest[RATIO].estimate.mean == pytest.approx(62 / 42)
    expected = np.mean([100 * 10 / 50, 100 * 9 / 53, 100 * 11 / 53])
    assert rest[DISPARITY].estimate.mean == pytest.approx(expected)
    assert (rest[CONCENTRATION].attribute, rest[CONCENTRATION].group) == ("severity", "")
    assert rest[CONCENTRATION].estimate == mean_interval([0.0, 0.1, 0.2])
    assert {row.measure for row in rows if row.outcome == ASKED} == {VALUE}


def test_one_replication_gives_no_interval() -> None:
    """Hold that groups and their gap are told, and that nothing bounds them."""
    rows = gather((PLACE,), said((60, 40, 99)))
    assert {row.group for row in rows if row.measure == VALUE} == {"north", "south", "east"}
    (gap,) = (row.estimate for row in rows if row.measure == GAP)
    assert (gap.mean, gap.n) == (20.0, 1)
    assert math.isnan(gap.lower)


def test_an_interval_of_a_gap_holds_for_all_pairs_at_once() -> None:
    """Hold it to that of three pairs with the error shared among them, 98.3 of 100 each."""
    place = Trait("place", 3, ("north", "south", "east"))
    people = np.array([90.0, 80.0, 70.0])
    shares = ((60, 40, 50), (62, 44, 51), (64, 42, 52))
    told = [
        Equity({("place", ASKED): people, ("place", STARTS): np.array(row)}, {}) for row in shares
    ]
    (gap,) = (row.estimate for row in gather((place,), told) if row.measure == GAP)
    assert gap == mean_interval([20.0, 18.0, 22.0], 1 - 0.05 / 3)


def test_a_reading_has_the_attributes_of_its_population() -> None:
    """Hold names, columns and categories to the population of the region."""
    study = job(["policy=gp_referral"]).study
    reading: Reading = reading_of(study.scenes[0].scenario, study.plan)
    traits = {trait.name: trait for trait in reading.traits}
    assert (traits["motivation"].column, traits["severity"].column) == (0, 1)
    assert traits["severity"].groups == BANDS
    assert traits["region"].categories == ("south_east", "west", "central", "north")


def test_a_way_in_tells_how_its_people_fare(played: Records) -> None:
    """Hold each way's wellbeing to that of the records of its people alone; nan where nobody is."""
    years = first_years(played)
    found = measure_ways_in(played, years)
    way = way_of(played)
    assert played.reading.ways
    for k, one in enumerate(played.reading.ways):
        alone = Records(played.visits[(way == k)[played.client_of]], played.reading, played.people)
        whole = {o.name: v for o, v in measure_wellbeing(alone, first_years(alone)).items()}
        value = found[Entry(BY_WAY_IN, one.name, WELLBEING, CAME, POINTS)]
        assert value == pytest.approx(whole[WELLBEING])
    assert not any(entry.measure == WELLBEING for entry in measure_ways_in(played, None))
