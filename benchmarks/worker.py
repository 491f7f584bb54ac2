"""One program in a process of its own, which plays pathway-6 whenever it is told a seed.

    python benchmarks/worker.py MODULE FUNCTION CLIENTS

It says one line of JSON when it is ready (its CPU seconds since it began, importing and a first
small run included), then reads lines "SEED TIMES" and answers each: mean CPU seconds of so many
runs from that seed on, what reading the totals took where a program returns records, the peak of
the memory, the totals. So nobody's garbage, caches or crash are another's.
"""

import gc
import json
import re
import sys
import time
from dataclasses import astuple
from importlib import import_module
from pathlib import Path
from typing import Any

import specification as spec

SMALL = 0.01  # the scale of the run that compiles and imports what is left


def _memory_mb(which: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = re.search(rf"{which}:\s+(\d+) kB", status.read_text(encoding="ascii"))
    return int(found[1]) * 1024 / 1e6 if found else None


def forget_peak() -> float | None:
    """Let the peak of memory begin anew, and return what is resident now, in MB.

    What importing and compiling needed for a while is then not in the peak. Only Linux can do it:
    elsewhere there is no figure, None.
    """
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _memory_mb("VmRSS")


def timed(play: spec.Play, seed: int) -> tuple[float, Any]:
    """Return the CPU seconds that a run takes, and what it gives; garbage is collected before."""
    gc.collect()
    began = time.process_time()
    result = play(seed)
    return time.process_time() - began, result


def answer(module: Any, play: spec.Play, scale: float, seed: int, times: int) -> dict[str, Any]:
    """Run so many times from a seed on, and return what there is to say."""
    taken, reading, found = [], [], []
    for k in range(times):
        seconds, result = timed(play, seed + k)
        peak = _memory_mb("VmHWM")
        began = time.process_time()
        totals = module.read(result, scale) if hasattr(module, "read") else result
        reading.append(time.process_time() - began)
        taken.append(seconds)
        found.append([astuple(stage) for stage in totals])
        del result, totals
    return {
        "seconds": sum(taken) / times,
        "reading": sum(reading) / times,
        "peak_mb": peak,
        "totals": found,
    }


def say(words: dict[str, Any]) -> None:
    """Write one line to whoever started this process."""
    print(json.dumps(words), flush=True)


def main() -> None:
    """Get ready, say so, and answer until there is no line left."""
    name, function, clients = sys.argv[1:]
    module = import_module(name)
    prepare = getattr(module, function)
    prepare(SMALL)(0)
    say({"cpu": time.process_time(), "base_mb": forget_peak()})
    scale = int(clients) / spec.CLIENTS
    play = prepare(scale)
    for line in sys.stdin:
        seed, times = map(int, line.split())
        say(answer(module, play, scale, seed, times))


if __name__ == "__main__":
    main()
