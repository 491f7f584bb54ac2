"""The sentences follow the numbers: each turn of the answer, from rows made by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.unit.report.made import findings

from simcare.analysis.comparison import ComparisonRow, compare, smallest_that_matter
from simcare.analysis.estimates import PairedDifference
from simcare.analysis.outcomes import DAYS, FEWER, MORE, Outcome
from simcare.report.answer import (
    GAVE_UP,
    STARTED,
    TO_THE_LIST,
    Titles,
    answer,
    over_cases,
    ranged,
    rough,
    spoken,
    verdict_word,
)
from simcare.report.terminal import Sheet, report

TITLES = Titles("Which?", "", "Measured.", {"b": "direct access"}, {"one": "first case"}, 90.0, 2.0)
STARTS = Outcome(STARTED, "all who asked", better=MORE)
GIVES_UP = Outcome(GAVE_UP, "all who asked", better=FEWER)
LIST = Outcome(TO_THE_LIST, "those who got on it", unit=DAYS, better=FEWER)
NOISE = np.array([-0.2, 0.1, 0.0, 0.1])


def rows(
    start: float, give_up: float, sooner: float = 0.0, case: str = "one", noise: float = 1.0
) -> list[ComparisonRow]:
    """Return the rows of a policy that changes 50 starts and 20 leavers of 100 by so much."""
    base = {STARTS: 50 + NOISE, GIVES_UP: 20 + NOISE, LIST: 12 + NOISE}
    policy = {
        STARTS: 50 + start + 2 * noise * NOISE,
        GIVES_UP: 20 + give_up + 2 * noise * NOISE,
        LIST: 12 - sooner + 2 * noise * NOISE,
    }
    return list(compare(case, ("a", base), ("b", policy), smallest_that_matter(2.0, 3.0)))


@pytest.mark.parametrize(
    ("changes", "word", "words"),
    [
        ((8, -4, 0), "helps", "gets 58 of 100 people into treatment within 90 days, against 50"),
        ((0, 0, 12), "only moves the queue", "moves the queue rather than shortening it"),
        ((-8, 4, 0), "makes it worse", "makes it worse: 42 of 100"),
        ((8, 4, 0), "cuts both ways", "cuts both ways"),
        ((1, 0, 0), "makes a small difference", "less than the 2 of 100 that would matter"),
        ((0, 0, 0), "makes no difference that we can see", "no difference that matters"),
        ((2, 0, 0), "helps, perhaps too little to matter", "helps, but perhaps by less than the 2"),
        (
            (0, 2, 0),
            "makes it worse, perhaps too little to matter",
            "it worse, but perhaps by less",
        ),
        ((2, 2, 0), "cuts both ways", "cuts both ways"),
    ],
)
def test_the_answer_turns_with_the_numbers(
    changes: tuple[float, float, float], word: str, words: str
) -> None:
    """Better, moved, worse, mixed, small and unseen each have their own sentence."""
    found = rows(*changes)
    assert verdict_word(found) == word
    first, chance = answer(found, TITLES)
    assert words in first
    assert chance.endswith("95 times of 100.")


def test_a_name_is_capital_where_it_begins_a_sentence_alone() -> None:
    """Expected: by hand."""
    assert answer(rows(8, -4), TITLES)[0].startswith("Direct access gets 58")
    unseen = "We can see no difference that matters between direct access and a."
    assert answer(rows(0, 0), TITLES)[0].startswith(unseen)


def test_one_replication_gives_no_answer() -> None:
    """Without an interval nothing is claimed."""
    one = {STARTS: np.array([50.0]), GIVES_UP: np.array([20.0])}
    two = {STARTS: np.array([90.0]), GIVES_UP: np.array([2.0])}
    found = list(compare("one", ("a", one), ("b", two), smallest_that_matter(2.0, 3.0)))
    assert answer(found, TITLES) == [
        "Direct access against a: one repetition gives no interval, so nothing is known yet."
    ]


def test_a_decimal_is_shown_where_whole_numbers_would_not_add_up() -> None:
    """50 to 58.4 with a difference of 8.4 is shown whole; 49.6 to 58.4 is not."""
    plain = rows(8.4, -4)
    assert "gets 58 of 100" in answer(plain, TITLES)[0]
    shifted = [
        ComparisonRow(
            r.case, r.base, r.policy, r.outcome, r.base_mean + 0.3, r.policy_mean + 0.3,
            r.difference, r.verdict,
        )
        for r in plain
    ]  # fmt: skip
    assert "58.7" in answer(shifted, TITLES)[0]


def test_ranges_in_words() -> None:
    """Ranges are said without signs: more, fewer, or from one to the other."""
    more, across = rows(8, 0)[0].difference, rows(0, 0)[0].difference
    assert spoken(more) == "7.8 to 8.2 more"
    assert spoken(across) == "0.2 fewer to 0.2 more"
    assert ranged(rows(-8, 0)[0].difference) == "−8.0 (−8.2 to −7.8)"


def test_a_number_without_a_range() -> None:
    """Expected: by hand; three digits, no exponent, the minus sign of typesetting."""
    assert [rough(x) for x in (-8.456, 1234.0, 0.0)] == ["−8.46", "1230", "0"]
    assert rough(np.nan) == "no data"


def test_policies_put_together_are_listed() -> None:
    """A policy without a title is named by its parts."""
    assert TITLES.of("direct_access") == "direct access"
    assert (
        TITLES.of("direct_access+more_beds+aftercare") == "direct access, more beds and aftercare"
    )


def both(first: Sequence[ComparisonRow], second: Sequence[ComparisonRow]) -> str:
    """Return the sentence over two cases."""
    return over_cases([*first, *second], TITLES)


def test_over_cases() -> None:
    """Cases that agree are said to; cases that do not are counted."""
    helps, harms = rows(8, -4), rows(-8, 4, case="two")
    assert both(helps, rows(9, -4, case="two")) == "Direct access helps in all 2 cases below."
    assert both(helps, harms) == (
        "It depends on what is assumed: of the 2 cases below, direct access helps in 1 and "
        "makes it worse in 1."
    )


def test_cases_that_repeat_another_are_no_evidence() -> None:
    """Of three cases the second has the first's numbers: what it assumes touches neither policy."""
    helps, again, harms = rows(8, -4), rows(8, -4, case="two"), rows(-8, 4, case="three")
    assert over_cases([*helps, *again, *harms], TITLES) == (
        "It depends on what is assumed: of the 2 cases below, direct access helps in 1 and makes "
        "it worse in 1. Not counted, since what it assumes changes nothing here: two (1 case)."
    )


@pytest.mark.parametrize(
    ("mean", "half", "written", "said"),
    [
        # As −3 (−6 to 0) and 1 (0 to 2) these would seem to hold zero; −1 (−3 to 1) does.
        (-3.0, 2.7, "−3.0 (−5.7 to −0.3)", "0.3 to 5.7 fewer"),
        (1.2, 1.1, "1.2 (0.1 to 2.3)", "0.1 to 2.3 more"),
        (1.21, 1.19, "1.21 (0.02 to 2.40)", "0.02 to 2.40 more"),
        (-1.0, 2.0, "−1 (−3 to 1)", "3 fewer to 1 more"),
        (6.0, 2.0, "6 (4 to 8)", "4 to 8 more"),
    ],
)
def test_a_range_clear_of_zero_is_seen_to_be(
    mean: float, half: float, written: str, said: str
) -> None:
    """Rounding hides no side: there is a digit more where an end would be written as 0."""
    difference = PairedDifference(mean, mean - half, mean + half, 9, 0.5)
    assert ranged(difference) == written
    assert spoken(difference) == said


def test_what_is_printed() -> None:
    """Question, table of the first case, answer, then the cases with both differences."""
    parts = list(report(findings(cases=("one", "two")), None))
    assert parts[0] == "What does direct access do?"
    table, cases = [part for part in parts if isinstance(part, Sheet)]
    assert table.title == "one case"
    assert table.header[1:3] == ("GP referral", "direct access")
    assert [row[0] for row in cases.rows] == ["one case", "two case"]
    assert parts[-2] == "A note."
    assert str(parts[-1]).startswith("No repetition was re-run by the other engine")
