"""Queues with known answers, each as a command line, in groups that are played together.

The exact values are those of simcare.analysis.theory; beside them stand values computed apart from
this package, from formulas and birth-death chains, as they were printed.

Why the first days are left out, and why that is enough. Every run begins empty. Where people leave
(Erlang A) or nobody may wait (Erlang B), two copies of a queue come together at a rate of at least
min(1 / stay, 1 / patience), so that the bias is at most the mean number inside times
exp(-time / longest): the warm-ups are 25 or more of the longest times. Where all leave after the
same time, the list never reaches further back than that. Without leaving, the slowest part of the
bias falls as exp(-time / relaxation), with a relaxation of
1 / (sqrt(c mu) - sqrt(lambda)) ** 2 days for M/M/c: 379 (V1), 140 (V2), 570 (V3), and about
(1 + SCV) / 2 times the 90 of M/M/1 for M/G/1 (V13). The warm-ups are 9 or more of these, and
exp(-9) = 0.0001 of the value is far below every tolerance. Visits still waiting at the horizon are
cut off there: at most 2 of 1,000, half of whose wait is lost. Means over a run are skewed near
saturation (now and then 10,000 days hold a crisis that multiplies the mean wait): that is what the
long horizon of the single server is for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from tests.verification.known import Estimated, Forgetful, Reads, asked, played

from simcare.analysis.theory import (
    erlang_b,
    impatient_queue,
    multi_server_queue,
    pollaczek_khinchine_mean_wait,
)
from simcare.analysis.waits import fixed_patience_queue
from simcare.study import Result, Study

RESIDENTIAL_DEADLINE = 30
EVERYONE, SERVED = "all who joined", "those served"


QUANTITIES: Mapping[str, Reads] = {
    "mean wait": Reads("mean wait", EVERYONE, "queue"),
    "people waiting": Reads("people waiting", "mean over time", "places"),
    "9 of 10 wait at most": Reads("9 of 10 wait at most", SERVED, "queue"),
    "had to wait": Reads("had to wait", EVERYONE, "queue", share=True),
    "left": Reads("left the list", EVERYONE, "queue", share=True),
    "occupancy": Reads("utilisation", "all places", "places", share=True),
    "waited longer": Reads("wait at most the deadline", SERVED, "queue", True, complement=True),
    "waited at most": Reads("wait at most the deadline", SERVED, "queue", True),
}


@dataclass(frozen=True)
class Known:
    """A queue as overrides of `service=one_queue`, its exact values, and those printed elsewhere.

    ``replications`` are those of the short test; a group says how long each is.
    """

    name: str
    overrides: tuple[str, ...]
    exact: Mapping[str, float]
    printed: Mapping[str, str]
    replications: int = 40

    def compared(self, result: Result) -> list[tuple[bool, Estimated]]:
        """Return every quantity's estimate beside its exact value, and whether it is a share."""
        return [
            (reads.share, Estimated.of(f"{self.name}, {q}", reads.of(result), self.exact[q]))
            for q, reads in QUANTITIES.items()
            if q in self.exact
        ]


@dataclass(frozen=True)
class Group:
    """Queues that are played together: the same warm-up, horizon and deadline, in days."""

    warm_up: int
    horizon: int
    deadline: int
    queues: tuple[Known, ...]

    def study(self, names: Sequence[str], longer: int = 1, more: int = 1) -> Study:
        """Return one study of some queues; a horizon ``longer`` times, ``more`` replications."""
        chosen = [queue for queue in self.queues if queue.name in names]
        plan = (
            "service=one_queue",
            "population=plain",
            f"warm_up_days={self.warm_up}",
            f"horizon_days={self.horizon * longer}",
            f"deadline_days={self.deadline}",
        )
        studies = [asked([*plan, *q.overrides]) for q in chosen]
        scenes = tuple(
            replace(study.scenes[0], case=q.name, replications=q.replications * more)
            for q, study in zip(chosen, studies, strict=True)
        )
        return replace(studies[0], scenes=scenes)


def _queue(servers: int, rate: float, stay: str, patience: str = "") -> tuple[str, ...]:
    """Return the overrides for places, arrivals a day, stays and what ends the wait."""
    overrides = (
        f"service.capacities.places.beds={servers}",
        f"service.arrivals.people.per_day={rate!r}",
        f"service.stages.queue.stay_days={stay}",
    )
    leave = (f"service.conditions.waiting.leave={{after_days: {patience}}}",) if patience else ()
    return (*overrides, *leave)


def _exponential(mean: float) -> str:
    return f"{{exponential: {{mean: {mean}}}}}"


def patient(
    name: str,
    queue: tuple[int, float, float],
    deadline: float,
    printed: Mapping[str, str],
    replications: int = 40,
) -> Known:
    """Return M/M/c of (servers, rate, mean stay): Erlang C."""
    servers, rate, stay = queue
    theory = multi_server_queue(rate, stay, servers)
    exact = {
        "had to wait": theory.wait_probability,
        "mean wait": theory.mean_wait_time,
        "people waiting": theory.mean_queue,
        "9 of 10 wait at most": theory.wait_percentile(0.9),
        "waited longer": theory.wait_exceeds(deadline),
        "occupancy": theory.occupancy,
    }
    return Known(name, _queue(servers, rate, _exponential(stay)), exact, printed, replications)


def impatient(
    name: str,
    queue: tuple[int, float, float, float],
    printed: Mapping[str, str],
    replications: int = 40,
) -> Known:
    """Return M/M/c+M of (servers, rate, mean stay, mean patience): Erlang A.

    The share served within the deadline is compared where it was printed: so near to 1 as it is
    elsewhere it hangs on a few crowded weeks, and its standard error says little.
    """
    servers, rate, stay, patience = queue
    theory = impatient_queue(rate, stay, servers, patience)
    exact = {
        "had to wait": theory.wait_probability,
        "left": theory.leave_probability,
        "people waiting": theory.mean_queue,
        "occupancy": theory.occupancy,
        "mean wait": theory.mean_wait_time,
    }
    if "waited at most" in printed:
        exact["waited at most"] = theory.served_within(RESIDENTIAL_DEADLINE)
    overrides = _queue(servers, rate, _exponential(stay), _exponential(patience))
    return Known(name, overrides, exact, printed, replications)


def equally_patient(name: str, queue: tuple[int, float, float, float]) -> Known:
    """Return M/M/c+D of (servers, rate, mean stay, patience): all leave after the same time."""
    servers, rate, stay, patience = queue
    theory = fixed_patience_queue(rate, stay, servers, patience)
    exact = {
        "had to wait": theory.wait_probability,
        "left": theory.leave_probability,
        "people waiting": theory.mean_queue,
        "occupancy": theory.occupancy,
        "mean wait": theory.mean_wait_time,
    }
    overrides = _queue(servers, rate, _exponential(stay), f"{{fixed: {patience}}}")
    return Known(name, overrides, exact, {})


def refusing(name: str, servers: int, load: float, printed: str) -> Known:
    """Return M/M/c/c, where whoever finds no place leaves at once: Erlang B. Stays of 7 days."""
    refused = erlang_b(servers, load)
    exact = {"left": refused, "occupancy": load * (1 - refused) / servers}
    overrides = _queue(servers, load / 7, _exponential(7), "{fixed: 0}")
    return Known(name, overrides, exact, {"left": printed})


def general(name: str, stay: str, variation: float, printed: str, replications: int = 40) -> Known:
    """Return M/G/1 at rate 0.8 with stays of mean 1 and a squared variation."""
    exact = {"mean wait": pollaczek_khinchine_mean_wait(0.8, 1.0, variation)}
    exact["people waiting"] = 0.8 * exact["mean wait"]
    overrides = _queue(1, 0.8, stay)
    return Known(name, overrides, exact, {"mean wait": printed}, replications)


ONE_SERVER = Group(
    warm_up=3_500,
    horizon=28_000,
    deadline=14,
    queues=(
        patient(
            "V1",
            (1, 0.9, 1.0),
            14,
            {
                "mean wait": "9.000",
                "people waiting": "8.100",
                "9 of 10 wait at most": "21.97",
                "waited longer": ".2219",
            },
            replications=60,
        ),
        general("V13 fixed", "{fixed: 1}", 0.0, "2"),
        general("V13 exponential", "{gamma: {mean: 1, shape: 1}}", 1.0, "4"),
        general("V13 uneven", "{gamma: {mean: 1, shape: 0.25}}", 4.0, "10"),
    ),
)

DETOX = Group(
    warm_up=1_500,
    horizon=9_000,
    deadline=14,
    queues=(
        patient(
            "V2",
            (12, 1.5, 7.0),
            14,
            {
                "had to wait": ".56390",
                "mean wait": "2.63154",
                "people waiting": "3.94731",
                "9 of 10 wait at most": "8.072",
                "waited longer": ".02807",
            },
            replications=60,
        ),
        refusing("V4 5 beds", 5, 4.0, ".199067"),
        refusing("V4 10 beds", 10, 9.0, ".167963"),
        refusing("V4 12 beds", 12, 10.5, ".139142"),
        impatient(
            "V6",
            (12, 1.5, 7.0, 30.0),
            {
                "had to wait": ".45742",
                "left": ".03488",
                "people waiting": "1.56966",
                "occupancy": ".84448",
            },
        ),
        equally_patient("M/M/12+D load 0.875", (12, 1.5, 7.0, 10.0)),
        equally_patient("M/M/12+D load 1.17", (12, 2.0, 7.0, 10.0)),
    ),
)

PATIENT = Group(
    warm_up=6_000,
    horizon=60_000,
    deadline=RESIDENTIAL_DEADLINE,
    queues=(
        patient(
            "V3",
            (60, 0.6, 90.0),
            RESIDENTIAL_DEADLINE,
            {
                "had to wait": ".32456",
                "mean wait": "4.86841",
                "people waiting": "2.92105",
                "9 of 10 wait at most": "17.660",
                "waited longer": ".04392",
            },
            replications=90,
        ),
    ),
)

RESIDENTIAL = Group(
    warm_up=6_000,
    horizon=24_000,
    deadline=RESIDENTIAL_DEADLINE,
    queues=(
        impatient(
            "V7 load 0.9",
            (60, 0.6, 90.0, 60.0),
            {"left": ".01956", "mean wait": "1.174", "waited at most": ".9999"},
        ),
        impatient(
            "V7 load 1.2",
            (60, 0.8, 90.0, 60.0),
            {"left": ".17302", "mean wait": "10.381", "waited at most": ".9784"},
        ),
        impatient("V9 load 0.9, patience 120", (60, 0.6, 90.0, 120.0), {"left": ".0145"}),
        impatient(
            "V9 load 0.9, patience 240",
            (60, 0.6, 90.0, 240.0),
            {"left": ".0100"},
            replications=60,
        ),
        impatient(
            "V9 load 1.2, patience 120",
            (60, 0.8, 90.0, 120.0),
            {"left": ".1689", "mean wait": "20.3", "waited at most": ".749"},
        ),
        impatient(
            "V9 load 1.2, patience 240",
            (60, 0.8, 90.0, 240.0),
            {"left": ".1671", "mean wait": "40.1", "waited at most": ".247"},
            replications=60,
        ),
        impatient("V10 66 beds", (66, 0.8, 90.0, 60.0), {"left": ".1040", "mean wait": "6.24"}),
        impatient("V10 72 beds", (72, 0.8, 90.0, 60.0), {"left": ".0517", "mean wait": "3.10"}),
        impatient("V10 80 beds", (80, 0.8, 90.0, 60.0), {"left": ".0137", "mean wait": "0.82"}),
    ),
)

GROUPS: Mapping[str, Group] = {
    "one server": ONE_SERVER,
    "detox": DETOX,
    "residential, endless patience": PATIENT,
    "residential": RESIDENTIAL,
}


@cache
def results(
    group: str, names: tuple[str, ...] = (), longer: int = 1, more: int = 1
) -> Mapping[str, Result]:
    """Play the named queues of a group once (all of them if none is named); results by name."""
    names = names or tuple(queue.name for queue in GROUPS[group].queues)
    study = GROUPS[group].study(names, longer, more)
    return {r.scene.case: r for r in played(study, Forgetful())}
