"""A run that begins where an earlier one has ended: its last moment as the list of day 0."""

import numpy as np

from simcare.engines.beginning import Here, ids_of
from simcare.engines.program import Program
from simcare.kernels.beginning import bring_to_the_end
from simcare.kernels.tables import PRESENT, STAYING, WAITED, WAS_THERE, People, Rows


def here_after(earlier: Program, visits: Rows, people: People, program: Program) -> Here:
    """Return those who are there when the time of an earlier program is over, for the next one.

    ``visits`` and ``people`` are what an engine has left of the earlier one; motivation and
    severity in ``people`` are brought to the end of its time. All of their attributes are known
    that are among the next one's. Who waits for what the next one gives to all who ask begins the
    stay on day 0; who has just missed an offer waits.
    """
    still = visits[visits["ended"] < 0]
    bring_to_the_end(earlier.tables, people, still, earlier.horizon)
    waits = still["fate"] != STAYING
    since = np.where(waits, still["queued"], still["started"])
    order = np.lexsort((still["client"], since, waits))
    still, since, waits = still[order], since[order], waits[order]
    present = np.zeros(len(still), PRESENT)
    stage_of = np.array([program.stages.index(name) for name in earlier.stages])
    present["stage"] = stage_of[still["stage"]]
    begins = waits & (program.tables.stages["asks"][present["stage"]] == 0)
    present["lasted"] = np.where(begins, 0, earlier.horizon - since)
    present["state"] = np.where(waits & ~begins, WAITED, WAS_THERE)
    present["episodes"] = still["episode"].astype(np.int64) - 1
    known = np.full((len(still), len(program.columns)), np.nan)
    for column, name in enumerate(program.columns):
        if name in earlier.columns:
            known[:, column] = people.traits[still["client"], earlier.columns.index(name)]
    return Here(present, ids_of(np.arange(len(still))), known)
