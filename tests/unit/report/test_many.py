"""Three policies and more: titles name none of them the other one; the best is named in words."""

import numpy as np
from tests.unit.report.made import findings

from simcare.analysis.outcomes import POINTS
from simcare.report import charts, pictures
from simcare.report.answer import STARTED, titles_of
from simcare.report.book import REPORT, report_of
from simcare.report.chart_people import dots
from simcare.report.charts import Fates, Swing
from simcare.report.drawing import spread
from simcare.report.many_pictures import many
from simcare.report.many_scenarios import best_of, compared

THREE = ((8.0, -4.0, 0.0), (-3.0, 2.0, 0.0))


def test_the_least_and_the_most_are_said() -> None:
    """Expected: by hand; what is not known is left out."""
    assert spread(["40", "67", "59"], [40.2, 66.9, 59.0]) == "40 to 67"
    assert spread(["7", "7"], [7.1, 6.9]) == "7"
    assert spread(["no data", "7"], [float("nan"), 7.0]) == "7"
    assert spread([], []) == "no data"


def test_titles_of_three_policies_say_the_range_over_them() -> None:
    """Expected: 50, 58 and 47 of 100 start, by the findings."""
    view = pictures.view(findings(THREE), "one")
    (people,), (starts,) = list(pictures.of_100(view)), list(pictures.starts(view, "the deadline"))
    assert people.chart.title == "47 to 58 of 100 people start treatment within 90 days"
    assert starts.chart.title == "After 90 days, 47 to 58 of 100 have started treatment"
    assert "Thin lines" not in starts.chart.subtitle
    alone = pictures.view(findings(THREE[:1]), "one")
    assert "Thin lines" in next(pictures.starts(alone, "the deadline")).chart.subtitle


def test_the_best_of_many_is_named_with_its_range() -> None:
    """Expected: by hand; b is best by both outcomes, and no other is named."""
    made = findings(THREE)
    starts, leaves = best_of(made, "one", titles_of(made.about))
    assert starts.startswith("Of 3 scenarios, direct access gets most people into treatment")
    assert "58 of 100, against 50 with GP referral (7.8 to 8.2 more)" in starts
    assert leaves.startswith("Fewest give up with direct access: 16 of 100, against 20")


def test_where_none_beats_the_base_that_is_said() -> None:
    """Expected: by hand; every change is for the worse."""
    made = findings(((-8.0, 4.0, 0.0), (-3.0, 2.0, 0.0)))
    starts, leaves = best_of(made, "one", titles_of(made.about))
    assert "none gets more people into treatment within 90 days than GP referral: 50" in starts
    assert leaves == "In none of 3 scenarios do fewer give up than with GP referral: 20 of 100."


def test_many_scenarios_stand_in_one_table() -> None:
    """Expected: by hand; the base first, the others beside it."""
    made = findings(THREE)
    table = compared(made, "one", titles_of(made.about))
    assert [row[0] for row in table.rows] == ["GP referral", "direct access", "policy c"]
    assert [row[1] for row in table.rows] == ["50", "58", "47"]
    assert table.rows[0][2] == "the base"
    assert table.rows[2][2] == "−3.0 (−3.2 to −2.8)"


def test_many_are_ranked_and_two_are_not() -> None:
    """Expected: a ranking by each main outcome for three policies, none for two."""
    ranked = list(many(pictures.view(findings(THREE), "one")))
    assert [picture.name for picture in ranked] == ["ranked-by-starts", "ranked-by-giving-up"]
    assert list(many(pictures.view(findings(THREE[:1]), "one"))) == []


def test_the_dots_that_started_are_rounded_as_they_are_elsewhere() -> None:
    """Expected: 64.46 is 64 wherever it is told, though its remainder is the largest."""
    assert dots([64.46, 3.44, 20.05, 12.05]) == [64, 4, 20, 12]
    assert dots([100.0, 0.0, 0.0, 0.0]) == [100, 0, 0, 0]
    assert dots([0.4, 99.6, 0.0, 0.0]) == [0, 100, 0, 0]
    assert sum(dots(np.random.default_rng(1).dirichlet(np.ones(4)).tolist())) == 100
    assert charts.of_100([Fates("a", 64.46, 3.44, 20.05, 12.05)], 90).title.startswith("64 of")


def test_better_lies_right_where_less_is_better() -> None:
    """Expected: the axis of giving up is turned round, that of starting is not."""
    swings = [Swing("patience", "little", 5.0, "much", 0.5)]
    fewer = charts.what_it_hinges_on(swings, 3.0, "give up", "new", 2.0, better=-1)
    more = charts.what_it_hinges_on(swings, 3.0, STARTED, "new", 2.0, better=1)
    assert fewer.figure.axes[0].xaxis_inverted()
    assert not more.figure.axes[0].xaxis_inverted()


def test_one_policy_alone_has_an_answer_too() -> None:
    """Expected: 50 of 100 start and 20 give up, by the findings; nothing is compared."""
    page = report_of(findings(()), {})[REPORT].decode()
    assert "Of 100 people who ask for help, 50 start treatment within 90 days." in page
    assert (
        "Of 100 people who ask for help, 20 give up waiting before treatment starts, within a year."
        in page
    )
    assert "against" not in page.partition('id="plan"')[0]


def test_what_is_in_points_is_said_in_points() -> None:
    """Expected: a tornado of wellbeing counts points of 100, and tells of no people that matter."""
    swings = [Swing("patience", "little", 0.5, "much", 0.2)]
    chart = charts.what_it_hinges_on(swings, 0.4, "wellbeing", "new", 0.0, unit=POINTS)
    assert chart.subtitle.startswith("Difference in points of 100, wellbeing: new against the base")
    assert "matter" not in chart.subtitle
    assert "people" not in f"{chart.alt} {' '.join(chart.table.header)}"
    assert chart.table.rows[0][2::2] == ("0.5", "0.2")
    assert chart.figure.axes[0].get_xlabel() == "Difference (points of 100)"
    assert list(chart.figure.axes[0].get_yticks()) == []  # rows have names, and no numbers
