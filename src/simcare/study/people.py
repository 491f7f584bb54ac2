"""Who the people of a replication are, where what their records are read for needs it."""

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.records import People, Reading
from simcare.engines.cohort import make_people
from simcare.engines.program import Program
from simcare.kernels.tables import NONE, OWN_COLUMNS


def people_of(program: Program, reading: Reading, seed: int, replication: int) -> People | None:
    """Return who the clients of a replication are; None where nobody asks."""
    if not _is_needed(reading):
        return None
    made = make_people(program, seed, replication)
    ids = made.clients["id"]
    return People(_streams(program, ids), made.traits, ids)


def _is_needed(reading: Reading) -> bool:
    """Return whether records alone do not say all: streams, attributes, groups, who is who."""
    tests = [test for terms in reading.deadlines for rule in terms.rules for test in rule.tests]
    streams = {way.stream for way in reading.ways}
    return (
        len(streams) > 1
        or bool(reading.uncounted)
        or bool(reading.traits)
        or reading.is_compared
        or any(column >= OWN_COLUMNS for column, _, _ in tests)
    )


def _streams(program: Program, ids: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the number of the stream of each client, NONE for one that is none of the service."""
    words = program.arrivals.streams["word"][: len(program.streams)]
    order = np.argsort(words)
    mine = ids >> np.uint64(32)
    at = np.minimum(np.searchsorted(words[order], mine), len(words) - 1)
    return np.where(words[order][at] == mine, order[at], NONE)
