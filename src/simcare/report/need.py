"""What a run needs, in words: time, memory, and room for its records."""

from simcare.report.words import count, say


def what_it_needs(
    replications: int, people: float, seconds: float, memory_bytes: float, disk_bytes: float
) -> str:
    """Return about how long a run takes, with how many people, memory and records."""
    return count(
        "run.needs",
        f"{replications:,}",
        people=f"{float(f'{people:.2g}'):,.0f}",
        time=_duration(seconds),
        memory=_size(memory_bytes),
        disk=_size(disk_bytes),
    )


def _duration(seconds: float) -> str:
    """Return a length of time, rounded as an estimate is: seconds, minutes or hours."""
    if seconds < 10:
        return say("run.few_seconds")
    if seconds < 90:
        return say("run.seconds", n=f"{round(seconds, -1):.0f}")
    if seconds < 5400:
        return say("run.minutes", n=f"{seconds / 60:.0f}")
    return say("run.hours", n=f"{seconds / 3600:.1f}")


def _size(size: float) -> str:
    """Return a number of bytes, in MB or GB, to two digits."""
    rounded = float(f"{size:.2g}")
    if rounded < 1e9:
        return say("run.mb", n=f"{max(rounded / 1e6, 1):.0f}")
    return say("run.gb", n=f"{rounded / 1e9:g}")
