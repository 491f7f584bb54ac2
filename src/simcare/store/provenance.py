"""Where results come from: code, versions, platform, seed and the config's hash; sealed."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simcare import __version__
from simcare.store.whole import checksum

LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "simpy",
    "hydra-core",
    "polars",
    "pydantic",
    "holidays",
)
SEAL = "provenance_sha256"  # of the provenance as it stands in its file without this line


def code_hash() -> str:
    """Return the SHA-256 over the package's own sources: which version of the code this is."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.relative_to(package).as_posix().encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _git(*arguments: str) -> str | None:
    folder = Path(__file__).parents[3]
    if not (folder / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def provenance(config_hash: str, seed: int, engine: str) -> dict[str, Any]:
    """Return where results come from: code, versions, platform, seed and the config's hash."""
    status = _git("status", "--porcelain")
    return {
        "simcare": __version__,
        "code_sha256": code_hash(),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": None if status is None else bool(status),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "engine": engine,
        "seed": seed,
        "config_sha256": config_hash,
    }


class ChangedError(ValueError):
    """A provenance is not as it was written."""


def sealed(origin: Mapping[str, Any]) -> bytes:
    """Return a provenance as its file holds it, with the checksum of all that stands in it."""
    said = {key: value for key, value in origin.items() if key != SEAL}
    return _json({**said, SEAL: checksum(_json(said))})


def unsealed(data: bytes) -> dict[str, Any] | None:
    """Return the provenance that a file holds, without its checksum; None if it holds none.

    One that another version of the code has written may have no checksum. Raises ChangedError if
    any byte is not as it was written.
    """
    try:
        found = json.loads(data)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    if SEAL in found and sealed(found) != data:
        raise ChangedError
    if SEAL not in found and found.get("code_sha256") == code_hash():
        raise ChangedError
    found.pop(SEAL, None)
    return found


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
