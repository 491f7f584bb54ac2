"""The answer in words: whole sentences with places for numbers, chosen by what was found.

The rules: people of 100, absolute differences, both sides named, the range with its kind; "no
difference we can see" is decided by the range and the smallest difference that matters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import PairedDifference, Verdict, round_to_range

STARTED = "started treatment by the deadline"
GAVE_UP = "gave up before treatment within a year"
WITHIN_A_YEAR = "started treatment within a year"
RELAPSE = "relapsed within 91 days of discharge"
TO_THE_LIST = "from asking to the list: mean wait"

HELPS = (
    "{policy} gets {started} of 100 people into treatment within {days} days, against {started_0} "
    "with {base}, and {gave_up} give up before treatment, against {gave_up_0}."
)
MOVES = (
    "{policy} moves the queue rather than shortening it: people reach the list sooner, but we can "
    "see no gain that matters in who starts treatment within {days} days ({started} of 100, "
    "against {started_0}) or gives up ({gave_up}, against {gave_up_0})."
)
HARMS = (
    "{policy} makes it worse: {started} of 100 people start treatment within {days} days, against "
    "{started_0} with {base}, and {gave_up} give up before treatment, against {gave_up_0}."
)
MIXED = (
    "{policy} cuts both ways: {started} of 100 people start treatment within {days} days, against "
    "{started_0} with {base}, and {gave_up} give up before treatment, against {gave_up_0}."
)
SMALL = (
    "{policy} makes a small difference, less than the {delta} of 100 that would matter: {started} "
    "of 100 people start treatment within {days} days, against {started_0}; {gave_up} give up, "
    "against {gave_up_0}."
)
UNSEEN = (
    "We can see no difference that matters between {policy} and {base}: {started} of 100 people "
    "start treatment within {days} days, against {started_0}; {gave_up} give up, "
    "against {gave_up_0}."
)
UNKNOWN = "{policy} against {base}: one replication gives no interval, so nothing is known yet."
CHANCE = (
    "Repeating the whole simulation would give average differences of {started_range} of 100 "
    "starting in time, and of {gave_up_range} giving up, 95 times of 100."
)


IN_A_YEAR = "Within a year {policy} of 100 start, against {base} ({range})."
RELAPSES = "Of 100 discharged, {policy} relapse within three months, against {base} ({range})."


def spoken(difference: PairedDifference, more: str = "more", fewer: str = "fewer") -> str:
    """Return an interval in words: "9 to 15 more", "3 fewer to 5 more"."""
    narrow = difference.upper - difference.lower < 2.0
    low, high = (f"{abs(x):.{1 if narrow else 0}f}" for x in (difference.lower, difference.upper))
    if difference.lower >= 0:
        return f"{low} to {high} {more}"
    if difference.upper <= 0:
        return f"{high} to {low} {fewer}"
    return f"{low} {fewer} to {high} {more}"


def ranged(difference: PairedDifference) -> str:
    """Return a difference with its interval, as many digits as the interval supports."""
    if difference.n < 2:
        return f"{difference.mean:.3g}"
    half = (difference.upper - difference.lower) / 2.0
    mean, low, high = (
        round_to_range(x, half) for x in (difference.mean, difference.lower, difference.upper)
    )
    return f"{mean} ({low} to {high})"


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
    """Return the sentence that fits the differences of one policy from the base."""
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


WORDS = {
    HELPS: "helps",
    MOVES: "only moves the queue",
    HARMS: "makes it worse",
    MIXED: "cuts both ways",
    SMALL: "makes a small difference",
    UNSEEN: "makes no difference that we can see",
    UNKNOWN: "cannot be judged",
}
SAME = "{policy} {verb} in all {count} cases below."
DEPENDS = "It depends on what is assumed: of the {count} cases below, {policy} {parts}."


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
        return self.policies.get(policy) or policy.replace("_", " ").replace("+", " and ")

    def of_case(self, case: str) -> str:
        """Return a case's title, or its name."""
        return self.cases.get(case) or case.replace("_", " ")


def answer(rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return one or two sentences on a policy against the base, from one case's rows."""
    started, gave_up = row_of(rows, STARTED), row_of(rows, GAVE_UP)
    if started is None or gave_up is None:
        return ""
    sentence = pattern(rows)
    decimals = 1 if _would_mislead(started) or _would_mislead(gave_up) else 0
    values = {
        "policy": _capital(titles.of(started.policy)),
        "base": titles.of(started.base),
        "days": f"{titles.deadline_days:g}",
        "delta": f"{titles.smallest:g}",
        "started": f"{started.policy_mean:.{decimals}f}",
        "started_0": f"{started.base_mean:.{decimals}f}",
        "gave_up": f"{gave_up.policy_mean:.{decimals}f}",
        "gave_up_0": f"{gave_up.base_mean:.{decimals}f}",
    }
    text = sentence.format(**values)
    if sentence is UNKNOWN:
        return text
    ranges = CHANCE.format(
        started_range=spoken(started.difference), gave_up_range=spoken(gave_up.difference)
    )
    return " ".join([text, ranges, *_also(rows)])


def over_cases(rows: Sequence[ComparisonRow], titles: Titles) -> str:
    """Return one sentence on a policy over all cases: in how many it helps, harms and so on."""
    cases = list(dict.fromkeys(row.case for row in rows))
    found = [WORDS[pattern([row for row in rows if row.case == case])] for case in cases]
    policy = titles.of(rows[0].policy)
    if len(set(found)) == 1:
        return SAME.format(policy=_capital(policy), verb=found[0], count=len(cases))
    counts = [(verb, found.count(verb)) for verb in dict.fromkeys(WORDS.values()) if verb in found]
    parts = [f"{verb} in {count}" for verb, count in counts]
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}"
    return DEPENDS.format(policy=policy, count=len(cases), parts=listed)


def verdict_word(rows: Sequence[ComparisonRow]) -> str:
    """Return in a word or two what a policy does in one case."""
    return WORDS[pattern(rows)]


def _also(rows: Sequence[ComparisonRow]) -> list[str]:
    """Return what the two main outcomes leave out: who starts within a year, and relapse."""
    found = []
    for name, sentence in ((WITHIN_A_YEAR, IN_A_YEAR), (RELAPSE, RELAPSES)):
        row = row_of(rows, name)
        if row is not None and row.difference.n > 1:
            values = (f"{row.policy_mean:.0f}", f"{row.base_mean:.0f}", spoken(row.difference))
            found.append(sentence.format(policy=values[0], base=values[1], range=values[2]))
    return found


def _would_mislead(row: ComparisonRow) -> bool:
    """Return whether whole numbers would not add up to the rounded difference."""
    shown = round(row.policy_mean) - round(row.base_mean)
    return shown != round(row.difference.mean)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
