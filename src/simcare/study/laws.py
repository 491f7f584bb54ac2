"""The laws that every run obeys, held against what one replication has written down."""

from collections.abc import Mapping

import numpy as np

from simcare.analysis.audit import broken, written
from simcare.analysis.audit_run import Budgets, Run
from simcare.analysis.balances import Balance, balances
from simcare.analysis.groups import Entry
from simcare.engines.cohort import client_ids, key_of
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.kernels.tables import NONE, WAS_THERE, Rows


def as_written(program: Program, visits: Rows, seed: int, replication: int) -> Run:
    """Return the visits of a replication with what its service allows, for the laws to look at.

    ``program`` has the people of day 0 of this replication.
    """
    places = program.at_first()[: len(program.places)]
    changes = changes_of(program, key_of(seed, replication))
    renewed = changes[changes["budget"] != NONE][["tick", "place", "budget"]]
    there = int((program.here.present["state"] == WAS_THERE).sum())
    return written(
        visits,
        places["number"].astype(np.int64),
        changes,
        program.first_places(),
        program.horizon,
        len(client_ids(program, seed, replication)),
        program.groups(),
        program.tables.stages["hold"].astype(np.bool_),
        program.orders() != NONE,
        Budgets(
            places["budget"].astype(np.int64),
            places["set_aside"].astype(np.int64),
            np.array(renewed.tolist(), np.int64).reshape(-1, 3),
        ),
        there,
        len(program.here.ids) - there,
        places["together"].astype(np.int64),
    )


class LawBrokenError(Exception):
    """A replication breaks a law that every run obeys: which, and where."""


def settled(
    program: Program, visits: Rows, seed: int, replication: int, numbers: Mapping[Entry, float]
) -> tuple[Balance, ...]:
    """Return the balances of a replication, all of which hold.

    ``numbers`` are what it says of its costs. Raises LawBrokenError, naming the first, if a law is
    broken or a balance does not come out even.
    """
    run = as_written(program, visits, seed, replication)
    for fault in broken(run):
        raise LawBrokenError(fault)
    places = [place.capacity for place in program.places]
    found = tuple(balances(run, program.stages, places, numbers))
    for balance in found:
        if not balance.holds:
            raise LawBrokenError(str(balance))
    return found
