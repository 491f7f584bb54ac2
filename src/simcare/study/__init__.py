"""Studies: scenarios times replications, the same clients and luck in each, played to findings."""

from simcare.study.findings import about, findings_of
from simcare.study.need import Need, need
from simcare.study.play import run
from simcare.study.reading import reading_of
from simcare.study.values import (
    BLOCK,
    Block,
    Played,
    Result,
    Scene,
    Store,
    Study,
    blocks,
)

__all__ = [
    "BLOCK",
    "Block",
    "Need",
    "Played",
    "Result",
    "Scene",
    "Store",
    "Study",
    "about",
    "blocks",
    "findings_of",
    "need",
    "reading_of",
    "run",
]
