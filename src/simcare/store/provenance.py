"""Where results come from: code, versions, platform, seed and the config's hash."""

import hashlib
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simcare import __version__

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
