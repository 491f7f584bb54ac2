"""Named patches: what a policy, a case or the command line changes in a config, and who clashes.

A patch sets values (``set``) or changes numbers that are there (``change``: ``+12``, ``-3``,
``x1.1``). It may only touch paths that exist, and no path that another one touches.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from simcare.config.messages import keys_at, line, shown
from simcare.model.scenario import Scenario
from simcare.model.values import Name, Value, choice_text

FACTOR = re.compile(r"^x(\d+(?:\.\d+)?)$")
STEP = re.compile(r"^[+-]\d+(?:\.\d+)?$")
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
    """The same comparison under another assumption; ``replications`` may differ."""

    assumption: str = ""
    level: Annotated[str, Field(pattern="^(|low|high)$")] = ""
    replications: Annotated[int, Field(strict=True, ge=1)] | None = None


class Comparison(Value):
    """A question: which policies are compared (the first is the base), under which cases."""

    question: str = ""
    policies: Annotated[list[Name], Field(min_length=1)]
    cases: Annotated[dict[Name, Case], Field(min_length=1)]


def reach(config: Any, path: str, optional: bool = False) -> tuple[Any, str | int] | str:
    """Return (holder, last key) of a path that exists, or what is wrong with it.

    With ``optional`` the last key may be one that the schema knows and nobody has written.
    """
    holder, parts = config, path.split(".")
    for depth, part in enumerate(parts):
        key: str | int = int(part) if isinstance(holder, list) and part.isdigit() else part
        inside = range(len(holder)) if isinstance(holder, list) else holder
        last = depth == len(parts) - 1
        if last and optional and isinstance(holder, dict) and part in keys_at(Scenario, parts):
            return holder, part
        if not isinstance(holder, dict | list) or key not in inside:
            known = [str(k) for k in inside] if isinstance(holder, dict | list) else []
            where = ".".join(parts[:depth]) or "the config"
            return f"there is no {part} in {where}; {choice_text(part, known)}"
        if last:
            return holder, key
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    return "an empty path"


def changed(old: Any, change: Any) -> float | str:
    """Return a number changed by ``+12``, ``-3`` or ``x1.1``, or what is wrong."""
    if isinstance(old, bool) or not isinstance(old, int | float):
        return f"only a number can be changed, not {shown(old)}"
    if isinstance(change, int | float) and not isinstance(change, bool):
        return old + change
    text = str(change)
    if STEP.match(text):
        return old + (float(text) if "." in text else int(text))
    if factor := FACTOR.match(text):
        product = old * float(factor.group(1))
        return round(product) if isinstance(old, int) else product
    return "a change is written +12, -3 or x1.1"


def overlap(a: str, b: str) -> bool:
    """Return whether two paths are the same or one holds the other."""
    return a == b or a.startswith(b + ".") or b.startswith(a + ".")


def clashes(touched: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Return a line for each path that two of the named sources touch."""
    found = []
    for k, (first, paths) in enumerate(touched):
        for second, others in touched[k + 1 :]:
            for a in paths:
                found += [
                    f"{a}: both {first} and {second} set it"
                    + ("" if a == b else f" (as {b})")
                    + "; leave one of them out"
                    for b in others
                    if overlap(a, b)
                ]
    return found


def apply(config: Mapping[str, Any], patch: Patch, source: str) -> tuple[Config, list[str]]:
    """Return a config with a patch applied, and what is wrong with the patch."""
    result, problems = copy.deepcopy(dict(config)), []
    for kind, entries in (("set", patch.set), ("change", patch.change)):
        for path, value in entries.items():
            where = f"{source}: {kind} {path}"
            if path.split(".")[0] not in ROOTS:
                problems.append(line(where, value, f"a patch begins with {' or '.join(ROOTS)}"))
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
    problems += clashes(
        [(f"{source} (set)", [*patch.set]), (f"{source} (change)", [*patch.change])]
    )
    return result, problems


def touched(patch: Patch) -> list[str]:
    """Return the paths that a patch touches."""
    return [*patch.set, *patch.change]
