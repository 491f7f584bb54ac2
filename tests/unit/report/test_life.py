"""The chart of two lives: what it says, what it shows of each stretch, and that it stands alone."""

from datetime import date
from xml.etree import ElementTree

import pytest
from matplotlib.patches import Rectangle
from tests.unit.report.test_trace import CLIENT, LEFT, START, WAITED

from simcare.analysis.spans import Kind, Life, Span
from simcare.analysis.trace import Choice
from simcare.kernels.tables import TICKS_PER_DAY
from simcare.report.chart_life import _scale, _tick_days, lives
from simcare.report.drawing import Chart
from simcare.report.life_looks import EDGE, LOOKS
from simcare.report.svg import described, to_svg
from simcare.report.trace import Trace, Way

DAY = TICKS_PER_DAY


def span(begin: int, end: int, kind: Kind, stage: str, cut: str = "") -> Span:
    """Return a stretch between two days."""
    return Span(begin * DAY, end * DAY, kind, stage, cut)


SERVED = Life(
    (
        span(11, 16, Kind.STEP, "gp_visit"),
        span(16, 39, Kind.LIST, "detox"),
        span(39, 48, Kind.TREATMENT, "detox"),
        span(48, 120, Kind.WITHOUT, "home", "relapsed"),
    ),
    "relapsed",
)
GAVE_UP = Life(
    (span(11, 16, Kind.STEP, "gp_visit"), span(16, 57, Kind.LIST, "detox", "left")), "left"
)
GOES_ON = Life((span(11, 400, Kind.WITHOUT, "home"),), "staying", open=True)


def way(policy: str, life: Life, treated: int | None) -> Way:
    """Return a way with its marks."""
    marks = {"asked": 11 * DAY} | ({} if treated is None else {"treatment": treated * DAY})
    ticks = None if treated is None else (treated * DAY, 1)
    return Way(policy, WAITED if treated else LEFT, ticks, marks, life)


def chart(*ways: Way, choice: Choice | None = None) -> Chart:
    """Return the chart of some ways."""
    return lives(Trace(CLIENT, 3, "the main case", START, ways, choice))


@pytest.mark.parametrize(
    ("ways", "title"),
    [
        ((("a", SERVED, 39), ("b", SERVED, 49)), "Treatment begins 10 days later with b"),
        ((("a", SERVED, 39), ("b", SERVED, 38)), "Treatment begins 1 day sooner with b"),
        ((("a", SERVED, 39), ("b", SERVED, 39)), "Treatment begins on the same day with both"),
        ((("a", SERVED, 39), ("b", GAVE_UP, None)), "Treatment begins with a only"),
        ((("a", GAVE_UP, None), ("b", SERVED, 39)), "Treatment begins with b only"),
        ((("a", GAVE_UP, None), ("b", GOES_ON, None)), "Treatment never begins with either"),
        ((("a", SERVED, 39),), "One person's way"),
        ((("a", SERVED, 39), ("b", SERVED, 49), ("c", GAVE_UP, None)), "One person's way"),
    ],
)
def test_the_title_says_what_differs(
    ways: tuple[tuple[str, Life, int | None], ...], title: str
) -> None:
    """Expected: by hand from the days on which treatment begins."""
    found = chart(*(way(*one) for one in ways))
    assert found.title.startswith(title)
    written = [text.get_text() for text in found.figure.axes[0].texts]
    assert written[0].replace("\n", " ") == found.title


def test_every_stretch_has_a_bar_a_number_and_a_row() -> None:
    """Expected: by hand: four stretches and two, in the order of the lanes, with their days."""
    found = chart(way("a", SERVED, 39), way("b", GAVE_UP, None))
    assert [row[:3] for row in found.table.rows] == [
        ("a", "1", "gp visit"),
        ("a", "2", "list for detox"),
        ("a", "3", "detox"),
        ("a", "4", "home"),
        ("b", "1", "gp visit"),
        ("b", "2", "list for detox"),
    ]
    assert [row[4] for row in found.table.rows] == [
        "5 days", "23 days", "9 days", "72 days", "5 days", "41 days",
    ]  # fmt: skip
    assert found.table.rows[1][3] == "8 March 2019"
    (axes,) = found.figure.axes
    hatches = {LOOKS[kind].hatch for kind in (Kind.LIST, Kind.STEP)}
    bars = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_height() > 0.15]
    assert len(bars) == 6
    assert {bar.get_hatch() for bar in bars if bar.get_hatch()} == hatches
    text = "\n".join(t.get_text() for t in axes.texts)
    for entry in ("1 gp visit (5 days)", "4 home (72 days; relapses)", "(41 days; gives up)"):
        assert entry in text
        assert entry in found.alt
    assert "treatment: not with b" in text
    assert "no further contact" in text
    assert "goes on" not in text


def test_no_words_leave_the_picture() -> None:
    """Hold that every text lies within the figure, also of a life of very many stretches."""
    kinds = list(Kind)
    many = [span(11 + 2 * k, 13 + 2 * k, kinds[k % 5], f"stage_number_{k}") for k in range(30)]
    long = Life(
        (*many, span(71, 900, Kind.TREATMENT, "the_last"), *GOES_ON.spans[1:]), "staying", True
    )
    found = chart(way("a policy of a long name", long, 71), way("b", SERVED, 39))
    figure = found.figure
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= -2, text.get_text()
        assert box.x1 <= width + 2, text.get_text()
        assert box.y0 >= -1, text.get_text()
        assert box.y1 <= height + 1, text.get_text()


def test_what_comes_after_the_last_change_is_cut_short() -> None:
    """Expected: by hand: a stay that goes on from day 11 is shown for 14 days, not to day 400.

    Beside a life of 109 days it is shown as long as that and 14 days more.
    """
    assert _scale([GOES_ON]).last == 25 * DAY
    both = _scale([GOES_ON, SERVED])
    assert (both.first, both.last) == (11 * DAY, (120 + 14) * DAY)
    assert both.x(11 * DAY) == pytest.approx(EDGE)
    assert both.x(900 * DAY) == both.x(134 * DAY)


@pytest.mark.parametrize("days", [1, 14, 36, 71, 100, 200, 366, 800, 3_000, 20_000])
def test_dates_are_few_and_round(days: int) -> None:
    """Hold that any period has at most six dates, in it; first days of months in longer ones."""
    first = date(2019, 11, 17)
    last = date.fromordinal(first.toordinal() + days)
    found = _tick_days(first, last)
    assert 1 <= len(found) <= 6
    assert all(first <= at <= last for at in found)
    if days > 140:
        assert {at.day for at in found} == {1}


def test_a_chart_alone_says_what_it_shows() -> None:
    """Hold that the file is XML of the same bytes each time, with its title and its words."""
    found = chart(way("a & <b>", SERVED, 39), way("b", GAVE_UP, None))
    one, other = (described(to_svg(found.figure, "x"), found.title, found.alt) for _ in range(2))
    assert one == other
    root = ElementTree.fromstring(one)
    inside = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert inside["title"] == "Treatment begins with a & <b> only"
    assert inside["desc"] == found.alt
