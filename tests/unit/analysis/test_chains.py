"""Markov chains solved: against formulas, matrix exponentials and chains cut off far out."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import expm

from simcare.analysis.chains import Blocks, FloatArray, drift, level_chain, stationary
from simcare.analysis.theory import erlang_b, multi_server_queue


def random_blocks(phases: int, levels: int, rise: float) -> list[Blocks]:
    """Return rates that differ from level to level, those up being so many times those down."""
    rng = np.random.default_rng(7)
    shape = (phases, phases)
    return [
        Blocks(rng.random(shape), rng.random(shape), rise * rng.random(shape))
        for _ in range(levels)
    ]


def cut_off(blocks: list[Blocks], levels: int) -> FloatArray:
    """Return the steady state, (levels, phases), of the chain that ends at a far level."""
    phases = len(blocks[0].within)
    chain = np.zeros((levels, phases, levels, phases))
    for k in range(levels):
        block = blocks[min(k, len(blocks) - 1)]
        chain[k, :, k] = block.within
        if k:
            chain[k, :, k - 1] = block.down
        if k + 1 < levels:
            chain[k, :, k + 1] = block.up
    size = levels * phases
    return stationary(chain.reshape(size, size)).reshape(levels, phases)


def test_stationary_of_a_loss_system() -> None:
    """12 servers, load 10.5, nobody waits: the last state is Erlang's B."""
    births, deaths = np.full(12, 1.5), np.arange(1, 13) / 7
    found = stationary(np.diag(births, 1) + np.diag(deaths, -1))
    assert found[-1] == pytest.approx(erlang_b(12, 10.5), rel=1e-12)
    assert found.sum() == pytest.approx(1.0, rel=1e-14)


def test_stationary_is_where_a_chain_ends_up() -> None:
    """After a long time every start has led to the steady state; the diagonal is not looked at."""
    rates = np.random.default_rng(3).random((6, 6))
    off = rates - np.diag(np.diag(rates))
    after = expm((off - np.diag(off.sum(axis=1))) * 200.0)
    assert_allclose(after, np.tile(stationary(rates), (6, 1)), rtol=1e-10)


@pytest.mark.parametrize(("rate", "mean", "servers"), [(0.9, 1.0, 1), (1.5, 7.0, 12)])
def test_level_chain_of_one_phase_is_a_queue(rate: float, mean: float, servers: int) -> None:
    """M/M/c by levels: the mean number inside is Erlang C's, the ratio is the load."""
    one = np.ones((1, 1))
    blocks = [Blocks(min(k, servers) / mean * one, 0 * one, rate * one) for k in range(servers + 1)]
    queue, chain = multi_server_queue(rate, mean, servers), level_chain(blocks)
    assert chain.mean_level == pytest.approx(queue.mean_queue + rate * mean, rel=1e-11)
    assert chain.ratio[0, 0] == pytest.approx(queue.occupancy, rel=1e-13)
    assert chain.levels[:-1].sum() == pytest.approx(1 - queue.wait_probability, rel=1e-11)


def test_level_chain_agrees_with_one_that_is_cut_off() -> None:
    """Four phases and three levels of their own, by linear equations over 300 levels."""
    blocks = random_blocks(4, 4, 0.7)
    expected, chain = cut_off(blocks, 300), level_chain(blocks)
    assert expected[-1].max() < 1e-15
    assert_allclose(chain.levels, expected[:4], rtol=1e-9)
    assert_allclose(chain.levels[-1] @ chain.ratio, expected[4], rtol=1e-9)
    assert_allclose(chain.phases, expected.sum(axis=0), rtol=1e-9)
    assert chain.mean_level == pytest.approx(np.arange(300) @ expected.sum(axis=1), rel=1e-9)


def test_drift_of_one_phase() -> None:
    """A level with one phase goes up and down at its own rates."""
    one = np.ones((1, 1))
    assert drift(Blocks(3 * one, one, 2 * one)) == (2.0, 3.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stationary([[1.0, 2.0]]), "shape"),
        (lambda: stationary([[0.0, -1.0], [1.0, 0.0]]), "negative"),
        (lambda: stationary([[0.0, np.inf], [1.0, 0.0]]), "not finite"),
        (lambda: stationary(np.zeros((5000, 5000))), "5000 states"),
        (lambda: level_chain([]), "blocks is empty"),
        (lambda: level_chain(random_blocks(3, 2, 1.5)), "without end"),
        (
            lambda: level_chain([*random_blocks(2, 1, 0.5), *random_blocks(3, 1, 0.5)]),
            "numbers of phases",
        ),
    ],
)
def test_chains_refuse(call: Callable[[], object], message: str) -> None:
    """What is no chain, or has no steady state, is refused."""
    with pytest.raises(ValueError, match=message):
        call()
