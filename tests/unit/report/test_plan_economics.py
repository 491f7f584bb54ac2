"""Worth the money, in the report and in its table: what policies cost and bring beside the base."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import EACH, findings

from simcare.analysis.clients import RELAPSED_AFTER, STARTED
from simcare.analysis.estimates import Estimate
from simcare.analysis.findings import Findings, Found
from simcare.analysis.groups import ALL
from simcare.analysis.outcomes import MORE, Outcome
from simcare.analysis.pairs import Of, PairRow
from simcare.analysis.value_for_money import averted, worth_of
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS
from simcare.report.book import REPORT, report_of
from simcare.report.draft import Draft
from simcare.report.page import Figure, Grid, Words
from simcare.report.plan_economics import blocks, planes
from simcare.store.tables import tables_of

YEARS = Outcome(QALYS, OVER, unit=A_PERSON_YEAR, better=MORE)
# Costs in NOK and life years of each repetition. Beside the base b costs 1000 and 3000 more and
# brings 0.01 each time; c costs 500 more and brings nothing.
TWO = {
    "a": ([100_000.0, 101_000.0], [0.60, 0.62]),
    "b": ([101_000.0, 104_000.0], [0.61, 0.63]),
    "c": ([100_500.0, 101_500.0], [0.60, 0.62]),
}


def told(
    values: Mapping[str, tuple[Sequence[float], Sequence[float]]] = TWO,
    prices: tuple[float, ...] = (150_000.0, 400_000.0),
    currency: str = "NOK",
) -> Findings:
    """Return findings whose policies cost and bring so much, a life year being worth so much."""
    made = findings([(8.0, -4.0, 0.0)] * (len(values) - 1))
    money = replace(EACH, unit=currency)
    scenarios = []
    for one in made.scenarios:
        kept = {o: v for o, v in one.outcomes.items() if o != EACH}
        costs, years = map(np.array, values[one.policy])
        scenarios.append(replace(one, outcomes={**kept, money: costs, YEARS: years}))
    about = replace(made.about, willingness_to_pay=prices)
    return Findings(about, tuple(scenarios))


def said(found: Findings) -> tuple[list[Grid], list[str], list[Figure]]:
    """Return the tables, the paragraphs and the charts of whether it is worth the money."""
    every = [*blocks(Draft(found, {}))]
    return (
        [b for b in every if isinstance(b, Grid)],
        [b.text for b in every if isinstance(b, Words)],
        [b for b in every if isinstance(b, Figure)],
    )


def test_policies_stand_beside_the_base() -> None:
    """Expected: by hand: 2000 more on average, 12.71 x 1000 to either side, for 0.01: 200,000.

    The 0.01 of a person are 10 of a thousand.
    It may cost less, so there is no price beside the base; beside the next cheaper it goes by the
    means. c costs more than the base and brings as much, so it is dominated, and has no price.
    """
    (beside, *_), (of, *_), _ = said(told())
    assert beside.rows == (
        ("GP referral", *["not relevant"] * 4, "efficient"),
        (
            "direct access",
            "2,000 (−10,700 to 14,700)",
            "10.0 (10.0 to 10.0)",
            "not relevant",
            "200,000",
            "efficient",
        ),
        (
            "policy c",
            "500 (500 to 500)",
            "0.0 (0.0 to 0.0)",
            "not relevant",
            "not relevant",
            "dominated",
        ),
    )
    assert "nothing is discounted" in of


def test_a_life_year_has_a_price_where_both_differences_are_clear() -> None:
    """Expected: by hand: 1000 more each time for 0.01 more each time: 100,000."""
    (beside, *_), _, _ = said(told({**TWO, "b": ([101_000.0, 102_000.0], [0.61, 0.63])}))
    assert beside.rows[1][1:4] == ("1,000 (1,000 to 1,000)", "10.0 (10.0 to 10.0)", "100,000")


def test_net_benefit_and_the_best_buy_at_each_price() -> None:
    """Expected: by hand. At 150,000 b's 0.01 are worth 1500: 500 and -1500, -500 on average.

    So b is the best buy in one of two, and knowing which is worth 250, the mean of 500 and 0, less
    the 0 of the base. At 400,000 they are worth 4000: 3000 and 1000, always the best.
    """
    (_, net, *_), words, _ = said(told())
    assert net.rows == (
        ("GP referral", "150,000", "not relevant", "50"),
        ("GP referral", "400,000", "not relevant", "0"),
        ("direct access", "150,000", "−500 (−13,200 to 12,200)", "50"),
        ("direct access", "400,000", "2,000 (−10,700 to 14,700)", "100"),
        ("policy c", "150,000", "−500 (−500 to −500)", "0"),
        ("policy c", "400,000", "−500 (−500 to −500)", "0"),
    )
    known = [text for text in words if "knowing beforehand" in text]
    assert known == [
        f"At {price} NOK a life year, knowing beforehand how chance falls would be worth {value} "
        "NOK for each person who asks."
        for price, value in (("150,000", "250"), ("400,000", "0"))
    ]


def test_the_chart_turns_where_the_best_buy_does() -> None:
    """Expected: by hand: b costs 2100 more for 0.01, so it is the better buy from 210,000 on.

    Prices rise by 20,000 to 480,000: of these the first is 220,000.
    """
    found = told({**TWO, "b": ([101_000.0, 104_200.0], [0.61, 0.63])})
    draft = Draft(found, {})
    _ = [*blocks(draft)]
    (chart,) = (p.chart for p in draft.drawn if p.name == "worth-the-money")
    assert chart.title == "Direct access is the best buy from 220,000 NOK a life year"
    assert chart.table.rows[0] == ("0", "100", "0", "0")
    assert chart.table.rows[10] == ("200,000", "50", "50", "0")
    assert chart.table.rows[-1] == ("480,000", "0", "100", "0")


def test_the_plane_says_where_repetitions_lie() -> None:
    """Hold the quadrants in words; who brings as much counts as bringing more."""
    draft = Draft(told(), {})
    _ = [*planes(draft)]
    (picture,) = draft.drawn
    assert picture.chart.table.rows == (
        ("direct access", "100", "0", "0", "0"),
        ("policy c", "100", "0", "0", "0"),
    )
    assert picture.chart.title == "Most repetitions are dearer, with more life years"
    assert "dearer, with fewer life years" in picture.chart.table.header[2].lower()


def test_the_front_joins_who_is_not_beaten() -> None:
    """Expected: by hand: c costs 500 and b 2000 for the same eight more of 100: b is beaten."""
    draft = Draft(told(), {})
    _ = [*blocks(draft)]
    (chart,) = (p.chart for p in draft.drawn if p.name == "how-much-for-what-money")
    assert [(row[0], row[3]) for row in chart.table.rows] == [
        ("GP referral", "yes"),
        ("policy c", "yes"),
        ("direct access", "no"),
    ]
    assert chart.title == "Some policies give the most for their money, others do not"
    two = Draft(told({p: TWO[p] for p in "ab"}), {})
    _ = [*blocks(two)]
    assert "how-much-for-what-money" not in [p.name for p in two.drawn]


def test_prices_nobody_gave_are_norway_s_or_none() -> None:
    """Hold that in NOK they are those of the white paper, and that none is made up in another."""
    _, words, charts = said(told(prices=()))
    assert any("275,000 and 825,000 NOK" in text for text in words)
    assert len(charts) == 2
    (_, *rest), words, charts = said(told(prices=(), currency="SEK"))
    assert words[-1].startswith("Nobody has said what a life year may cost in SEK")
    assert len(charts) == 1
    assert [grid.header[1] for grid in rest] == ["One less of"]


@pytest.mark.parametrize("missing", ["cost", "years", "policies"])
def test_nothing_is_said_where_a_side_is_missing(missing: str) -> None:
    """Hold that cost alone, life years alone and one policy alone say nothing, nor write a row."""
    found = told()
    scenarios = found.scenarios[:1] if missing == "policies" else found.scenarios
    name = {"cost": EACH.name, "years": QALYS, "policies": ""}[missing]
    left = tuple(
        replace(s, outcomes={o: v for o, v in s.outcomes.items() if o.name != name})
        for s in scenarios
    )
    bare = Findings(found.about, left)
    assert [*blocks(Draft(bare, {}))] == []
    assert [*planes(Draft(bare, {}))] == []
    assert tables_of(bare)["economics.csv"].decode().count("\n") == 1


def test_one_repetition_says_nothing_of_chance() -> None:
    """Hold that there is no best buy, no cloud and no worth of knowing; 1000 NOK for 0.01."""
    once = told({p: (costs[:1], years[:1]) for p, (costs, years) in TWO.items()})
    (beside, net, *_), words, charts = said(once)
    assert beside.rows[1][1:4] == ("1,000", "10.0", "100,000")
    assert [row[2] for row in net.rows[2:4]] == ["500", "3,000"]
    assert len(net.header) == 3
    assert not any("95 %" in text or "chance" in text for text in (*words, beside.caption))
    assert [figure.title for figure in charts] == [
        "Some policies give the most for their money, others do not"
    ]
    assert [*planes(Draft(once, {}))] == []


def with_pairs(scenario: Found, relapses: tuple[float, float], started: float) -> Found:
    """Return a policy that helps and harms so many of 100 by relapse, give or take 0.5."""

    def row(measure: str, helped: float, harmed: float) -> PairRow:
        rest = 100.0 - helped - harmed
        parts = [Estimate(x, x - 0.5, x + 0.5, 2) for x in (helped, harmed, rest, 0.0, 0.0)]
        return PairRow("a", Of(measure, ALL, ""), 500.0, *parts)

    rows = (row(STARTED, max(started, 0.0), max(-started, 0.0)), row(RELAPSED_AFTER, *relapses))
    return replace(scenario, pairs=rows)


@pytest.mark.parametrize(
    ("relapses", "started", "each"),
    [((4.0, 2.0), 3.0, 25_000.0), ((4.0, 3.5), 3.0, np.nan), ((4.0, 2.0), -3.0, np.nan)],
)
def test_a_relapse_averted_is_priced_where_it_is_clear(
    relapses: tuple[float, float], started: float, each: float
) -> None:
    """Expected: by hand: 500 NOK a person, 2 relapses fewer of 100: 50,000 / 2 each.

    Of 4 helped and 3.5 harmed the ranges meet; and where fewer start treatment fewer can relapse.
    """
    found = told()
    changed = tuple(
        with_pairs(s, relapses, started) if s.policy == "c" else s for s in found.scenarios
    )
    worth = worth_of(Findings(found.about, changed), "one")
    assert worth is not None
    (one,) = (x for x in averted(worth) if x.policy == "c" and x.what == RELAPSED_AFTER)
    assert one.each == pytest.approx(each, nan_ok=True)


def test_the_table_has_a_row_for_each_number() -> None:
    """Hold that the file says what the page says, to the last digit, and by what measure."""
    text = tables_of(told())["economics.csv"].decode()
    rows = [*csv.DictReader(io.StringIO(text))]
    found = {
        (r["policy"], r["measure"], r["willingness_to_pay"]): (r["mean"], r["standing"])
        for r in rows
    }
    assert found["b", "extra cost", ""] == ("2000", "efficient")
    assert found["b", "cost of a life year", ""] == ("", "efficient")
    assert found["b", "cost of a life year beside the next cheaper", ""] == ("200000", "efficient")
    assert found["c", "cost of a life year", ""] == ("", "dominated")
    assert found["b", "net benefit", "400000"] == ("2000", "efficient")
    assert found["b", "best buy", "200000"] == ("50", "")
    assert found["", "value of perfect information", "150000"] == ("250", "")
    assert len(found) == len(rows)


def test_the_page_has_it_among_the_planner_s_parts() -> None:
    """Hold that the page and its charts are made, and that it stands after what care costs."""
    files = report_of(told(), {})
    page = files[REPORT].decode()
    assert page.index("What it costs") < page.index("Is it worth the money?")
    assert page.index("Is it worth the money?") < page.index("Cost and life years in each")
    for name in ("worth-the-money", "how-much-for-what-money", "cost-and-life-years"):
        assert f"charts/{name}.svg" in files
