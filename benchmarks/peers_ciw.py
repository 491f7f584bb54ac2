"""pathway-6 in Ciw: a node for each stage, and one without limit for the time away.

Ciw has reneging of its own. Where those who leave go, and in which episode somebody is, is asked of
routers written here; the episode is kept on the individual. Totals are read from Ciw's records.
"""

import random
from typing import Any

import ciw

import specification as spec
from specification import Play, Totals

AWAY = len(spec.STAGES) + 1  # Ciw numbers its nodes from 1


class WeibullAway(ciw.dists.Distribution):
    """The time until the next episode."""

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        """Return days."""
        return random.weibullvariate(spec.BACK_SCALE, spec.BACK_SHAPE)


class Over(ciw.routing.NodeRouting):
    """Where a client goes whose episode is over: away, to come back, or out."""

    def next_node(self, ind: Any) -> Any:
        """Return the node."""
        episode = getattr(ind, "pathway_episode", 1)
        if episode < spec.EPISODES and random.random() < spec.BACK_SHARE:
            ind.pathway_episode = episode + 1
            return self.simulation.nodes[AWAY]
        return self.simulation.nodes[-1]

    next_node_for_jockeying = next_node


class Onward(ciw.routing.NodeRouting):
    """Where a client goes who has been served: to one node, or by a share to another."""

    def __init__(self, to: int, other: int | None = None, share: float = 0.0) -> None:
        self.to, self.other, self.share = to, other, share

    def next_node(self, ind: Any) -> Any:
        """Return the node."""
        elsewhere = self.other is not None and random.random() < self.share
        return self.simulation.nodes[self.other if elsewhere else self.to]

    # Ciw asks this where those go who leave the list.
    next_node_for_jockeying = Over.next_node


def network(scale: float) -> Any:
    """Return the network at a scale."""
    dists = ciw.dists
    exponential = dists.Exponential
    patience = [None if mean is None else exponential(1 / mean) for mean in spec.PATIENCE]
    first = spec.GP + 1
    return ciw.create_network(
        arrival_distributions=[exponential(spec.PER_DAY * scale)] + [None] * 5,
        service_distributions=[
            exponential(1 / spec.GP_MEAN),
            exponential(1 / spec.ASSESSMENT_MEAN),
            dists.Lognormal(spec.LOG_MEAN, spec.LOG_SD),
            dists.Gamma(spec.RESIDENTIAL_SHAPE, spec.RESIDENTIAL_SCALE),
            exponential(1 / spec.AFTERCARE_MEAN),
            WeibullAway(),
        ],
        number_of_servers=[*spec.places(scale), float("inf")],
        reneging_time_distributions=[*patience, None],
        routing=ciw.routing.NetworkRouting(
            routers=[
                Onward(first + 1),
                Onward(first + 3, first + 2, spec.DETOX_SHARE),
                Onward(first + 3),
                Onward(first + 4),
                Over(),
                Onward(first + 1),
            ]
        ),
    )


def _known(date: Any) -> bool:
    """Return whether a date of a record has come: Ciw says None, False or nan where it has not."""
    return date is not None and date is not False and date == date


def totals(records: list[Any], scale: float) -> list[Totals]:
    """Return the totals of each stage from Ciw's records, the unfinished ones included."""
    served, left = [0] * 5, [0] * 5
    waited, queue, busy = [0.0] * 5, [0.0] * 5, [0.0] * 5
    for record in records:
        stage = record.node - 1
        if record.node == AWAY:
            continue
        if record.record_type == "renege":
            left[stage] += 1
            queue[stage] += record.exit_date - record.arrival_date
        elif not _known(record.service_start_date):
            queue[stage] += spec.HORIZON - record.arrival_date
        else:
            wait = record.service_start_date - record.arrival_date
            ended = record.service_end_date
            within = min(ended, spec.HORIZON) if ended and _known(ended) else spec.HORIZON
            served[stage] += 1
            waited[stage] += wait
            queue[stage] += wait
            busy[stage] += within - record.service_start_date
    return [
        Totals(
            served[k],
            left[k],
            waited[k] / max(1, served[k]),
            queue[k] / spec.HORIZON,
            busy[k] / (spec.HORIZON * number),
        )
        for k, number in enumerate(spec.places(scale))
    ]


def play(scale: float) -> Play:
    """Return pathway-6 in Ciw: totals by stage, from a seed."""

    def run(seed: int) -> list[Totals]:
        ciw.seed(seed)
        simulation = ciw.Simulation(network(scale))
        simulation.simulate_until_max_time(spec.HORIZON)
        return totals(simulation.get_all_records(include_incomplete=True), scale)

    return run
