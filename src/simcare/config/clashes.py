"""Who touches one path of a config with whom, where they cannot both have it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from simcare.config.paths import overlap

# A number that is changed is set, as readers see it.
How = Literal["add", "append", "set"]
SAID: dict[How, str] = {"add": "add it", "append": "add to it", "set": "set it"}
DOES: dict[How, str] = {"add": "adds", "append": "adds to", "set": "sets"}


@dataclass(frozen=True)
class Touch:
    """What somebody does at a path: ``source`` is who, such as the policy of a name."""

    source: str
    path: str
    how: How = "set"

    def holds(self, path: str) -> bool:
        """Return whether a path leads into what is touched."""
        return path.startswith(f"{self.path}.")


def clashing(touches: Sequence[Touch]) -> Iterator[tuple[Touch, Touch]]:
    """Yield each pair that cannot go together, the one that is inside the other first.

    What is appended to a list never clashes with what else is; whatever is done inside a part goes
    with adding that part, if somebody else adds it.
    """
    for one, other in combinations(touches, 2):
        if not overlap(one.path, other.path):
            continue
        inner, outer = (one, other) if len(one.path) >= len(other.path) else (other, one)
        if one.path == other.path:
            together = one.how == other.how == "append"
        else:
            together = outer.how == "add" and outer.source != inner.source
        if not together:
            yield inner, outer


def clashes(touches: Sequence[Touch]) -> list[str]:
    """Return a line for each pair that cannot go together, naming both."""
    order = {touch: k for k, touch in enumerate(touches)}
    return [_said(*sorted(pair, key=order.__getitem__)) for pair in clashing(touches)]


def _said(first: Touch, second: Touch) -> str:
    """Return a clash as a line; of the two the first is the one that was given first."""
    inner, outer = (first, second) if len(first.path) >= len(second.path) else (second, first)
    inside = "" if inner.path == outer.path else f" (it is inside {outer.path})"
    if first.how != second.how and inside:
        both = f"{inner.source} {DOES[inner.how]} it, {outer.source} {DOES[outer.how]} {outer.path}"
        inside = ", which holds it"
    elif first.how != second.how:
        both = f"{first.source} {DOES[first.how]} it, {second.source} {DOES[second.how]} it"
    elif first.source == second.source:
        both = f"{first.source} {DOES[first.how]} it twice"
    else:
        both = f"both {first.source} and {second.source} {SAID[first.how]}"
    return f"{inner.path}: {both}{inside}; leave one of them out"
