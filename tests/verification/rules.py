"""Rules of who is served, offered and sent where, with known answers: one config for each.

Why the first days are left out, and why that is enough: as in queues.py and networks.py. The order
in which a list is served does not change how many wait, so a queue with an order has the relaxation
of the same queue without: 90 days for one server, 140 for twelve, 174 where some refuse. Where
people flow over it is 8; where they are lost or moved, less than without. Warm-ups are 9 or
more of these.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from tests.verification.answers import (
    EVERYONE,
    Answer,
    Answered,
    had_to_wait,
    mean_wait,
    occupancy,
    people_waiting,
    starts_a_day,
)
from tests.verification.groups import groups_of_six
from tests.verification.known import Count, Floats, Reads
from tests.verification.networks import sent_home

from simcare.analysis.networks import Station, overflow_queue
from simcare.analysis.records import Mask, Records
from simcare.analysis.theory import multi_server_queue, pollaczek_khinchine_mean_wait
from simcare.analysis.waits import fixed_patience_queue, ordered_mean_wait, priority_queue
from simcare.kernels.tables import FATES

DEADLINE, SOON = 14.0, 1.0
SEVERE = "classes: [{severity: {at_least: 0.5}}]"
OPIOIDS = "classes: [{problem: opioids}]"
AT_ONCE = (
    "service.deadlines={individual: {from: [queue], to: [queue], "
    "within: [{when: {severity: {at_least: 0.5}}, days: 1}, {days: 400000}]}}"
)
TWO, ALL = "two_severities", "all_degrees"


def _some(records: Records, column: str, low: float, high: float) -> Mask:
    """Return which visits begun after the warm-up are of people with a number in a range."""
    joined = records.columns["queued"] >= records.reading.warm_up
    value = records.columns[f"{column}_queued"]
    found: Mask = joined & (value >= low) & (value < high)
    return found


def wait_of(low: float, high: float = math.inf, column: str = "severity") -> Count:
    """Return what counts the mean wait of people whose severity lies in a range."""

    def count(records: Records) -> float:
        return float(records.waits[_some(records, column, low, high)].mean())

    return count


def late_of(days: float, low: float, high: float = math.inf) -> Count:
    """Return what counts the share of people, of severities in a range, who wait longer."""

    def count(records: Records) -> float:
        waits: Floats = records.waits[_some(records, "severity", low, high)]
        return float((waits > days).mean())

    return count


def with_fate(fate: str, stage: str) -> Count:
    """Return what counts the share of the visits begun at a stage that end with a fate."""

    def count(records: Records) -> float:
        here = records.columns["queued"] >= records.reading.warm_up
        here &= records.columns["stage"] == records.reading.stages.index(stage)
        return float((records.columns["fate"][here] == FATES.index(fate)).mean())

    return count


def _queue(servers: int, rate: float, stay: float, order: str) -> tuple[str, ...]:
    return (
        "service=one_queue",
        f"service.capacities.places.beds={servers}",
        f"service.arrivals.people.per_day={rate!r}",
        f"service.stages.queue.stay_days={{exponential: {{mean: {stay}}}}}",
        f"service.capacities.places.order={{{order}}}",
    )


def two_classes(
    name: str,
    queue: tuple[int, float, float],
    days: tuple[int, int],
    seed: int,
    order: str = SEVERE,
    more: tuple[str, ...] = (),
    printed: Mapping[str, str] | None = None,
) -> Answered:
    """Return a queue of (servers, rate, mean stay) in which three of eight go before the others."""
    servers, rate, stay = queue
    exact = priority_queue((0.375 * rate, 0.625 * rate), stay, servers)
    first, second = exact.mean_wait_times
    return Answered(
        name,
        (*_queue(servers, rate, stay, order), *more),
        *days,
        {
            "wait of the first": Answer(first, wait_of(0.5)),
            "wait of the others": Answer(second, wait_of(0.0, 0.5)),
            "first: more than a day": Answer(
                exact.wait_exceeds(SOON, 0), late_of(SOON, 0.5), share=True
            ),
            "others: more than a fortnight": Answer(
                exact.wait_exceeds(DEADLINE, 1), late_of(DEADLINE, 0.0, 0.5), share=True
            ),
            "had to wait": had_to_wait(exact.wait_probability, "queue"),
            "people waiting": people_waiting(sum(exact.mean_queues), "places"),
        },
        printed or {},
        seed,
        population=TWO,
    )


def three_classes() -> Answered:
    """Return twelve beds, with two classes before the others; severity is anything from 0 to 1."""
    exact = priority_queue((0.2 * 1.5, 0.3 * 1.5, 0.5 * 1.5), 7.0, 12)
    order = "classes: [{severity: {at_least: 0.8}}, {severity: {at_least: 0.5}}]"
    ranges = {"first": (0.8, 1.0), "second": (0.5, 0.8), "others": (0.0, 0.5)}
    answers = {}
    for k, (who, (low, high)) in enumerate(ranges.items()):
        answers[f"{who}: wait"] = Answer(exact.mean_wait_times[k], wait_of(low, high))
        days = SOON if k == 0 else DEADLINE / 3 * k
        late = exact.wait_exceeds(days, k)
        answers[f"{who}: late"] = Answer(late, late_of(days, low, high), share=True)
    return Answered(
        "three classes",
        _queue(12, 1.5, 7.0, order),
        1_500,
        25_500,
        answers,
        {},
        1103,
        60,
        population=ALL,
    )


def ordered(name: str, order: str, column: str, highest: bool, seed: int) -> Answered:
    """Return twelve beds for which people are ranked by a number that is uniform from 0 to 1."""
    answers = {}
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        ranks = (1 - high, 1 - low) if highest else (low, high)
        exact = ordered_mean_wait(1.5, 7.0, 12, *ranks)
        answers[f"{column} from {low} to {high}"] = Answer(exact, wait_of(low, high, column))
    queue = multi_server_queue(1.5, 7.0, 12)
    answers["had to wait"] = had_to_wait(queue.wait_probability, "queue")
    return Answered(
        name, _queue(12, 1.5, 7.0, order), 1_500, 25_500, answers, {}, seed, 60, population=ALL
    )


def sent_home_if_full() -> Answered:
    """Return V16b, with people sent home by a case that looks whether a place is free."""
    same = sent_home()
    cases = "[{where: {residential: free}, to: {residential: 0.7, out: 0.3}}, {to: out}]"
    share = same.answers["sent home"].exact
    answers = {name: a for name, a in same.answers.items() if name != "sent home"}
    # Of all who leave detox .7 would go on, and all of these have to find a place free.
    answers["went on"] = Answer(0.7 * (1 - share), went_on, share=True)
    return Answered(
        "V16b by a case",
        (
            "service=tandem",
            "service.stages.detox.hold=false",
            f"service.stages.detox.next.completed={cases}",
        ),
        same.warm_up,
        same.horizon,
        answers,
        {name: text for name, text in same.printed.items() if name in answers},
        1111,
    )


def went_on(records: Records) -> float:
    """Return how many start the second stage for each who completes the first, in the window."""
    stage, reading = records.columns["stage"], records.reading
    ended = (stage == 0) & (records.columns["ended"] >= reading.warm_up)
    began = (stage == 1) & (records.columns["started"] >= reading.warm_up)
    return float(began.sum() / ended.sum())


FIRST, SECOND = Station(6, 7.0), Station(5, 4.0)


def overflow(name: str, most: int, cases: str, seed: int, second_most: int | None) -> Answered:
    """Return a list of at most so many that flows over to a second one."""
    exact = overflow_queue(1.2, FIRST, most, SECOND, second_most)
    over = 1.2 * exact.overflow_probability
    answers = {
        "go to the first, a day": Answer(1.2 - over, starts_a_day("near")),
        "first used": occupancy((1.2 - over) * 7.0 / 6, "near"),
        "go to the second, a day": Answer(over * (1 - exact.lost_probability), starts_a_day("far")),
        "second used": occupancy(exact.second_occupancy, "far"),
    }
    if most:
        answers["wait at the first"] = mean_wait(exact.mean_wait_time, "near")
        answers["waiting for the first"] = people_waiting(exact.mean_queue, "near")
    if second_most is None:
        answers["wait at the second"] = mean_wait(exact.second_mean_wait_time, "far")
        answers["waiting for the second"] = people_waiting(exact.second_mean_queue, "far")
    overrides = ("service=overflow_list", f"service.stages.door.next.completed={cases}")
    return Answered(name, overrides, 500, 12_500, answers, {}, seed)


LONG = "near: {waiting: {at_least: 3}}"
OVER = f"{{where: {{{LONG}}}, to: far}}"
LOST = f"{{where: {{{LONG}, far: full}}, to: out}}"


def missed_for_a_time() -> Answered:
    """Return M/G/1: of five one does not come, and the place is lost for half a day."""
    missed, lost = 0.2, 0.5
    mean = (1 - missed) + missed * lost
    square = 2 * (1 - missed) + missed * lost**2  # an exponential stay of 1 day has a square of 2
    exact = pollaczek_khinchine_mean_wait(0.8, mean, square / mean**2 - 1)
    return Answered(
        "missed, the place lost for half a day",
        ("service=missed",),
        1_000,
        13_000,
        {
            "mean wait of all": mean_wait(exact, "queue"),
            "people waiting": people_waiting(0.8 * exact, "places"),
            "had to wait": had_to_wait(0.8 * mean, "queue"),
            "missed": Answer(missed, with_fate("missed", "queue"), share=True),
        },
        {},
        1131,
    )


def refused_at_once() -> Answered:
    """Return M/M/12 in which some refuse what they are offered, and it is offered to the next.

    Those who refuse hold nobody up, so all wait as if these had not come. The share that refuses
    is 0.15 times 0.7 once per unit of motivation, which is 1 for everybody.
    """
    refused = 0.15 * 0.7
    exact = multi_server_queue(1.7 * (1 - refused), 7.0, 12)
    return Answered(
        "refused, offered to the next at once",
        (
            "service=missed",
            "service.arrivals.people.per_day=1.7",
            "service.capacities.places.beds=12",
            "service.stages.queue.stay_days={exponential: {mean: 7}}",
            "service.stages.queue.offer={missed: 0.15, lost_days: 0, "
            "times: [{factor: 0.7, per_unit_of: motivation}]}",
        ),
        2_000,
        26_000,
        {
            "mean wait of all": mean_wait(exact.mean_wait_time, "queue"),
            "had to wait": had_to_wait(exact.wait_probability, "queue"),
            "refused": Answer(refused, with_fate("missed", "queue"), share=True),
        },
        {},
        1132,
        60,
    )


def reviewed(load: str, rate: float, seed: int) -> Answered:
    """Return M/M/12+D: at the first review there is room elsewhere, so everybody is moved."""
    exact = fixed_patience_queue(rate, 7.0, 12, 10.0)
    return Answered(
        f"moved by a review after 10 days, load {load}",
        ("service=reviewed", f"service.arrivals.people.per_day={rate}"),
        1_500,
        13_500,
        {
            "moved": Answer(exact.leave_probability, with_fate("moved", "public"), share=True),
            "mean wait": mean_wait(exact.mean_wait_time, "public"),
            "had to wait": had_to_wait(exact.wait_probability, "public"),
            "people waiting": people_waiting(exact.mean_queue, "public"),
            "public beds used": occupancy(exact.occupancy, "public"),
        },
        {},
        seed,
    )


BEDS, TEAMS = 7, 4
LOADS = {"bed": 0.6 * 6.0, "team": 0.45 * 4.0, "both": 0.45 * 3.0}


def _standing() -> Iterator[tuple[tuple[int, int, int], float]]:
    """Yield how many may be there of each kind, with weights: a product, whatever the stays.

    (Kelly 1991, Annals of Applied Probability 1:319-378.)
    """
    for there in product(range(BEDS + 1), range(TEAMS + 1), range(TEAMS + 1)):
        bed, team, both = there
        if bed + both <= BEDS and team + both <= TEAMS:
            loads = zip(there, LOADS.values(), strict=True)
            yield there, math.prod(load**n / math.factorial(n) for n, load in loads)


def several() -> Answered:
    """Return a loss network: visits that ask for a bed, for a team, or for both at once."""
    whole = sum(weight for _, weight in _standing())

    def share(full: Mapping[str, bool]) -> float:
        found = sum(
            weight
            for (bed, team, both), weight in _standing()
            if (full["bed"] and bed + both == BEDS) or (full["team"] and team + both == TEAMS)
        )
        return found / whole

    lost = {
        "bed": share({"bed": True, "team": False}),
        "team": share({"bed": False, "team": True}),
        "both": share({"bed": True, "team": True}),
    }
    carried = {stage: load * (1 - lost[stage]) for stage, load in LOADS.items()}
    answers = {
        f"{stage}: lost": Answer(
            lost[stage], Reads("left the list", EVERYONE, stage, share=True), share=True
        )
        for stage in LOADS
    }
    answers["beds used"] = occupancy((carried["bed"] + carried["both"]) / BEDS, "beds")
    answers["teams used"] = occupancy((carried["team"] + carried["both"]) / TEAMS, "teams")
    return Answered(
        "a bed, a team, or both at once", ("service=several",), 500, 12_500, answers, {}, 1151
    )


RULES: Sequence[Answered] = (
    two_classes(
        "V11",
        (1, 0.8, 1.0),
        (1_000, 25_000),
        1101,
        printed={"wait of the first": "1.142857", "wait of the others": "5.714286"},
    ),
    two_classes("V11 by problem", (1, 0.8, 1.0), (1_000, 25_000), 1102, OPIOIDS),
    two_classes("twelve beds, two classes", (12, 1.5, 7.0), (1_500, 25_500), 1104),
    two_classes(
        "twelve beds, the earliest deadline first",
        (12, 1.5, 7.0),
        (1_500, 25_500),
        1105,
        "deadline: individual",
        (AT_ONCE,),
    ),
    three_classes(),
    ordered("the most severe first", "highest: severity", "severity", True, 1106),
    ordered("the least motivated first", "lowest: motivation", "motivation", False, 1107),
    sent_home_if_full(),
    overflow("flows over when three wait", 3, f"[{OVER}, {{to: near}}]", 1121, None),
    overflow("flows over when full", 0, "[{where: {near: full}, to: far}, {to: near}]", 1122, None),
    overflow("flows over and is lost", 3, f"[{LOST}, {OVER}, {{to: near}}]", 1123, 0),
    missed_for_a_time(),
    refused_at_once(),
    reviewed("0.875", 1.5, 1141),
    reviewed("1.17", 2.0, 1142),
    several(),
    groups_of_six(),
)
