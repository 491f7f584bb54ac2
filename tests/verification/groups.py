"""Groups that start together, with known answers.

Where there is always room, the k-th of a group of n waits for n - k more to come: with people who
come by chance, at a rate, a sum of as many exponential times (Erlang). So the mean over all is
(n - 1) / 2 of the mean time between two. Which of the n somebody is settles within a day or two of
an empty list: it turns at 1.5 a day, and what is left after 60 days is nothing.
"""

import math
from collections.abc import Sequence
from functools import partial

from tests.verification.answers import (
    Answer,
    Answered,
    had_to_wait,
    mean_wait,
    occupancy,
    people_waiting,
)
from tests.verification.known import Count

from simcare.analysis.records import Records

TOGETHER, PER_DAY, STAY = 6, 3.0, 10.0
SLOTS = 400  # 30 of them busy on average
LONG_DAYS = 1.0


def longer_than(days: float, many: int, rate: float) -> float:
    """Return the probability that so many at a rate take longer than some days to come."""
    mean = rate * days
    return math.exp(-mean) * sum(mean**j / math.factorial(j) for j in range(many))


def _waits_of(records: Records, k: int, longer: float | None = None) -> float:
    """Return the mean wait of the k-th of a group, from 1, or the share that is longer.

    There is one list, and nobody leaves it: so each six in their order of joining are a group.
    """
    joined = records.columns["queued"]
    order = joined.argsort(kind="stable")
    its = order[k - 1 :: TOGETHER]
    its = its[joined[its] >= records.reading.warm_up]
    waits = records.waits[its]
    return float(waits.mean() if longer is None else (waits > longer).mean())


def _wait_of(k: int) -> Count:
    return partial(_waits_of, k=k)


def _long_of(k: int) -> Count:
    return partial(_waits_of, k=k, longer=LONG_DAYS)


def groups_of_six() -> Answered:
    """Return a list on which six start together as soon as they are six."""
    before = [TOGETHER - k for k in range(1, TOGETHER + 1)]
    each = {
        f"wait of number {k}": Answer(many / PER_DAY, _wait_of(k))
        for k, many in enumerate(before, 1)
        if many
    }
    long = {
        f"number {k}: more than a day": Answer(
            longer_than(LONG_DAYS, many, PER_DAY), _long_of(k), share=True
        )
        for k, many in enumerate(before, 1)
        if many
    }
    return Answered(
        "groups of six",
        (
            "service=one_queue",
            f"service.capacities.places.beds={SLOTS}",
            f"service.capacities.places.together={TOGETHER}",
            f"service.arrivals.people.per_day={PER_DAY}",
            f"service.stages.queue.stay_days={{fixed: {STAY}}}",
        ),
        60,
        2_060,
        {
            "mean wait of all": mean_wait((TOGETHER - 1) / 2 / PER_DAY, "queue"),
            "had to wait": had_to_wait((TOGETHER - 1) / TOGETHER, "queue"),
            "people waiting": people_waiting((TOGETHER - 1) / 2, "places"),
            "places used": occupancy(PER_DAY * STAY / SLOTS, "places"),
            **each,
            **long,
        },
        {},
        1151,
    )


def started_in_groups(came: Sequence[int], together: int, at_a_time: int, stay: int) -> list[int]:
    """Return when each of those who came starts, where so many groups have room at a time.

    All stay equally long. -1 for those whose group is not full.
    """
    begun: list[int] = []
    for last in range(together - 1, len(came), together):
        room = begun[-at_a_time] + stay if len(begun) >= at_a_time else 0
        begun.append(max(came[last], room))
    whole = [tick for tick in begun for _ in range(together)]
    return whole + [-1] * (len(came) - len(whole))
