"""What the compiled engine needs besides time: to start, and memory where records are not kept."""

import sys
import tempfile

import specification as spec
from players import CannotPlayError, StartUp, Worker

AGAIN = 5


def _start(folder: str) -> StartUp:
    worker = Worker("simcare_engines", "compiled", spec.CLIENTS, {"NUMBA_CACHE_DIR": folder})
    worker.close()
    return worker.start_up


def start_ups() -> tuple[StartUp, list[StartUp]]:
    """Return a start that compiles everything, and several that find it compiled."""
    with tempfile.TemporaryDirectory() as folder:
        return _start(folder), [_start(folder) for _ in range(AGAIN)]


def outcomes_mb(clients: int) -> float | None:
    """Return the memory that a study of one run needs whose records are not kept, in MB."""
    try:
        worker = Worker("study_run", "outcomes", clients, {})
        try:
            return worker.play(1, 1).memory_mb
        finally:
            worker.close()
    except CannotPlayError as error:
        print(f"a study of {clients:,} clients: {error}", file=sys.stderr)
        return None
