"""The people of a replication, made once for whichever engine plays it; their visits in order."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simcare.engines.program import Program
from simcare.kernels.beginning import begin
from simcare.kernels.cohort import gather, make_cohort, order_by_client
from simcare.kernels.tables import (
    CLIENT,
    CLOCK_STATE,
    NEVER,
    NONE,
    PRESENT,
    UNDRAWN,
    VISIT,
    People,
    Rows,
    Ticks,
    Words,
)

Visits = Rows
Passed = Callable[[float], None]
Left = Callable[[Visits, People], None]
MOST = np.iinfo(np.uint16).max


def unheard(_: float) -> None:
    """Tell nobody how far a replication is."""


def key_of(seed: int, replication: int) -> NDArray[np.uint64]:
    """Return the key of chance of a replication: (seed, replication), uint64."""
    return np.array([seed, replication], np.uint64)


def clocks_of(program: Program) -> int:
    """Return how many clocks a client needs, at least one: up to the last one that runs."""
    runs = (program.tables.clocks["law"] != NONE).any(axis=0)
    return max(1, int(np.flatnonzero(runs).max(initial=0)) + 1)


def newcomers(program: Program, key: Words, ticks: Ticks, ids: Words) -> People:
    """Return the clients with these ids, as they are when they come at these ticks, in order."""
    count = len(ticks)
    people = People(
        key=key,
        clients=np.zeros(count, CLIENT),
        traits=np.zeros((count, len(program.columns))),
        clocks=np.zeros((count, clocks_of(program)), CLOCK_STATE),
        visits_before=np.zeros((count, len(program.stages)), np.uint16),
        due=np.full((count if program.deadlines else 1, max(1, program.deadlines)), NEVER),
        present=np.zeros(0, PRESENT),
        units=np.zeros((0, 1), np.int64),
        aside=np.zeros((1, len(program.tables.drifting))),
    )
    people.clocks["left"] = UNDRAWN
    make_cohort(program.tables, program.arrivals, key, people.clients, people.traits, ticks, ids)
    return people


def everybody(program: Program, key: Words, ticks: Ticks, ids: Words) -> People:
    """Return the clients of day 0 as they are then, and newcomers after them."""
    here, capacities = program.here, program.tables.capacities
    many = len(here.ids)
    if many == 0:
        return newcomers(program, key, ticks, ids)
    first = np.zeros(many, np.int64)
    people = newcomers(
        program, key, np.concatenate([first, ticks]), np.concatenate([here.ids, ids])
    )._replace(present=here.present.copy(), units=np.full((many, len(capacities)), NONE, np.int64))
    dealt = np.zeros(len(capacities), np.int64)
    begin(program.tables, program.arrivals, people, here.known, dealt)
    return people


def make_people(program: Program, seed: int, replication: int) -> People:
    """Return the clients of a replication, as they are when they come.

    Those of day 0 are first, as the program has them; the others are ordered by (arrival tick, id).
    """
    key = key_of(seed, replication)
    return everybody(program, key, *gather(key, program.arrivals, program.horizon))


def client_ids(program: Program, seed: int, replication: int) -> NDArray[np.uint64]:
    """Return the ids of a replication's clients, in the order of their rows: uint64.

    An id is the word of the arrival stream, shifted by 32 bits, with the number in the stream.
    """
    _, ids = gather(key_of(seed, replication), program.arrivals, program.horizon)
    return np.concatenate([program.here.ids, np.asarray(ids, np.uint64)])


def by_client(visits: Visits, clients: int) -> Visits:
    """Return the visits of so many clients ordered by client, else as they are.

    Raises OverflowError when a client's visits or episodes are too many to be numbered: their
    numbers are in the addresses of chance, and would begin anew.
    """
    ordered = np.empty(len(visits), VISIT)
    if order_by_client(visits, np.zeros(clients + 1, np.int64), ordered) == MOST:
        raise OverflowError(
            f"a client comes to one stage, or for an episode, {MOST:,} times or more: "
            "a stay is far too short for this horizon"
        )
    return ordered
