"""The laws of a client: how long, how far, which way. Every engine calls these and no others.

Durations and hazards have their parameters in days; what comes out is days, or whole ticks where a
function says so. Hazards are worked with through their cumulative form H: a client carries a
unit-exponential threshold, and the event happens when the hazard accumulated, times what multiplies
it, has used the threshold up. So a change of speed never needs a new draw.
"""

import math

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.elementary import exp, expm1, log, log1p, power
from simcare.kernels.gamma_table import tabled_gamma_quantile
from simcare.kernels.quantiles import (
    exponential_quantile,
    log_logistic_quantile,
    log_normal_quantile,
    triangular_quantile,
    uniform_quantile,
    weibull_quantile,
)
from simcare.kernels.tables import (
    CATEGORY,
    EMPIRICAL,
    EXPONENTIAL,
    FIXED,
    GAMMA,
    LOG_LOGISTIC,
    LOG_NORMAL,
    MIXTURE,
    MOTIVATED,
    NEVER,
    NONE,
    TICKS_PER_DAY,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    Floats,
    Row,
    Rows,
)

LOG_2 = 0.6931471805599453
INFINITY = math.inf
BELOW_ONE = 1.0 - 2.0**-53
SMALLEST_SHARE = 2.0**-54  # below the smallest uniform that is drawn
MOST_STEPS = 60  # two or three as a rule; more where the slope is nearly 0 at the root


@inlined_kernel
def whole_ticks(days: float, least: int) -> int:
    """Return a length in days as int64 ticks, rounded half up once, never below ``least``.

    What would not come within any horizon is NEVER.
    """
    if not days < 1e12:
        return NEVER
    return max(least, int(days * TICKS_PER_DAY + 0.5))


@kernel
def chosen(points: Floats, first: int, many: int, u: float) -> int:
    """Return the row of ``points`` (cumulative share, value) in which the uniform ``u`` falls."""
    for k in range(first, first + many - 1):
        if u < points[k, 0]:
            return k
    return first + many - 1


@kernel
def between(points: Floats, first: int, many: int, u: float) -> float:
    """Return the empirical quantile at ``u``: straight lines between (probability, value) rows."""
    k = first + 1
    while k < first + many - 1 and u > points[k, 0]:
        k += 1
    share = (u - points[k - 1, 0]) / (points[k, 0] - points[k - 1, 0])
    return float(points[k - 1, 1] + share * (points[k, 1] - points[k - 1, 1]))


@kernel
def simple_draw(law: Row, points: Floats, u: float) -> float:
    """Return the value of a law that is not a mixture at the uniform ``u``, by inversion."""
    kind = law.kind
    if kind == EXPONENTIAL:
        return exponential_quantile(u, law.a)
    if kind == FIXED:
        return float(law.a)
    if kind == LOG_NORMAL:
        return log_normal_quantile(u, law.a, law.b)
    if kind == GAMMA:
        return float(law.a * tabled_gamma_quantile(u, law.b, points, law.first))
    if kind == WEIBULL:
        return weibull_quantile(u, law.a, law.b)
    if kind == LOG_LOGISTIC:
        return log_logistic_quantile(u, law.a, law.b)
    if kind == UNIFORM:
        return uniform_quantile(u, law.a, law.b)
    if kind == TRIANGULAR:
        return triangular_quantile(u, law.a, law.b, law.c)
    if kind == EMPIRICAL:
        return between(points, law.first, law.many, u)
    if kind == CATEGORY:
        return float(points[chosen(points, law.first, law.many, u), 1])
    return INFINITY


@kernel
def draw(laws: Rows, points: Floats, index: int, u: float) -> float:
    """Return the value of law ``index`` at the uniform ``u``; one uniform serves a mixture too.

    In a mixture the part is chosen by the interval in which ``u`` falls, and the place of ``u`` in
    that interval is again uniform.
    """
    law = laws[index]
    if law.kind != MIXTURE:
        return simple_draw(law, points, u)
    k = chosen(points, law.first, law.many, u)
    below = points[k - 1, 0] if k > law.first else 0.0
    inside = (u - below) / (points[k, 0] - below)
    inside = min(max(inside, 1e-17), 1.0 - 1.2e-16)
    return simple_draw(laws[int(points[k, 1])], points, inside)


@kernel
def share_up_to(law: Row, points: Floats, value: float) -> float:
    """Return the probability that a law that is not a mixture gives ``value`` or less.

    The quantile rises with u, so where it passes ``value`` is found by halving: to the last digit
    of u, and 0 or 1 exactly where all that can come out is above it, or nothing.
    """
    low, high = 0.0, 1.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if simple_draw(law, points, middle) > value:
            high = middle
        else:
            low = middle
        if high < SMALLEST_SHARE:
            return 0.0
    return low if high < 1.0 else 1.0


@kernel
def above(law: Row, points: Floats, share: float, u: float) -> float:
    """Return the value of a law that is not a mixture at the uniform ``u`` of what is above.

    ``share`` is the probability of what is not above. So far in a tail that a uniform has no digits
    left, some 36 means of an exponential law, it may be no value above.
    """
    return simple_draw(law, points, min(share + (1.0 - share) * u, BELOW_ONE))


@kernel
def draw_above(laws: Rows, points: Floats, index: int, value: float, u: float) -> float:
    """Return the value of law ``index`` at the uniform ``u``, given that it is above ``value``.

    One uniform serves, also in a mixture: first it chooses the part, each with what it has above.
    Where nothing is above, ``value`` is returned. Given that it is above what nothing can be below,
    a law that is not a mixture gives what :func:`draw` does.
    """
    law = laws[index]
    if law.kind != MIXTURE:
        share = share_up_to(law, points, value)
        return above(law, points, share, u) if share < 1.0 else value
    total, before = 0.0, 0.0
    for k in range(law.first, law.first + law.many):
        part = laws[int(points[k, 1])]
        total += (points[k, 0] - before) * (1.0 - share_up_to(part, points, value))
        before = points[k, 0]
    rest, before, found = u * total, 0.0, value
    for k in range(law.first, law.first + law.many):
        part = laws[int(points[k, 1])]
        share = share_up_to(part, points, value)
        weight = (points[k, 0] - before) * (1.0 - share)
        before = points[k, 0]
        if weight > 0.0:
            inside = min(max(rest / weight, 1e-17), BELOW_ONE)
            found = above(part, points, share, inside)
            if rest < weight:
                break
            rest -= weight
    return found


@inlined_kernel
def passes(tests: Rows, first: int, many: int, traits: Floats) -> bool:
    """Return whether a client's attributes pass every test of a list (an empty list: yes)."""
    for k in range(first, first + many):
        value = traits[tests[k].column]
        if not (tests[k].at_least <= value < tests[k].below):
            return False
    return True


@inlined_kernel
def factor_of(effects: Rows, tests: Rows, first: int, many: int, traits: Floats) -> float:
    """Return the product of the effects that apply to a client's attributes."""
    product = 1.0
    for k in range(first, first + many):
        effect = effects[k]
        if effect.column != NONE:
            product *= power(effect.factor, traits[effect.column])
        elif passes(tests, effect.first, effect.many, traits):
            product *= effect.factor
    return product


@inlined_kernel
def drifted(value: float, half_life_days: float, towards: float, days: float) -> float:
    """Return ``value`` after ``days``: half of the way to ``towards`` per half-life.

    towards + (value - towards) * 2 ** (-days / half_life); a half-life of 0 means that it stays.
    """
    if half_life_days == 0.0:
        return value
    return towards + (value - towards) * exp(-LOG_2 * days / half_life_days)


@kernel
def motivated_hazard(
    days: float, mean: float, link: float, motivation: float, half_life_days: float, towards: float
) -> float:
    """Return the hazard of leaving accumulated in ``days`` from a motivation on.

    The hazard is (1 - link * motivation(t)) / mean with motivation(t) as in :func:`drifted`; hence
    [(1 - link * towards) t - link (motivation - towards) (1 - exp(-d t)) / d] / mean, d = ln 2 /
    half-life. Without drift it is constant.
    """
    if half_life_days == 0.0:
        return (1.0 - link * motivation) * days / mean
    d = LOG_2 / half_life_days
    faded = -expm1(-d * days) / d
    return ((1.0 - link * towards) * days - link * (motivation - towards) * faded) / mean


@kernel
def motivated_time(
    amount: float,
    mean: float,
    link: float,
    motivation: float,
    half_life_days: float,
    towards: float,
) -> float:
    """Return the days after which :func:`motivated_hazard` has reached ``amount``, maybe infinity.

    With x = d t, a = d mean amount / (1 - link towards) and r = link (motivation - towards) /
    (1 - link towards) it is the root of x + r (exp(-x) - 1) - a. As the hazard is never negative, r
    is at most 1, and the root lies between a and the nearer of a + r and a / (1 - r), from which it
    is searched by Halley's steps, at most twice Newton's.
    """
    final_speed = 1.0 - link * towards
    if half_life_days == 0.0:
        speed = (1.0 - link * motivation) / mean
        return amount / speed if speed > 0.0 else INFINITY
    d = LOG_2 / half_life_days
    if final_speed <= 0.0:  # the hazard fades away: all of it is link (towards - motivation) / d
        share = d * mean * amount / (link * (towards - motivation)) if motivation < towards else 1.0
        return -log1p(-share) / d if share < 1.0 else INFINITY
    a = d * mean * amount / final_speed
    r = link * (motivation - towards) / final_speed
    near = a / (1.0 - r) if r < 1.0 else INFINITY
    x = min(near, a + r) if r > 0.0 else max(near, a + r)
    for _ in range(MOST_STEPS):
        faded = expm1(-x)
        bend = r * (1.0 + faded)
        slope = 1.0 - bend
        newton = (x + r * faded - a) / slope if slope > 0.0 else 0.0
        step = newton / max(1.0 - 0.5 * newton * bend / slope, 0.5) if newton != 0.0 else 0.0
        x = max(x - step, a) if r > 0.0 else min(x - step, a)
        if abs(step) <= 1e-5 * x:  # what is left is of the order of the cube
            break
    days = x / d
    return days if days < 1e12 else INFINITY


@kernel
def hazard_used(
    law: Row, age: float, days: float, motivation: float, half_life_days: float, towards: float
) -> float:
    """Return the hazard that a clock of ``age`` days accumulates in the next ``days``.

    Weibull: (x / scale) ** shape. Log-logistic: log(1 + (x / median) ** shape). A fixed time uses
    nothing before it comes.
    """
    if law.kind == EXPONENTIAL:
        return float(days / law.a)
    if law.kind == MOTIVATED:
        return motivated_hazard(days, law.a, law.b, motivation, half_life_days, towards)
    if law.kind == WEIBULL:
        return power((age + days) / law.a, law.b) - power(age / law.a, law.b)
    if law.kind == LOG_LOGISTIC:
        return log1p(power((age + days) / law.a, law.b)) - log1p(power(age / law.a, law.b))
    return 0.0


@kernel
def hazard_time(
    law: Row, age: float, amount: float, motivation: float, half_life_days: float, towards: float
) -> float:
    """Return the days after which a clock of ``age`` days has used ``amount``, maybe infinity."""
    if law.kind == EXPONENTIAL:
        return float(amount * law.a)
    if law.kind == MOTIVATED:
        return motivated_time(amount, law.a, law.b, motivation, half_life_days, towards)
    if law.kind == WEIBULL:
        before = power(age / law.a, law.b)
        return float(law.a * power(amount + before, 1.0 / law.b) - age)
    if law.kind == LOG_LOGISTIC:
        before = log1p(power(age / law.a, law.b))
        return float(law.a * power(expm1(amount + before), 1.0 / law.b) - age)
    return max(0.0, float(law.a - age))


@inlined_kernel
def unit_threshold(u: float) -> float:
    """Return the unit-exponential threshold of a uniform: -log(u)."""
    return -log(u)


@inlined_kernel
def is_certain(law: Row) -> bool:
    """Return whether a law is a fixed time, which no threshold and no factor can change."""
    return bool(law.kind == FIXED)
