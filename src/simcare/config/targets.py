"""A target in words: an outcome, a side and a bound, such as ``half wait at most … < 30 days``."""

import re
from collections.abc import Mapping, Sequence

from simcare.analysis.capacity_search import AT_LEAST, AT_MOST, SIDES, Target
from simcare.analysis.outcomes import DAYS, OF_100, Outcome
from simcare.config.messages import line
from simcare.model.values import nearest

KEY = "target"
SHAPE = re.compile(r"(.*?)\s*(<=|>=|<|>|≤|≥)\s*([-+]?\d+(?:\.\d+)?)\s*(.*)")
SIGNS = {"≤": AT_MOST, "≥": AT_LEAST}
# How a unit may be written, besides as it stands in the tables.
UNITS = {DAYS: ("days", "day"), OF_100: ("of 100", "%", "percent")}
MOST_NAMED = 6
EXAMPLE = '"half wait at most at residential < 30 days"'


def target_from(text: str, known: Sequence[Outcome]) -> Target | str:
    """Return what a target says, or what is wrong with it. ``known`` are the outcomes there are."""
    found = SHAPE.fullmatch(text.strip())
    if found is None:
        sides = ", ".join(SIDES)
        return line(KEY, text, f"write an outcome, one of {sides}, and a number, such as {EXAMPLE}")
    name, side, bound, unit = found.groups()
    if unit.startswith(",") and unit[1:2].isdecimal():
        return line(KEY, text, f"a decimal has a point: {bound}.{unit[1:]}")
    outcome = outcome_from(KEY, name, known)
    if isinstance(outcome, str):
        return outcome
    written = UNITS.get(outcome.unit, (outcome.unit,))
    if unit and unit.lower() not in map(str.lower, written):
        right = " or ".join(written)
        return line(KEY, text, f"{spelled(outcome)} is told in {right}, not in {unit}")
    value = float(bound)
    if outcome.unit == OF_100 and not 0 <= value <= 100:
        return line(KEY, text, f"{spelled(outcome)} is told of 100: from 0 to 100")
    return Target(outcome, SIGNS.get(side, side), value)


def outcome_from(key: str, text: str, known: Sequence[Outcome]) -> Outcome | str:
    """Return the outcome that a text names, or what is wrong with it."""
    names = _spellings(known)
    meant = names.get(_plain(text), [])
    if len(meant) == 1:
        return meant[0]
    if meant:
        several = "; ".join(spelled(outcome, whole=True) for outcome in meant)
        return line(key, text, f"which one? {several}")
    somewhere = [spelled(outcome) for outcome in known if _plain(outcome.name) == _plain(text)]
    if somewhere:
        return line(key, text, f"say where: {_few(somewhere)}")
    near = nearest(_plain(text), list(names))
    hint = f"did you mean {spelled(names[near][0])}?" if near else "summary.csv of a run names them"
    return line(key, text, f"unknown outcome; {hint}")


def spelled(outcome: Outcome, whole: bool = False) -> str:
    """Return how an outcome is named in a target; the ``whole`` name says whom it is over."""
    over = f" of {outcome.over}" if whole else ""
    return f"{outcome.name}{over}{' at ' + outcome.where if outcome.where else ''}"


def _spellings(known: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in known:
        for whole in (False, True):
            found.setdefault(_plain(spelled(outcome, whole)), []).append(outcome)
    return found


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split())


def _few(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
