"""The answer in words: whole sentences with places for numbers, chosen by what was found.

The rules: people of 100, absolute differences, both sides named, the range with its kind; "no
difference we can see" is decided by the range and the smallest difference that matters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import PairedDifference, Verdict, round_to_range
from simcare.report.words import MINUS, capital, count, listed, paragraph, say

STARTED = "started treatment by the deadline"
GAVE_UP = "gave up before treatment within a year"
WITHIN_A_YEAR = "started treatment within a year"
RELAPSE = "relapsed within 91 days of discharge"
TO_THE_LIST = "from asking to the list: mean wait"

HELPS, MOVES, HARMS = "answer.helps", "answer.moves", "answer.harms"
MIXED, SMALL, UNSEEN = "answer.mixed", "answer.small", "answer.unseen"
UNKNOWN = "answer.unknown"


@dataclass(frozen=True)
class Verb:
    """The keys of what a policy does: in a word, in all cases, in some of them."""

    word: str
    in_all: str
    in_some: str


VERBS = {
    HELPS: Verb("answer.word.helps", "answer.all.helps", "answer.some.helps"),
    MOVES: Verb("answer.word.moves", "answer.all.moves", "answer.some.moves"),
    HARMS: Verb("answer.word.harms", "answer.all.harms", "answer.some.harms"),
    MIXED: Verb("answer.word.mixed", "answer.all.mixed", "answer.some.mixed"),
    SMALL: Verb("answer.word.small", "answer.all.small", "answer.some.small"),
    UNSEEN: Verb("answer.word.unseen", "answer.all.unseen", "answer.some.unseen"),
    UNKNOWN: Verb("answer.word.unknown", "answer.all.unknown", "answer.some.unknown"),
}


def spoken(difference: PairedDifference) -> str:
    """Return an interval in words: "9 to 15 more", "3 fewer to 5 more"."""
    narrow = difference.upper - difference.lower < 2.0
    low, high = (f"{abs(x):.{1 if narrow else 0}f}" for x in (difference.lower, difference.upper))
    if difference.lower >= 0:
        return say("answer.range.more", low=low, high=high)
    if difference.upper <= 0:
        return say("answer.range.fewer", low=high, high=low)
    return say("answer.range.across", low=low, high=high)


def rough(value: float) -> str:
    """Return a number that has no interval: three digits of it, minus as it is typeset."""
    return f"{float(f'{value:.3g}'):g}".replace("-", MINUS)


def ranged(difference: PairedDifference) -> str:
    """Return a difference with its interval, as many digits as the interval supports."""
    if difference.n < 2:
        return rough(difference.mean)
    half = (difference.upper - difference.lower) / 2.0
    mean, low, high = (
        round_to_range(x, half) for x in (difference.mean, difference.lower, difference.upper)
    )
    return say("fmt.mean_and_range", mean=mean, low=low, high=high)


def _sides(rows: Sequence[ComparisonRow]) -> set[str]:
    """Return which way the two main outcomes go: better, worse, small, unseen, unknown."""
    sides = set()
    for name in (STARTED, GAVE_UP):
        row = row_of(rows, name)
        if row is None or row.verdict == Verdict.UNKNOWN:
            sides.add("unknown")
        elif row.verdict == Verdict.DIFFERENT:
            sides.add("better" if row.gain > 0 else "worse")
        elif row.verdict == Verdict.SMALL:
            sides.add("small")
        else:
            sides.add("unseen")
    return sides


def _shorter_first_wait(rows: Sequence[ComparisonRow]) -> bool:
    row = row_of(rows, TO_THE_LIST)
    return row is not None and row.difference.upper < 0


def pattern(rows: Sequence[ComparisonRow]) -> str:
    """Return the key of the sentence that fits the differences of one policy from the base."""
    sides = _sides(rows)
    if "unknown" in sides:
        return UNKNOWN
    if {"better", "worse"} <= sides:
        return MIXED
    if "worse" in sides:
        return HARMS
    if "better" in sides:
        return HELPS
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


def answer(rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return one or two sentences on a policy against the base, from one case's rows."""
    started, gave_up = row_of(rows, STARTED), row_of(rows, GAVE_UP)
    if started is None or gave_up is None:
        return ""
    sentence = pattern(rows)
    names = {"policy": titles.of(started.policy), "base": titles.of(started.base)}
    if sentence == UNKNOWN:
        return capital(say(sentence, **names))
    decimals = 1 if _would_mislead(started) or _would_mislead(gave_up) else 0
    values = {
        "days": f"{titles.deadline_days:g}",
        "started": f"{started.policy_mean:.{decimals}f}",
        "started_0": f"{started.base_mean:.{decimals}f}",
        "gave_up": f"{gave_up.policy_mean:.{decimals}f}",
        "gave_up_0": f"{gave_up.base_mean:.{decimals}f}",
    }
    if sentence == SMALL:
        values["delta"] = f"{titles.smallest:g}"
    ranges = say(
        "answer.chance",
        started_range=spoken(started.difference),
        gave_up_range=spoken(gave_up.difference),
    )
    return paragraph(capital(say(sentence, **names, **values)), ranges, *_also(rows))


def over_cases(rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return one sentence on a policy over all cases: in how many it helps, harms and so on."""
    cases = list(dict.fromkeys(row.case for row in rows))
    found = [pattern([row for row in rows if row.case == case]) for case in cases]
    policy, n = titles.of(rows[0].policy), str(len(cases))
    if len(set(found)) == 1:
        return capital(say(VERBS[found[0]].in_all, policy=policy, n=n))
    counts = [(verb.in_some, found.count(key)) for key, verb in VERBS.items()]
    parts = [say(key, n=str(times)) for key, times in counts if times]
    return say("answer.depends", policy=policy, n=n, parts=listed(parts))


def verdict_word(rows: Sequence[ComparisonRow]) -> str:
    """Return in a word or two what a policy does in one case."""
    return say(VERBS[pattern(rows)].word)


def _also(rows: Sequence[ComparisonRow]) -> list[str]:
    """Return what the two main outcomes leave out: who starts within a year, and relapse."""
    found = []
    for name, sentence in ((WITHIN_A_YEAR, "answer.in_a_year"), (RELAPSE, "answer.relapse")):
        row = row_of(rows, name)
        if row is not None and row.difference.n > 1:
            n, base = f"{row.policy_mean:.0f}", f"{row.base_mean:.0f}"
            found.append(count(sentence, n, base=base, range=spoken(row.difference)))
    return found


def _would_mislead(row: ComparisonRow) -> bool:
    """Return whether whole numbers would not add up to the rounded difference."""
    shown = round(row.policy_mean) - round(row.base_mean)
    return shown != round(row.difference.mean)
