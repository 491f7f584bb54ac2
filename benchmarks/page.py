"""The page that tells what a comparison found, in Markdown."""

from collections.abc import Iterator

import numpy as np

import agreement
import targets
from competitors import ALL, COMPILED, CPP, OURS, by_name
from findings import Findings

TIME_CHART, RATIO_CHART = "time-per-client.svg", "times-as-long.svg"


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def quartiles(values: np.ndarray) -> str:
    """Return the median, and in brackets the quartiles, of values."""
    if not len(values):
        return ""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    spread = f" ({_said(low)}–{_said(high)})" if len(values) > 1 else ""
    return _said(middle) + spread


def _times(found: Findings) -> Iterator[str]:
    yield "| clients | program | rounds | CPU s | µs a client | over simcare | over C++ | growth |"
    yield "|---|---|---|---|---|---|---|---|"
    smallest = found.sizes()[0]
    for clients in found.sizes():
        for competitor in ALL:
            timing = found.timing(competitor.name, clients)
            if timing is None:
                continue
            seconds = np.array(list(timing.seconds.values()))
            each = found.microseconds(competitor.name, clients)
            first = found.microseconds(competitor.name, smallest)
            over = [
                ""
                if competitor.name == other
                else quartiles(found.ratios(competitor.name, other, clients))
                for other in (COMPILED, CPP)
            ]
            growth = f"{np.median(each) / np.median(first):.2f}" if len(first) else ""
            yield (
                f"| {clients:,} | {competitor.title} | {len(seconds)} | {quartiles(seconds)} "
                f"| {_said(float(np.median(each)))} | {over[0]} | {over[1]} | {growth} |"
            )


def _left_out(found: Findings) -> Iterator[str]:
    for name, reason in found.absent.items():
        yield f"- {by_name(name).title}: not here, {reason}."
    for timing in found.timings:
        if timing.cannot:
            title = by_name(timing.name).title
            yield f"- {title}, {timing.clients:,} clients: does not run. It says: {timing.cannot}."
    for competitor in ALL:
        played = [t.clients for t in found.timings if t.name == competitor.name]
        if played and max(found.sizes()) > competitor.largest:
            yield f"- {competitor.title}: asked up to {max(played):,} clients only."


def _memory(found: Findings) -> Iterator[str]:
    sizes = found.sizes()
    yield "| program | " + " | ".join(f"{clients:,}" for clients in sizes) + " |"
    yield "|---" * (1 + len(sizes)) + "|"
    for competitor in ALL:
        timings = [found.timing(competitor.name, clients) for clients in sizes]
        cells = [
            "" if timing is None or timing.memory_mb is None else f"{timing.memory_mb:,.0f}"
            for timing in timings
        ]
        if any(cells):
            yield f"| {competitor.title} | " + " | ".join(cells) + " |"
    if found.outcomes_mb:
        cells = [f"{found.outcomes_mb[n]:,.0f}" if n in found.outcomes_mb else "" for n in sizes]
        yield "| a study by simcare, compiled, no records kept | " + " | ".join(cells) + " |"


def _reading(found: Findings) -> Iterator[str]:
    for name in OURS:
        told = [
            f"{np.median(timing.reading_seconds):.3g} s at {clients:,}"
            for clients in found.sizes()
            if (timing := found.timing(name, clients)) is not None
        ]
        if told:
            yield f"- {by_name(name).title}: {', '.join(told)}."


def _threads(found: Findings) -> Iterator[str]:
    yield "| clients a run | two threads over one | rounds |"
    yield "|---|---|---|"
    for clients, ratios in found.threads.items():
        yield f"| {clients:,} | {quartiles(np.array(ratios))} | {len(ratios)} |"


def _starting(found: Findings) -> Iterator[str]:
    yield "| program | wall s | CPU s |"
    yield "|---|---|---|"
    if found.cold is not None:
        first = f"{found.cold.wall:.1f} | {found.cold.cpu:.1f}"
        yield f"| simcare, compiled: nothing kept from before | {first} |"
        wall = quartiles(np.array([start.wall for start in found.again]))
        cpu = quartiles(np.array([start.cpu for start in found.again], float))
        yield f"| simcare, compiled: machine code kept | {wall} | {cpu} |"
    for competitor in ALL:
        starts = [
            t for t in found.timings if t.name == competitor.name and t.start_wall is not None
        ]
        if not starts or competitor.name == COMPILED:
            continue
        wall = quartiles(np.array([t.start_wall for t in starts], float))
        cpu = quartiles(np.array([t.start_cpu for t in starts if t.start_cpu is not None], float))
        yield f"| {competitor.title} | {wall} | {cpu} |"


def page(found: Findings) -> str:
    """Return the page."""
    packages = ", ".join(f"{name} {number}" for name, number in found.packages.items())
    lines = [
        "# pathway-6: simcare and its peers, side by side",
        "",
        "Made by `benchmarks/pathway6.py`. What was compared, and how to read it, is in "
        "[README.md](README.md).",
        "",
        f"{found.month}, {found.processor}, {found.cores} cores, Python {found.python}, "
        f"{packages}. Before the first run {found.load:.1f} other processes wanted a core.",
        "",
        "## Wanted and found",
        "",
        "Medians; in brackets the quartiles over rounds.",
        "",
        *targets.table(found),
        "",
        "## Time",
        "",
        f"![CPU time per client against the number of clients]({TIME_CHART})",
        "",
        f"![How many times as long as simcare's compiled engine each program takes]({RATIO_CHART})",
        "",
        "Medians; in brackets the quartiles. *over*: the time over that of simcare's compiled "
        "engine, or of C++, of the rounds that both played. *growth*: time per client over that "
        f"at {found.sizes()[0]:,} clients.",
        "",
        *_times(found),
        "",
        "Not in simcare's times: reading the outputs that are compared from its records.",
        "",
        *_reading(found),
        "",
        "Left out:",
        "",
        *_left_out(found),
    ]
    if found.agreement is not None:
        lines += ["", "## Agreement", "", *agreement.table(found.agreement)]
    lines += [
        "",
        "## Memory",
        "",
        "Peak of the resident memory of a process while it plays, in MB over what it has after a "
        "run of 50 clients (so what is imported and compiled is not in it). simcare's engines: "
        "with all their records.",
        "",
        *_memory(found),
    ]
    if found.threads:
        lines += [
            "",
            "## Two threads",
            "",
            "Runs per wall second of two threads over those of one.",
            "",
        ]
        lines += _threads(found)
    lines += [
        "",
        "## Start",
        "",
        "From starting the process to the end of a run of 50 clients.",
        "",
        *_starting(found),
    ]
    return "\n".join(lines) + "\n"
