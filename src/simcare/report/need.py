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
        time=duration(seconds),
        memory=_size(memory_bytes),
        disk=_size(disk_bytes),
    )


def more_memory_than_there_is(needed_bytes: float, there_bytes: float, workers: int) -> str:
    """Return that a run needs more memory than there is, and what to do."""
    sizes = {"needed": _size(needed_bytes), "there": _size(there_bytes)}
    return say("run.refused.memory", **sizes, workers=workers)


def more_disk_than_free(needed_bytes: float, free_bytes: float, told_bytes: float) -> str:
    """Return that a run writes more than the disk has room for, and what it writes otherwise."""
    sizes = {"needed": _size(needed_bytes), "free": _size(free_bytes), "told": _size(told_bytes)}
    return say("run.refused.disk", **sizes)


def more_time_than_is_usual(seconds: float, most_days: float) -> str:
    """Return that a run takes longer than is done unasked."""
    return say("run.refused.time", time=duration(seconds), most=f"{most_days:g}")


def duration(seconds: float) -> str:
    """Return a length of time, rounded as an estimate is: seconds, minutes, hours or days."""
    if seconds < 10:
        return say("run.few_seconds")
    if seconds < 90:
        return say("run.seconds", n=f"{round(seconds, -1):.0f}")
    if seconds < 5400:
        return say("run.minutes", n=f"{seconds / 60:.0f}")
    if seconds < 172_800:
        return say("run.hours", n=f"{seconds / 3600:.1f}")
    return say("run.days", n=f"{seconds / 86_400:,.0f}")


def _size(size: float) -> str:
    """Return a number of bytes, in MB or GB, to two digits."""
    rounded = float(f"{size:.2g}")
    if rounded < 1e9:
        return say("run.mb", n=f"{max(rounded / 1e6, 1):.0f}")
    return say("run.gb", n=f"{rounded / 1e9:g}")
