"""Services of several stages with known answers: held places, overflow, people who come back.

The exact values are those of simcare.analysis.networks; beside them stand values computed apart
from this package, as they were printed.

Why the first days are left out, and why that is enough. Every run begins empty, and the slowest
part of the bias falls as exp(-time / relaxation). The relaxation is minus one over the second
eigenvalue of the chain, its list cut off far out. Of the tandem with held places it is 32, 92, 216,
878 and 3,509 days at .5, .7, .802, .9 and .95 of what it can serve, of the overflow 9 days. Of the
network with feedback it is not known; of its two lists by themselves it is 151 and 405 days.
Warm-ups are 9 or more of these: exp(-9) is 0.0001 of the value, far below every tolerance. Visits
still waiting at the horizon are cut off there: at most 1 in 1,000.
"""

from collections.abc import Mapping, Sequence

from tests.verification.answers import (
    EVERYONE,
    HELD,
    OVER_TIME,
    Answer,
    Answered,
    any_held,
    had_to_wait,
    mean_wait,
    occupancy,
    people_waiting,
    starts_a_day,
)
from tests.verification.known import Reads

from simcare.analysis.networks import (
    HeldTandem,
    Station,
    held_tandem,
    held_tandem_capacity,
    jackson_network,
    overflow_queue,
    traffic_rates,
)
from simcare.analysis.theory import MultiServerQueue, erlang_b, multi_server_queue

DETOX, RESIDENTIAL, SHARE_ONWARD = Station(4, 7.0), Station(10, 30.0), 0.7


def tandem_answers(rate: float, tandem: HeldTandem) -> dict[str, Answer]:
    """Return all that is exact of the tandem in which a detox bed is held."""
    detox = rate * DETOX.mean_service_time + tandem.mean_held
    return {
        "detox wait": mean_wait(tandem.mean_wait_time, "detox"),
        "had to wait for detox": had_to_wait(tandem.wait_probability, "detox"),
        "waiting for detox": people_waiting(tandem.mean_queue, "detox"),
        "blocked beds": Answer(tandem.mean_held, Reads(HELD, OVER_TIME, "detox")),
        "P(any blocked)": Answer(tandem.any_held_probability, any_held("detox"), share=True),
        "had to wait in the detox bed": had_to_wait(tandem.held_probability, "residential"),
        "wait in the detox bed": mean_wait(tandem.mean_held_time, "residential"),
        "transfers a day": Answer(tandem.onward_rate, starts_a_day("residential")),
        "detox beds used": occupancy(detox / DETOX.servers, "detox"),
        "residential beds used": occupancy(
            tandem.onward_rate * RESIDENTIAL.mean_service_time / RESIDENTIAL.servers, "residential"
        ),
    }


def held(
    name: str,
    load: float,
    days: tuple[int, int],
    seed: int,
    replications: int = 40,
    printed: Mapping[str, str] | None = None,
) -> Answered:
    """Return the tandem at a share of what it can serve; ``days`` are warm-up and horizon."""
    capacity = held_tandem_capacity(DETOX, RESIDENTIAL, SHARE_ONWARD)
    rate = 0.35 if printed else round(load * capacity, 6)
    return Answered(
        name,
        ("service=tandem", f"service.arrivals.people.per_day={rate!r}"),
        *days,
        tandem_answers(rate, held_tandem(rate, DETOX, RESIDENTIAL, SHARE_ONWARD)),
        printed or {},
        seed,
        replications,
    )


def sent_home() -> Answered:
    """Return the tandem from which people are sent home: detox is M/M/c, and departs as Poisson."""
    detox, rate = multi_server_queue(0.35, DETOX.mean_service_time, DETOX.servers), 0.35 * 0.7
    lost = erlang_b(RESIDENTIAL.servers, rate * RESIDENTIAL.mean_service_time)
    kept = rate * (1 - lost)
    used = kept * RESIDENTIAL.mean_service_time / RESIDENTIAL.servers
    return Answered(
        "V16b",
        (
            "service=tandem",
            "service.stages.detox.hold=false",
            "service.conditions.waiting.leave={after_days: {fixed: 0}}",
        ),
        2_000,
        42_000,
        {
            "detox wait": mean_wait(detox.mean_wait_time, "detox"),
            "had to wait for detox": had_to_wait(detox.wait_probability, "detox"),
            "transfers a day": Answer(kept, starts_a_day("residential")),
            "sent home": Answer(
                lost, Reads("left the list", EVERYONE, "residential", share=True), share=True
            ),
            "residential beds used": occupancy(used, "residential"),
        },
        {"detox wait": "1.3694", "transfers a day": ".22218", "sent home": ".093"},
        1606,
    )


def overflowing() -> Answered:
    """Return a clinic without a list that flows over to a second one."""
    found = overflow_queue(1.2, Station(6, 7.0), 0, Station(5, 4.0))
    share = Reads("left the list", EVERYONE, "near", share=True)
    used = 1.2 * (1 - found.overflow_probability) * 7.0 / 6
    return Answered(
        "overflow without a first list",
        ("service=overflow",),
        500,
        12_500,
        {
            "flows over": Answer(found.overflow_probability, share, share=True),
            "wait at the second": mean_wait(found.second_mean_wait_time, "far"),
            "waiting for the second": people_waiting(found.second_mean_queue, "far"),
            "first used": occupancy(used, "near"),
            "second used": occupancy(found.second_occupancy, "far"),
        },
        {},
        1607,
    )


OUTSIDE = (0.5, 0.0, 0.0)
ROUTING = ((0.0, 0.7, 0.0), (0.1, 0.0, 0.6), (0.2, 0.3, 0.0))
STATIONS = {"assessment": Station(3, 4.0), "treatment": Station(18, 30.0)}
CAPACITIES = {"assessment": "slots", "treatment": "places"}


def feedback() -> Answered:
    """Return the network with ways back: at home nobody waits, so it has any number of servers."""
    rates = traffic_rates(OUTSIDE, ROUTING)
    at_home = Station(1_000, 60.0)
    queues = jackson_network(OUTSIDE, ROUTING, [*STATIONS.values(), at_home])
    answers = {
        f"{stage}: {name}": answer
        for stage, queue in zip(STATIONS, queues, strict=False)
        for name, answer in station_answers(stage, queue).items()
    }
    answers["home: begun a day"] = Answer(float(rates[2]), starts_a_day("home"))
    return Answered("feedback", ("service=feedback",), 5_500, 55_500, answers, {}, 1608, 60)


def station_answers(stage: str, queue: MultiServerQueue) -> dict[str, Answer]:
    """Return what is exact of one station of a network."""
    return {
        "begun a day": Answer(queue.arrival_rate, starts_a_day(stage)),
        "mean wait": mean_wait(queue.mean_wait_time, stage),
        "had to wait": had_to_wait(queue.wait_probability, stage),
        "people waiting": people_waiting(queue.mean_queue, CAPACITIES[stage]),
        "used": occupancy(queue.occupancy, CAPACITIES[stage]),
    }


NETWORKS: Sequence[Answered] = (
    held("held, .5 of what it can serve", 0.5, (500, 72_500), 1601, 60),
    held("held, .7 of what it can serve", 0.7, (1_000, 25_000), 1602),
    held(
        "V16",
        0.8,
        (2_000, 42_000),
        1603,
        40,
        {
            "detox wait": "4.2418",
            "blocked beds": ".32110",
            "P(any blocked)": ".17400",
            "transfers a day": ".24500",
        },
    ),
    held("held, .9 of what it can serve", 0.9, (8_000, 72_000), 1604, 60),
    sent_home(),
    overflowing(),
    feedback(),
)
NEAR_SATURATION = held("held, .95 of what it can serve", 0.95, (35_000, 480_000), 1605, 300)
