"""Which results a page is of: two checksums, in the page and in the provenance of a run."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

# What names a run. What is noted later, as by an audit, is left out: the run stays the same.
_NAMES = ("config_sha256", "code_sha256", "seed", "engine", "started")
CONFIG, RUN = "simcare-config", "simcare-run"


class Results(NamedTuple):
    """The results that a page is of: SHA-256 of the config, and of what names the run."""

    config: str
    run: str


def results_of(origin: Mapping[str, Any]) -> Results:
    """Return which results a provenance is that of."""
    named = json.dumps([origin.get(name) for name in _NAMES], ensure_ascii=False)
    return Results(str(origin.get(_NAMES[0], "")), hashlib.sha256(named.encode()).hexdigest())
