"""What a study leaves open, in sentences that are said before it is run."""

from collections.abc import Iterator, Mapping, Sequence

from simcare.report.words import count, listed, say, spoken

MOST_NAMED = 3  # jobs of a sweep


def past_deadlines(ways_past: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a sentence for each deadline that some never get, by the ways in by which they come."""
    for deadline, ways in ways_past.items():
        yield say(
            "gaps.deadline", deadline=spoken(deadline), ways=listed([spoken(way) for way in ways])
        )


def without_source(paths: Sequence[str]) -> Iterator[str]:
    """Yield how many parts of a config have numbers without a source, the first of them named."""
    if paths:
        yield count("gaps.source", f"{len(paths):,}", first=paths[0])


def of_jobs(labels: Sequence[str], sentence: str) -> str:
    """Return a sentence that is about some jobs of a sweep, with the first of them named."""
    more = len(labels) - MOST_NAMED
    named = "; ".join(labels[:MOST_NAMED])
    if more > 0:
        named = count("gaps.more_jobs", f"{more:,}", named=named)
    return say("gaps.of_jobs", jobs=named, sentence=sentence)
