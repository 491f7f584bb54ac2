"""Laws of places that are bought: no longer than was paid for, and no more than there is money."""

import numpy as np

from simcare.analysis.audit_run import Findings, Run, no, told
from simcare.kernels.tables import MISSED, NEVER, Ticks


def left_of_budget(run: Run, place: int, ticks: Ticks) -> Ticks:
    """Return what is left of a place's budget as each of some ticks ends.

    A stay takes what is set aside for it when it begins; what it has not used comes back when it
    ends, unless a new budget has begun in between.
    """
    budgets, given = run.budgets, run.occupied
    if budgets.at_first[place] == NEVER:
        return np.full(len(ticks), NEVER)
    aside = int(budgets.set_aside[place])
    renewed = budgets.renewed[budgets.renewed[:, 1] == place]
    mine = given.place == place
    start, until = given.start[mine], given.until[mine]
    back = np.maximum(aside - (until - start), 0)
    since = np.append(0, renewed[:, 0])
    year = np.searchsorted(since, start, side="right") - 1
    same = (np.searchsorted(since, until, side="right") - 1 == year) & (until < run.horizon)
    found = np.empty(len(ticks), np.int64)
    of_tick = np.searchsorted(since, ticks, side="right") - 1
    for k, money in enumerate([int(budgets.at_first[place]), *renewed[:, 2].tolist()]):
        now = of_tick == k
        begun = np.sort(start[year == k])
        ended = np.argsort(until[(year == k) & same], kind="stable")
        ends = until[(year == k) & same][ended]
        returned = np.append(0, np.cumsum(back[(year == k) & same][ended]))
        spent = aside * np.searchsorted(begun, ticks[now], side="right")
        found[now] = money - spent + returned[np.searchsorted(ends, ticks[now], side="right")]
    return found


def within_budget(run: Run) -> Findings:
    """What is set aside for those in bought places is never more than the year's budget.

    For those who are there on day 0 it is set aside in any case: then nobody comes while too much
    is.
    """
    given = run.occupied
    new = ~run.was_there[given.visit]
    for place in np.flatnonzero(run.budgets.at_first != NEVER).tolist():
        ticks = np.unique(given.start[new & (given.place == place)])
        left = left_of_budget(run, place, ticks)
        over = np.flatnonzero(left < 0)
        if len(over):
            yield (
                f"more bought than there is money: place {place}, {len(over)} ticks, first at "
                f"tick {ticks[over[0]]} ({-left[over[0]]} ticks of a place too many)"
            )


def no_longer_than_bought(run: Run) -> Findings:
    """Nobody is in a bought place for longer than is set aside for a stay."""
    aside = run.budgets.set_aside[run.occupied.place]
    aside = np.where(run.visits["fate"][run.occupied.visit] == MISSED, 0, aside)  # nobody is there
    too_long = (aside > 0) & (run.occupied.until - run.occupied.start > aside)
    wrong = no(len(run.visits))
    wrong[run.occupied.visit[too_long]] = True
    yield from told(run, "longer in a bought place than it was bought for", wrong)
