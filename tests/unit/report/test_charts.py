"""Charts from tables made by hand: words that turn, the same bytes twice, nothing that breaks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tests.unit.report.made import about

from simcare.analysis import flows
from simcare.analysis.capacity_search import (
    AT_LEAST,
    BELOW,
    Search,
    Target,
    answer,
    next_number,
)
from simcare.analysis.comparison import SummaryRow
from simcare.analysis.curves import Band, Key, band, unknown
from simcare.analysis.estimates import Estimate, PairedDifference
from simcare.analysis.findings import CaseNote
from simcare.analysis.flows import PHASES, FlowRow
from simcare.analysis.outcomes import DAYS as DAYS_WAITED
from simcare.analysis.outcomes import FEWER, Outcome
from simcare.analysis.precision import Look, Stop
from simcare.analysis.warm_up import Settled, WarmUp
from simcare.report import charts, drawing, palette
from simcare.report.chart_lists import LAYERS
from simcare.report.chart_people import dots
from simcare.report.charts import (
    NARROW,
    Chart,
    Fates,
    Gain,
    Line,
    ListStates,
    Lot,
    Narrowing,
    PolicyFlows,
    Ranked,
    Starts,
    Swept,
    Swing,
    Wait,
)

DAYS = np.arange(0.0, 366.0, 5.0)
MONTHS = np.arange(1.0, 49.0)
NOISE = np.array([-0.5, 0.0, 0.5])
KEY = Key("state", "since", "over")
NAN = float("nan")


def risen(to: float, x: NDArray[np.float64] = DAYS, replications: int = 3) -> Band:
    """Return a curve that rises evenly from 0 to a value, with a little noise."""
    values = to * x / x[-1] + NOISE[:replications, None]
    return band(KEY, x, values, np.linspace(100, 20, len(x)))


def level(at: float, x: NDArray[np.float64] = MONTHS, replications: int = 3) -> Band:
    """Return a level curve."""
    return band(KEY, x, at + NOISE[:replications, None] + 0 * x)


def empty(x: NDArray[np.float64] = DAYS) -> Band:
    """Return a curve of nobody."""
    return band(KEY, x, np.full((3, len(x)), np.nan))


def of_100(after: float = 70, wide: bool = True, sure: bool = True, delta: float = 2.0) -> Chart:
    fates = [Fates("GP referral", 60, 10, 20, 10), Fates("direct access", after, 90 - after, 5, 5)]
    d = after - 60
    half = 1.0 if sure else 20.0
    width = charts.WIDE if wide else NARROW
    return charts.of_100(fates, 90, Estimate(d, d - half, d + half, 3), delta, width)


def one_starts() -> Chart:
    return charts.of_100([Fates("GP referral", 1, 60, 20, 19)], 90)


def starts(after: float = 80, wide: bool = True, replications: int = 3) -> Chart:
    policies = [
        Starts("GP referral", risen(60, replications=replications), risen(50)),
        Starts("direct access", risen(after, replications=replications), risen(after - 10)),
    ]
    return charts.treatment_starts(policies, 90.0, width=charts.WIDE if wide else NARROW)


def gains(*means: float, half: float = 1.0, wide: bool = True) -> Chart:
    rows = [
        Gain(f"outcome {k}", "of 100 who asked", m, m - half, m + half) for k, m in enumerate(means)
    ]
    width = charts.WIDE if wide else NARROW
    return charts.better_or_worse(rows, "GP referral", "direct access", 2.0, width)


def going(before_help: float = 30) -> tuple[FlowRow, ...]:
    """Return the flows of a policy that loses so many before first help."""
    a, b, c, d = PHASES
    on = 100 - before_help
    moves = (
        (flows.ENTRY, a, 100), (a, b, on), (b, c, on), (c, d, on - 20),
        (c, flows.LEFT_TREATMENT, 20),
        (a, flows.GAVE_UP, before_help), (d, flows.RELAPSE, 15), (d, flows.STILL_THERE, on - 35.4),
        (d, flows.DEAD, 0.4), (flows.GAVE_UP, flows.COMES_BACK, 10),
    )  # fmt: skip
    return tuple(FlowRow(s, t, m, m - 1, m + 1, 3) for s, t, m in moves)


def flow(before_help: float = 30) -> Chart:
    base, policy = (PolicyFlows(n, going(x)) for n, x in (("GP", 30), ("direct", before_help)))
    return charts.where_people_go([base, policy])


def waiting(after: float = 80) -> Chart:
    return charts.people_waiting([Line("GP", level(50)), Line("direct", level(after))], "a bed", 16)


def narrowing(*lasts: float, wanted: float = 0.5, why: Stop = Stop.ENOUGH) -> Chart:
    """Return how the ranges of some policies narrow to such half-widths, looked at thrice."""
    ends = (20, 25, 35)
    lines = [
        Narrowing(
            name,
            k + 1,
            tuple(Look(n, last * np.sqrt(35 / n), wanted, n) for n in ends),
        )
        for k, (name, last) in enumerate(zip(LONG[1:], lasts, strict=False))
    ]
    return charts.narrowing(lines, "started treatment by 90 days", "GP referral", why)


def warm_up(
    days: float = 260.0, verdict: Settled = Settled.ENOUGH, had: float = 480.0, months: int = 48
) -> Chart:
    """Return a list that settles after ten months, with what is said of the warm-up."""
    x = MONTHS[:months]
    rise = np.minimum(x / 10.0, 1.0)
    lines = [
        Line(name, band(KEY, x, at * rise + NOISE[:, None] + 0 * x))
        for name, at in (("GP referral", 20.0), ("direct access", 50.0))
    ]
    return charts.warm_up(lines, WarmUp("assessment_teams", days, verdict), had)


def breached(after: float = 8, months: int = 36, replications: int = 3) -> Chart:
    """Return breaches by month, from January 2019 on."""
    at = np.arange(12.0 * 2019, 12.0 * 2019 + months)
    lines = [
        Line(name, level(mean, at, replications))
        for name, mean in (("GP referral", 12), ("direct access", after))
    ]
    return charts.breaches(lines, "first help")


def waits(after: float = 40) -> Chart:
    rows = [Wait("detox", "GP", 3, 9), Wait("detox", "direct", after, 50, 2, 45)]
    return charts.waits_by_stage([*rows, Wait("bed", "GP", 0, 0), Wait("x", "GP", NAN, NAN)], 30)


def lists(after: float = 12, x: NDArray[np.float64] = DAYS) -> Chart:
    def states(name: str, left: float) -> ListStates:
        out = risen(left, x)
        return ListStates(name, level(60, x), level(40 - left, x), out)

    return charts.leaving_the_list([states("GP", 4), states("direct", after)], "a bed", 90.0)


def test_of_a_day_that_nobody_is_followed_to_the_title_says_so() -> None:
    """Hold it of curves that are known for 60 days, and asked of 90; never "no data of 100"."""
    known = risen(60)
    short = replace(known, mean=np.where(known.x <= 60, known.mean, np.nan))
    for many in (1, 2):
        asked = [Starts(name, short) for name in ("GP", "direct")[:many]]
        listed = [ListStates(name, short, short, short) for name in ("GP", "direct")[:many]]
        for chart in (
            charts.treatment_starts(asked, 90.0),
            charts.leaving_the_list(listed, "a bed", 90.0),
        ):
            assert chart.title == "The run is too short to tell of 90 days"
            assert "no data of 100" not in chart.alt


LONG = ("GP", "direct access", "direct access and ten more beds, bought from private providers")


def lists_of_some(*others: float) -> Chart:
    """Return the chart of a list that the base has not, with so many left under others."""
    states = [ListStates(LONG[0], unknown(KEY), unknown(KEY), unknown(KEY))]
    states += [
        ListStates(name, level(60, DAYS), level(40 - left, DAYS), risen(left))
        for name, left in zip(LONG[1:], others, strict=False)
    ]
    return charts.leaving_the_list(states, "a bed", 90.0)


def waiting_of_some(*others: float) -> Chart:
    """Return the chart of people waiting on a list that the base has not."""
    lines = [Line(name, level(mean)) for name, mean in zip(LONG[1:], others, strict=False)]
    return charts.people_waiting([Line(LONG[0], unknown(KEY)), *lines], "a bed", 16)


def waits_with_long_titles() -> Chart:
    rows = [Wait(what, name, 3, 9) for what in ("from asking to a bed", "detox") for name in LONG]
    return charts.waits_by_stage([row for row in rows if (row.what, row.policy) != ("detox", "GP")])


def lot(helped: float, harmed: float, half: float = 0.5, label: str = "starts treatment") -> Lot:
    """Return how many of 100 are better and worse off, so sure."""
    n = 20 if np.isfinite(half) else 1
    better, worse = (Estimate(x, x - half, x + half, n) for x in (helped, harmed))
    return Lot(label, better, worse, 100.0 - helped - harmed)


def person_by_person(*lots: Lot, wide: bool = True) -> Chart:
    """Return whom a policy helps and harms."""
    width = charts.WIDE if wide else NARROW
    return charts.person_by_person(lots, "GP referral", "direct access", width)


LOTS = (
    lot(9.5, 14.25, label="starts treatment"),
    lot(0.0, 61.5, 3.0, label="gives up before treatment"),
    lot(0.25, 0.0, 0.25, label="dies"),
)


def relapse(after: float = 60) -> Chart:
    lines = [Line("GP", risen(60)), Line("direct", risen(after))]
    return charts.relapse_after_discharge(lines)


def tornado(low: float = -15, high: float = 3) -> Chart:
    rows = [Swing("return", "soon", low, "late", high), Swing("loss", "none", -7, "much", -9.6)]
    return charts.what_it_hinges_on(rows, -8, "start", "direct access", 2.0)


def ranked(
    *means: float,
    half: float = 1.0,
    gap: float = 1.0,
    names: Sequence[str] = "abcdefghij",
    outcome: str = "start in time",
) -> Chart:
    """Return a ranking of policies against a base that is at 40, with half-widths of ranges."""
    best = max([*means, 0.0])

    def row(name: str, mean: float, width: float) -> Ranked:
        behind = Estimate(best - mean, best - mean - gap, best - mean + gap, 9)
        return Ranked(name, mean, mean - width, mean + width, 50.0, 40 + mean, behind)

    rows = [row(name, mean, half) for name, mean in zip(names, means, strict=False)]
    return charts.which_policy([*rows, row("GP", 0.0, 0.0)], outcome, "GP", 2.0)


def swept(
    change: float | None = 9.0,
    half: float = 1.0,
    lines: int = 2,
    x: Sequence[float] = (110, 120, 130),
    better: int = 1,
    label: str = "beds",
    start: float = 38.0,
    name: str = "direct",
) -> Chart:
    """Return an outcome that changes evenly over a swept number, alike under each policy."""
    at = np.array(x, dtype=np.float64)
    mean = np.linspace(start, start + (change or 0.0), len(at))
    series = [Swept(f"{name}{k or ''}", at, mean, mean - half, mean + half) for k in range(lines)]
    found = None if change is None else PairedDifference(change, change - half, change + half, 9, 1)
    return charts.over_values(
        series, label, "start in time", "people of 100", better, 120, 45, found, 2.0
    )


def how_many(
    crossing: float = 140,
    spread: float = 1.0,
    steep: float = 1.0,
    target: float = 30.0,
    side: str = BELOW,
    lengthy: str = "",
    replications: int = 4,
) -> Chart:
    """Return a search of beds from 100 to 180, of which each more takes ``steep`` off the wait."""
    wait = Outcome("half wait at most", "those served", "ward", DAYS_WAITED, FEWER)
    path = f"service.capacities.{lengthy}residential.beds"
    search = Search(path, 100, 180, 132, Target(wait, side, target))
    around = spread * np.resize([-2.0, 2.0], replications)
    values: dict[int, NDArray[np.float64]] = {}
    while (number := next_number(search, values)) is not None:
        values[number] = target + steep * (crossing - number) + around
    return charts.how_many(search, answer(search, values), about({"a": "A"}, {"c": CaseNote()}))


MAKERS: Mapping[str, Callable[[], Chart]] = {
    "people": of_100,
    "people-narrow": lambda: of_100(wide=False),
    "starts": starts,
    "narrowing": lambda: narrowing(0.4, 0.45),
    "narrowing-alone": lambda: charts.narrowing(
        [Narrowing("direct access", 0, (Look(20, 1.25, NAN, 20), Look(25, 1.0, NAN, 25)))],
        "utilisation (residential)",
        "",
        Stop.FIXED,
    ),
    "warm-up": warm_up,
    "warm-up-late": lambda: warm_up(900.0, Settled.TOO_SHORT, 60.0),
    "warm-up-none": lambda: warm_up(NAN, Settled.UNSTEADY, 0.0),
    "starts-narrow": lambda: starts(wide=False),
    "gains": lambda: gains(5, -4, 0.5),
    "gains-narrow": lambda: gains(5, -4, 0.5, wide=False),
    "flows": flow,
    "waiting": waiting,
    "breaches": breached,
    "breaches, one month": lambda: breached(months=1),
    "breaches, half a year": lambda: breached(months=6),
    "breaches, fifty years": lambda: breached(months=600),
    "breaches, one repetition": lambda: breached(replications=1),
    "waits": waits,
    "lists": lists,
    "a list of one of two": lambda: lists_of_some(12),
    "a list of two of three": lambda: lists_of_some(12, 8),
    "waiting of one of two": lambda: waiting_of_some(80),
    "waiting of two of three": lambda: waiting_of_some(80, 30),
    "waits with long titles": waits_with_long_titles,
    "relapse": relapse,
    "tornado": tornado,
    "pairs": lambda: person_by_person(*LOTS),
    "pairs-narrow": lambda: person_by_person(*LOTS, wide=False),
    "pairs, one repetition": lambda: person_by_person(lot(3.0, 4.5, NAN)),
    "pairs, all the same": lambda: person_by_person(lot(0.0, 0.0, 0.0)),
    "pairs, all harmed": lambda: person_by_person(lot(0.0, 100.0, 0.0)),
    "swept": swept,
    "swept, four": lambda: swept(lines=4, name="support while waiting and direct access "),
    "swept, six": lambda: swept(lines=6, name="support while waiting for a bed and more "),
    "swept, one value": lambda: swept(x=[-2.5], lines=1),
    "swept, from minus": lambda: swept(x=[3.25, -1.5, 0.0], start=0.0),
    "swept, one repetition": lambda: swept(half=NAN),
    "how many": how_many,
    "how many, cut off at the top": lambda: how_many(139.5, steep=9.0),
    "how many, at the left": lambda: how_many(101),
    "how many, at the right": lambda: how_many(179.5),
    "how many, at least": lambda: how_many(140.5, steep=-1.0, side=AT_LEAST),
    "how many, open at both ends": lambda: how_many(140.5, spread=60.0),
    "how many, one repetition": lambda: how_many(replications=1),
    "how many, none will do": lambda: how_many(300),
    "how many, the fewest will do": lambda: how_many(60),
    "how many, fewer are better": lambda: how_many(steep=-0.5),
    "how many, of a long name": lambda: how_many(
        lengthy="beds_for_those_who_have_waited_for_so_long_in_the_north_of_the_region_"
    ),
    "ranking": lambda: ranked(5, -4, 0.5),
    "ranking of 30": lambda: ranked(
        *range(-15, 15),
        half=20.0,
        names=[f"direct access and support, {k} beds" for k in range(30)],
    ),
}
NOTHING: Mapping[str, Callable[[], Chart]] = {
    "people": lambda: charts.of_100([Fates("GP", NAN, NAN, NAN, NAN)], 90),
    "no people": lambda: charts.of_100([], 90),
    "starts": lambda: charts.treatment_starts([Starts("GP", empty(), empty())], 90),
    "no starts": lambda: charts.treatment_starts([], 90),
    "gains": lambda: gains(),
    "gains of nobody": lambda: gains(NAN, NAN),
    "flows": lambda: charts.where_people_go([PolicyFlows("GP", ()), PolicyFlows("new", ())]),
    "no flows": lambda: charts.where_people_go([]),
    "waiting": lambda: charts.people_waiting([Line("GP", empty(MONTHS))], "a bed", 16),
    "breaches": lambda: charts.breaches([Line("GP", empty(MONTHS))], "a bed"),
    "no breaches": lambda: charts.breaches([], "a bed"),
    "no month": lambda: charts.breaches([Line("GP", empty(MONTHS[:0]))], "a bed"),
    "no waiting": lambda: charts.people_waiting([], "a bed"),
    "nobody waits": lambda: charts.people_waiting(
        [Line("GP", level(0.0, replications=1))], "a bed"
    ),
    "waits": lambda: charts.waits_by_stage([]),
    "no waits": lambda: charts.waits_by_stage([Wait("bed", "GP", NAN, NAN), Wait("x", "GP", 0, 0)]),
    "lists": lambda: charts.leaving_the_list(
        [ListStates("GP", empty(), empty(), empty())], "b", 30
    ),
    "no lists": lambda: charts.leaving_the_list([], "a bed", 30),
    "relapse": lambda: charts.relapse_after_discharge([Line("GP", empty())]),
    "no relapse": lambda: charts.relapse_after_discharge([]),
    "nothing swept": lambda: charts.over_values([], "beds", "start", "days", 0),
    "nobody in the sweep": lambda: charts.over_values(
        [Swept("a", np.array([1.0, 2.0]), *[np.array([NAN, NAN])] * 3)], "beds", "start", "days", -1
    ),
    "a gap in the sweep": lambda: charts.over_values(
        [Swept("a", np.array([1.0, 2.0, 3.0]), *[np.array([4.0, NAN, 5.0])] * 3)],
        "beds",
        "start",
        "days",
        -1,
    ),
    "how many of nobody": lambda: how_many(NAN),
    "no ranking": lambda: charts.which_policy([], "start in time", "GP", 2.0),
    "ranking of nobody": lambda: ranked(NAN, NAN),
    "ranking of one repetition": lambda: ranked(5, -4, half=NAN, gap=NAN),
    "ranking without shares": lambda: charts.which_policy(
        [Ranked("a", 3.0, 2.0, 4.0), Ranked("b", NAN, NAN, NAN)], "start", "GP", 0.0
    ),
    "no pairs": lambda: person_by_person(),
    "pairs of nobody": lambda: person_by_person(lot(NAN, NAN)),
    "tornado": lambda: charts.what_it_hinges_on([], NAN, "start", "new", 2.0),
    "half a swing": lambda: charts.what_it_hinges_on(
        [Swing("extra demand", "none", -3.0, "", NAN)], -3.0, "start", "new", 2.0
    ),
}
EVERY = {**MAKERS, **{f"nothing: {name}": make for name, make in NOTHING.items()}}


def numbers(text: str) -> set[str]:
    """Return the numbers in a text, as they are written."""
    return set(re.findall(r"\u2212?\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("name", EVERY)
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    """Two drawings of the same table are equal, and so are two writings of one drawing."""
    one, two = EVERY[name](), EVERY[name]()
    assert one == two
    svg = charts.to_svg(one.figure, "a")
    assert svg == charts.to_svg(two.figure, "a") == charts.to_svg(one.figure, "a")
    assert charts.to_png(one.figure) == charts.to_png(two.figure)


@pytest.mark.parametrize("name", EVERY)
def test_words_are_whole_and_their_numbers_are_in_the_table(name: str) -> None:
    """No place is left unfilled, no nan is said, and every number can be looked up."""
    chart = EVERY[name]()
    text = f"{chart.title} {chart.subtitle} {chart.alt}"
    assert not re.search(r"[{}]|nan\b", text)
    assert len(chart.title.split()) <= 12, chart.title
    assert all(len(row) == len(chart.table.header) for row in chart.table.rows)
    assert all(cell for row in chart.table.rows for cell in row), "an empty cell"
    if name in MAKERS:
        table = " ".join(map(" ".join, (chart.table.header, *chart.table.rows)))
        assert numbers(f"{chart.alt} {chart.title}") <= numbers(f"{table} {chart.subtitle}") | {
            "100"
        }


@pytest.mark.parametrize("name", MAKERS)
def test_svg_is_clean(name: str) -> None:
    """No size, date, prolog, style sheet or foreign id; the text is text."""
    svg = charts.to_svg(MAKERS[name]().figure, "fig7")
    assert svg.startswith("<svg ")
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|<style|Matplotlib|matplotlib\.org", svg)
    root = svg[: svg.index(">")]
    assert "viewBox" in root
    assert not re.search(r"\s(width|height)=", root)
    assert "<text" in svg
    ids = re.findall(r'\bid="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    uses = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', svg)
    assert {a or b for a, b in uses} <= set(ids)
    assert all(i.startswith("fig7-") for i in ids)


def test_no_id_occurs_in_two_charts() -> None:
    """With a prefix each, all charts can stand in one page."""
    seen: set[str] = set()
    for k, make in enumerate(MAKERS.values()):
        ids = set(re.findall(r'\bid="([^"]*)"', charts.to_svg(make().figure, f"fig{k}")))
        assert ids
        assert not ids & seen
        seen |= ids


def test_a_prefix_must_be_an_id() -> None:
    """What could not begin an id is refused."""
    with pytest.raises(ValueError, match="begin with a letter"):
        charts.to_svg(Figure(), "7 b")


def test_png_says_nothing_of_its_making() -> None:
    """No date and no software is in a PNG."""
    data = charts.to_png(of_100().figure)
    assert b"tEXt" not in data
    assert b"tIME" not in data


@pytest.mark.parametrize("name", MAKERS)
def test_text_stays_inside_the_picture(name: str) -> None:
    """No word is cut off at the edge."""
    figure = MAKERS[name]().figure
    figure.draw_without_rendering()
    box = figure.bbox
    for axes in figure.axes:
        for text in axes.texts:
            if text.get_text():
                found = text.get_window_extent()
                assert found.x0 >= box.x0 - 2, text
                assert found.x1 <= box.x1 + 2, text
                assert found.y0 >= box.y0 - 2, text
                assert found.y1 <= box.y1 + 2, text


@pytest.mark.parametrize(
    ("chart", "title"),
    [
        (lambda: of_100(70), "10 more of 100 start treatment within 90 days with direct access"),
        (lambda: of_100(49), "11 fewer of 100 start treatment within 90 days with direct access"),
        (lambda: of_100(61, sure=False), "We see no difference in who starts treatment within 90"),
        (lambda: of_100(63, delta=5), "A small difference: 3 more of 100"),
        (lambda: of_100(57, delta=5), "A small difference: 3 fewer of 100"),
        (how_many, "About 141 residential beds meet the target of 30 days"),
        (lambda: how_many(300), "Even 180 residential beds miss the target of 30 days"),
        (lambda: how_many(60), "Even 100 residential beds meet the target of 30 days"),
        (lambda: how_many(steep=-0.5), "More residential beds lead away from 30 days"),
        (lambda: starts(80), "After 90 days, 20 of 100 have started, against 15"),
        (lambda: starts(40), "After 90 days, 10 of 100 have started, against 15"),
        (lambda: starts(60), "After 90 days, about 15 of 100 have started either way"),
        (lambda: gains(5, 6), "All 2 outcomes are better with direct access"),
        (lambda: gains(-5, -6), "All 2 outcomes are worse with direct access"),
        (lambda: gains(-5, 6, 0), "With direct access, 1 of 3 outcomes better, 1 worse"),
        (lambda: gains(6, 0), "With direct access, 1 of 2 outcomes better, none worse"),
        (lambda: gains(-6, 0), "With direct access, 1 of 2 outcomes worse, none better"),
        (lambda: gains(0.1, 0), "With direct access, no outcome surely differs"),
        (lambda: gains(0.5, half=0.1), "With direct access, no outcome surely differs"),
        (lambda: gains(5, half=NAN), "One repetition cannot tell direct access from GP referral"),
        (one_starts, "1 of 100 people starts treatment within 90 days"),
        (lambda: gains(5), "With direct access, the 1 outcome is better"),
        (lambda: flow(40), "Most are lost before first help: 40 of 100, against 30"),
        (lambda: flow(10), "Most are lost in treatment: 20 of 100, against 20"),
        (lambda: narrowing(0.4), "After 35 repetitions the range is as narrow as asked"),
        (
            lambda: narrowing(0.6, why=Stop.CEILING),
            "After 35 repetitions the range is wider than asked",
        ),
        (
            lambda: narrowing(0.4, 0.25, wanted=NAN, why=Stop.FIXED),
            "After 35 repetitions the range is 0.25 to 0.4 to either side",
        ),
        (warm_up, "The warm-up of 480 days is long enough: 260 recommended"),
        (
            lambda: warm_up(900.0, Settled.TOO_SHORT, 60.0),
            "The warm-up of 60 days is too short: 900 recommended",
        ),
        (
            lambda: warm_up(NAN, Settled.RUN_TOO_SHORT),
            "The run is too short to recommend a warm-up: assessment teams",
        ),
        (
            lambda: warm_up(NAN, Settled.UNSTEADY),
            "No warm-up is recommended: assessment teams never settles",
        ),
        (lambda: waiting(80), "More wait for a bed with direct: 80, against 50"),
        (lambda: waiting(20), "Fewer wait for a bed with direct: 20, against 50"),
        (lambda: waiting(50), "About as many wait for a bed either way: 50"),
        (breached, "Fewer breaches of first help with direct access: 8 monthly, against 12"),
        (lambda: breached(20), "More breaches of first help with direct access: 20 monthly"),
        (lambda: breached(12), "About as many breaches of first help either way: 12 monthly"),
        (
            lambda: charts.breaches([Line("GP", level(1.0))], "a bed"),
            "On average 1 breach of a bed a month",
        ),
        (waits, "Longest wait with direct: detox, half at most 40 days"),
        (lambda: waits(1), "Longest wait with GP: detox, half at most 3 days"),
        (lambda: lists(12), "3.0 of 100 have left the list after 90 days, against 1.0"),
        (lambda: lists(4), "About 1.0 of 100 leave the list within 90 days either way"),
        (lambda: relapse(60), "About 60 of 100 relapse within 12 months, with either policy"),
        (lambda: relapse(40), "40 of 100 relapse within 12 months with direct, against 60"),
        (swept, "With direct1, raising beds from 110 to 130 helps: 38 to 47"),
        (lambda: swept(lines=1), "Raising beds from 110 to 130 helps: 38 to 47"),
        (lambda: swept(name="direct access a"), "Raising beds from 110 to 130 helps: 38 to 47"),
        (lambda: swept(-9, lines=1), "Raising beds from 110 to 130 harms: 38 to 29"),
        (lambda: swept(-9, lines=1, better=-1), "Raising beds from 110 to 130 helps: 38 to 29"),
        (lambda: swept(better=0), "Start in time: from 38 to 47 between 110 and 130 beds"),
        (lambda: swept(1.0, half=0.5), "A small gain from 110 to 130 beds: 38.0 to 39.0"),
        (lambda: swept(-1.0, half=0.5), "A small loss from 110 to 130 beds: 38.0 to 37.0"),
        (lambda: swept(0.5), "No difference that matters between 110 and 130 beds"),
        (lambda: swept(3, half=4), "No difference that we can see between 110 and 130 beds"),
        (lambda: swept(None), "Start in time: 38 at 110 beds, 38 at 130"),
        (lambda: swept(half=NAN), "Start in time: 38 at 110 beds, 47 at 130"),
        (lambda: swept(x=[-2.5]), "Start in time: 38 at \u22122.5 beds"),
        (lambda: swept(label="a b c d e f"), "Better from 110 to 130: 38, then 47"),
        (lambda: ranked(5, -4), "Start in time: A is best"),
        (lambda: ranked(5, -4, outcome=" ".join("abcdefghij")), "A is best"),
        (lambda: ranked(5, 4.5), "A and b cannot be told apart"),
        (lambda: ranked(5, 4, gap=0.5), "A is best, b too little behind to matter"),
        (lambda: ranked(5, 3, gap=0.5), "A is best, perhaps by too little to matter"),
        (lambda: ranked(2.5, 0.1), "Differences from GP, perhaps too small to matter"),
        (lambda: swept(2.5), "A gain, perhaps small, from 110 to 130 beds: 38"),
        (lambda: swept(-2.5), "A loss, perhaps small, from 110 to 130 beds: 38"),
        (lambda: ranked(5, 4.5, 4.4), "A leads; 2 others may be about as good"),
        (lambda: ranked(5, 4.5, gap=NAN), "Better than GP: 2 of 2, A first"),
        (lambda: ranked(-5, -4, 0.5), "None is better than GP; 2 of 3 are worse"),
        (lambda: ranked(1, -1, half=5), "None can be told from GP"),
        (lambda: ranked(1, -1, half=0.1), "We see no difference from GP that matters"),
        (lambda: ranked(5, -4, half=NAN), "One repetition cannot rank anything"),
        (
            lambda: ranked(5, 4.5, names=["one two three four", "six seven eight nine"]),
            "One two three four leads; one other may be about as good",
        ),
        (
            lambda: ranked(5, -5, names=[" ".join("abcdefghijklm"), "n"]),
            "By enough to matter, 1 of 2 better, 1 worse",
        ),
        (
            lambda: person_by_person(lot(9.5, 14.25)),
            "With direct access, 9.5 of 100 gain treatment, 14.3 lose it",
        ),
        (
            lambda: person_by_person(lot(0.0, 0.0, 0.0)),
            "With direct access, nobody gains or loses treatment",
        ),
        (tornado, "The answer turns round only with return"),
        (lambda: tornado(-15, -3), "Return moves it most and does not turn it round"),
        (lambda: tornado(-15, 1), "Return moves it most and does not turn it round"),
    ],
)
def test_titles_turn_with_the_numbers(chart: Callable[[], Chart], title: str) -> None:
    """A title says what is seen, in the direction in which it is seen."""
    found = chart().title
    assert found.startswith(title)
    assert len(found.split()) <= 12


def summary(where: str, name: str, mean: float) -> SummaryRow:
    """Return a row of days waited under the base."""
    outcome = Outcome(name, "those served", where, DAYS_WAITED, FEWER)
    return SummaryRow("one", "gp", outcome, Estimate(mean, mean, mean, 3), mean, mean)


def test_quarters_of_waits_are_read_where_they_are_known() -> None:
    """A clock and a stage have their quarters; a stage without them has none, and says so."""
    clock = "from asking to treatment: "
    rows = [
        summary("", clock + "half wait at most", 20),
        summary("", clock + "9 of 10 wait at most", 60),
        summary("", clock + "a quarter wait at most", 8),
        summary("", clock + "three quarters wait at most", 35),
        summary("detox", "a quarter wait at most", 1),
        summary("detox", "half wait at most", 2),
        summary("detox", "three quarters wait at most", 4),
        summary("detox", "9 of 10 wait at most", 9),
        summary("bed", "half wait at most", 5),
        summary("bed", "9 of 10 wait at most", 10),
    ]
    found = charts.waits(rows, {"gp": "GP referral"}, {"bed": "a bed"})
    quarters = {w.what: (w.low_quarter, w.high_quarter) for w in found}
    assert quarters["from asking to treatment"] == (8, 35)
    assert quarters["detox"] == (1, 4)
    assert all(np.isnan(quarters["a bed"]))
    chart = charts.waits_by_stage(found)
    assert "Thick line" in chart.subtitle
    assert chart.table.rows[0] == ("From asking to treatment", "GP referral", "8", "20", "35", "60")
    assert chart.table.rows[1][2:] == ("no data", "5", "no data", "10")
    plain = charts.waits_by_stage([w for w in found if w.what == "a bed"])
    assert "Thick line" not in plain.subtitle
    assert plain.table.rows == (("A bed", "GP referral", "5", "10"),)
    clocks = charts.waits_by_stage([w for w in found if w.what.startswith("from")])
    assert clocks.title == "GP referral: from asking to treatment, half within 20 days"


def test_a_list_that_never_settles_is_warned_of() -> None:
    """A list that grows all the time is said to, whoever has more waiting."""
    lines = [Line("GP", level(50)), Line("direct", risen(200, MONTHS), grows=True)]
    assert "keeps growing with direct" in charts.people_waiting(lines, "a bed", 16).title
    both = [replace(line, grows=True) for line in lines]
    assert "with every policy" in charts.people_waiting(both, "a bed", 16).title


def test_a_list_of_some_policies_is_compared_with_none() -> None:
    """Expected: who has no such list is named, and no mean of the others is "against" anything."""
    for chart in (waiting_of_some(80), waiting_of_some(80, 30), lists_of_some(12, 8)):
        assert "There is no such list with GP." in chart.subtitle
        assert "against" not in chart.title
        assert not any("GP" in row for row in chart.table.rows)
    assert "On average 30 to 80 people wait for a bed" in waiting_of_some(80, 30).title
    assert "no such list" not in waiting().subtitle + lists().subtitle


def test_a_policy_keeps_its_colour_where_the_base_has_no_list() -> None:
    """Expected: the first policy beside the base has its own ink and weight, not the base's."""
    texts = waiting_of_some(80).figure.axes[0].texts
    (line,) = (text for text in texts if "access" in text.get_text())
    (title,) = (axes.get_title(loc="left") for axes in lists_of_some(12).figure.axes)
    assert (line.get_color(), line.get_fontweight()) == (palette.role(1).text, "bold")
    assert title == "Direct access"


def test_long_titles_of_policies_stand_clear_of_the_stages() -> None:
    """Expected: no two texts of the chart of waits touch, however long a title is."""
    figure = waits_with_long_titles().figure
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in figure.axes[0].texts if t.get_text()]
    pairs = [(a, b) for k, a in enumerate(boxes) for b in boxes[k + 1 :]]
    assert not [pair for pair in pairs if pair[0].overlaps(pair[1])]


def test_one_replication_is_said_to_have_no_range() -> None:
    """Without an interval no band is drawn, and the subtitle says so."""
    assert "One repetition" in starts(replications=1).subtitle
    assert "95 %" in starts().subtitle


def test_a_target_is_met_where_the_whole_range_meets_it() -> None:
    """Expected: 38, 42.5 and 47 with half-width 1 against 45: at the last alone; else at none."""
    assert "The target of 45 is met by direct1 at 130." in swept().alt
    assert "Direct1 meets the target of 45 at no value tried." in swept(7.5).alt
    assert "met by direct1 at 110, 120 and 130." in swept(start=20.0, better=-1).alt


def test_a_value_of_which_nothing_is_known_is_not_hidden() -> None:
    """Expected: a value tried stands in the table without numbers, and the line has a gap."""
    chart = NOTHING["a gap in the sweep"]()
    assert chart.table.rows[1] == ("a", "2", "no data", "no data")
    assert chart.title == "Start: 4 at 1 beds, 5 at 3"


def test_a_cut_axis_is_said_to_be_cut() -> None:
    """Expected: from 38 to 47 zero is left out; from 1 to 10 it is not."""
    cut = "does not start at zero"
    assert cut in swept().subtitle
    assert cut not in swept(start=1.0).subtitle


@pytest.mark.parametrize("name", [name for name in MAKERS if name.startswith(("swept", "ranking"))])
def test_every_number_of_a_subtitle_is_in_the_table(name: str) -> None:
    """Expected: what is said under the title can be looked up too."""
    chart = MAKERS[name]()
    table = " ".join(map(" ".join, (chart.table.header, *chart.table.rows)))
    assert numbers(chart.subtitle) <= numbers(table)


@pytest.mark.parametrize(
    ("mean", "lower", "upper", "expected"),
    [
        (10.7, 6.5, 14.9, "11 better (7 to 15)"),
        (-10.7, -14.9, -6.5, "11 worse (7 to 15)"),
        (0.4, -0.2, 0.9, "0.4 better (0.2 worse to 0.9 better)"),
        (-2.0, -5.0, 3.0, "2 worse (5 worse to 3 better)"),
        (0.01, -0.02, 0.03, "at most 0.1 either way"),
        (-3.2, NAN, NAN, "3.2 worse (no range)"),
    ],
)
def test_gains_in_words(mean: float, lower: float, upper: float, expected: str) -> None:
    """A gain is said without signs, by its side."""
    chart = charts.better_or_worse([Gain("x", "y", mean, lower, upper)], "a", "b", 2.0)
    assert chart.table.rows[0][2] == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((59.8, 6.9, 22.0, 11.3), [60, 7, 22, 11]),
        ((33.4, 33.3, 33.3, 0.0), [34, 33, 33, 0]),
        ((0.2, 0.2, 0.2, 99.4), [0, 0, 0, 100]),
        ((NAN, 1.0, 1.0, 1.0), [0, 0, 0, 0]),
    ],
)
def test_dots_make_100(shares: Sequence[float], expected: list[int]) -> None:
    """Whole people are made by largest remainder."""
    found = dots(shares)
    assert sum(found) in (0, 100)
    assert sorted(found) == sorted(expected)


def test_all_who_asked_stand_at_the_first_step() -> None:
    """Of 100, 61 come to a list and 39 are helped at once: 100 asked, and 84 got first help.

    16 of the 61 give up before; the table keeps the flows as they are.
    """
    a, b, c, _ = PHASES
    moves = ((flows.ENTRY, a, 61), (flows.ENTRY, b, 39), (a, b, 45), (a, flows.GAVE_UP, 16),
             (b, c, 84), (c, flows.STILL_THERE, 84))  # fmt: skip
    rows = tuple(FlowRow(s, t, m, m - 1, m + 1, 3) for s, t, m in moves)
    chart = charts.where_people_go([PolicyFlows("direct", rows)])
    drawn = [text.get_text() for text in chart.figure.axes[0].texts]
    assert [text for text in drawn if text.isdigit()] == ["100", "84", "84", "0"]
    assert "16 gave up waiting" in " ".join(drawn).replace("\n", " ")
    assert [row[:2] + row[3:4] for row in chart.table.rows[:3]] == [
        ("Asked", "Before first help", "61"),
        ("Asked", "Got first help", "39"),
        ("Before first help", "Got first help", "45"),
    ]


def cells(chart: Chart, column: int) -> list[str]:
    """Return a column of a chart's table."""
    return [row[column] for row in chart.table.rows]


def test_differences_of_100_agree_with_the_numbers_above_them() -> None:
    """15.8 and 17.4 differ by 1.6: as 16 and 17 they would seem to by 1, and by 2 as a difference.

    Who still waits are 60 and 58 whatever the decimals, so that column stays whole.
    """
    fates = [Fates("GP", 15.8, 60, 14.2, 10), Fates("direct", 17.4, 58, 14.6, 10)]
    chart = charts.of_100(fates, 14, Estimate(1.6, 0.7, 2.4, 4))
    assert cells(chart, 0) == ["GP", "direct", "Difference"]
    assert cells(chart, 1) == ["15.8", "17.4", "1.6"]
    assert cells(chart, 2) == ["60", "58", "−2"]


def test_of_three_policies_no_difference_is_told_of_nobody() -> None:
    """Two policies differ from the first: a single row of differences would not say which."""
    people = (Fates("a", 16, 60, 14, 10), Fates("b", 17, 59, 14, 10), Fates("c", 23, 53, 14, 10))
    chart = charts.of_100(people, 14)
    assert cells(chart, 0) == ["a", "b", "c"]
    assert chart.title.startswith("16 to 23 of 100")


def test_charts_of_one_kind_have_titles_of_their_own() -> None:
    """Each begins with the first name that has room beside a title, in full or in a few words."""
    row = Swing("how many ask", "fewer", 3.0, "more", 5.0)
    policy = "one more detox bed"
    for first, second, title in (
        ("in time", "x", "In time: How many ask moves it most"),
        (f"{policy}, starts", policy, "One more detox bed, starts: How many ask moves it most"),
        (" ".join(["long"] * 9), policy, "One more detox bed: How many ask moves it most"),
        (" ".join(["long"] * 9), " ".join(["longer"] * 9), "How many ask moves it most and does"),
    ):
        names = (first, second)
        chart = charts.what_it_hinges_on([row], 4.0, "start", policy, 2.0, names=names)
        assert chart.title.startswith(title)


def test_swings_are_written_alike() -> None:
    """0.9 and 1.3 are not 0.9 and 1; 6.4 and 10.6 are 6 and 11."""
    for low, high, expected in ((0.9, 1.3, ("0.9", "1.3")), (10.6, 6.4, ("11", "6"))):
        row = Swing("how many ask", "fewer", low, "more", high)
        chart = charts.what_it_hinges_on([row], 5.0, "start", "direct", 2.0)
        assert (chart.table.rows[0][2], chart.table.rows[0][4]) == expected


def test_the_furthest_outcomes_are_told_by_their_side() -> None:
    """The best comes first and the worst second, each said to be that."""
    alt = gains(5, 1, -4).alt
    assert "Furthest to the better side: outcome 0, 5" in alt
    assert "Furthest to the worse side: outcome 2, 4" in alt


def waiting_of(*policies: tuple[float, bool]) -> Chart:
    """Return the chart of lists of such a length, some of which grow."""
    lines = [
        Line(f"policy {k}", level(mean), grows, mean) for k, (mean, grows) in enumerate(policies)
    ]
    return charts.people_waiting(lines, "a bed", 16)


def test_the_list_that_is_longest_is_named() -> None:
    """A list that clearly grows is not named alone where another is five times as long."""
    assert waiting_of((8, True), (40, False)).title == (
        "A bed: growing with policy 0, longer still with policy 1"
    )
    assert waiting_of((8, True), (40, True), (9, False)).title == (
        "The list for a bed keeps growing with policy 1"
    )


def test_people_waiting_have_the_same_digits_in_a_chart() -> None:
    """0.4 and 1.2 are not 0 and 1, and 2.43 and 2.30 are not 2 and 2.3."""
    assert "0.4 to 1.2 people wait" in waiting_of((0.4, False), (1.2, False), (0.9, False)).title
    averages = [row[2] for row in waiting_of((2.43, False), (2.3, False)).table.rows]
    assert {len(text.split(".")[1]) for text in averages} == {1}
    assert {"2.4", "2.3"} <= set(averages)
    assert "40, against 50" in waiting_of((50, False), (40, False)).title


def test_the_numbers_of_a_list_are_of_one_day() -> None:
    """Title, labels and table tell of day 90, when 20 and 30 of 100 have left: at the right 25, 40.

    The label's day is named over it.
    """
    x = np.array([0.0, 90.0, 120.0])

    def states(name: str, *left: float) -> ListStates:
        out, rest = (band(KEY, x, np.tile(v, (3, 1))) for v in (left, 40 - np.array(left)))
        return ListStates(name, level(60, x), rest, out)

    policies = [states("GP", 0, 20, 25), states("direct", 0, 30, 40)]
    chart = charts.leaving_the_list(policies, "a bed", 90.0)
    assert chart.title == "30 of 100 have left the list after 90 days, against 20"
    for axes, left in zip(chart.figure.axes, ("20", "30"), strict=True):
        written = [text.get_text() for text in axes.texts]
        assert f"{left} left" in written
        assert "After 90 days:" in written
    assert ["90", "direct", "60", "10", "30"] in [[*row] for row in chart.table.rows]


def test_labels_are_kept_apart() -> None:
    """Labels that would touch are moved, the others stay; none leaves its room."""
    assert drawing.apart([1.0, 3.0], [0.2, 0.2], 0, 5) == pytest.approx([1.0, 3.0])
    assert drawing.apart([1.0, 1.1, 1.0], [0.2] * 3, 0, 5) == pytest.approx(
        [0.8333, 1.2333, 1.0333], abs=1e-3
    )
    assert drawing.apart([0.0, 0.0], [0.2, 0.4], 0, 5) == pytest.approx([0.1, 0.4])
    assert drawing.apart([5.0, 5.0], [0.2, 0.2], 0, 5) == pytest.approx([4.7, 4.9])


@pytest.mark.parametrize(
    ("colour", "least"),
    [(r.colour, 3.0) for r in palette.ROLES]
    + [(r.text, 4.5) for r in palette.ROLES]
    + [(palette.INK, 7.0), (palette.QUIET, 7.0), (palette.EDGE, 3.0)],
)
def test_lines_and_words_can_be_read_on_white(colour: str, least: float) -> None:
    """Lines reach 3 to 1 on white, words 4.5 to 1 (WCAG)."""
    assert palette.contrast(colour, palette.WHITE) >= least


def test_contrasts_are_those_stated() -> None:
    """The contrasts of the palette, to one decimal; black on white is 21."""
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    stated = (
        (palette.DARK_BLUE, 10.3),
        ("#949494", 3.0),
        (palette.ORANGE, 3.0),
        (palette.VIOLET, 5.5),
    )
    for colour, value in stated:
        assert palette.contrast(colour, palette.WHITE) == pytest.approx(value, abs=0.06)


def test_fills_that_touch_differ_without_colour() -> None:
    """Areas that touch differ by 3 to 1 in lightness, or one of them has a hatch or an edge."""
    for (_, one), (_, other) in pairwise(LAYERS):
        assert (
            palette.contrast(one.colour, other.colour) >= 3
            or one.hatch != other.hatch
            or bool(one.edge) != bool(other.edge)
        )
    assert len({(r.dash, r.marker, r.filled) for r in palette.ROLES}) == len(palette.ROLES)


def test_roles_past_the_fourth_are_plain() -> None:
    """There is never a fifth colour."""
    assert palette.role(4) == palette.role(9) == palette.PLAIN
