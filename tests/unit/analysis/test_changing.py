"""A queue that changes with time: against chains of its own, Poisson means and steady states."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import expm

from simcare.analysis.changing import FloatArray, Period, changing_queue
from simcare.analysis.theory import impatient_queue, multi_server_queue

CLOSING = (
    Period(5.0, 1.1, 3),
    Period(2.5, 0.4, 1),  # two places close while all three may be taken
    Period(0.5, 0.9, 0),
    Period(4.0, 0.7, 2),
)


def by_its_moves(periods: tuple[Period, ...], stay: float, patience: float) -> list[FloatArray]:
    """Return (mean queue, mean busy) at the end of each period, from matrix exponentials.

    The states (served, waiting) and their moves are written down one by one.
    """
    states = [(served, waiting) for served in range(4) for waiting in range(41)]
    number = {state: k for k, state in enumerate(states)}
    law = np.zeros(len(states))
    law[number[0, 0]] = 1.0
    found = []
    for length, rate, servers in periods:
        seated = np.zeros_like(law)
        for (served, waiting), share in zip(states, law, strict=True):
            while waiting and served < servers:
                served, waiting = served + 1, waiting - 1
            seated[number[served, waiting]] += share
        chain = np.zeros((len(states), len(states)))
        for served, waiting in states:
            here = number[served, waiting]
            joins = (served + 1, waiting) if served < servers else (served, waiting + 1)
            follows = waiting > 0 and served <= servers
            ends = (served, waiting - 1) if follows else (served - 1, waiting)
            for there, speed in (
                (joins, rate),
                (ends, served / stay),
                ((served, waiting - 1), waiting / patience),
            ):
                if there in number and speed:
                    chain[here, number[there]] += speed
                    chain[here, here] -= speed
        law = seated @ expm(chain * length)
        found.append(law @ np.array([(w, s) for s, w in states]))
    return found


@pytest.mark.parametrize("patience", [4.0, math.inf])
def test_it_agrees_with_a_chain_written_down_move_by_move(patience: float) -> None:
    """Three places that close, with people in them, and open again."""
    found = changing_queue(CLOSING, 2.0, patience, 40)
    expected = np.array(by_its_moves(CLOSING, 2.0, patience))
    assert_allclose(found.queue_at_end, expected[:, 0], rtol=1e-10)
    assert_allclose(found.busy_at_end, expected[:, 1], rtol=1e-10)


def test_means_over_a_period_are_those_of_its_parts() -> None:
    """A period cut in 400: the mean over it is Simpson's sum of the values between."""
    parts = [Period(p.length_time / 400, p.arrival_rate, p.servers) for p in CLOSING[:2]]
    pieces = changing_queue([part for part in parts for _ in range(400)], 2.0, 4.0, 40)
    whole = changing_queue(CLOSING[:2], 2.0, 4.0, 40)
    for mean, values in (
        (whole.mean_queue, pieces.queue_at_end),
        (whole.mean_busy, pieces.busy_at_end),
    ):
        second = values[399:]
        weights = np.ones(401)
        weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
        assert mean[1] == pytest.approx(float(weights @ second) / 1200, rel=1e-7)
    over = pieces.mean_queue.reshape(2, 400).mean(axis=1)
    assert_allclose(over, whole.mean_queue, rtol=1e-10)


def test_with_places_for_all_the_number_inside_is_poisson() -> None:
    """M(t)/M/infinity from empty: the mean follows m' = rate - m / stay."""
    found = changing_queue([Period(3.0, 2.0, 40), Period(2.0, 0.5, 40)], 4.0, math.inf, 1)
    first = 8.0 * (1 - math.exp(-0.75))
    second = 2.0 + (first - 2.0) * math.exp(-0.5)
    assert_allclose(found.busy_at_end, [first, second], rtol=1e-10)


def test_after_a_long_time_it_is_erlang_a_and_c() -> None:
    """Nothing changes for 2,000 days: the steady states of M/M/c+M and of M/M/c."""
    steady = impatient_queue(1.5, 7.0, 12, 30.0)
    found = changing_queue([Period(2000.0, 1.5, 12), Period(10.0, 1.5, 12)], 7.0, 30.0, 120)
    assert found.mean_queue[1] == pytest.approx(steady.mean_queue, rel=1e-9)
    assert found.busy_at_end[1] == pytest.approx(12 * steady.occupancy, rel=1e-9)
    patient = changing_queue([Period(2000.0, 0.5, 3)], 4.0, math.inf, 80)
    assert patient.queue_at_end[0] == pytest.approx(
        multi_server_queue(0.5, 4.0, 3).mean_queue, rel=1e-9
    )


def test_closed_places_empty_and_nobody_follows() -> None:
    """All places close and nobody comes: those served leave one by one, those waiting stay."""
    found = changing_queue([Period(4.0, 3.0, 2), Period(5.0, 0.0, 0)], 2.0, math.inf, 40)
    assert found.busy_at_end[1] == pytest.approx(found.busy_at_end[0] * math.exp(-2.5), rel=1e-11)
    assert found.queue_at_end[1] == pytest.approx(found.queue_at_end[0], rel=1e-11)
    assert found.mean_busy[1] == pytest.approx(
        found.busy_at_end[0] * 2.0 / 5.0 * (1 - math.exp(-2.5)), rel=1e-11
    )
    assert found.mean_usable.tolist() == pytest.approx([2.0, found.mean_busy[1]], rel=1e-11)


def test_one_of_two_places_closes_under_somebody() -> None:
    """Usable is one place, and one more while two are still busy: who waits is not let in.

    Who waits leaves as fast as who is served, so that the number inside is Poisson. Both are still
    there after t days with probability exp(-2 t / 2).
    """
    found = changing_queue([Period(3.0, 1.0, 2), Period(5.0, 0.0, 1)], 2.0, 2.0, 40)
    mean = 2.0 * (1 - math.exp(-1.5))
    two = 1 - math.exp(-mean) * (1 + mean)
    expected = 1 + two * (1 - math.exp(-5.0)) / 5.0
    assert found.mean_usable[1] == pytest.approx(expected, rel=1e-10)


def test_where_nothing_can_happen_nothing_does() -> None:
    """No place and nobody coming: empty; no period: nothing."""
    found = changing_queue([Period(5.0, 0.0, 0)], 1.0, math.inf, 3)
    assert found.mean_queue.tolist() == found.mean_busy.tolist() == [0.0]
    assert changing_queue([], 1.0, 1.0, 3).queue_at_end.shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: changing_queue([], 0.0, 1.0, 3), "mean_service_time is"),
        (lambda: changing_queue([], 1.0, 0.0, 3), "mean_patience_time is"),
        (lambda: changing_queue([], 1.0, 1.0, 0), "most_waiting is 0"),
        (lambda: changing_queue([Period(0.0, 1.0, 1)], 1.0, 1.0, 3), "length_time is"),
        (lambda: changing_queue([Period(1.0, -1.0, 1)], 1.0, 1.0, 3), "arrival_rate is"),
        (lambda: changing_queue([Period(1.0, 1.0, -1)], 1.0, 1.0, 3), "servers is -1"),
        (lambda: changing_queue([Period(9.0, 2.0, 1)], 1.0, math.inf, 3), "not rare enough"),
    ],
)
def test_it_refuses(call: Callable[[], object], message: str) -> None:
    """Values outside the range are refused by name, and a list that was cut off is too."""
    with pytest.raises(ValueError, match=message):
        call()
