"""One client's life as stretches of time, and the days that mark it: what a chart of it is made of.

A stretch is a time on a list or in a stage. They follow one another without gaps until the client
has no further contact, or the records end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simcare.kernels.tables import (
    DIED,
    DROPPED_OUT,
    FATES,
    LEFT,
    NONE,
    RELAPSED,
    STAYING,
    WAITING,
    Row,
    Rows,
)

CUT = (LEFT, DROPPED_OUT, RELAPSED, DIED)


class Kind(StrEnum):
    """What a stretch of time is: on a list, a step on the way, help, treatment, or without care."""

    LIST = "list"
    STEP = "step"
    HELP = "help"
    TREATMENT = "treatment"
    WITHOUT = "without"


@dataclass(frozen=True)
class Places:
    """Which stages are what, by name: help of any kind, treatment, and steps on the way to it."""

    help: frozenset[str]
    treatment: frozenset[str]
    on_the_way: frozenset[str]

    def kind(self, stage: str) -> Kind:
        """Return what time in a stage is."""
        if stage in self.treatment:
            return Kind.TREATMENT
        if stage in self.help:
            return Kind.HELP
        return Kind.STEP if stage in self.on_the_way else Kind.WITHOUT


@dataclass(frozen=True)
class Span:
    """A stretch of a life: ticks from ``begin`` to before ``end``, what it is, and which stage.

    ``cut`` is the fate (one of FATES) that ended it before it was completed, empty if none did.
    """

    begin: int
    end: int
    kind: Kind
    stage: str
    cut: str = ""


@dataclass(frozen=True)
class Life:
    """A life as stretches in their order, and how it ended.

    ``fate`` is that of the last visit (one of FATES), empty of who has none; ``open`` says whether
    the records end before the last stretch does.
    """

    spans: tuple[Span, ...] = ()
    fate: str = ""
    open: bool = False


def life(visits: Rows, stages: Sequence[str], places: Places, horizon: int) -> Life:
    """Return a client's life from the client's visits (VISIT rows, in their order).

    A place that is kept while the next is waited for is not told: that time is on the list.
    """
    found: list[Span] = []
    for k, visit in enumerate(visits):
        until = int(visits[k + 1]["queued"]) if k + 1 < len(visits) else horizon
        found += _of_visit(visit, stages[visit["stage"]], places, until)
    if not len(visits):
        return Life()
    fate = int(visits[-1]["fate"])
    return Life(tuple(found), FATES[fate], open=fate in (WAITING, STAYING))


def _of_visit(visit: Row, stage: str, places: Places, until: int) -> list[Span]:
    """Return the time on the list and the time there, as far as there was any, up to a tick."""
    queued, started, ended = (int(visit[name]) for name in ("queued", "started", "ended"))
    end = until if ended == NONE else min(ended, until)
    begun = end if started == NONE else started
    cut = FATES[visit["fate"]] if visit["fate"] in CUT else ""
    listed = Span(queued, begun, Kind.LIST, stage, cut if started == NONE else "")
    found = [listed, Span(begun, end, places.kind(stage), stage, cut)]
    return [span for span in found if span.end > span.begin]


ASKED, LEFT_OFF, BACK = "asked", "left_off", "back"
RELAPSE, DEATH = "relapse", "death"
HELP_MARKS = ("first_help", "treatment", "bed", "discharge")
MARKS = (ASKED, *HELP_MARKS, LEFT_OFF, RELAPSE, BACK, DEATH)


def marks(
    visits: Rows, stages: Sequence[str], milestones: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Return when a client first came to each mark of a life, by its name, as far as that was.

    The first asking; the beginning of help, treatment and a bed, and the end of what is discharged
    from, by the service's ``milestones``; giving up or dropping out, relapse, asking again, death.
    """
    if not len(visits):
        return {}
    found = {ASKED: [int(visits[0]["queued"])]}
    for mark in HELP_MARKS:
        wanted = [k for k, stage in enumerate(stages) if stage in milestones.get(mark, ())]
        moment = "ended" if mark == "discharge" else "started"
        here = np.isin(visits["stage"], wanted) & (visits["started"] != NONE)
        found[mark] = visits[moment][here].tolist()
    for mark, fates in ((LEFT_OFF, (LEFT, DROPPED_OUT)), (RELAPSE, (RELAPSED,)), (DEATH, (DIED,))):
        found[mark] = visits["ended"][np.isin(visits["fate"], fates)].tolist()
    found[BACK] = visits["queued"][visits["episode"] > 1].tolist()
    known = {mark: [t for t in ticks if t != NONE] for mark, ticks in found.items()}
    return {mark: min(known[mark]) for mark in MARKS if known[mark]}
