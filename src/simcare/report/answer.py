"""The answer in words: whole sentences with places for numbers, chosen by what was found.

The rules: people of 100, absolute differences, both sides named, the range with its kind; "no
difference we can see" is decided by the range and the smallest difference that matters.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import PairedDifference, Verdict, round_to_range
from simcare.analysis.findings import About, Found
from simcare.analysis.longer_wait import WAITS, longer_wait
from simcare.analysis.outcomes import (
    GAVE_UP_IN_A_YEAR,
    POINTS,
    STARTED_IN_A_YEAR,
    STARTED_IN_TIME,
)
from simcare.report.chart_digits import FINEST, clear_of_zero
from simcare.report.steadiness import period
from simcare.report.words import MINUS, capital, count, listed, paragraph, say

STARTED, GAVE_UP, WITHIN_A_YEAR = STARTED_IN_TIME, GAVE_UP_IN_A_YEAR, STARTED_IN_A_YEAR
RELAPSE = "relapsed within 91 days of discharge"
TO_THE_LIST = "from asking to the list: mean wait"

HELPS, MOVES, HARMS = "answer.helps", "answer.moves", "answer.harms"
MAY_HELP, MAY_HARM = "answer.may_help", "answer.may_harm"
MIXED, SMALL, UNSEEN = "answer.mixed", "answer.small", "answer.unseen"
UNKNOWN = "answer.unknown"


# What is said of a side that the difference is clear of zero on, where none is opposite.
CLEAR = {
    "worse": HARMS,
    "better": HELPS,
    "perhaps worse": MAY_HARM,
    "perhaps better": MAY_HELP,
}


@dataclass(frozen=True)
class Verb:
    """The keys of what a policy does: in a word, in all cases, in some of them."""

    word: str
    in_all: str
    in_some: str


VERBS = {
    HELPS: Verb("answer.word.helps", "answer.all.helps", "answer.some.helps"),
    MAY_HELP: Verb("answer.word.may_help", "answer.all.may_help", "answer.some.may_help"),
    MOVES: Verb("answer.word.moves", "answer.all.moves", "answer.some.moves"),
    HARMS: Verb("answer.word.harms", "answer.all.harms", "answer.some.harms"),
    MAY_HARM: Verb("answer.word.may_harm", "answer.all.may_harm", "answer.some.may_harm"),
    MIXED: Verb("answer.word.mixed", "answer.all.mixed", "answer.some.mixed"),
    SMALL: Verb("answer.word.small", "answer.all.small", "answer.some.small"),
    UNSEEN: Verb("answer.word.unseen", "answer.all.unseen", "answer.some.unseen"),
    UNKNOWN: Verb("answer.word.unknown", "answer.all.unknown", "answer.some.unknown"),
}


def spoken(difference: PairedDifference) -> str:
    """Return an interval in words: "9 to 15 more", "3 fewer to 5 more"."""
    return between(difference.lower, difference.upper)


def points(difference: PairedDifference) -> str:
    """Return an interval of points on a scale in words: "0.6 to 0.7 lower"."""
    return between(difference.lower, difference.upper, "points")


def between(lower: float, upper: float, of: str = "range") -> str:
    """Return a range of differences in words, each end with its side: no minus signs.

    It is ``of`` people and days ("range"), which are more or fewer, or of "points".
    """
    step = clear_of_zero(lower, upper, 0.1 if upper - lower < 2.0 else 1.0)
    low, high = (round_to_range(abs(x), step) for x in (lower, upper))
    if lower >= 0:
        return say(f"answer.{of}.more", low=low, high=high)
    if upper <= 0:
        return say(f"answer.{of}.fewer", low=high, high=low)
    return say(f"answer.{of}.across", low=low, high=high)


def rough(value: float) -> str:
    """Return a number that has no interval: three digits of it, minus as it is typeset.

    Or that there is none.
    """
    if not math.isfinite(value):
        return say("ui.no_data")
    return f"{float(f'{value:.3g}'):g}".replace("-", MINUS)


def ranged(difference: PairedDifference) -> str:
    """Return a difference with its interval, as many digits as the interval supports.

    One more where an end that is not 0 would be written as if it were, but never more than two
    decimals: what is smaller is rounding in the last place.
    """
    if difference.n < 2:
        return rough(difference.mean)
    half = half_width(difference)
    mean, low, high = (
        round_to_range(x, half) for x in (difference.mean, difference.lower, difference.upper)
    )
    return say("fmt.mean_and_range", mean=mean, low=low, high=high)


def half_width(difference: PairedDifference) -> float:
    """Return the half-width by which a difference, and the means beside it, are rounded."""
    half = max((difference.upper - difference.lower) / 2.0, FINEST)
    return clear_of_zero(difference.lower, difference.upper, half)


def _sides(rows: Sequence[ComparisonRow]) -> set[str]:
    """Return which way the two main outcomes go: better, worse, small, too small, unseen.

    Perhaps better and perhaps worse are those that may be too small to matter.
    """
    sides = set()
    for name in (STARTED, GAVE_UP):
        row = row_of(rows, name)
        if row is None or row.verdict == Verdict.UNKNOWN:
            sides.add("unknown")
        elif row.verdict == Verdict.DIFFERENT:
            sides.add("better" if row.gain > 0 else "worse")
        elif row.verdict == Verdict.PERHAPS:
            sides.add("perhaps better" if row.gain > 0 else "perhaps worse")
        elif row.verdict == Verdict.UNSEEN:
            sides.add("unseen")
        else:
            sides.add("small" if row.verdict == Verdict.SMALL else "too small")
    return sides


def _shorter_first_wait(rows: Sequence[ComparisonRow]) -> bool:
    row = row_of(rows, TO_THE_LIST)
    return row is not None and row.difference.upper < 0


def pattern(rows: Sequence[ComparisonRow]) -> str:
    """Return the key of the sentence that fits the differences of one policy from the base."""
    sides = _sides(rows)
    if "unknown" in sides:
        return UNKNOWN
    if sides & {"better", "perhaps better"} and sides & {"worse", "perhaps worse"}:
        return MIXED
    for side, sentence in CLEAR.items():
        if side in sides:
            return sentence
    if "unseen" in sides:
        return UNSEEN
    if _shorter_first_wait(rows):
        return MOVES
    return SMALL if "small" in sides else UNSEEN


@dataclass(frozen=True)
class Titles:
    """How policies and cases are named to readers, and what the sentences count by."""

    question: str
    note: str
    period: str
    policies: Mapping[str, str]
    cases: Mapping[str, str]
    deadline_days: float
    smallest: float

    def of(self, policy: str) -> str:
        """Return a policy's title, or its name."""
        return self.policies.get(policy) or listed(policy.replace("_", " ").split("+"))

    def of_case(self, case: str) -> str:
        """Return a case's title, or its name."""
        return self.cases.get(case) or case.replace("_", " ")


def titles_of(about: About) -> Titles:
    """Return how readers know what a study is about."""
    return Titles(
        about.question,
        about.note,
        period(about.warm_up_days, about.horizon_days),
        about.policies,
        {name: note.title for name, note in about.cases.items()},
        about.deadline_days,
        about.smallest_people,
    )


def answer(rows: Sequence[ComparisonRow], titles: Titles) -> list[str]:
    """Return a policy against the base in sentences, from one case's rows.

    The answer itself comes first, then its range, then what the two main outcomes leave out; there
    is none where nobody is treated or can give up.
    """
    started, gave_up = row_of(rows, STARTED), row_of(rows, GAVE_UP)
    if started is None or gave_up is None or not (started.difference.n and gave_up.difference.n):
        return []
    sentence = pattern(rows)
    names = {"policy": titles.of(started.policy), "base": titles.of(started.base)}
    if sentence == UNKNOWN:
        return [capital(say(sentence, **names))]
    digits = 0.1 if _would_mislead(started) or _would_mislead(gave_up) else 1.0
    values = {
        "days": f"{titles.deadline_days:g}",
        "started": round_to_range(started.policy_mean, digits),
        "started_0": round_to_range(started.base_mean, digits),
        "gave_up": round_to_range(gave_up.policy_mean, digits),
        "gave_up_0": round_to_range(gave_up.base_mean, digits),
    }
    if sentence in (SMALL, MAY_HELP, MAY_HARM):
        values["delta"] = f"{titles.smallest:g}"
    ranges = say(
        "answer.chance",
        started_range=spoken(started.difference),
        gave_up_range=spoken(gave_up.difference),
    )
    return [capital(say(sentence, **names, **values)), ranges, *_also(rows)]


def longer(base: Found, other: Found, rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return that a policy keeps more on the lists and only makes the wait longer, or nothing."""
    found = longer_wait(base, other, rows)
    if found is None:
        return ""
    wait = found.wait.difference
    half = half_width(wait)
    mean, low, high = (round_to_range(x, half) for x in (wait.mean, wait.lower, wait.upper))
    return say(
        "answer.longer_help" if found.wait.outcome.name == WAITS[0] else "answer.longer_treatment",
        policy=titles.of(other.policy), days=mean, low=low, high=high,
    )  # fmt: skip


def change(row: ComparisonRow) -> str:
    """Return how a policy moves an outcome, in people or days: "3 more", "none we can see"."""
    if row.verdict in (Verdict.UNSEEN, Verdict.TOO_SMALL):
        return say("answer.change.none")
    difference = row.difference
    half = (difference.upper - difference.lower) / 2.0 if difference.n > 1 else 1.0
    size = round_to_range(abs(difference.mean), max(half, 0.1))
    if float(size) == 0:
        return say("answer.change.same")
    side = "more" if difference.mean >= 0 else "fewer"
    return say(f"answer.{'level' if row.outcome.unit == POINTS else 'change'}.{side}", n=size)


def over_cases(rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return what a policy does over all cases: in how many it helps, harms and so on.

    Cases whose numbers are all the same are one: where what is assumed touches neither policy,
    nothing new was tried. It is said which these are.
    """
    cases, alike = _told_apart(rows)
    found = [pattern(case) for case in cases]
    policy, n = titles.of(rows[0].policy), str(len(cases))
    repeated = (
        count(
            "answer.alike", str(len(alike)), cases=listed([titles.of_case(case) for case in alike])
        )
        if alike
        else ""
    )
    if len(set(found)) == 1:
        same = capital(say(VERBS[found[0]].in_all, policy=policy, n=n))
        return paragraph(same, repeated)
    counts = [(verb.in_some, found.count(key)) for key, verb in VERBS.items()]
    parts = [say(key, n=str(times)) for key, times in counts if times]
    return paragraph(say("answer.depends", policy=policy, n=n, parts=listed(parts)), repeated)


def _told_apart(
    rows: Sequence[ComparisonRow],
) -> tuple[list[list[ComparisonRow]], list[str]]:
    """Return the cases' rows, and the names of cases that repeat another, number by number."""
    cases: dict[str, list[ComparisonRow]] = {}
    for row in rows:
        cases.setdefault(row.case, []).append(row)
    known: dict[object, list[ComparisonRow]] = {}
    alike = []
    for case, mine in cases.items():
        numbers = tuple(
            (row.base_mean, row.policy_mean, row.difference.lower, row.difference.upper)
            for row in mine
            if row.outcome.name in (STARTED, GAVE_UP)
        )
        if known.setdefault(numbers, mine) is not mine:
            alike.append(case)
    return list(known.values()), alike


def verdict_word(rows: Sequence[ComparisonRow]) -> str:
    """Return in a word or two what a policy does in one case."""
    return say(VERBS[pattern(rows)].word)


def _also(rows: Sequence[ComparisonRow]) -> list[str]:
    """Return what the two main outcomes leave out: who starts within a year, and relapse."""
    found = []
    for name, sentence in ((WITHIN_A_YEAR, "answer.in_a_year"), (RELAPSE, "answer.relapse")):
        row = row_of(rows, name)
        if row is not None and row.difference.n > 1:
            n, base = (round_to_range(x, 1.0) for x in (row.policy_mean, row.base_mean))
            found.append(count(sentence, n, base=base, range=spoken(row.difference)))
    return found


def _would_mislead(row: ComparisonRow) -> bool:
    """Return whether whole numbers would not add up to the rounded difference."""
    policy, base, both = (_whole(x) for x in (row.policy_mean, row.base_mean, row.difference.mean))
    return policy - base != both


def _whole(value: float) -> int:
    """Return a number as it is shown without decimals: half away from zero."""
    return int(round_to_range(value, 1.0).replace(MINUS, "-"))
