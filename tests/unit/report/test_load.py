"""Are there places enough, in words and a table: which sentence, with which numbers, by hand."""

from tests.unit.report.made import LOAD, PARTS, findings

from simcare.analysis.load import Load, Loaded, Supply
from simcare.report.answer import titles_of
from simcare.report.load import beside, cell, verdict

TITLES = titles_of(findings(cases=("one", "two")).about)
ENOUGH = Load("day_beds", "", 20.0, 20.0, 11.24, 11.1, 11.4, 0.0, 0.0, 0.0, Supply.ENOUGH)
UNSURE = Load("beds", "", 132.0, 132.0, 132.8, 130.1, 135.4, 0.6, 0.0, 2.5, Supply.UNSURE)
SHORT = Load("teams", "", 28.0, 27.5, 34.6, 34.1, 35.2, 20.5, 19.4, 21.9, Supply.SHORT)
NONE = Load("slots", "", 0.0, 0.0, 3.0, 2.5, 3.5, 100.0, 100.0, 100.0, Supply.SHORT)
UNUSED = Load("spare", "", 4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, Supply.UNUSED)


def one(*loads: Load, policy: str = "a", case: str = "one") -> Loaded:
    """Return a scenario with these loads."""
    return Loaded(case, policy, loads)


def test_places_enough() -> None:
    """Expected: by hand, 11.24 of 20 are 56 of 100; the capacity that is fullest is named."""
    ((supply, said),) = verdict([one(UNUSED, ENOUGH)], TITLES)
    assert supply == Supply.ENOUGH
    assert said.startswith("With GP referral there are places enough on average. Fullest is day be")
    assert "day beds: 11.2 places would be busy if nobody waited, and there are 20 (56 of" in said


def test_too_close_to_say() -> None:
    """Expected: by hand; the interval of the load, for each 100 places, straddles 100."""
    (supply, said), (_, meant) = verdict([one(ENOUGH, UNSURE)], TITLES)
    assert supply == Supply.UNSURE
    assert "With GP referral it is too close to say" in said
    assert "The bottleneck is beds: 133 places" in said
    assert "(101 of 100, perhaps 99 to 103)" in said
    assert "is gone" not in said
    assert "shows in full only when the lists before it are gone" in meant


def test_too_few_places_and_what_else_is_short() -> None:
    """Expected: by hand; the most wanted first, then the others that are short, in their order."""
    few = Load("beds", "", 10.0, 10.0, 11.5, 11.3, 11.7, 13.04, 11.5, 14.5, Supply.SHORT)
    said = verdict([one(few, ENOUGH, SHORT)], TITLES)[0]
    assert said[0] == Supply.SHORT
    assert (
        "The bottleneck is teams: 34.6 places would be busy if nobody waited, and there are 27.5"
        in said[1]
    )
    assert (
        "of 100 who would come for it at least 21 (19 to 22) can never be served" in said[1].lower()
    )
    assert said[1].endswith("Short too: beds (at least 13 of 100).")


def test_no_places_at_all_and_nobody_who_comes() -> None:
    """Expected: a capacity without places is the bottleneck; one that nobody asks for is none."""
    ((_, said), _) = verdict([one(ENOUGH, NONE, SHORT)], TITLES)
    assert said.startswith("With GP referral there is no place at all at slots, and people come")
    assert said.endswith("Short too: teams (at least 21 of 100).")
    ((_, said),) = verdict([one(UNUSED)], TITLES)
    assert said == "With GP referral nobody comes for any place."
    assert verdict([one(), one(policy="b")], TITLES) == []


def test_parts_are_told_for_themselves() -> None:
    """Expected: north is short though the whole is hardly so; the whole is not named as well."""
    ((_, said), _) = verdict([one(LOAD, *PARTS)], TITLES)
    assert "The bottleneck is beds, north: 7.7 places" in said
    assert "Short too" not in said
    assert cell(LOAD, is_split=True) == "12.3 of 12 (103): short in parts"
    close = Load("beds", "", 12.0, 12.0, 10.0, 9.5, 10.5, 1.0, 0.0, 3.0, Supply.UNSURE)
    assert cell(close, is_split=True) == "10.0 of 12 (83): too close to say in parts"
    assert cell(close) == "10.0 of 12 (83): too close to say"
    _, rows = beside([one(LOAD, *PARTS), one(close, policy="b")], TITLES)
    assert rows[0][1:] == (cell(LOAD, is_split=True), cell(close))


def test_where_it_depends_nothing_is_said_to_be_enough_or_short() -> None:
    """Expected: by hand; of annex and main nothing can be told, of the rest what is short is."""
    annex = Load("annex", "", 4.0, 4.0, 20.0, 19.8, 20.2, 80.0, 79.8, 80.2, Supply.DEPENDS)
    main = Load("main", "", 40.0, 40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, Supply.DEPENDS)
    for beside_it in ([ENOUGH], [UNUSED], []):
        ((supply, said),) = verdict([one(annex, main, *beside_it)], TITLES)
        assert supply == Supply.DEPENDS
        assert said.startswith("With GP referral this count cannot tell whether there are places")
        assert "Who comes for annex and main depends on how full places are" in said
        assert "never be served" not in said
    (supply, said), _ = verdict([one(annex, main, SHORT)], TITLES)
    assert supply == Supply.SHORT
    assert "The bottleneck is teams: 34.6 places" in said
    assert "Short too" not in said
    assert said.endswith("does not tell what is missing.")
    assert cell(annex) == "20.0 of 4 (500): depends"
    (supply, said) = verdict([one(ENOUGH), one(annex, main, case="two")], TITLES)[1]
    assert supply == Supply.DEPENDS
    assert said.startswith("In the 1 other scenario nothing is seen to be short; of some")


def test_who_takes_no_time_needs_a_place_all_the_same() -> None:
    """Expected: half of all come for a capacity that is closed: none of them is served there."""
    closed = Load("desk", "", 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 100.0, 100.0, Supply.SHORT)
    ((_, said), _) = verdict([one(ENOUGH, closed)], TITLES)
    assert said.startswith("With GP referral there is no place at all at desk, and people come")
    assert cell(closed) == "0 of 0 (not relevant): short"


def test_the_other_scenarios_are_counted() -> None:
    """Expected: by hand; two of three others are short, most where slots are none."""
    others = [
        one(SHORT, case="two"),
        one(NONE, policy="b", case="two"),
        one(ENOUGH, policy="c", case="two"),
    ]
    _, (supply, said), _ = verdict([one(ENOUGH), *others], TITLES)
    assert supply == Supply.SHORT
    assert said.startswith("In 2 of 3 other scenarios there are too few places.")
    assert said.endswith("at least 100 can never be served (two case; direct access).")
    _, (supply, said) = verdict([one(ENOUGH), others[-1]], TITLES)
    assert (supply, said) == (Supply.ENOUGH, "In the 1 other scenario nothing is clearly short.")


def test_many_policies_are_not_all_told() -> None:
    """Expected: three policies of the first case have a column and a sentence, the rest is counted.

    The rows are in the order of the first policy, the fullest first; a capacity that a policy does
    not have is no data.
    """
    many = [one(ENOUGH, UNSURE), one(ENOUGH, policy="b"), *(one(ENOUGH, policy=p) for p in "cd")]
    header, rows = beside(many, TITLES)
    assert header == ("Capacity", "GP referral", "direct access", "c")
    assert rows == [
        ("beds", "133 of 132 (101): too close to say", "no data", "no data"),
        ("day beds", *["11.2 of 20 (56)"] * 3),
    ]
    assert len(verdict(many, TITLES)) == 5


def test_cells_say_what_is_the_matter() -> None:
    """Expected: by hand, for each way in which things can be."""
    assert [cell(x) for x in (ENOUGH, SHORT, UNUSED, NONE, None)] == [
        "11.2 of 20 (56)",
        "34.6 of 27.5 (126): short",
        "nobody comes",
        "3.0 of 0 (not relevant): short",
        "no data",
    ]
