"""Named patches: what a policy or a case adds to a service, sets in it or changes.

A patch adds parts that are not there yet (``add``), sets values (``set``) or changes numbers that
are there (``change``: ``+12``, ``-3``, ``x1.1``). How it is applied: :mod:`simcare.config.apply`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from simcare.model.values import Line, Name, Share, Value, problem

ROOTS = ("service", "population")  # what patches are about
POLICIES = re.compile(r"[A-Za-z0-9_-]+(\+[A-Za-z0-9_-]+)*")


class Patch(Value):
    """What is added, set and changed, by path, in the service and the population.

    ``sources`` say of paths that it touches where the numbers are from.
    """

    title: Line = ""
    add: dict[str, Any] = Field(default_factory=dict)
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

    assumption: Line = ""
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


def _joined(text: str) -> str:
    """Refuse what is not the name of a policy, or several names with + between."""
    if not POLICIES.fullmatch(text):
        raise problem("a policy's name is required, or several such as one+other")
    return text


Policies = Annotated[str, Field(max_length=200), AfterValidator(_joined)]


class Comparison(Value):
    """A question: which policies are compared (the first is the base), under which cases.

    Policies that go together are written ``a+b``.
    """

    question: Line = ""
    note: Line = ""
    policies: Annotated[list[Policies], Field(min_length=1), AfterValidator(each_once)]
    cases: Annotated[dict[Name, Case], Field(min_length=1)]
