"""Studies: scenarios times replications, the same clients and luck in each, played to findings."""

from simcare.study.beginning import Foreseen, foreseen
from simcare.study.earlier import earlier
from simcare.study.findings import about, findings_of
from simcare.study.gaps import Gaps, gaps
from simcare.study.identity import identity_of
from simcare.study.laws import LawBrokenError
from simcare.study.load import LOAD_BY, loads
from simcare.study.need import Need, clients_expected, need
from simcare.study.outcomes import is_beyond, outcomes_of
from simcare.study.pairs import pairs
from simcare.study.play import run
from simcare.study.proof import OTHER, EnginesDifferError, Outcomes, in_order, prove
from simcare.study.reading import reading_of
from simcare.study.values import (
    BLOCK,
    Block,
    Earlier,
    Played,
    Result,
    Scene,
    Store,
    Study,
    Told,
    blocks,
)

__all__ = [
    "BLOCK",
    "LOAD_BY",
    "OTHER",
    "Block",
    "Earlier",
    "EnginesDifferError",
    "Foreseen",
    "Gaps",
    "LawBrokenError",
    "Need",
    "Outcomes",
    "Played",
    "Result",
    "Scene",
    "Store",
    "Study",
    "Told",
    "about",
    "blocks",
    "clients_expected",
    "earlier",
    "findings_of",
    "foreseen",
    "gaps",
    "identity_of",
    "in_order",
    "is_beyond",
    "loads",
    "need",
    "outcomes_of",
    "pairs",
    "prove",
    "reading_of",
    "run",
]
