"""Paths in a config: from the names between the dots to the place that they lead to."""

from collections.abc import Sequence
from typing import Any

from simcare.config.messages import keys_at, shown
from simcare.config.patch import Comparison
from simcare.model.likeness import LIKE
from simcare.model.scenario import Scenario
from simcare.model.values import choice_text


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
        if last and optional and isinstance(holder, dict) and part in schema_keys(parts):
            return holder, part
        if not isinstance(holder, dict | list) or key not in inside:
            where = ".".join(parts[:depth]) or "the config"
            if not isinstance(holder, dict | list):
                return f"{where} is {shown(holder)}: there is nothing inside"
            if isinstance(holder, list):
                return f"there is no {shown(part)} in {where}, {_as_list(holder)}"
            if wanting := _not_its_own(holder, part, parts[: depth + 1]):
                return wanting
            if optional and not last and part in schema_keys(parts[: depth + 1]):
                return f"{where} has no {part} yet: set the whole of {where}.{part}"
            known = [*inside, *(schema_keys(parts[: depth + 1]) if optional else [])]
            known = list(dict.fromkeys(known))
            return f"there is no {shown(part)} in {where}; {choice_text(part, known)}"
        if last:
            return holder, key
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    return "an empty path"


def _as_list(holder: Sequence[Any]) -> str:
    """Say what a list is, and how what is in it is named."""
    if not holder:
        return "an empty list"
    named = "0" if len(holder) == 1 else f"0 to {len(holder) - 1}"
    return f"a list of {len(holder)} ({named})"


def schema_keys(parts: Sequence[str]) -> list[str]:
    """Return the keys that the schema knows where the last part of a path stands."""
    if parts[0] == "study":
        return keys_at(Comparison, parts[1:]) if len(parts) > 1 else []
    return keys_at(Scenario, parts)


def _not_its_own(holder: Any, part: str, parts: Sequence[str]) -> str:
    """Return the problem of a path into what a stage has from the stage that it is like."""
    like = holder.get(LIKE) if isinstance(holder, dict) else None
    if like is None or part not in schema_keys(parts):
        return ""
    where, like = ".".join(parts[:-1]), shown(like)
    whole = f"set the whole of {where}.{part}, or change that of {like}"
    return f"{where} is like {like} and says no {part} of its own: {whole}"


def overlap(a: str, b: str) -> bool:
    """Return whether two paths are the same or one holds the other."""
    return a == b or a.startswith(b + ".") or b.startswith(a + ".")
