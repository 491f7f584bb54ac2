"""The page of a report: whole, accessible, and every number in it one that was found."""

import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.unit.report.made import BREACHED_OF_100, EACH, LEAVES, NOISE, STARTS, findings
from tests.unit.report.pages import Node, read

from simcare.analysis.curves import Band
from simcare.analysis.findings import CaseNote, Findings, Found
from simcare.analysis.outcomes import MORE, Outcome
from simcare.analysis.steadiness import Drift
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS
from simcare.report import book, palette
from simcare.report.book import REPORT, report_of
from simcare.report.plan_groups import money

ORIGIN = {
    "simcare": "9.8.7",
    "commit": "c0ffee",
    "config_sha256": "abcdef0123456789",
    "finished": "2031-02-03T04:05:06+00:00",
    "versions": {"numpy": "5.4.3"},
}
PARTS = ["answer", "balance", "plan", "method", "numbers"]
WIDER = 10 * NOISE  # half a 95 % range: 2.25 people of 100
CSS = Path(book.__file__).with_name("page.css")
MISLEADS = re.compile(r"\b(significan\w*|proven|proves?|addicts?|abusers?|n\.s\.|null)\b", re.I)
UGLY = "<b>&amp; \"Ærlig\" & 'é' </svg>"


def _nowhere(band: Band) -> Band:
    """Return a curve of nobody."""
    nan = np.full_like(band.x, np.nan)
    return replace(band, mean=nan, lower=nan, upper=nan, low=nan, high=nan, at_risk=0 * band.x)


def _nobody(scenario: Found, which: Callable[[Outcome], bool]) -> Found:
    """Return a scenario in which nobody ever qualifies for some outcomes, nor for any curve."""
    outcomes = {
        outcome: np.full_like(values, np.nan) if which(outcome) else values
        for outcome, values in scenario.outcomes.items()
    }
    curves = {key: _nowhere(band) for key, band in scenario.curves.items()}
    return replace(scenario, outcomes=outcomes, curves=curves)


def _changed(found: Findings, change: Callable[[Found], Found]) -> Findings:
    return Findings(found.about, tuple(map(change, found.scenarios)))


def _cut(band: Band) -> Band:
    """Return a curve that ends before the deadline."""
    mean, lower, upper = (
        np.where(band.x < 90, values, np.nan) for values in (band.mean, band.lower, band.upper)
    )
    return replace(band, mean=mean, lower=lower, upper=upper)


def _too_short(found: Findings) -> Findings:
    """Return findings of a run that ends before the deadline: by then nobody is followed."""
    about = replace(found.about, warm_up_days=0.0, horizon_days=60.0)
    by_then = (STARTS, LEAVES)

    def cut(scenario: Found) -> Found:
        outcomes = {
            outcome: np.full_like(values, np.nan) if outcome in by_then else values
            for outcome, values in scenario.outcomes.items()
        }
        curves = {key: _cut(band) for key, band in scenario.curves.items()}
        return replace(scenario, outcomes=outcomes, curves=curves)

    return Findings(about, tuple(map(cut, found.scenarios)))


def _ugly() -> Findings:
    """Return findings whose every name would do harm if it were not escaped."""
    found = findings(cases=("one", "two"), drifts=[Drift("beds", 1.0, 99.0)])
    about = replace(
        found.about,
        name=UGLY,
        question=UGLY,
        note=UGLY,
        policies={"a": f"A {UGLY}", "b": f"B {UGLY}"},
        cases={"one": CaseNote(f"1 {UGLY}"), "two": CaseNote(f"2 {UGLY}")},
        sources={UGLY: UGLY},
    )
    return Findings(about, found.scenarios)


def _bare() -> Findings:
    """Return findings on a service without milestones and capacities, as a pathway may be."""
    found = findings()
    about = replace(found.about, marks={}, capacities={}, stages={"talk": ""}, sources={}, note="")
    bare = (
        replace(s, waiting={}, flows=(), loads=(), late={}, breached={}, numbers=())
        for s in found.scenarios
    )
    return Findings(about, tuple(bare))


def _worth(found: Findings) -> Findings:
    """Return findings that tell life years too, of each policy a little more than of the last."""
    years = Outcome(QALYS, OVER, unit=A_PERSON_YEAR, better=MORE)
    scenarios = (
        replace(s, outcomes={**s.outcomes, years: 0.6 + 0.01 * k + values / 100, EACH: money})
        for k, s in enumerate(found.scenarios)
        for values in (s.outcomes[STARTS] - s.outcomes[STARTS].mean(),)
        for money in (1e5 + 900.0 * k * k + 5000.0 * k * values,)
    )
    return Findings(found.about, tuple(scenarios))


MADE: dict[str, Callable[[], Findings]] = {
    "a gain": lambda: findings(noise=WIDER),
    "no difference": lambda: findings(((0.0, 0.0, 0.0),)),
    "nothing differs": lambda: findings(((0.0, 0.0, 0.0),), noise=0 * NOISE),
    "harm": lambda: findings(((-8.0, 4.0, 0.0),)),
    "one replication": lambda: findings(noise=np.zeros(1)),
    "one policy": lambda: findings(()),
    "one policy, one replication": lambda: findings((), noise=np.zeros(1)),
    "three policies": lambda: findings(((8.0, -4.0, 0.0), (3.0, 1.0, 0.0))),
    "six policies": lambda: findings([(float(k), -k / 2.0, 0.0) for k in (8, 3, 1, -2, 5)]),
    "many, one replication": lambda: findings(
        ((8.0, -4.0, 0.0), (3.0, 1.0, 0.0)), noise=np.zeros(1)
    ),
    "ten cases": lambda: findings(cases=[f"case_{k}" for k in range(10)], noise=WIDER),
    "a list that grows": lambda: findings(drifts=[Drift("beds", 10.0, 60.0)]),
    "nobody served": lambda: _changed(
        findings(), lambda s: _nobody(s, lambda outcome: outcome.where == "ward")
    ),
    "nobody at all": lambda: _changed(findings(), lambda s: _nobody(s, lambda _: True)),
    "nobody with the policy": lambda: _changed(
        findings(), lambda s: _nobody(s, lambda _: True) if s.policy == "b" else s
    ),
    "nobody at all, many": lambda: _changed(
        findings(((8.0, -4.0, 0.0), (3.0, 1.0, 0.0))), lambda s: _nobody(s, lambda _: True)
    ),
    "too short": lambda: _too_short(findings(cases=("one", "two"))),
    "too short, alone": lambda: _too_short(findings(())),
    "too short, many": lambda: _too_short(findings(((8.0, -4.0, 0.0), (3.0, 1.0, 0.0)))),
    "worth the money": lambda: _worth(findings(((8.0, -4.0, 0.0), (3.0, 1.0, 0.0)), noise=WIDER)),
    "worth the money, one replication": lambda: _worth(
        findings(((8.0, -4.0, 0.0), (3.0, 1.0, 0.0)), noise=np.zeros(1))
    ),
    "no milestones": _bare,
    "ugly names": _ugly,
}  # fmt: skip


@cache
def page_of(name: str) -> bytes:
    """Return the page of some findings."""
    return report_of(MADE[name](), ORIGIN)[REPORT]


@cache
def tree_of(name: str) -> Node:
    """Return the page of some findings, as a tree."""
    return read(page_of(name))


@pytest.mark.parametrize("name", ["too short", "too short, alone", "too short, many"])
def test_a_run_that_is_too_short_says_so_first(name: str) -> None:
    """Hold that the first part says it in place of an answer, and nothing is told by numbers."""
    text = tree_of(name).by_id("answer").text
    said = "The run is too short to say what becomes of people in 90 days"
    assert said in text
    assert "people into treatment" not in text
    assert "start treatment within" not in text
    assert not re.search(r"\bnan\b|no data of 100", tree_of(name).text)


every = pytest.mark.parametrize("name", MADE)


def rounded(value: float, digits: int = 0) -> str:
    """Return a number as readers see it: half away from zero, a minus sign of typesetting."""
    step = Decimal(1).scaleb(-digits)
    shown = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return f"{shown:f}".replace("-", "\u2212")


def numbers(text: str) -> list[str]:
    """Return the numbers in a text without signs, in their order; those in words are none."""
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)


# --- the page -------------------------------------------------------------------------------------


@every
def test_parts_stand_in_their_order(name: str) -> None:
    """Hold that the answer comes first and the numbers last, under one title: the question."""
    page = tree_of(name)
    assert [section.attributes["id"] for section in page.one("main").all("section")] == PARTS
    title = UGLY if name == "ugly names" else "What does direct access do?"
    assert page.one("h1").text == page.one("title").text == " ".join(title.split())
    assert page.one("html").attributes["lang"] == "en"
    levels = [int(node.tag[1]) for node in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(node.text for node in page.all("h1", "h2", "h3", "th", "caption", "a", "li"))


@every
def test_a_reader_can_skip_to_the_answer(name: str) -> None:
    """Hold that the first link leads past the head of the page, and that the contents are a nav."""
    page = tree_of(name)
    first = page.one("body").all("a")[0]
    assert first.attributes["href"] == "#answer"
    assert page.one("nav").attributes["aria-label"]
    assert [a.attributes["href"] for a in page.one("nav").all("a")] == [f"#{p}" for p in PARTS]


@every
def test_the_page_needs_nothing_from_elsewhere(name: str) -> None:
    """Hold that it runs nothing, loads nothing and hides nothing: it opens without a network."""
    text = page_of(name).decode()
    page = tree_of(name)
    assert not page.all("script", "details", "link", "img", "iframe", "object", "image", "foreign")
    allowed = r"http://www\.w3\.org/(2000/svg|1999/xlink)"
    assert "://" not in re.sub(rf'xmlns(:\w+)?="{allowed}"', "", text)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    for node in page.all():
        assert not [key for key in node.attributes if key.startswith("on")], node
        assert "src" not in node.attributes


@every
def test_every_link_leads_to_a_place_of_its_own(name: str) -> None:
    """Hold that no id is there twice, and that whatever is pointed to is there."""
    page = tree_of(name)
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r"url\(#([^)]*)\)", page_of(name).decode()))
    for node in page.all():
        for key in ("href", "xlink:href"):
            if (link := node.attributes.get(key)) is not None:
                assert link.startswith("#")
                wanted.add(link[1:])
        for key in ("aria-labelledby", "aria-describedby"):
            wanted.update(node.attributes.get(key, "").split())
    assert wanted <= set(ids)


@every
def test_every_picture_has_a_name_words_and_numbers(name: str) -> None:
    """Hold that who cannot see a chart hears what it is and shows, and finds its table."""
    page = tree_of(name)
    assert not [svg for svg in page.all("svg") if not svg.within("figure")]
    for figure in page.all("figure"):
        assert figure.all("svg")
        for svg in figure.all("svg"):
            assert svg.attributes["role"] == "img"
            assert page.by_id(svg.attributes["aria-labelledby"]).text
            assert len(page.by_id(svg.attributes["aria-describedby"]).text.split()) > 3
            assert svg.attributes["viewbox"]
        (link,) = figure.one("figcaption").all("a")
        table = page.by_id(link.attributes["href"][1:])
        assert table.tag == "table"
        header, *rows = table.cells()
        nobody = ("No data", "Nobody waits", "nobody to show")
        assert rows or any(words in figure.text for words in nobody)
        assert {len(row) for row in rows} <= {len(header)}
        assert all(cell for row in (header, *rows) for cell in row)
        (back,) = table.one("caption").all("a")
        assert back.attributes["href"] == f"#{figure.attributes['id']}"
        assert figure.all("h3")[0].text in table.one("caption").text


@every
def test_tables_say_what_their_cells_are(name: str) -> None:
    """Hold that each table has a caption, heads of columns and heads of rows."""
    tables = tree_of(name).all("table")
    captions = [table.one("caption").text for table in tables]
    assert len({caption.split(".")[0] for caption in captions}) == len(tables)
    for table in tables:
        assert all(th.attributes["scope"] == "col" for th in table.one("thead").all("th"))
        for row in table.one("tbody").all("tr"):
            (head,) = row.all("th")
            assert head.attributes["scope"] == "row"


@every
def test_no_word_misleads_and_no_place_is_left_open(name: str) -> None:
    """Hold that the whole page, charts included, keeps to the rules for words."""
    text = tree_of(name).one("body").text
    if name == "ugly names":
        text = text.replace(" ".join(UGLY.split()), "")
    assert not MISLEADS.search(text)
    assert not re.search(r"[{}]|\bnan\b|\bNone\b|\binf\b|(?<![\w-])-\d", text)
    most = 4 if name.startswith("worth") else 3  # decimals: differences in life years have four
    plain = text.replace(str(ORIGIN["config_sha256"]), "")
    assert not re.search(rf"\d\.\d{{{most + 1},}}", plain)


@every
def test_every_number_of_a_chart_is_in_its_table(name: str) -> None:
    """Hold that what title and description say can be looked up, and what the subtitle says too.

    Expected: besides the table, the parameters that the study states and fixed ones of the words:
    of 100 people, 95 % range, 9 of 10 runs, 1 in 10 followed, 3 months, months of 30 days.
    """
    page = tree_of(name)
    about = MADE[name]().about
    stated = {f"{x:g}" for x in (about.deadline_days, about.smallest_people, about.smallest_days)}
    stated |= {"100", "95", "9", "10", "1", "3", "30"}
    if name == "ugly names":
        stated |= {"1", "2"}
    for figure in page.all("figure"):
        own = figure.attributes["id"]
        title, subtitle, alt = (page.by_id(f"{own}-{k}").text for k in "tsa")
        (link,) = figure.one("figcaption").all("a")
        table = " ".join(map(" ".join, page.by_id(link.attributes["href"][1:]).cells()))
        assert set(numbers(f"{title} {alt}")) <= {*numbers(f"{table} {subtitle}"), *stated}, own
        assert set(numbers(subtitle)) <= {*numbers(table), *stated}, own


def test_the_same_findings_give_the_same_bytes() -> None:
    """Hold that a report made twice is the same report, to the last byte of every chart."""
    one, two = (report_of(findings(cases=("one", "two")), ORIGIN) for _ in range(2))
    assert one.keys() == two.keys()
    assert all(one[name] == two[name] for name in one)
    assert one[REPORT].endswith(b"</html>\n")


def test_nothing_of_the_machine_gets_in() -> None:
    """Hold that date, place and versions stand in a report only as its origin says them."""
    files = report_of(MADE["a gain"](), ORIGIN)
    text = b"".join(data for name, data in files.items() if not name.endswith("png")).decode()
    for value in ("9.8.7", "c0ffee", "abcdef0123456789", "2031-02-03T04:05:06+00:00", "5.4.3"):
        assert value in text
    bare = report_of(MADE["a gain"](), {})[REPORT].decode()
    for written in (text, bare):
        for here in (Path.cwd(), Path.home(), sys.prefix, tempfile.gettempdir(), book.__file__):
            assert str(here) == "/" or str(here) not in written
        for form in ("%Y-%m-%d", "%d.%m.%Y", "%B %d", "%H:%M"):
            assert datetime.now(UTC).strftime(form) not in written
        assert "matplotlib.org" not in written
    assert "2031" not in bare
    assert "no data" in read(bare.encode()).one("footer").text


def test_files_of_charts_are_those_of_the_page() -> None:
    """Hold that each chart of the page lies beside it as SVG and PNG, and no other does."""
    files = report_of(MADE["ten cases"](), ORIGIN)
    charts = [name for name in files if name != REPORT]
    assert len(charts) == 2 * len(tree_of("ten cases").all("figure"))
    for name in charts:
        assert name.startswith("charts/")
        kind = b"<svg" if name.endswith(".svg") else b"\x89PNG"
        assert files[name].startswith(kind)


# --- numbers --------------------------------------------------------------------------------------


def outcome(found: Findings, case: str, policy: str, which: Outcome) -> NDArray[np.float64]:
    """Return an outcome's values over replications."""
    (scenario,) = (s for s in found.scenarios if (s.case, s.policy) == (case, policy))
    return scenario.outcomes[which]


def interval(found: Findings, case: str, which: Outcome) -> tuple[float, float, float]:
    """Return the mean difference of b from a, and its 95 % interval, worked out here.

    Expected: the paired t interval (scipy's), of the values that the findings hold.
    """
    apart = outcome(found, case, "b", which) - outcome(found, case, "a", which)
    half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    return float(apart.mean()), float(apart.mean() - half), float(apart.mean() + half)


def answered(found: Findings, digits: int = 0) -> list[str]:
    """Return the numbers that the answer should say, in their order, of the first case."""
    case = next(iter(found.about.cases))

    def mean(policy: str, which: Outcome) -> str:
        return rounded(float(outcome(found, case, policy, which).mean()), digits)

    days = f"{found.about.deadline_days:g}"
    starts = [mean("b", STARTS), "100", days, mean("a", STARTS)]
    return [*starts, mean("b", LEAVES), "100", mean("a", LEAVES)]


def answer_in(found: Findings) -> str:
    """Return the sentences of the answer itself, as the page has them."""
    page = read(report_of(found, ORIGIN)[REPORT])
    said = [p.text for p in page.by_id("answer").all("p")]
    return next(
        text for text in said if "The number who give up before treatment within a year is" in text
    )


def plus(found: Findings, which: Outcome, more: float, policies: str = "ab") -> Findings:
    """Return findings in which an outcome of some policies is larger by so much."""
    return _changed(
        found,
        lambda s: (
            replace(s, outcomes={**s.outcomes, which: s.outcomes[which] + more})
            if s.policy in policies
            else s
        ),
    )


@pytest.mark.parametrize(
    ("change", "more", "digits"),
    [
        ((8.0, -4.0, 0.0), 0.0, 0),
        ((9.3, -6.2, 0.0), 0.0, 0),
        ((9.2, -6.2, 0.0), 0.4, 1),
        ((-8.0, 4.0, 0.0), 0.0, 0),
    ],
)
def test_the_answer_says_what_was_found(
    change: tuple[float, float, float], more: float, digits: int
) -> None:
    """Hold that every number of the answer is a stored one, rounded.

    Expected: means of the stored replications. Where 50.4 start with the base and 9.2 more with the
    policy, whole numbers would be 50 and 60, which looks like 10 more: there is a decimal.
    """
    found = plus(findings((change,), noise=WIDER), STARTS, more)
    assert numbers(answer_in(found))[:7] == answered(found, digits)


def test_the_check_of_the_answer_can_fail() -> None:
    """Hold that another stored value is another sentence: five more starts are five more."""
    found = MADE["a gain"]()
    more = plus(found, STARTS, 5.0, "b")
    before, after = (numbers(answer_in(f))[:7] for f in (found, more))
    assert (before[0], after[0]) == ("58", "63")
    assert before == answered(found)
    assert before != answered(more)
    assert after == answered(more)


@cache
def gains() -> tuple[Findings, Node]:
    """Return findings of three cases whose differences differ, and their page."""
    found = findings(((8.0, -4.0, 0.0),), ("one", "two", "three"), noise=WIDER)
    for case, more in (("two", 3.3), ("three", -11.7)):
        scenarios = (
            plus(found, STARTS, more, "b").scenarios[k] if s.case == case else s
            for k, s in enumerate(found.scenarios)
        )
        found = Findings(found.about, tuple(scenarios))
    return found, read(report_of(found, ORIGIN)[REPORT])


def test_ranges_are_those_of_the_pairs() -> None:
    """Hold that each of the three kinds of range says what the stored replications say.

    Expected: the paired t interval of 8 more, the 5th and 95th percentile of the replications, and
    the smallest and the largest of three cases' differences (3.7 fewer, 8.0 and 11.3 more).
    """
    found, page = gains()
    chance, runs, cases = (li.text for li in page.by_id("answer").one("ul").all("li"))
    (_, low, high), (_, fewest, most) = (interval(found, "one", w) for w in (STARTS, LEAVES))
    started = [rounded(abs(x)) for x in (low, high)]
    left = [rounded(abs(x)) for x in (most, fewest)]
    assert f"{started[0]} to {started[1]} more of 100 starting in time" in chance
    assert f"{left[0]} to {left[1]} fewer giving up" in chance
    shares = [np.quantile(outcome(found, "one", p, STARTS), q) for p in "ba" for q in (0.05, 0.95)]
    (b_low, b_high, a_low, a_high) = (rounded(float(share)) for share in shares)
    assert f"between {b_low} and {b_high} of 100 start in time with direct access" in runs
    assert f"between {a_low} and {a_high} with GP referral" in runs
    assert numbers(cases)[:3] == ["3", "4", "11"]
    assert "4 fewer to 11 more" in cases


def test_the_table_of_page_1_holds_stored_values() -> None:
    """Hold that means, differences and ranges of the first table are those of the first case."""
    found, page = gains()
    header, *rows = page.by_id("answer").one("table").cells()
    assert header[2:4] == ["GP referral", "Direct access"]
    by_name = {row[0]: row for row in rows}
    assert len(by_name) == 4
    for which, name, side in (
        (STARTS, "Start treatment within 90 days", "more"),
        (LEAVES, "Give up waiting within a year", "fewer"),
    ):
        mean, *ends = interval(found, "one", which)
        low, high = sorted(abs(x) for x in ends)
        assert by_name[name][2:] == [
            rounded(float(outcome(found, "one", "a", which).mean())),
            rounded(float(outcome(found, "one", "b", which).mean())),
            f"{rounded(abs(mean))} {side}",
            f"{rounded(low)} to {rounded(high)} {side}",
        ]


def test_the_table_of_cases_holds_stored_values() -> None:
    """Hold that each case has its own means, differences and verdict."""
    found, page = gains()
    tables = (t.cells() for t in page.by_id("method").all("table"))
    (_, *rows) = next(cells for cells in tables if cells[1][0] == "one case")
    assert [row[0] for row in rows] == ["one case", "two case", "three case"]
    for case, row in zip(("one", "two", "three"), rows, strict=True):
        expected = []
        for which in (STARTS, LEAVES):
            means = [rounded(float(outcome(found, case, p, which).mean())) for p in "ab"]
            mean, low, high = (rounded(x) for x in interval(found, case, which))
            expected += [", ".join(means), f"{mean} ({low} to {high})"]
        assert row[1:5] == expected
    assert [row[5] for row in rows] == ["helps", "helps", "cuts both ways"]
    (lead,) = (p.text for p in page.by_id("answer").all("p") if p.attributes["class"] == "lead")
    assert "of the 3 cases below, direct access helps in 2 and cuts both ways in 1" in lead


def test_capacities_are_told_as_they_are() -> None:
    """Hold that places, use and people waiting are stored ones: 12 beds, 95 of 100, 20 people."""
    plan = tree_of("a gain").by_id("plan")
    assert plan.all("table")[0].cells()[1:] == [
        ["beds", "GP referral", "12 beds", "95", "20"],
        ["beds", "direct access", "12 beds", "95", "20"],
    ]
    assert "beds, 95 of 100 place-days used, 20 people waiting on average" in plan.text


def test_whether_there_are_places_enough_is_told() -> None:
    """Hold that the planner's part says what is short, as a warning, and has the numbers.

    By hand: of 37 / 3 beds asked for 12 are there, of 23 / 3 in the north 6.
    """
    plan = tree_of("a gain").by_id("plan")
    cells = plan.all("table")[1].cells()
    assert cells[1] == ["beds", *["12.3 of 12 (103): short in parts"] * 2]
    warned = [p.text for p in plan.all("p") if p.attributes.get("class") == "warning"]
    assert len(warned) == 2
    assert all("The bottleneck is beds, north: 7.7 places would be busy" in text for text in warned)


def table_of(heading: str) -> Node:
    """Return the planners' table whose first column is called so."""
    tables = tree_of("a gain").by_id("plan").all("table")
    (found,) = (table for table in tables if table.cells()[0][0] == heading)
    return found


def test_deadlines_are_told_as_they_are() -> None:
    """Hold that shares, breaches and days are stored ones, each policy with its own range.

    Expected: by hand: 35 and 34.2 of 100, t of three degrees of freedom about them.
    """
    found = MADE["a gain"]()
    expected = []
    for scenario, policy in zip(found.scenarios, ("GP referral", "direct access"), strict=True):
        values = scenario.outcomes[BREACHED_OF_100]
        half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
        mean = values.mean()
        shown = [rounded(x) for x in (mean, mean - half, mean + half)]
        breached = f"{shown[0]} ({shown[1]} to {shown[2]})"
        expected.append(["bed", policy, breached, "62", "7.5", "3.0"])
    assert table_of("Deadline").cells()[1:] == expected


def test_small_groups_are_not_shown() -> None:
    """Hold that a way in by which four people come is in neither table, and that it is said."""
    plan = tree_of("a gain").by_id("plan")
    assert [row[:3] for row in table_of("Way in").cells()[1:]] == [
        ["letter", "GP referral", "99 (98 to 100)"],
        ["letter", "direct access", "99 (98 to 100)"],
    ]
    assert [row[0] for row in table_of("For what").cells()[1:]] == [
        "everything",
        "ward",
        "those who came by letter",
    ]
    assert "fewer than 5 people come in a repetition are not shown" in plan.text
    assert "door" not in plan.text


def test_money_is_told_in_its_currency() -> None:
    """Expected: by hand: thirty million a year, a hundred thousand each, to three digits."""
    plan, table = tree_of("a gain").by_id("plan"), table_of("For what")
    assert "What it costs, in NOK" in table.one("caption").text
    header, everything, *_ = table.cells()
    assert header[1] == "A year, GP referral"
    assert everything[1:] == ["30,000,000", "30,000,000", "100,000", "100,000"]
    said = "A client who asks costs 100,000 NOK with direct access (95 % range 100,000 to 100,000)"
    assert said in plan.text


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0"), (999.4, "999"), (1234.0, "1,230"), (99_950.0, "100,000"), (1.5e7, "15,000,000")],
)
def test_money_has_three_digits(value: float, expected: str) -> None:
    """Expected: by hand."""
    assert money(value) == expected


# --- edges ----------------------------------------------------------------------------------------


def part(name: str, *parts: str) -> str:
    """Return the text of some parts of a page."""
    return " ".join(tree_of(name).by_id(one).text for one in parts)


def test_harm_turns_the_words() -> None:
    """Hold that a policy that harms is said to, in the sentence and over the charts."""
    assert "makes it worse: 42 of 100 people start treatment" in part("harm", "answer")
    assert "8 fewer of 100 start treatment within 90 days" in part("harm", "answer")
    assert "gets 42" not in part("harm", *PARTS)


@pytest.mark.parametrize("name", ["no difference", "nothing differs"])
def test_no_difference_is_said_to_be_none(name: str) -> None:
    """Hold that equal policies are told to be so, and that nothing is said to help or harm."""
    text = part(name, "answer", "balance")
    assert "We can see no difference that matters between direct access and GP referral" in text
    assert not re.search(r"\b(helps|harms|makes it worse|cuts both ways)\b", text)


def test_a_gain_that_is_rounding_is_none() -> None:
    """Hold that two sums of the same values in another order are not told apart, let alone ranked.

    Expected: 1e-12 of a person is neither shown nor best.
    """
    almost = ((1e-12, -1e-12, 0.0), (-1e-12, 1e-12, 0.0))
    page = read(report_of(findings(almost, noise=1e-13 * NOISE), ORIGIN)[REPORT])
    answer = page.by_id("answer")
    text = " ".join(
        node.text for node in answer.all("p", "li", "table") if not node.within("figure")
    )
    assert "none gets more people into treatment within 90 days than GP referral: 50" in text
    assert "In none of 3 scenarios do fewer give up than with GP referral: 20" in text
    assert not re.search(r"\d\.\d{3,}", text)


ONE = ["one replication", "one policy, one replication", "many, one replication"]


@pytest.mark.parametrize("name", ONE)
def test_one_replication_is_said_to_give_no_range(name: str) -> None:
    """Hold that the answer says that one repetition was run, and claims no range."""
    text = part(name, "answer")
    assert "One repetition was run, so no range can be given" in text
    assert "95 times of 100" not in part(name, "answer", "balance", "plan")
    assert "simulated runs, between" not in text


def test_one_policy_is_told_without_comparison() -> None:
    """Hold that a policy alone is compared with nothing, and has its charts all the same."""
    text = part("one policy", "answer", "balance", "plan")
    assert not re.search(r"\bagainst\b|Difference|\bbase\b|\bwith direct access", text)
    assert len(tree_of("one policy").all("figure")) >= 5
    assert "50 of 100 people start treatment within 90 days" in text


@pytest.mark.parametrize(("name", "count"), [("three policies", 3), ("six policies", 6)])
def test_many_policies_are_ranked_and_all_tabled(name: str, count: int) -> None:
    """Hold that all stand in one table with stored differences, and the best is named first."""
    found = MADE[name]()
    answer = tree_of(name).by_id("answer")
    _, first, *rows = answer.one("table").cells()
    assert first[:2] == ["GP referral", "50"]
    assert [row[0] for row in rows] == [*found.about.policies.values()][1:]
    starts = [float(s.outcomes[STARTS].mean()) for s in found.scenarios]
    assert [row[1] for row in rows] == [rounded(mean) for mean in starts[1:]]
    assert [row[2].split(" ")[0] for row in rows] == [rounded(m - 50.0, 1) for m in starts[1:]]
    assert f"Of {count} scenarios, direct access gets most people into treatment" in answer.text
    assert ("Of 6 policies, the charts show the base and the 3" in part(name, "balance")) == (
        count > 4
    )


def test_every_case_has_its_row() -> None:
    """Hold that ten cases are ten rows, and that the first is said to be the main one."""
    tables = [t.cells() for t in tree_of("ten cases").by_id("method").all("table")]
    (cases,) = (rows for rows in tables if rows[0][0] == "Case")
    assert [row[0] for row in cases[1:]] == [f"case_{k} case" for k in range(10)]
    assert "The main case: case_0 case." in part("ten cases", "answer")


def test_a_list_that_grows_is_warned_of() -> None:
    """Hold that the first part warns where averages depend on the period, and only there."""
    warning = "from 10 to 60 people waiting"
    assert warning in part("a list that grows", "answer")
    assert "Not a steady state" not in part("a gain", *PARTS)


def test_who_is_not_there_is_not_counted() -> None:
    """Hold that an empty stage has no numbers: no wait, no share, no difference."""
    text = part("nobody at all", "answer", "balance")
    assert "nobody to show" in text
    assert not tree_of("nobody at all").by_id("answer").all("table")
    assert "half at most" not in part("nobody served", "plan")


def test_nobody_is_not_none() -> None:
    """Hold that a policy under which nobody is seen is not said to get 0 of 100 into treatment."""
    assert "0 of 100 start within 90 days" not in part("nobody with the policy", "answer")


def test_one_replication_speaks_of_no_range_anywhere() -> None:
    """Hold that neither charts nor the method claim a range that one replication cannot give."""
    text = part("one replication", "answer", "balance", "plan", "method")
    assert "Lines: 95 % range" not in text
    assert "95 times of 100" not in text


def test_a_bare_service_has_a_report() -> None:
    """Hold that no milestones and no capacities leave out what hangs on them, and no more."""
    page = tree_of("no milestones")
    assert not page.by_id("plan").all("table")
    assert "Of 100 people" in part("no milestones", "answer")


def test_names_are_text() -> None:
    """Hold that names with <, &, quotes and other letters are shown as they are, and do nothing."""
    page = tree_of("ugly names")
    shown = " ".join(UGLY.split())
    assert not page.all("b")
    assert page.one("h1").text == shown
    assert f"B {shown}" in page.by_id("answer").text
    assert f"1 {shown}" in page.by_id("method").text
    assert shown in page.by_id("method").text
    assert shown in page.one("footer").text
    assert "Ærlig" in page_of("ugly names").decode()


# --- colours --------------------------------------------------------------------------------------


def colours(pattern: str, text: str) -> set[str]:
    """Return the colours that a text names after a pattern, as #RRGGBB."""
    found = re.findall(rf"{pattern}(#[0-9a-fA-F]{{6}})\b", text)
    assert not re.findall(rf"{pattern}#(?:[0-9a-fA-F]{{3}})\b(?![0-9a-fA-F])", text)
    return {colour.upper() for colour in found}


def test_the_colours_of_the_page_can_be_read() -> None:
    """Hold that words reach 4.5 to 1 on white and lines 3 to 1 (WCAG 2), all from the palette.

    The palette's colour of grids, which also parts rows and the foot, carries nothing.
    """
    text = CSS.read_text(encoding="utf-8")
    words = colours(r"(?<![\w-])color:\s*", text)
    lines = colours(r"(?:border|outline)[\w-]*:[^;}]*", text)
    grounds = colours(r"background[\w-]*:\s*", text)
    assert grounds == {palette.WHITE}
    assert words
    assert lines
    assert all(palette.contrast(colour, palette.WHITE) >= 4.5 for colour in words)
    assert all(palette.contrast(colour, palette.WHITE) >= 3.0 for colour in lines - {palette.GRID})
    named = set(re.findall(r"#[0-9A-Fa-f]{6}\b", text))
    assert named == {colour.upper() for colour in named}


@pytest.mark.parametrize("name", ["a gain", "six policies", "ten cases"])
def test_the_colours_of_charts_can_be_read(name: str) -> None:
    """Hold that words in charts reach 4.5 to 1 on white, and lines and edges of marks 3 to 1.

    Lines of the grid, and white between areas, carry nothing.
    """
    for svg in tree_of(name).all("svg"):
        texts = [node.attributes.get("style", "") for node in svg.all("text")]
        assert texts
        for style in texts:
            for colour in colours(r"fill:\s*", style):
                assert palette.contrast(colour, palette.WHITE) >= 4.5, (colour, style)
        strokes = set()
        for node in svg.all("path", "use", "line"):
            strokes |= colours(r"stroke:\s*", node.attributes.get("style", ""))
        for colour in strokes - {palette.WHITE, palette.GRID.upper(), palette.ZONE}:
            assert palette.contrast(colour, palette.WHITE) >= 3.0, colour
