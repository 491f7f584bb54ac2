"""What a comparison found, as it is kept in a file: raw figures, from which pages can be made."""

import json
import math
import os
import platform
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from agreement import Agreement, Compared
from players import StartUp
from rounds import Timing

PACKAGES = ("simcare", "numba", "numpy", "simpy", "ciw", "salabim", "cimba")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text(encoding="utf-8"))
        if model:
            return model[1]
    return platform.processor() or platform.machine()


@dataclass
class Findings:
    """All that a comparison measured."""

    month: str
    processor: str
    python: str
    packages: dict[str, str]
    cores: int
    load: float  # of the machine before the first run: how many processes wanted a core
    timings: list[Timing] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    outcomes_mb: dict[int, float] = field(default_factory=dict)  # no records kept, by clients
    agreement: Agreement | None = None
    threads: dict[int, list[float]] = field(default_factory=dict)
    cold: StartUp | None = None
    again: list[StartUp] = field(default_factory=list)

    def timing(self, name: str, clients: int) -> Timing | None:
        """Return what a program took at a size, if it played."""
        for timing in self.timings:
            if (timing.name, timing.clients) == (name, clients) and timing.seconds:
                return timing
        return None

    def sizes(self) -> list[int]:
        """Return the sizes, from small to large."""
        return sorted({timing.clients for timing in self.timings})

    def ratios(self, name: str, other: str, clients: int) -> np.ndarray:
        """Return the time of one program over that of another, of the rounds that both played."""
        one, two = self.timing(name, clients), self.timing(other, clients)
        if one is None or two is None:
            return np.empty(0)
        both = sorted(one.seconds.keys() & two.seconds.keys())
        return np.array([one.seconds[k] / two.seconds[k] for k in both])

    def microseconds(self, name: str, clients: int) -> np.ndarray:
        """Return the CPU time per client of each round, in microseconds."""
        timing = self.timing(name, clients)
        seconds = [] if timing is None else list(timing.seconds.values())
        return np.array(seconds) / clients * 1e6


def nothing_yet() -> Findings:
    """Return findings of this machine, before anything is measured."""
    found = {package: _version(package) for package in PACKAGES}
    return Findings(
        f"{datetime.now(UTC):%B %Y}",
        _processor(),
        platform.python_version(),
        {package: number for package, number in found.items() if number},
        os.cpu_count() or 1,
        os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan,
    )


def save(findings: Findings, path: Path) -> None:
    """Write findings to a file, whole or not at all."""
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(asdict(findings), indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def _timing(raw: dict[str, Any]) -> Timing:
    return Timing(**{**raw, "seconds": {int(k): v for k, v in raw["seconds"].items()}})


def load(path: Path) -> Findings:
    """Return the findings that a file holds."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    said = raw.pop("agreement")
    if said is not None:
        said = Agreement(
            said["runs"], [Compared(**row) for row in said["compared"]], said["engines_equal"]
        )
    cold = raw.pop("cold")
    return Findings(
        **{
            **raw,
            "timings": [_timing(timing) for timing in raw["timings"]],
            "outcomes_mb": {int(k): v for k, v in raw["outcomes_mb"].items()},
            "threads": {int(k): v for k, v in raw["threads"].items()},
            "again": [StartUp(**start) for start in raw["again"]],
            "agreement": said,
            "cold": None if cold is None else StartUp(**cold),
        }
    )
