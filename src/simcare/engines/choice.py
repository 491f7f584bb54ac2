"""Which engine plays: the engines by their names, each imported when it is asked for."""

from typing import Protocol, get_args

from simcare.engines.cohort import Left, Passed, Visits
from simcare.engines.program import Program
from simcare.kernels.compile import Kept, kept
from simcare.kernels.desk import end_visit
from simcare.model.scenario import Engine

ENGINES: tuple[str, ...] = get_args(Engine)


class Simulate(Protocol):
    """How every engine is called."""

    def __call__(
        self,
        program: Program,
        seed: int,
        replication: int,
        passed: Passed = ...,
        left: Left | None = ...,
    ) -> Visits:
        """Return the visits of one replication: VISIT rows ordered by client, in their order.

        ``passed`` is told every now and then what share of the time has passed; ``left`` is handed
        the visits, and the clients as they are when the time is over.
        """


def machine_code(name: str) -> Kept:
    """Return whether an engine's machine code is kept: if not, its first replication takes long.

    Raises ValueError if there is no engine of that name.
    """
    if name == "compiled":
        from simcare.engines.loop import advance

        return kept(advance)
    if name == "reference":
        return kept(end_visit)
    raise ValueError(_unknown(name))


def simulator(name: str) -> Simulate:
    """Return the ``simulate`` of an engine; raise ValueError if there is none of that name."""
    if name == "compiled":
        from simcare.engines.compiled import simulate as compiled

        return compiled
    if name == "reference":
        from simcare.engines.reference import simulate as reference

        return reference
    raise ValueError(_unknown(name))


def _unknown(name: str) -> str:
    return f"engine is {name!r}; allowed: {', '.join(ENGINES)}"
