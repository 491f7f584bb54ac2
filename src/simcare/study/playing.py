"""Playing one block: its replications, one after the other, and what each of them says."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.clients import clients_of
from simcare.analysis.costs import measure_costs
from simcare.analysis.curves import curves
from simcare.analysis.deadlines import measure_deadlines
from simcare.analysis.equity import measure_equity
from simcare.analysis.flows import phase_flows
from simcare.analysis.outcomes import measure
from simcare.analysis.records import People, Reading, Records
from simcare.analysis.timeline import waiting_by_span
from simcare.analysis.ways_in import measure_ways_in
from simcare.analysis.wellbeing import first_years, measure_wellbeing
from simcare.engines.choice import simulator
from simcare.engines.cohort import client_ids
from simcare.study.opening import Programs, part_of
from simcare.study.people import people_of
from simcare.study.reading import as_played, reading_of
from simcare.study.values import Block, Played, Study, Told

Heard = tuple[int, int, float]  # scene, number of the block, replications of it played
Hear = Callable[[Heard], None]
Ended = tuple[tuple[Told, ...], Played | None]


def tell(reading: Reading, visits: NDArray[np.void], people: People | None = None) -> Told:
    """Return what the records of one replication say; ``people`` as :func:`people_of` has them."""
    records = Records(visits, reading, people)
    deadlines, lateness = measure_deadlines(records)
    cost, costs = measure_costs(records)
    years = first_years(records)
    return Told(
        outcomes=measure(records) | deadlines | cost | measure_wellbeing(records, years),
        waiting=waiting_by_span(records),
        curves=curves(records),
        flows=phase_flows(records),
        lateness=lateness,
        numbers={**measure_ways_in(records, years), **costs},
        equity=measure_equity(records, years),
        clients=clients_of(records, years),
    )


class Player:
    """Plays blocks of a study, several at once if it is asked from several threads."""

    def __init__(self, study: Study, keeps_visits: bool) -> None:
        self.study, self.keeps_visits = study, keeps_visits
        self.simulate, self.programs = simulator(study.plan.engine), Programs(study)

    def play(self, block: Block, hear: Hear) -> Ended:
        """Return what each replication of a block says, and their records where they are kept.

        ``hear`` is told how far the block is; what it raises ends the playing.
        """
        seed, before = self.study.plan.seed, self.programs.share_before(block.scene)
        scene = self.study.scenes[block.scene]
        reading = reading_of(scene.scenario, self.study.plan, self.study.compares(scene))
        told, visits, ids = [], [], []
        for k, replication in enumerate(block.replications):

            def passed(share: float, done: int = k) -> None:
                hear((block.scene, block.number, done + share))

            until = part_of(passed, 0.0, before)
            program = self.programs.begun(block.scene, replication, self.simulate, until)
            since = part_of(passed, before, 1.0)
            visits.append(self.simulate(program, seed, replication, since))
            passed(1.0)
            played = as_played(reading, program, seed, replication)
            people = people_of(program, reading, seed, replication)
            told.append(tell(played, visits[-1], people))
            if self.keeps_visits:
                ids.append(client_ids(program, seed, replication))
            else:
                visits.clear()
        return tuple(told), Played(tuple(visits), tuple(ids)) if self.keeps_visits else None
