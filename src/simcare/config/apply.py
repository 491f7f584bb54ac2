"""Applying patches to a config: all together, so that their order changes as little as it can.

What patches add comes first, whole parts before what is added inside them; then what they set, then
what they change. So a policy may set or change what another one adds. Elsewhere nobody may touch
what somebody else does. Only of what several append to one list does the order remain: theirs.
"""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from simcare.config.adding import A_LIST, THERE, add, is_list, unshared
from simcare.config.clashes import Touch, clashes, clashing
from simcare.config.messages import line, shown
from simcare.config.patch import ROOTS, Patch, Policy
from simcare.config.paths import reach

FACTOR = re.compile(r"x([0-9]+(?:\.[0-9]+)?)")
STEP = re.compile(r"[+-][0-9]+(?:\.[0-9]+)?")
Config = dict[str, Any]
Entry = tuple[str, str, Any]  # who, path, value


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


def apply(
    config: Mapping[str, Any],
    patches: Sequence[tuple[str, Patch]],
    before: Sequence[Touch] = (),
    unread: Collection[str] = (),
) -> tuple[Config, list[str]]:
    """Return a config with patches applied, each given with who it is of, and what is wrong.

    ``before`` is what was done before, which no patch may touch. Paths into a part that could not
    be read are passed over.
    """
    result: Config = copy.deepcopy(dict(config))
    problems: list[str] = []
    entries: dict[str, list[Entry]] = {}
    for kind in ("add", "set", "change"):
        entries[kind] = []
        for source, patch in patches:
            for path, value in getattr(patch, kind).items():
                root = path.split(".")[0]
                if root not in ROOTS:
                    message = f"a patch begins with {' or '.join(ROOTS)}"
                    problems.append(line(f"{source}: {kind} {path}", value, message))
                elif root not in unread:
                    entries[kind].append((source, path, value))
    added, wrong = _add(result, entries["add"])
    done = [Touch(source, path) for kind in ("set", "change") for source, path, _ in entries[kind]]
    order = [source for source, _ in patches]
    touches = [*before, *sorted((*added, *done), key=lambda touch: order.index(touch.source))]
    hidden = {touch for pair in clashing(touches) for touch in pair}
    problems += [text for touch, text in wrong.items() if not (_of_two(text) and touch in hidden)]
    problems += [p for entry in entries["set"] if (p := _set(result, *entry))]
    problems += [p for entry in entries["change"] if (p := _change(result, *entry))]
    return result, [*clashes(touches), *problems]


def set_inside(
    policies: Mapping[str, Policy], path: str, value: Any
) -> tuple[dict[str, Policy], list[str] | None]:
    """Return policies with a value set inside what they add, and what is wrong with that.

    What is wrong is None where nobody adds the part that the path leads into.
    """
    result: dict[str, Policy] = dict(policies)
    wrong: list[str] | None = None
    for name, policy in policies.items():
        for outer in (added for added in policy.add if path.startswith(f"{added}.")):
            wrong = wrong or []
            parts = unshared(policy.add[outer])
            for key in reversed(outer.split(".")):
                parts = {key: parts}
            found = reach(parts, path, optional=True)
            if isinstance(found, str):
                wrong.append(line(path, value, f"{found} (the policy {name} adds {outer})"))
                continue
            found[0][found[1]] = value
            for key in outer.split("."):
                parts = parts[key]
            result[name] = policy.model_copy(update={"add": {**policy.add, outer: parts}})
    return result, wrong


def touched(patch: Patch) -> list[str]:
    """Return the paths that a patch touches."""
    return [*patch.add, *patch.set, *patch.change]


def _of_two(wrong: str) -> bool:
    """Return whether what is wrong may be so because somebody else adds the same."""
    return THERE in wrong or A_LIST in wrong


def _add(config: Config, entries: Sequence[Entry]) -> tuple[list[Touch], dict[Touch, str]]:
    """Add to a config in place, outer parts first; return what was done, and what is wrong."""
    touches: list[Touch] = []
    wrong: dict[Touch, str] = {}
    for source, path, value in sorted(entries, key=lambda entry: entry[1].count(".")):
        touch = Touch(source, path, "append" if is_list(config, path) else "add")
        if problem := add(config, path, value):
            maker = next((t.source for t in touches if t.how == "add" and t.holds(path)), "")
            by_whom = f"{THERE} ({maker} adds it)" if maker else THERE
            problem = problem.replace(THERE, by_whom, 1)
            wrong[touch] = line(f"{source}: add {path}", value, problem)
        touches.append(touch)
    return touches, wrong


def _set(config: Config, source: str, path: str, value: Any) -> str:
    """Set a value in place; return what is wrong."""
    found = reach(config, path, optional=True)
    if isinstance(found, str):
        return line(f"{source}: set {path}", value, found)
    found[0][found[1]] = unshared(value)
    return ""


def _change(config: Config, source: str, path: str, value: Any) -> str:
    """Change a number in place; return what is wrong."""
    found = reach(config, path)
    if not isinstance(found, str):
        holder, key = found
        new = changed(holder[key], value)
        if not isinstance(new, str):
            holder[key] = new
            return ""
        found = new
    return line(f"{source}: change {path}", value, found)
