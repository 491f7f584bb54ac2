"""Who is compared: what each is, up to which size it is asked, and how it is drawn."""

import importlib.util
import shlex
import shutil
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

from peers_jaamsim import JaamSim
from players import HERE, Called, Player, Worker

COMPILED, REFERENCE, CPP, PLAIN, FIFO = "compiled", "reference", "cpp", "plain", "fifo"
FIFO_BARE, CIW, SALABIM, CIMBA = "fifo-no-collector", "ciw", "salabim", "cimba"
SIMMER, JAAMSIM = "simmer", "jaamsim"
OURS = (COMPILED, REFERENCE)


@dataclass(frozen=True)
class Competitor:
    """A program that plays pathway-6.

    ``largest`` is the number of clients up to which it is asked; ``batch``, how many clients a turn
    should have in all, for what is over in a moment is timed in several runs. ``module`` is what
    has to be installed for it.
    """

    name: str
    title: str
    largest: int
    marker: str
    start: Callable[[int, Namespace], Player]
    module: str | None = None
    program: str | None = None
    batch: int = 0
    note: str = ""

    def runs(self, clients: int) -> int:
        """Return how many runs a turn has at a size."""
        return max(1, self.batch // clients)


def _worker(module: str, function: str) -> Callable[[int, Namespace], Player]:
    return lambda clients, given: Worker(module, function, clients, {})


def _cpp(clients: int, given: Namespace) -> Player:
    return Called(shlex.split(given.cpp), clients)


def _simmer(clients: int, given: Namespace) -> Player:
    return Called(["Rscript", str(HERE / "peers_simmer.R")], clients)


def _jaamsim(clients: int, given: Namespace) -> Player:
    return JaamSim(given.jaamsim, clients)


ALL = (
    Competitor(
        COMPILED,
        "simcare, compiled",
        1_000_000,
        "o",
        _worker("simcare_engines", "compiled"),
        batch=100_000,
    ),
    Competitor(
        REFERENCE, "simcare, reference", 1_000_000, "s", _worker("simcare_engines", "reference")
    ),
    Competitor(CPP, "C++", 1_000_000, "v", _cpp, batch=400_000),
    Competitor(CIMBA, "Cimba", 200_000, "D", _worker("peers_cimba", "play"), "cimba", batch=25_000,
               note="it keeps a stack for each client inside, and got no memory for one more"),
    Competitor(FIFO, "SimPy, fifo", 1_000_000, "^", _worker("peers_simpy_fifo", "fifo")),
    Competitor(
        FIFO_BARE,
        "SimPy, fifo, no collector",
        80_000,
        "<",
        _worker("peers_simpy_fifo", "fifo_no_collector"),
    ),
    Competitor(PLAIN, "SimPy, plain", 200_000, "P", _worker("peers_simpy_plain", "plain")),
    Competitor(SALABIM, "salabim", 20_000, "X", _worker("peers_salabim", "play"), "salabim"),
    Competitor(CIW, "Ciw", 20_000, "*", _worker("peers_ciw", "play"), "ciw"),
    Competitor(SIMMER, "simmer", 200_000, ">", _simmer, program="Rscript"),
    Competitor(JAAMSIM, "JaamSim", 80_000, "p", _jaamsim, program="java", batch=50_000),
)  # fmt: skip
NAMES = tuple(competitor.name for competitor in ALL)


def missing(competitor: Competitor, given: Namespace) -> str | None:
    """Return why a competitor is not here, or None if it is."""
    if competitor.name == CPP and not given.cpp:
        return "no program was given (--cpp)"
    if competitor.name == JAAMSIM and not given.jaamsim:
        return "no class path was given (--jaamsim)"
    if competitor.module and importlib.util.find_spec(competitor.module) is None:
        return f"the package {competitor.module} is not installed"
    program = shlex.split(given.cpp)[0] if competitor.name == CPP else competitor.program
    if program and shutil.which(program) is None:
        return f"there is no program {program}"
    return None


def by_name(name: str) -> Competitor:
    """Return a competitor."""
    return next(competitor for competitor in ALL if competitor.name == name)
