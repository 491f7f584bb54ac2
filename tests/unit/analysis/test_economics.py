"""Cost against effect: known answers of net benefit, the best buy, dominance and the ellipse."""

from math import nan

import numpy as np
import pytest
from scipy.special import ndtri

from simcare.analysis.economics import (
    Standing,
    acceptability,
    cost_of_one,
    ellipse,
    net_benefit,
    perfect_information,
    standings,
    steps_between,
)

DOMINATED, EXTENDED = Standing.DOMINATED, Standing.EXTENDEDLY_DOMINATED
EFFICIENT = Standing.EFFICIENT


def two_normals(points: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Return a policy beside a base of 0: pairs at equal chances of two correlated normals.

    Effect 0.05 with standard deviation 0.03, cost 1000 with 800, correlation 0.2.
    """
    z = ndtri((np.arange(points) + 0.5) / points)
    one, other = (a.ravel() for a in np.meshgrid(z, z))
    effect = 0.05 + 0.03 * one
    cost = 1000 + 800 * (0.2 * one + np.sqrt(1 - 0.2**2) * other)
    nothing = np.zeros_like(cost)
    return np.stack([nothing, cost]), np.stack([nothing, effect])


def test_the_acceptability_curve_of_two_normals() -> None:
    """Expected: P(k dE - dC > 0) of a normal, mean 0.05 k - 1000 and variance (0.03 k)^2 + 800^2 -
    2 k 0.2 x 0.03 x 800; and 1000 / 0.05 = 20,000 for one unit of effect. Half of 1e-4 is the
    rounding of what is expected, half that of the grid, a thousand steps to either side.
    """
    costs, effects = two_normals()
    shares = acceptability(costs, effects, (0, 10_000, 20_000, 30_000, 50_000))
    assert shares[1] / 100 == pytest.approx([0.1056, 0.2650, 0.5000, 0.6786, 0.8330], abs=1e-4)
    assert shares.sum(axis=0) == pytest.approx(100)
    ratio = cost_of_one(float(costs[1].mean()), float(effects[1].mean()))
    assert ratio == pytest.approx(20_000)


def test_perfect_information_on_two_normals() -> None:
    """Expected: at 20,000 the mean net benefit is 0, so it is E[max(0, X)] = sd / sqrt(2 pi).

    The variance of X is 600^2 + 800^2 - 2 x 0.2 x 600 x 800 = 808,000.
    """
    (value,) = perfect_information(*two_normals(), (20_000,))
    assert value == pytest.approx(808_000**0.5 / (2 * np.pi) ** 0.5, rel=1e-3)


def test_net_benefit_is_paired_and_ties_are_shared() -> None:
    """Expected: by hand, at 100 for one: 100 x 2 - 50, and 100 x (-1) - (-10); then a draw."""
    costs = np.array([[10.0, 20.0], [60.0, 10.0], [60.0, 10.0]])
    effects = np.array([[1.0, 3.0], [3.0, 2.0], [3.0, 2.0]])
    assert net_benefit(costs, effects, 100.0).tolist() == [[0, 0], [150, -90], [150, -90]]
    assert acceptability(costs, effects, [100.0])[:, 0].tolist() == [50, 25, 25]
    assert perfect_information(costs, effects, [100.0]).tolist() == [75.0 - 30.0]


def test_dominance_by_hand() -> None:
    """Expected: by hand. b costs 100 for 1; c 300 for 2; d is dearer than c and brings as much.

    e costs 250 for 1.5: 300 for one more than b, and c only 100 for the one after. f is the base
    again. Of g the one more costs (700 - 300) / 1 = 400.
    """
    costs = [0.0, 100.0, 300.0, 350.0, 250.0, 0.0, 700.0]
    effects = [0.0, 1.0, 2.0, 2.0, 1.5, 0.0, 3.0]
    kinds = [EFFICIENT, EFFICIENT, EFFICIENT, DOMINATED, EXTENDED, EFFICIENT, EFFICIENT]
    assert list(standings(costs, effects)) == kinds
    steps = steps_between(costs, effects)
    assert steps == pytest.approx([nan, 100.0, 200.0, nan, nan, nan, 400.0], nan_ok=True)


@pytest.mark.parametrize("differences", [(-5.0, 1.0), (5.0, -1.0), (-5.0, -1.0), (5.0, 0.0)])
def test_there_is_no_ratio_but_of_more_cost_for_more(differences: tuple[float, float]) -> None:
    """Hold that a ratio is told in one quadrant alone."""
    assert np.isnan(cost_of_one(*differences))


def test_the_ellipse_holds_its_share() -> None:
    """Expected: a contour at -2 ln 0.05 = 5.99 of the distance by the covariance; 95 of 100 inside.

    The pairs are a grid of two normals at equal chances, so there is no chance in it.
    """
    costs, effects = two_normals(200)
    around = ellipse(effects[1], costs[1])
    inverse = np.linalg.inv(np.cov(effects[1], costs[1]))

    def distance(points: np.ndarray) -> np.ndarray:
        off = points - [effects[1].mean(), costs[1].mean()]
        return np.asarray(np.einsum("ij,jk,ik->i", off, inverse, off))

    assert distance(around) == pytest.approx(-2 * np.log(0.05), rel=1e-6)
    inside = distance(np.stack([effects[1], costs[1]], axis=1)) <= -2 * np.log(0.05)
    assert inside.mean() == pytest.approx(0.95, abs=0.003)
    assert ellipse(effects[1][:2], costs[1][:2]).shape == (0, 2)


def test_pairs_on_a_line_have_an_ellipse() -> None:
    """Hold that a policy whose cost follows from its effect is no error."""
    x = np.array([0.0, 1.0, 2.0])
    assert np.isfinite(ellipse(x, 3 * x)).all()
    assert np.isfinite(ellipse(0 * x, 0 * x)).all()


@pytest.mark.parametrize(
    ("costs", "effects", "said"),
    [
        (np.zeros((2, 3)), np.zeros((2, 2)), r"\(2, 3\) and effects \(2, 2\)"),
        (np.zeros(3), np.zeros(3), r"both must be \(policies, replications\)"),
        (np.zeros((2, 0)), np.zeros((2, 0)), "one of each at the least"),
        (np.full((2, 2), np.nan), np.zeros((2, 2)), "not finite"),
    ],
)
def test_what_is_no_pair_is_refused(costs: np.ndarray, effects: np.ndarray, said: str) -> None:
    """Hold the messages."""
    with pytest.raises(ValueError, match=said):
        net_benefit(costs, effects, 1.0)
