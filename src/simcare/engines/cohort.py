"""The people of a replication, made once for whichever engine plays it; their visits in order."""

import numpy as np
from numpy.typing import NDArray

from simcare.engines.lowering import Program
from simcare.kernels.cohort import gather, make_cohort
from simcare.kernels.tables import CLIENT, CLOCK_STATE, CLOCKS, VISIT, People, Rows

MOST = np.iinfo(np.uint16).max


def key_of(seed: int, replication: int) -> NDArray[np.uint64]:
    """Return the key of chance of a replication: (seed, replication), uint64."""
    return np.array([seed, replication], np.uint64)


def make_people(program: Program, seed: int, replication: int) -> People:
    """Return the clients of a replication, ordered by (arrival tick, id), at their arrival."""
    key = key_of(seed, replication)
    ticks, ids = gather(key, program.arrivals, program.horizon)
    count = len(ticks)
    clients = np.zeros(count, CLIENT)
    traits = np.zeros((count, len(program.columns)))
    make_cohort(program.tables, program.arrivals, key, clients, traits, ticks, ids)
    return People(
        key=key,
        clients=clients,
        traits=traits,
        clocks=np.zeros((count, CLOCKS), CLOCK_STATE),
        visits_before=np.zeros((count, len(program.stages)), np.uint16),
    )


def client_ids(program: Program, seed: int, replication: int) -> NDArray[np.uint64]:
    """Return the ids of a replication's clients, in the order of their rows: uint64.

    An id is the word of the arrival stream, shifted by 32 bits, with the number in the stream.
    """
    _, ids = gather(key_of(seed, replication), program.arrivals, program.horizon)
    return np.asarray(ids, np.uint64)


def by_client(visits: Rows) -> Rows:
    """Return visits ordered by client, else as they are.

    Rows are moved as whole words: NumPy moves structured rows field by field, and what lies between
    the fields would be whatever the memory held before. Equal runs have equal bytes.

    Raises OverflowError when a client's visits or episodes are too many to be numbered: their
    numbers are in the addresses of chance, and would begin anew.
    """
    if len(visits) and max(visits["n"].max(), visits["episode"].max()) == MOST:
        raise OverflowError(
            f"a client comes to one stage, or for an episode, {MOST:,} times or more: "
            "a stay is far too short for this horizon"
        )
    words = visits.view(np.uint64).reshape(len(visits), VISIT.itemsize // 8)
    return words[np.argsort(visits["client"], kind="stable")].view(VISIT).reshape(len(visits))
