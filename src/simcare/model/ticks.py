"""Time: whole ticks of one second from the start date; days are civil days of 86,400 ticks.

There is no daylight saving: a day always has the same length, so that a length of stay never
depends on when it begins.
"""

TICKS_PER_DAY = 86_400
LONGEST_HORIZON_DAYS = 500_000.0  # 1,369 years: the key of an event has room for them


def ticks(days: float) -> int:
    """Return a length in days as whole ticks, halves rounded up."""
    return int(days * TICKS_PER_DAY + 0.5)
