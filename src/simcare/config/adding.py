"""Adding to a config: a part that is not there yet, or elements to a list."""

from collections.abc import Sequence
from typing import Any

from simcare.config.messages import field_at, holds_parts, shown
from simcare.config.paths import reach, schema_keys
from simcare.model.scenario import Scenario
from simcare.model.values import choice_text

THERE = "it is there already"
TESTS = ("when", "where", "due")  # what makes a case one for some people only
A_LIST = "a list of what is to be appended is required"


def add(config: Any, path: str, value: Any) -> str | None:
    """Put a part into a config in place, or append to a list; return what is wrong, or None.

    Parts on the way that the schema knows and nobody has written are made. What is appended to
    cases comes before the one for everybody.
    """
    parts = path.split(".")
    for depth in range(1, len(parts)):
        if wrong := _made(config, parts[:depth]):
            return wrong
    *parents, key = parts
    holder = config
    if parents:
        found = reach(config, ".".join(parents))
        if isinstance(found, str):
            return found
        holder = found[0][found[1]]
    if isinstance(holder, list):
        return f"{'.'.join(parents)} is a list: add to that, not to one of its elements"
    if not isinstance(holder, dict):
        return f"{'.'.join(parents)} is {shown(holder)}: there is nothing inside"
    if key not in holder and not (isinstance(value, list) and _may_be_empty_list(parts)):
        known = schema_keys(parts)
        if known and key not in known:
            return f"unknown key; {choice_text(key, known)}"
        holder[key] = unshared(value)
        return None
    listed = _listed(holder.get(key, []), parts)
    if listed is None:
        inside = ", or add a part inside it" if isinstance(holder[key], dict) else ""
        return f"{THERE}: set gives it another value{inside}"
    if not isinstance(value, list):
        return A_LIST
    end = len(listed) - (_are_cases(parts) and _for_everybody(listed))
    holder[key] = [*listed[:end], *unshared(value), *listed[end:]]
    return None


def is_list(config: Any, path: str) -> bool:
    """Return whether a path leads to a list, or to one that nobody has written and that is empty.

    So do cases in one of their short notations.
    """
    found, parts = reach(config, path), path.split(".")
    if isinstance(found, str):
        return _may_be_empty_list(parts)
    return _listed(found[0][found[1]], parts) is not None


def unshared(value: Any) -> Any:
    """Return a copy in which no two places are the same list or mapping, as YAML's aliases are."""
    if isinstance(value, dict):
        return {key: unshared(inner) for key, inner in value.items()}
    return [unshared(inner) for inner in value] if isinstance(value, list) else value


def _made(config: Any, parts: Sequence[str]) -> str:
    """Make a part that may hold others where nobody has written it; return what is wrong."""
    found = reach(config, ".".join(parts), optional=True)
    if isinstance(found, str):
        return found
    holder, key = found
    field = field_at(Scenario, parts)
    missing = isinstance(holder, dict) and key not in holder
    if missing and field is not None and holds_parts(field):
        holder[key] = {}
    return ""


def _may_be_empty_list(parts: Sequence[str]) -> bool:
    """Return whether the schema takes a key that nobody has written for an empty list."""
    field = field_at(Scenario, parts)
    return field is not None and field.default == ()


def _are_cases(parts: Sequence[str]) -> bool:
    """Return whether a path leads to cases of which the last is for everybody."""
    next_of_a_stage = len(parts) == 5 and (parts[1], parts[3]) == ("stages", "next")
    return next_of_a_stage or (len(parts) == 4 and (parts[1], parts[3]) == ("deadlines", "within"))


def _listed(value: Any, parts: Sequence[str]) -> list[Any] | None:
    """Return a list that can be appended to, None if a value is none.

    Cases in a short notation are one case, for everybody.
    """
    if isinstance(value, list):
        return value
    if not _are_cases(parts) or not isinstance(value, str | dict):
        return None
    return [value if parts[1] == "deadlines" else {"to": value}]


def _for_everybody(cases: Sequence[Any]) -> bool:
    last = cases[-1] if cases else None
    return isinstance(last, dict) and not any(last.get(test) for test in TESTS)
