"""Priorities and fixed patience: against printed values, transforms, limits and identities."""

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from simcare.analysis.theory import erlang_b, multi_server_queue
from simcare.analysis.waits import fixed_patience_queue, ordered_mean_wait, priority_queue


def test_cobham_known_answers() -> None:
    """Rates 0.3 and 0.5, mean 1, one server, as printed."""
    first, second = priority_queue((0.3, 0.5), 1.0, 1).mean_wait_times
    assert f"{first:.6f}" == "1.142857"
    assert f"{second:.6f}" == "5.714286"


def test_priorities_conserve_the_mean_wait() -> None:
    """With equal service the order of service does not change the mean list: M/M/c."""
    found = priority_queue((0.5, 0.4, 0.6), 7.0, 12)
    expected = multi_server_queue(1.5, 7.0, 12)
    assert sum(found.mean_queues) == pytest.approx(expected.mean_queue, rel=1e-13)
    assert found.wait_probability == pytest.approx(expected.wait_probability, rel=1e-14)


def test_one_class_waits_as_without_classes() -> None:
    """The tail of a single class is Erlang C's."""
    found, expected = priority_queue((1.5,), 7.0, 12), multi_server_queue(1.5, 7.0, 12)
    for time in (0.0, 1.0, 14.0):
        assert found.wait_exceeds(time, 0) == pytest.approx(expected.wait_exceeds(time), rel=1e-12)


@pytest.mark.parametrize("of", [0, 1, 2])
def test_tails_have_the_mean_of_cobham(of: int) -> None:
    """The integral of P(W > t) is the mean wait, which has a formula of its own."""
    found = priority_queue((0.2, 0.1, 0.2), 3.0, 3)
    area, _ = quad(lambda t: found.wait_exceeds(t, of), 0.0, 150.0, epsabs=1e-8)
    assert area == pytest.approx(found.mean_wait_times[of], rel=1e-6)


@pytest.mark.parametrize("of", [1, 2])
def test_tails_agree_with_the_transform(of: int) -> None:
    """P(W > t) from the transform of Kella and Yechiali: a delay lengthened by those who overtake.

    The delay is what is left with all who go before and nobody more coming; each of those who come
    during it and go before lengthens it by a busy period of their own.
    """
    rates, mean, servers = (0.2, 0.3, 0.2), 3.0, 3
    found = priority_queue(rates, mean, servers)
    service, before, upto = servers / mean, sum(rates[:of]), sum(rates[: of + 1])

    def exceeds(s: mpmath.mpc) -> mpmath.mpc:
        total, turn = before + service + s, 2 * mpmath.sqrt(before * service)
        # Two roots, not the root of their product: so it is the right branch everywhere.
        busy = (total - mpmath.sqrt(total - turn) * mpmath.sqrt(total + turn)) / (2 * before)
        shifted = s + before * (1 - busy)
        return (1 - (service - upto) / (service - upto + shifted)) / s

    for time in (0.5, 3.0, 20.0):
        expected = found.wait_probability * mpmath.invertlaplace(exceeds, time, method="talbot")
        assert found.wait_exceeds(time, of) == pytest.approx(float(expected), rel=1e-8)


def test_ranks_are_ever_smaller_classes() -> None:
    """A thousand classes of equal rates, the mean of the 200 to 500, and of all."""
    found = priority_queue((0.0015,) * 1000, 7.0, 12)
    expected = float(np.mean(found.mean_wait_times[200:500]))
    assert ordered_mean_wait(1.5, 7.0, 12, 0.2, 0.5) == pytest.approx(expected, rel=1e-5)
    every = multi_server_queue(1.5, 7.0, 12).mean_wait_time
    assert ordered_mean_wait(1.5, 7.0, 12, 0.0, 1.0) == pytest.approx(every, rel=1e-13)


SETTINGS = [(0.8, 90.0, 60, 60.0), (0.6, 90.0, 60, 20.0), (1.5, 7.0, 12, 5.0), (2.0, 1.0, 2, 3.0)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_fixed_patience_agrees_with_its_density(
    setting: tuple[float, float, int, float],
) -> None:
    """Leaving and the mean wait from the density of the offered wait, by quadrature."""
    rate, stay, servers, patience = setting
    idle = 1 / erlang_b(servers - 1, rate * stay)
    shift = max((rate - servers / stay) * patience, 0.0)

    def density(x: float) -> float:
        return rate * math.exp(rate * min(x, patience) - servers / stay * x - shift)

    far = patience + 60 * stay / servers
    before, after = quad(density, 0, patience)[0], quad(density, patience, far, limit=200)[0]
    total = idle * math.exp(-shift) + before + after
    waited = quad(lambda x: x * density(x), 0, patience)[0] + patience * after
    found = fixed_patience_queue(*setting)
    assert found.leave_probability == pytest.approx(after / total, rel=1e-8)
    assert found.mean_wait_time == pytest.approx(waited / total, rel=1e-8)
    assert found.wait_probability == pytest.approx((before + after) / total, rel=1e-8)


@pytest.mark.parametrize("load", [0.5, 0.9, 1.0 - 1e-7, 1.3])
def test_fixed_patience_with_one_server(load: float) -> None:
    """P(leave) = (1 - r) r E / (1 - r^2 E), E = exp(-(1 - r) D) (Barrer 1957, OR 5:644-649)."""
    grown = math.exp((load - 1) * 4.0)
    expected = (1 - load) * load * grown / (1 - load**2 * grown)
    assert fixed_patience_queue(load, 1.0, 1, 4.0).leave_probability == pytest.approx(expected)


def test_fixed_patience_at_its_ends() -> None:
    """Endless patience is Erlang C, none is Erlang B, and twice the load leaves half of them."""
    endless, queue = fixed_patience_queue(1.5, 7.0, 12, 1e4), multi_server_queue(1.5, 7.0, 12)
    assert endless.leave_probability < 1e-12
    assert endless.mean_wait_time == pytest.approx(queue.mean_wait_time, rel=1e-11)
    assert endless.wait_probability == pytest.approx(queue.wait_probability, rel=1e-12)
    none = fixed_patience_queue(1.5, 7.0, 12, 0.0)
    assert none.leave_probability == pytest.approx(erlang_b(12, 10.5), rel=1e-12)
    assert none.mean_wait_time == 0.0
    crowded = fixed_patience_queue(24.0, 1.0, 12, 1e3)
    assert crowded.leave_probability == pytest.approx(0.5, rel=1e-12)
    assert crowded.occupancy == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: priority_queue((), 1.0, 1), "arrival_rates is empty"),
        (lambda: priority_queue((0.3, 0.0), 1.0, 1), r"arrival_rates\[1\] is"),
        (lambda: priority_queue((0.6, 0.5), 1.0, 1), "offered_load is"),
        (lambda: priority_queue((0.3,), 1.0, 1).wait_exceeds(-1.0, 0), "time is"),
        (lambda: priority_queue((0.3,), 1.0, 1).wait_exceeds(1.0, 1), "of is 1"),
        (lambda: priority_queue((0.999,), 1.0, 1).wait_exceeds(1.0, 0), "too near to 1"),
        (lambda: ordered_mean_wait(0.5, 1.0, 1, 0.5, 0.5), "from_share is"),
        (lambda: ordered_mean_wait(0.5, 1.0, 1, 0.5, 1.1), "to_share 1"),
        (lambda: fixed_patience_queue(0.5, 1.0, 1, -1.0), "patience_time is"),
        (lambda: fixed_patience_queue(0.5, 1.0, 0, 1.0), "servers is 0"),
    ],
)
def test_waits_refuse(call: Callable[[], object], message: str) -> None:
    """Values outside a formula's range are refused by name."""
    with pytest.raises(ValueError, match=message):
        call()
