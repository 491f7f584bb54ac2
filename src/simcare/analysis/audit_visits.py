"""Laws of single visits, and of the visits of a client one after the other."""

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.audit_run import Findings, Run, no, told
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    HOLDING,
    MISSED,
    MOVED,
    NONE,
    STAYING,
    UNIT_BITS,
    WAITING,
    Ticks,
)

Numbers = NDArray[np.intp]

# --- single rows -------------------------------------------------------------------------------


def known_numbers(run: Run) -> Findings:
    """Clients, stages and units are those of the service."""
    visits = run.visits
    yield from told(run, "a client who never came", visits["client"] >= run.clients)
    stages = visits["stage"] >= len(run.first_place)
    yield from told(run, "a stage that is not in the service", stages)
    if stages.any():
        return
    first = run.first_place[visits["stage"]]
    starts = np.unique(np.append(run.first_place[run.first_place >= 0], len(run.places)))
    end = starts[np.minimum(np.searchsorted(starts, first, side="right"), len(starts) - 1)]
    beyond = ((first != NONE) & (run.asked >= end)).any(axis=1)
    asks = (first != NONE).sum(axis=1)
    too_many = visits["unit"].astype(np.int64) >> (UNIT_BITS * asks) > 0
    yield from told(run, "a unit that is not there", beyond | too_many)


def ticks_in_order(run: Run) -> Findings:
    """0 <= queued <= started <= ended < horizon, as far as they happened.

    The lists of day 0 were joined before, or in the first tick; who is there is so from then on.
    """
    queued, started, ended = (run.visits[name] for name in ("queued", "started", "ended"))
    early = (queued < 0) & ~run.has_waited
    yield from told(run, "asked for outside the run", early | (queued >= run.horizon))
    yield from told(run, "on a list of day 0, but joined later", run.has_waited & (queued > 0))
    late = run.was_there & ((queued != 0) | (started != 0))
    yield from told(run, "there on day 0, but not from the first tick on", late)
    yield from told(
        run,
        "started outside the run",
        (started != NONE) & ((started < 0) | (started >= run.horizon)),
    )
    yield from told(
        run, "ended outside the run", (ended != NONE) & ((ended < 0) | (ended >= run.horizon))
    )
    yield from told(run, "started before it was asked for", (started >= 0) & (started < queued))
    since = np.maximum(run.since, started)
    yield from told(run, "ended before it began", (ended >= 0) & (ended < since))


def fates_fit(run: Run) -> Findings:
    """A fate says which of the ticks there are; a place that is lost may be so at the horizon."""
    fate = run.visits["fate"]
    started, ended = run.visits["started"] >= 0, run.visits["ended"] >= 0
    yield from told(run, "a fate that is none", fate > HOLDING)
    yield from told(run, "completed without a start", (fate == COMPLETED) & ~started)
    yield from told(run, "missed without an offer", (fate == MISSED) & ~started)
    yield from told(run, "moved, but started", (fate == MOVED) & started)
    closed = fate < WAITING
    yield from told(run, "over, but without an end", closed & (fate != MISSED) & ~ended)
    yield from told(run, "still open, but with an end", ~closed & (fate <= HOLDING) & ended)
    yield from told(run, "waiting, but started", (fate == WAITING) & started)
    there = (fate == STAYING) | (fate == HOLDING)
    yield from told(run, "staying or holding, but never started", there & ~started)


def offers_of_places(run: Run) -> Findings:
    """Only where a place is asked for can its offer be missed, or a client be moved off its list.

    The place is lost for the same time whenever an offer of a stage is missed. Who is there on
    day 0 has taken the offer.
    """
    visits = run.visits
    if (visits["stage"] >= len(run.first_place)).any():
        return  # that is told
    nothing = (run.asked == NONE).all(axis=1)
    yield from told(run, "missed where nothing is offered", (visits["fate"] == MISSED) & nothing)
    yield from told(run, "moved where nobody waits", (visits["fate"] == MOVED) & nothing)
    taken = (visits["fate"] == MISSED) & run.was_there
    yield from told(run, "there on day 0, but missed the offer", taken)
    rows = np.flatnonzero(visits["fate"] == MISSED)
    lost = (run.until - visits["started"])[rows]
    over = visits["ended"][rows] != NONE
    longest = np.zeros(len(run.first_place), np.int64)
    np.maximum.at(longest, visits["stage"][rows[over]], lost[over])
    every = np.zeros(len(run.first_place), np.bool_)
    every[visits["stage"][rows[over]]] = True
    expected = longest[visits["stage"][rows]]
    wrong = no(len(visits))
    wrong[rows] = np.where(over, lost != expected, every[visits["stage"][rows]] & (lost > expected))
    yield from told(run, "a place lost for another time than before", wrong)


def in_order_of_clients(run: Run) -> Findings:
    """Rows are ordered by client, and clients by when they came."""
    visits = run.visits
    client = visits["client"].astype(np.int64)
    wrong = np.append(np.diff(client) < 0, False)[: len(visits)]
    yield from told(run, "not ordered by client", wrong)
    arrival = np.where(run.first, run.since, 0)
    before = np.maximum.accumulate(arrival) if len(arrival) else arrival
    yield from told(run, "came before a client of a lower number", run.first & (run.since < before))
    joined = visits["queued"][run.has_waited]
    wrong = no(len(visits))
    wrong[run.has_waited] = np.diff(joined, prepend=joined[:1]) < 0
    yield from told(run, "waits for longer than a client of a lower number", wrong)


# --- clients -----------------------------------------------------------------------------------


def everyone_counted(run: Run) -> Findings:
    """Every client who came has rows, and is out or in one open row (or two, holding a place)."""
    missing = run.clients - len(np.unique(run.visits["client"]))
    if missing:
        yield f"everyone is counted: {missing} of {run.clients} clients have no row"
    fate, open_ = run.visits["fate"], run.visits["ended"] == NONE
    following = np.append(fate[1:], 0)[: len(fate)]
    held = (fate == HOLDING) & ~run.last & (following == WAITING)
    wrong = open_ & ~held & (~run.last | (fate == HOLDING))
    yield from told(run, "an open visit with no business to be open", wrong)
    yield from told(run, "a visit after death", (fate == DIED) & ~run.last)


def one_place_at_a_time(run: Run) -> Findings:
    """A client's next visit begins in the tick in which the one before ends, or keeps its place.

    A kept place is given back when the next is given, or its list is left.
    """
    visits = run.visits
    if len(visits) == 0:
        return
    later = ~run.first[1:]
    one, two = visits[:-1], visits[1:]
    follows = one["ended"] == two["queued"]
    asks = (run.asked != NONE).any(axis=1)
    kept = asks[:-1] & asks[1:]
    if run.holds is not None:
        kept &= run.holds[one["stage"]]
    kept &= np.isin(one["fate"], (COMPLETED, HOLDING)) & (one["episode"] == two["episode"])
    next_known = np.where(two["started"] >= 0, two["started"], two["ended"])
    kept &= (one["ended"] == next_known) & (one["started"] <= two["queued"])
    in_two = later & ~follows & ~kept & (run.until[:-1] > two["queued"])
    nowhere = later & ~follows & ~kept & ~in_two
    yield from told(run, "in two places at a time", np.append(in_two, False))
    yield from told(run, "nowhere between two visits", np.append(nowhere, False))


def counters(run: Run) -> Findings:
    """Episodes count from 1 by 1; n counts a client's visits to a stage in an episode from 0."""
    visits = run.visits
    many = len(visits)
    if many == 0:
        return
    episode = visits["episode"].astype(np.int64)
    step = np.diff(episode, prepend=0)
    wrong = np.where(run.first, episode != 1, (step < 0) | (step > 1))
    yield from told(run, "a wrong number of the episode", wrong)
    order = np.lexsort((np.arange(many), visits["stage"], episode, visits["client"]))
    sorted_ = visits[order]
    new = np.ones(many, np.bool_)
    new[1:] = (
        (sorted_["client"][1:] != sorted_["client"][:-1])
        | (sorted_["episode"][1:] != sorted_["episode"][:-1])
        | (sorted_["stage"][1:] != sorted_["stage"][:-1])
    )
    at = np.arange(many)
    expected = np.empty(many, np.int64)
    expected[order] = at - np.maximum.accumulate(np.where(new, at, 0))
    yield from told(run, "a wrong count of earlier visits (n)", visits["n"] != expected)


def one_unit_for_good(run: Run) -> Findings:
    """A client asks always the same unit of a capacity."""
    rows, slots = np.nonzero(run.asked != NONE)
    capacity = run.first_place[run.visits["stage"][rows], slots]
    yield from _the_same(run, rows, capacity, run.asked[rows, slots], "another unit than before")


def one_category_for_good(run: Run) -> Findings:
    """A client asks always units of one category, in all capacities split by the same attribute."""
    if run.groups is None:
        return
    rows, slots = np.nonzero(run.asked != NONE)
    by, category = run.groups[run.asked[rows, slots]].T
    split = by != NONE
    says = "a unit of another category than before"
    yield from _the_same(run, rows[split], by[split], category[split], says)


def _the_same(run: Run, rows: Numbers, of: Ticks, what: Ticks, says: str) -> Findings:
    """Tell which rows have something else of one kind than their clients' rows before."""
    order = np.lexsort((of, run.visits["client"][rows]))
    rows, of, what = rows[order], of[order], what[order]
    client = run.visits["client"][rows]
    same = (client[1:] == client[:-1]) & (of[1:] == of[:-1])
    wrong = no(len(run.visits))
    wrong[rows[1:][same & (what[1:] != what[:-1])]] = True
    yield from told(run, says, wrong)
