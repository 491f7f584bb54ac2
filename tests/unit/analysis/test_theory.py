"""Queueing results against printed known answers, limits, and independent computations."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.linalg import expm

from simcare.analysis.theory import (
    ImpatientQueue,
    erlang_b,
    erlang_c,
    impatient_queue,
    infinite_server_occupancy,
    multi_server_queue,
    pollaczek_khinchine_mean_wait,
)


def _printed(value: float, digits: str) -> None:
    """Hold that a value, rounded to as many decimals as are printed, is what is printed."""
    decimals = len(digits.partition(".")[2])
    assert f"{value:.{decimals}f}" == (f"0{digits}" if digits.startswith(".") else digits)


@pytest.mark.parametrize(
    ("rate", "stay", "servers", "late", "printed"),
    [
        pytest.param(0.9, 1.0, 1, 14.0, (".90000", "9.000", "8.100", "21.97", ".2219"), id="M/M/1"),
        pytest.param(
            1.5, 7.0, 12, 14.0, (".56390", "2.63154", "3.94731", "8.072", ".02807"), id="M/M/12"
        ),
        pytest.param(
            0.6, 90.0, 60, 30.0, (".32456", "4.86841", "2.92105", "17.660", ".04392"), id="M/M/60"
        ),
    ],
)
def test_multi_server_known_answers(
    rate: float, stay: float, servers: int, late: float, printed: tuple[str, ...]
) -> None:
    """P(wait), mean wait, mean queue, 90th percentile and P(W > late) as printed."""
    queue = multi_server_queue(rate, stay, servers)
    _printed(queue.wait_probability, printed[0])
    _printed(queue.mean_wait_time, printed[1])
    _printed(queue.mean_queue, printed[2])
    _printed(queue.wait_percentile(0.9), printed[3])
    _printed(queue.wait_exceeds(late), printed[4])
    assert queue.occupancy == pytest.approx(rate * stay / servers, rel=1e-14)


@pytest.mark.parametrize(
    ("servers", "load", "printed"),
    [(5, 4.0, ".199067"), (10, 9.0, ".167963"), (12, 10.5, ".139142")],
)
def test_erlang_b_known_answers(servers: int, load: float, printed: str) -> None:
    """Share lost for 5, 10 and 12 servers as printed."""
    _printed(erlang_b(servers, load), printed)


def test_erlang_b_from_its_definition() -> None:
    """(a^c / c!) / sum of a^k / k!, in 40 digits, also where plain floats would overflow."""
    for servers, load in ((1, 0.3), (60, 54.0), (1000, 990.0)):
        with mpmath.workdps(40):
            terms = [mpmath.mpf(load) ** k / mpmath.factorial(k) for k in range(servers + 1)]
            expected = float(terms[-1] / mpmath.fsum(terms))
        assert erlang_b(servers, load) == pytest.approx(expected, rel=1e-12)


def test_erlang_b_edges() -> None:
    """Without servers all are lost, without arrivals none."""
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(4, 0.0) == 0.0


def test_erlang_c_of_one_server_is_its_load() -> None:
    """In M/M/1 an arrival waits with probability rho."""
    assert erlang_c(1, 0.7) == pytest.approx(0.7, rel=1e-15)


def test_wait_percentile_inverts_wait_exceeds() -> None:
    """Above the atom P(W > t_p) = 1 - p; at and below it the percentile is 0."""
    queue = multi_server_queue(1.5, 7.0, 12)
    for p in (0.5, 0.9, 0.999):
        assert queue.wait_exceeds(queue.wait_percentile(p)) == pytest.approx(1 - p, rel=1e-12)
    assert queue.wait_percentile(0.0) == 0.0
    assert queue.wait_percentile(0.43) == 0.0
    assert queue.wait_percentile(0.45) > 0.0
    assert queue.wait_exceeds(0.0) == queue.wait_probability


def test_impatient_queue_12_beds() -> None:
    """Erlang A, 12 beds, rate 1.5, stay 7, patience 30, as printed."""
    queue = impatient_queue(1.5, 7.0, 12, 30.0)
    _printed(queue.wait_probability, ".45742")
    _printed(queue.leave_probability, ".03488")
    _printed(queue.mean_queue, "1.56966")
    _printed(queue.occupancy, ".84448")


@pytest.mark.parametrize(
    ("rate", "leave", "wait", "within"),
    [(0.6, ".01956", "1.174", ".9999"), (0.8, ".17302", "10.381", ".9784")],
)
def test_impatient_queue_60_beds(rate: float, leave: str, wait: str, within: str) -> None:
    """Erlang A, 60 beds, stay 90, patience 60, as printed."""
    queue = impatient_queue(rate, 90.0, 60, 60.0)
    _printed(queue.leave_probability, leave)
    _printed(queue.mean_wait_time, wait)
    _printed(queue.served_within(30.0), within)


@pytest.mark.parametrize(
    ("patience", "leave", "wait", "within", "leave_at_six"),
    [
        (60.0, ".1730", "10.4", ".978", ".0196"),
        (120.0, ".1689", "20.3", ".749", ".0145"),
        (240.0, ".1671", "40.1", ".247", ".0100"),
    ],
)
def test_impatient_queue_by_patience(
    patience: float, leave: str, wait: str, within: str, leave_at_six: str
) -> None:
    """Erlang A, 60 beds, stay 90, rates 0.8 and 0.6, patience 60, 120, 240, as printed."""
    queue = impatient_queue(0.8, 90.0, 60, patience)
    _printed(queue.leave_probability, leave)
    _printed(queue.mean_wait_time, wait)
    _printed(queue.served_within(30.0), within)
    _printed(impatient_queue(0.6, 90.0, 60, patience).leave_probability, leave_at_six)


@pytest.mark.parametrize(
    ("beds", "leave", "wait"),
    [(60, ".1730", "10.38"), (66, ".1040", "6.24"), (72, ".0517", "3.10"), (80, ".0137", "0.82")],
)
def test_impatient_queue_by_beds(beds: int, leave: str, wait: str) -> None:
    """Erlang A, rate 0.8, stay 90, patience 60, with 60 to 80 beds, as printed."""
    queue = impatient_queue(0.8, 90.0, beds, 60.0)
    _printed(queue.leave_probability, leave)
    _printed(queue.mean_wait_time, wait)


SETTINGS = [(1.5, 7.0, 12, 30.0), (0.8, 90.0, 60, 240.0), (0.6, 90.0, 60, 60.0), (5.0, 1.0, 1, 0.1)]


def _served_within_by_matrix(queue: ImpatientQueue, time: float) -> float:
    """Compute the share of the served who waited at most `time` by a matrix exponential.

    A tagged customer with k ahead moves up at rate c mu + k theta and leaves at rate theta;
    moving up from k = 0 is being served. The last state is `served`.
    """
    size = queue.queue_probabilities.size
    theta = 1 / queue.mean_patience_time
    moves = queue.servers / queue.mean_service_time + theta * np.arange(size)
    chain = np.zeros((size + 1, size + 1))
    chain[np.arange(size), np.arange(size)] = -(moves + theta)
    chain[np.arange(1, size), np.arange(size - 1)] = moves[1:]
    chain[0, size] = moves[0]
    served = expm(chain * time)[:size, size]
    at_once = 1 - queue.wait_probability
    return float((at_once + queue.queue_probabilities @ served) / (1 - queue.leave_probability))


@pytest.mark.parametrize("setting", SETTINGS)
def test_served_within_agrees_with_the_tagged_customer_chain(
    setting: tuple[float, float, int, float],
) -> None:
    """The closed form equals the killed pure-death chain solved by a matrix exponential."""
    queue = impatient_queue(*setting)
    for share in (0.0, 0.01, 0.3, 1.0, 3.0):
        time = share * queue.mean_patience_time
        expected = _served_within_by_matrix(queue, time)
        assert queue.served_within(time) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("setting", SETTINGS)
def test_impatient_queue_conserves_arrivals(setting: tuple[float, float, int, float]) -> None:
    """Those who leave and those served make up all arrivals, by flow and by the tagged wait."""
    rate, stay, servers, patience = setting
    queue = impatient_queue(*setting)
    served = queue.occupancy * servers / stay
    assert served + queue.mean_queue / patience == pytest.approx(rate, rel=1e-11)
    assert queue.leave_probability == pytest.approx(1 - served / rate, abs=1e-11)
    assert queue.mean_wait_time == pytest.approx(queue.mean_queue / rate, rel=1e-14)
    assert queue.served_within(1000 * patience) == pytest.approx(1.0, abs=1e-9)
    assert queue.served_within(0.0) == pytest.approx(
        (1 - queue.wait_probability) / (1 - queue.leave_probability), rel=1e-12
    )


@pytest.mark.parametrize("setting", SETTINGS)
def test_mean_wait_agrees_with_the_waits_of_served_and_leavers(
    setting: tuple[float, float, int, float],
) -> None:
    """Integrating P(still waiting at t) for the tagged customer gives the mean wait of all."""
    patience = setting[-1]
    queue = impatient_queue(*setting)
    size = queue.queue_probabilities.size
    moves = queue.servers / queue.mean_service_time + np.arange(size) / patience
    chain = np.diag(moves + 1 / patience) - np.diag(moves[1:], -1)
    expected = float(queue.queue_probabilities @ np.linalg.solve(chain, np.ones(size)))
    assert queue.mean_wait_time == pytest.approx(expected, rel=1e-10)


def test_impatient_queue_with_patience_equal_to_service() -> None:
    """With theta = mu the number present is Poisson with mean a (as in M/M/infinity)."""
    queue = impatient_queue(2.0, 3.0, 4, 3.0)
    poisson = [math.exp(-6.0) * 6.0**n / math.factorial(n) for n in range(30)]
    assert queue.wait_probability == pytest.approx(1 - sum(poisson[:4]), rel=1e-12)
    assert_allclose(queue.queue_probabilities[:20], poisson[4:24], rtol=1e-11)


def test_impatient_queue_towards_endless_patience() -> None:
    """With very long patience Erlang A becomes M/M/c."""
    limit = multi_server_queue(1.5, 7.0, 12)
    queue = impatient_queue(1.5, 7.0, 12, 1e9)
    assert queue.wait_probability == pytest.approx(limit.wait_probability, rel=1e-6)
    assert queue.mean_wait_time == pytest.approx(limit.mean_wait_time, rel=1e-6)
    within = 1 - limit.wait_exceeds(14.0)
    assert queue.served_within(14.0) == pytest.approx(within, rel=1e-6)


def test_impatient_queue_towards_no_patience() -> None:
    """With patience near 0 Erlang A becomes Erlang B: those who would wait are lost."""
    queue = impatient_queue(1.5, 7.0, 12, 1e-9)
    assert queue.leave_probability == pytest.approx(erlang_b(12, 10.5), rel=1e-6)
    assert queue.served_within(0.0) == pytest.approx(1.0, abs=1e-6)


def test_impatient_queue_under_heavy_overload() -> None:
    """Twice the load a large unit can carry: half leave, and every bed is taken."""
    queue = impatient_queue(400.0, 1.0, 200, 50.0)
    assert queue.leave_probability == pytest.approx(0.5, rel=1e-9)
    assert queue.occupancy == pytest.approx(1.0, rel=1e-9)
    assert queue.queue_probabilities.sum() == pytest.approx(1.0, rel=1e-9)


def test_queue_probabilities_cannot_be_changed() -> None:
    """The array of a result is read-only."""
    with pytest.raises(ValueError, match="read-only"):
        impatient_queue(1.5, 7.0, 12, 30.0).queue_probabilities[0] = 1.0


@pytest.mark.parametrize(("scv", "wait"), [(0.0, 2.0), (1.0, 4.0), (4.0, 10.0)])
def test_pollaczek_khinchine_known_answers(scv: float, wait: float) -> None:
    """M/G/1, rate 0.8, mean 1: waits 2, 4 and 10 for constant, exponential and wild service."""
    assert pollaczek_khinchine_mean_wait(0.8, 1.0, scv) == pytest.approx(wait, rel=1e-14)


def test_pollaczek_khinchine_agrees_with_one_exponential_server() -> None:
    """With scv 1 it is M/M/1, in any unit of time."""
    expected = multi_server_queue(0.03, 20.0, 1).mean_wait_time
    assert pollaczek_khinchine_mean_wait(0.03, 20.0, 1.0) == pytest.approx(expected, rel=1e-13)


def test_infinite_server_known_answers() -> None:
    """Rate 1.5 + 0.6 sin(2 pi t / 365), stay 90, at the quarters of the year, as printed."""
    found = infinite_server_occupancy([0.0, 91.25, 182.5, 273.75], 1.5, 0.6, 365.0, 90.0)
    for value, printed in zip(found, ("110.396", "150.881", "159.604", "119.119"), strict=True):
        _printed(float(value), printed)


@pytest.mark.parametrize("time", [-50.0, 0.0, 100.0, 400.0])
def test_infinite_server_agrees_with_its_integral(time: float) -> None:
    """m(t) = integral over u of rate(t - u) P(stay > u), by quadrature."""

    def present(u: float) -> float:
        return (1.5 - 0.9 * math.sin(2 * math.pi * (time - u) / 30.0)) * math.exp(-u / 7.0)

    expected, _ = quad(present, 0.0, 400.0, limit=200, epsabs=1e-10)
    found = infinite_server_occupancy(time, 1.5, -0.9, 30.0, 7.0)
    assert found.shape == ()
    assert float(found) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1, 1.0), "servers is -1"),
        (lambda: erlang_b(True, 1.0), "servers is True"),
        (lambda: erlang_b(2.0, 1.0), r"servers is 2\.0"),  # type: ignore[arg-type]
        (lambda: erlang_b(2, -1.0), "offered_load is"),
        (lambda: erlang_c(0, 0.0), "servers is 0"),
        (lambda: erlang_c(2, 2.0), r"offered_load is 2\.0; it must be below"),
        (lambda: multi_server_queue(0.0, 1.0, 1), "arrival_rate is"),
        (lambda: multi_server_queue(1.0, math.inf, 1), "mean_service_time is inf"),
        (lambda: multi_server_queue(1.0, 1.0, 1), "offered_load is"),
        (lambda: multi_server_queue(0.5, 1.0, 1).wait_exceeds(-1.0), "time is"),
        (lambda: multi_server_queue(0.5, 1.0, 1).wait_percentile(1.0), "p is"),
        (lambda: impatient_queue(1.0, 1.0, 0, 1.0), "servers is 0"),
        (lambda: impatient_queue(1.0, 1.0, 1, math.inf), "mean_patience_time is inf"),
        (lambda: impatient_queue(1.0, 1.0, 1, 0.0), "mean_patience_time is"),
        (lambda: impatient_queue(9.0, 1.0, 1, 1e12), "mean_patience_time is .* shorter"),
        (lambda: impatient_queue(1.0, 1.0, 1, 1.0).served_within(math.nan), "time is nan"),
        (lambda: pollaczek_khinchine_mean_wait(1.0, 1.0, 1.0), "arrival_rate is"),
        (lambda: pollaczek_khinchine_mean_wait(0.5, 1.0, -1.0), "service_scv is"),
        (lambda: infinite_server_occupancy(0.0, 1.0, 1.1, 1.0, 1.0), "amplitude is"),
        (lambda: infinite_server_occupancy(0.0, 1.0, math.nan, 1.0, 1.0), "amplitude is nan"),
        (lambda: infinite_server_occupancy(math.inf, 1.0, 0.5, 1.0, 1.0), "time holds"),
        (lambda: infinite_server_occupancy(0.0, 1.0, 0.5, 0.0, 1.0), "period_time is"),
    ],
)
def test_theory_refuses(call: Callable[[], object], message: str) -> None:
    """Values outside a formula's range are refused by name, not computed."""
    with pytest.raises(ValueError, match=message):
        call()
