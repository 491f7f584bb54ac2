"""Policies compared person by person: whom one helps and whom it harms, of the same people.

A client is the same under two policies who comes from the same stream, under the same number in
it, and asks at the same moment: both meet the same luck. So whatever differs is what the policy
does to that person. Who is there under one policy alone is counted apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.clients import DIED_IN_A_YEAR, EVENTS, GAVE_UP, RELAPSED_AFTER, Clients
from simcare.analysis.estimates import Estimate, mean_interval
from simcare.analysis.groups import ALL

MARGIN = 1.0  # points of 100: a smaller change of somebody's wellbeing is none
WELLBEING = "wellbeing in the first year"
WORSE = (GAVE_UP, RELAPSED_AFTER, DIED_IN_A_YEAR)  # whom such an event befalls is worse off
MEASURES = (*EVENTS, WELLBEING)
Codes = NDArray[np.intp]


@dataclass(frozen=True, order=True)
class Of:
    """What people are counted of: a measure, and a group (``by`` what, and its name)."""

    measure: str
    by: str
    group: str


@dataclass(frozen=True)
class Tally:
    """How many people of one replication a policy helps and harms; the parts add up to all.

    ``only_base`` and ``only_policy`` are there under one of the two alone.
    """

    helped: int
    harmed: int
    unchanged: int
    only_base: int
    only_policy: int

    @property
    def both(self) -> int:
        """How many are there under both policies."""
        return self.helped + self.harmed + self.unchanged


@dataclass(frozen=True)
class PairRow:
    """Whom a policy helps and harms beside a base, of 100 who ask under both, over replications.

    ``people`` is how many ask under both in a replication, a mean over all of them. Those there
    under one policy alone are told for each 100 who ask under both. A replication in which nobody
    does has no shares: ``n`` of each estimate is how many have.
    """

    base: str
    of: Of
    people: float
    helped: Estimate
    harmed: Estimate
    unchanged: Estimate
    only_base: Estimate
    only_policy: Estimate


PARTS = ("helped", "harmed", "unchanged", "only_base", "only_policy")


@dataclass(frozen=True, eq=False)
class _Split:
    """People by group: the numbers of the groups of those in both, and how many are in one."""

    by: str
    groups: tuple[str, ...]
    both: Codes
    only_base: Codes
    only_policy: Codes


@dataclass(frozen=True, eq=False)
class _Matched:
    """Clients of two policies: the places of the same people, and which have no counterpart."""

    base: Clients
    policy: Clients

    @cached_property
    def places(self) -> tuple[Codes, Codes]:
        """The places of those who ask under both, in the arrays of the base and the policy."""
        _, mine, theirs = np.intersect1d(
            self.base.ids, self.policy.ids, assume_unique=True, return_indices=True
        )
        same = self.base.asked[mine] == self.policy.asked[theirs]
        return mine[same], theirs[same]

    def splits(self) -> Iterator[_Split]:
        """Yield everybody as one group, then the groups by each attribute that both know."""
        mine, theirs = self.places
        apart = np.delete(np.arange(len(self.base.ids)), mine)
        new = np.delete(np.arange(len(self.policy.ids)), theirs)
        yield _Split(ALL, ("",), np.zeros_like(mine), np.zeros_like(apart), np.zeros_like(new))
        known = {grouping: k for k, grouping in enumerate(self.policy.groupings)}
        for row, grouping in zip(self.base.groups, self.base.groupings, strict=True):
            if grouping in known:
                other = self.policy.groups[known[grouping]]
                codes = (part.astype(np.intp) for part in (row[mine], row[apart], other[new]))
                yield _Split(grouping.by, grouping.groups, *codes)

    def changes(self) -> Iterator[tuple[str, Codes]]:
        """Yield for each measure how it changes for those in both: 1 helped, -1 harmed, else 0."""
        mine, theirs = self.places
        for name, before, after in zip(EVENTS, self.base.events, self.policy.events, strict=True):
            more = after[theirs].astype(np.intp) - before[mine]
            yield name, -more if name in WORSE else more
        before_, after_ = self.base.wellbeing, self.policy.wellbeing
        if before_ is not None and after_ is not None:
            rise = after_[theirs].astype(np.float64) - before_[mine]
            yield WELLBEING, (rise > MARGIN).astype(np.intp) - (rise < -MARGIN)


def tally(base: Clients, policy: Clients) -> dict[Of, Tally]:
    """Return whom a policy helps and harms in one replication: of all, and of each group.

    Groups in which there is nobody are left out.
    """
    matched = _Matched(base, policy)
    splits = [*matched.splits()]
    return {
        Of(measure, split.by, group): counted
        for measure, change in matched.changes()
        for split in splits
        for group, counted in zip(split.groups, _counted(split, change), strict=True)
        if counted.both or counted.only_base or counted.only_policy
    }


def _counted(split: _Split, change: Codes) -> Iterator[Tally]:
    """Yield how many of each group are helped, harmed and so on."""
    many = len(split.groups)
    of_both = np.bincount(3 * split.both + change + 1, minlength=3 * many).reshape(many, 3)
    alone = [np.bincount(of, minlength=many) for of in (split.only_base, split.only_policy)]
    for (harmed, unchanged, helped), here, there in zip(
        of_both.tolist(), *(counts.tolist() for counts in alone), strict=True
    ):
        yield Tally(helped, harmed, unchanged, here, there)


def gather(base: str, tallies: Sequence[Mapping[Of, Tally]]) -> tuple[PairRow, ...]:
    """Return what replications say together, measure by measure: all, then group by group."""
    found = {of: [one.get(of) for one in tallies] for one in tallies for of in one}
    by = [*dict.fromkeys(of.by for of in found)]
    order = sorted(found, key=lambda of: (MEASURES.index(of.measure), by.index(of.by)))
    return tuple(_row(base, of, found[of]) for of in order)


def _row(base: str, of: Of, tallies: Sequence[Tally | None]) -> PairRow:
    both = [0 if one is None else one.both for one in tallies]
    shares = {part: mean_interval([_share(one, part) for one in tallies]) for part in PARTS}
    return PairRow(base, of, float(np.mean(both)), **shares)


def _share(one: Tally | None, part: str) -> float:
    """Return a part for each 100 in both, nan where nobody is."""
    if one is None or not one.both:
        return float("nan")
    return 100.0 * float(getattr(one, part)) / one.both
