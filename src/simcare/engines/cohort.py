"""The people of a replication, made once and given to whichever engine plays it."""

import numpy as np
from numpy.typing import NDArray

from simcare.engines.lowering import Program
from simcare.kernels.cohort import gather, make_cohort
from simcare.kernels.tables import CLIENT, CLOCK_STATE, CLOCKS, People


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
