"""Both engines on one program, and what they disagree about."""

from collections.abc import Callable

from simcare.engines import compiled, reference
from simcare.engines.agreement import first_difference
from simcare.engines.program import Program
from simcare.kernels.tables import Rows

Simulate = Callable[[Program, int, int], Rows]
MANY = 0x9E3779B97F4A7C15  # odd, so that its multiples are spread over all seeds


def a_seed(number: int) -> int:
    """Return a seed for a number: a different one of all 2^64 for each."""
    return number * MANY % 2**64


def disagreement(program: Program, ours: Rows, theirs: Rows) -> str | None:
    """Return where the visits of two engines differ in any byte, or None."""
    found = first_difference(ours, theirs, program)
    if found is None and ours.tobytes() != theirs.tobytes():
        return "the bytes between the columns differ"
    return found


def difference(program: Program, seed: int, replication: int = 0) -> str | None:
    """Return where the compiled engine differs from the reference engine, or None."""
    ours = compiled.simulate(program, seed, replication)
    return disagreement(program, ours, reference.simulate(program, seed, replication))
