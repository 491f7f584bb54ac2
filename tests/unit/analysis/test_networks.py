"""Services of several stages: against printed values, limits, and chains written down otherwise."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from simcare.analysis.chains import stationary
from simcare.analysis.networks import (
    Station,
    held_tandem,
    held_tandem_capacity,
    jackson_network,
    overflow_queue,
    traffic_rates,
)
from simcare.analysis.theory import erlang_b, multi_server_queue

DETOX, RESIDENTIAL = Station(4, 7.0), Station(10, 30.0)
SMALL = Station(2, 3.0), Station(3, 5.0)


def test_held_tandem_known_answers() -> None:
    """4 detox beds held for 10 residential ones, rate 0.35, as printed."""
    tandem = held_tandem(0.35, DETOX, RESIDENTIAL, 0.7)
    assert f"{tandem.mean_wait_time:.4f}" == "4.2418"
    assert f"{tandem.mean_held:.5f}" == "0.32110"
    assert f"{tandem.any_held_probability:.5f}" == "0.17400"
    assert f"{tandem.onward_rate:.5f}" == "0.24500"


def test_sent_home_known_answers() -> None:
    """The same, sent home when no place is free: Erlang C, and B, for M/M/c departs as Poisson.

    (Burke 1956, Operations Research 4:699-704.)
    """
    assert f"{multi_server_queue(0.35, 7.0, 4).mean_wait_time:.4f}" == "1.3694"
    lost = erlang_b(10, 0.35 * 0.7 * 30)
    assert f"{0.35 * 0.7 * (1 - lost):.5f}" == "0.22218"
    assert f"{lost:.3f}" == "0.093"


def test_sent_home_by_its_own_chain() -> None:
    """The share sent home from the chain of both stages, list cut off at 300: Erlang's B."""
    many, beds = 301, 4
    here, there = np.meshgrid(np.arange(many), np.arange(11), indexing="ij")
    state = here * 11 + there
    rates = np.zeros((many * 11, many * 11))
    ended = np.minimum(here, beds) / 7.0
    goes = np.where(there < 10, 0.7 * ended, 0.0)
    rates[state[:-1], state[1:]] = 0.35
    rates[state[1:, :-1], state[:-1, 1:]] = goes[1:, :-1]
    rates[state[1:], state[:-1]] = (ended - goes)[1:]
    rates[state[:, 1:], state[:, :-1]] = there[:, 1:] / 30.0
    states = stationary(rates).reshape(many, 11)
    transfers = float((states * goes).sum())
    assert transfers == pytest.approx(0.35 * 0.7 * (1 - erlang_b(10, 7.35)), rel=1e-9)


def test_held_tandem_agrees_with_a_chain_cut_off() -> None:
    """All of a small tandem from a chain of (waiting, served, held, residential), list up to 200.

    It is written down move by move and shares no formula with the one that is tested.
    """
    rate, share, (first, second), most = 0.28, 0.6, SMALL, 200
    states = [
        (waiting, served, held, there)
        for waiting in range(most + 1)
        for served in range(first.servers + 1)
        for held in range(first.servers + 1 - served)
        for there in range(second.servers + 1)
        if (waiting == 0 or served + held == first.servers)
        and (held == 0 or there == second.servers)
    ]
    number = {state: k for k, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))

    def settled(waiting: int, served: int, held: int, there: int) -> int:
        if held and there < second.servers:
            held, there = held - 1, there + 1
        if waiting and served + held < first.servers:
            waiting, served = waiting - 1, served + 1
        return number[waiting, served, held, there]

    for state, (waiting, served, held, there) in enumerate(states):
        if waiting < most:
            rates[state, settled(waiting + 1, served, held, there)] += rate
        if served:
            ends = served / first.mean_service_time
            onward = settled(waiting, served - 1, held + 1, there)
            rates[state, onward] += ends * share
            rates[state, settled(waiting, served - 1, held, there)] += ends * (1 - share)
        if there:
            ends = there / second.mean_service_time
            rates[state, settled(waiting, served, held, there - 1)] += ends
    found = stationary(rates)
    waiting, served, held, there = np.array(states).T
    tandem = held_tandem(rate, first, second, share)
    assert found[waiting == most].sum() < 1e-12
    assert tandem.mean_queue == pytest.approx(found @ waiting, rel=1e-9)
    assert tandem.mean_wait_time == pytest.approx(found @ waiting / rate, rel=1e-9)
    assert tandem.mean_held == pytest.approx(found @ held, rel=1e-9)
    assert tandem.any_held_probability == pytest.approx(found[held > 0].sum(), rel=1e-9)
    full = served + held == first.servers
    assert tandem.wait_probability == pytest.approx(found[full].sum(), rel=1e-9)
    no_place = there == second.servers
    waits = (found * served)[no_place].sum() / (found @ served)
    assert tandem.held_probability == pytest.approx(waits, rel=1e-9)
    assert tandem.mean_held_time == pytest.approx(found @ held / (rate * share), rel=1e-9)


def test_two_single_places_carry_two_thirds() -> None:
    """One place each and nothing between: two thirds of what either could alone.

    While somebody always waits, each round takes the longer of two stays: 1.5 on average (Hunt
    1956, Operations Research 4:674-683).
    """
    assert held_tandem_capacity(Station(1, 1.0), Station(1, 1.0), 1.0) == pytest.approx(2 / 3)


def test_held_tandem_with_room_enough_is_an_ordinary_list() -> None:
    """With very many places to go on to nothing is held, and the first stage is M/M/c."""
    tandem = held_tandem(0.35, DETOX, Station(60, 30.0), 0.7)
    assert tandem.mean_held < 1e-12
    assert tandem.mean_wait_time == pytest.approx(
        multi_server_queue(0.35, 7.0, 4).mean_wait_time, rel=1e-9
    )


def test_overflow_without_lists_loses_as_one_group() -> None:
    """Stays alike and nobody waiting anywhere: both stations together are one loss system."""
    found = overflow_queue(1.5, Station(5, 7.0), 0, Station(7, 7.0), 0)
    assert found.overflow_probability == pytest.approx(erlang_b(5, 10.5), rel=1e-12)
    lost = found.overflow_probability * found.lost_probability
    assert lost == pytest.approx(erlang_b(12, 10.5), rel=1e-12)
    carried = 1.5 * found.overflow_probability * (1 - found.lost_probability) * 7.0
    assert 7 * found.second_occupancy == pytest.approx(carried, rel=1e-11)


def test_overflow_with_a_long_list_is_an_ordinary_queue() -> None:
    """When hardly anybody flows over, the first station is M/M/c."""
    found = overflow_queue(1.5, Station(12, 7.0), 200, Station(1, 1.0))
    queue = multi_server_queue(1.5, 7.0, 12)
    assert found.overflow_probability < 1e-11
    assert found.mean_wait_time == pytest.approx(queue.mean_wait_time, rel=1e-6)


def test_overflow_with_an_endless_second_list_is_the_limit_of_a_long_one() -> None:
    """The endless list and one of at most 150 agree, and balance what comes and is served."""
    first, second = Station(6, 7.0), Station(5, 4.0)
    endless, long = (overflow_queue(1.2, first, 3, second, most) for most in (None, 150))
    assert endless.lost_probability == 0.0
    assert long.lost_probability < 1e-9
    for name in ("mean_queue", "second_mean_queue", "second_mean_wait_time", "second_occupancy"):
        assert getattr(endless, name) == pytest.approx(getattr(long, name), rel=1e-7)
    come = 1.2 * endless.overflow_probability * second.mean_service_time
    assert endless.second_occupancy * second.servers == pytest.approx(come, rel=1e-10)


def test_overflow_comes_in_bursts() -> None:
    """The wait for the second station is longer than if as many came as a Poisson process."""
    found = overflow_queue(1.2, Station(6, 7.0), 3, Station(5, 4.0))
    as_many = multi_server_queue(1.2 * found.overflow_probability, 4.0, 5)
    assert found.second_mean_wait_time > 1.3 * as_many.mean_wait_time


def test_traffic_by_hand() -> None:
    """One stage that sends half of them back, and a second that takes a tenth of the rest."""
    found = traffic_rates([1.0, 0.0], [[0.5, 0.05], [0.0, 0.0]])
    assert_allclose(found, [2.0, 0.1], rtol=1e-14)


def test_jackson_network_with_feedback() -> None:
    """A stage to which a quarter come back: M/M/c at four thirds of the rate from outside."""
    (found,) = jackson_network([0.3], [[0.25]], [Station(3, 5.0)])
    expected = multi_server_queue(0.4, 5.0, 3)
    assert found.mean_wait_time == pytest.approx(expected.mean_wait_time, rel=1e-13)


def test_jackson_network_agrees_with_its_chain() -> None:
    """Two single servers with feedback, from the chain of both, cut off at 60 each."""
    outside, routing = (0.2, 0.1), ((0.1, 0.4), (0.3, 0.2))
    means, many = (1.2, 0.9), 60
    stations = [Station(1, mean) for mean in means]
    here, there = np.meshgrid(np.arange(many), np.arange(many), indexing="ij")
    state = here * many + there
    rates = np.zeros((many * many, many * many))
    rates[state[:-1], state[1:]] += outside[0]
    rates[state[:, :-1], state[:, 1:]] += outside[1]
    rates[state[1:, :-1], state[:-1, 1:]] += routing[0][1] / means[0]
    rates[state[:-1, 1:], state[1:, :-1]] += routing[1][0] / means[1]
    rates[state[1:], state[:-1]] += (1 - sum(routing[0])) / means[0]
    rates[state[:, 1:], state[:, :-1]] += (1 - sum(routing[1])) / means[1]
    found = stationary(rates)
    for k, queue in enumerate(jackson_network(outside, routing, stations)):
        inside = (here, there)[k].ravel()
        expected = float(found @ np.maximum(inside - 1, 0))
        assert queue.mean_queue == pytest.approx(expected, rel=1e-8)
        assert queue.wait_probability == pytest.approx(float(found[inside > 0].sum()), rel=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: held_tandem(0.44, DETOX, RESIDENTIAL, 0.7), r"it must be below 0\.4364"),
        (lambda: held_tandem(0.0, DETOX, RESIDENTIAL, 0.7), "arrival_rate is"),
        (lambda: held_tandem(0.3, DETOX, RESIDENTIAL, 1.1), "share_onward is"),
        (lambda: held_tandem_capacity(DETOX, Station(0, 1.0), 0.5), r"second\.servers is 0"),
        (lambda: overflow_queue(1.0, DETOX, -1, RESIDENTIAL), "most_waiting is -1"),
        (lambda: overflow_queue(1.0, DETOX, 1, Station(1, 0.0)), r"second\.mean_service_time is"),
        (lambda: overflow_queue(9.0, DETOX, 1, RESIDENTIAL), "without end"),
        (lambda: traffic_rates([1.0], [[1.0]]), "leads round without end"),
        (lambda: traffic_rates([1.0], [[0.7, 0.7]]), "shape"),
        (lambda: traffic_rates([1.0, 0.0], [[0.7, 0.7], [0.0, 0.0]]), "shares"),
        (lambda: traffic_rates([-1.0], [[0.5]]), "outside_rates"),
        (lambda: jackson_network([1.0], [[0.5]], []), "0 stations for 1 stages"),
        (lambda: jackson_network([1.0], [[0.5]], [Station(1, 1.0)]), "offered_load is"),
    ],
)
def test_networks_refuse(call: Callable[[], object], message: str) -> None:
    """What is no such service, or grows without end, is refused by name."""
    with pytest.raises(ValueError, match=message):
        call()
