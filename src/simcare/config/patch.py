"""Named patches: what a policy, a case or the command line changes in a config, and who clashes.

A patch sets values (``set``) or changes numbers that are there (``change``: ``+12``, ``-3``,
``x1.1``). It may only touch paths that exist, and no path that another one touches.
"""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from simcare.config.messages import keys_at, line, shown
from simcare.model.scenario import Scenario
from simcare.model.values import Name, Share, Value, choice_text, problem

FACTOR = re.compile(r"x([0-9]+(?:\.[0-9]+)?)")
STEP = re.compile(r"[+-][0-9]+(?:\.[0-9]+)?")
POLICIES = r"^[A-Za-z0-9_-]+(\+[A-Za-z0-9_-]+)*$"
ROOTS = ("service", "population")
Config = dict[str, Any]


class Patch(Value):
    """What is set and what is changed, by path; both apply to the service and the population."""

    title: str = ""
    set: dict[str, Any] = Field(default_factory=dict)
    change: dict[str, Any] = Field(default_factory=dict)
    sources: dict[str, str] = Field(default_factory=dict)


class Policy(Patch):
    """A named patch on the service: what would be done differently."""


class Case(Patch):
    """The same comparison under another assumption, perhaps with fewer replications.

    ``share_of_replications`` is the part of the replications asked for that the case gets (two at
    the least, or all that were asked for).
    """

    assumption: str = ""
    level: Literal["", "low", "high"] = ""
    share_of_replications: Annotated[Share, Field(gt=0)] = 1.0

    def replications(self, asked: int) -> int:
        """Return how many replications the case gets when so many are asked for."""
        return min(asked, max(2, round(asked * self.share_of_replications)))


def each_once(names: list[str]) -> list[str]:
    """Refuse a list in which a name is there twice."""
    for name in names:
        if names.count(name) > 1:
            raise problem(f"{name} is there twice")
    return names


Policies = Annotated[str, Field(pattern=POLICIES, max_length=200)]


class Comparison(Value):
    """A question: which policies are compared (the first is the base), under which cases.

    Policies that go together are written ``a+b``.
    """

    question: str = ""
    note: str = ""
    policies: Annotated[list[Policies], Field(min_length=1), AfterValidator(each_once)]
    cases: Annotated[dict[Name, Case], Field(min_length=1)]


def reach(config: Any, path: str, optional: bool = False) -> tuple[Any, str | int] | str:
    """Return (holder, last key) of a path that exists, or what is wrong with it.

    With ``optional`` the last key may be one that the schema knows and nobody has written.
    """
    holder, parts = config, path.split(".")
    for depth, part in enumerate(parts):
        rest = ".".join(parts[depth:])
        if isinstance(holder, dict) and rest in holder:  # a key that is a path itself
            return holder, rest
        key: str | int = int(part) if isinstance(holder, list) and part.isdigit() else part
        inside = range(len(holder)) if isinstance(holder, list) else holder
        last = depth == len(parts) - 1
        if last and optional and isinstance(holder, dict) and part in _schema_keys(parts):
            return holder, part
        if not isinstance(holder, dict | list) or key not in inside:
            where = ".".join(parts[:depth]) or "the config"
            if not isinstance(holder, dict | list):
                return f"{where} is {shown(holder)}: there is nothing inside"
            known = [str(k) for k in inside] + (
                _schema_keys(parts[: depth + 1]) if optional else []
            )
            known = list(dict.fromkeys(known))
            return f"there is no {shown(part)} in {where}; {choice_text(part, known)}"
        if last:
            return holder, key
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    return "an empty path"


def _schema_keys(parts: Sequence[str]) -> list[str]:
    """Return the keys that the schema knows where the last part of a path stands."""
    if parts[0] == "study":
        return keys_at(Comparison, parts[1:]) if len(parts) > 1 else []
    return keys_at(Scenario, parts)


def changed(old: Any, change: Any) -> float | str:
    """Return a number changed by ``+12``, ``-3`` or ``x1.1``, or what is wrong."""
    if isinstance(old, bool) or not isinstance(old, int | float):
        return f"only a number can be changed, not {shown(old)}"
    try:
        if isinstance(change, int | float) and not isinstance(change, bool):
            return old + change
        text = str(change)
        if STEP.fullmatch(text):
            return old + (float(text) if "." in text else int(text))
        if factor := FACTOR.fullmatch(text):
            product = old * float(factor.group(1))
            return round(product) if isinstance(old, int) else product
    except (OverflowError, ValueError):
        return "the number is too large"
    return "a change is written +12, -3 or x1.1"


def overlap(a: str, b: str) -> bool:
    """Return whether two paths are the same or one holds the other."""
    return a == b or a.startswith(b + ".") or b.startswith(a + ".")


def clashes(touched: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Return a line for each pair of overlapping paths that the named sources touch."""
    paths = [(source, path) for source, several in touched for path in several]
    found = []
    for (first, a), (second, b) in combinations(paths, 2):
        if overlap(a, b):
            inner, outer = (a, b) if len(a) >= len(b) else (b, a)
            both = (
                f"{first} sets it twice" if first == second else f"both {first} and {second} set it"
            )
            inside = "" if a == b else f" (it is inside {outer})"
            found.append(f"{inner}: {both}{inside}; leave one of them out")
    return found


def apply(
    config: Mapping[str, Any], patch: Patch, source: str, unread: Collection[str] = ()
) -> tuple[Config, list[str]]:
    """Return a config with a patch applied, and what is wrong with the patch.

    Paths into a part that could not be read are passed over.
    """
    result, problems = copy.deepcopy(dict(config)), []
    for kind, entries in (("set", patch.set), ("change", patch.change)):
        for path, value in entries.items():
            where = f"{source}: {kind} {path}"
            if path.split(".")[0] not in ROOTS:
                problems.append(line(where, value, f"a patch begins with {' or '.join(ROOTS)}"))
                continue
            if path.split(".")[0] in unread:
                continue
            found = reach(result, path, optional=kind == "set")
            if isinstance(found, str):
                problems.append(line(where, value, found))
                continue
            holder, key = found
            new = copy.deepcopy(value) if kind == "set" else changed(holder[key], value)
            if kind == "change" and isinstance(new, str):
                problems.append(line(where, value, new))
                continue
            holder[key] = new
    return result, problems


def touched(patch: Patch) -> list[str]:
    """Return the paths that a patch touches."""
    return [*patch.set, *patch.change]
