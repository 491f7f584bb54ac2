"""With whom a run begins: the people who wait, or are somewhere, on day 0.

They are an arrival stream of their own, ``here_at_the_start``, in which a person's number is the
row of the list, from 0. They come in the first tick, before anybody else. The list is given, or it
is made for each replication: of those who are there when the base has been played for some days.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from simcare.model.ticks import TICKS_PER_DAY

HERE_AT_THE_START = "here_at_the_start"
WAITING, THERE = "waiting", "there"


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is at a stage on day 0: in which state, since when, and what is known of them.

    ``since`` is the tick in which they joined the list, or in which they got there: 0 or less.
    ``state`` may be empty where a stage asks for nothing: then nobody waits for it, and they are
    there. ``attributes`` are numbers and categories by name; what is not among them is drawn.
    ``line`` is the line of the file, for messages; ``episode`` which one of theirs this is.
    """

    line: int
    stage: str
    since: int
    state: str
    attributes: Mapping[str, float | str]
    episode: int = 1

    @property
    def is_waiting(self) -> bool:
        """Whether they are on the list of their stage; if not, they are there."""
        return self.state == WAITING


@dataclass(frozen=True)
class Beginning:
    """The people of day 0 in the order of their rows, and the SHA-256 and size of their file.

    With ``after_days`` they are not known yet: whoever is there after so many days of the base.
    """

    people: tuple[Present, ...] = ()
    sha256: str = ""
    size_bytes: int = 0
    after_days: int = 0

    @property
    def is_there(self) -> bool:
        """Whether a run begins with anybody."""
        return bool(self.people) or self.after_days > 0

    def in_order(self) -> tuple[int, ...]:
        """Return the rows in the order in which their people come.

        Those who are there come first, then those who wait; within each, who came first, then by
        row.
        """
        people = self.people
        return tuple(
            sorted(range(len(people)), key=lambda k: (people[k].is_waiting, people[k].since, k))
        )

    def days_before(self) -> int:
        """Return on how many days before the run those who wait joined the lists, counted back."""
        longest = max((-one.since for one in self.people if one.is_waiting), default=0)
        return max(self.after_days, -(-longest // TICKS_PER_DAY))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many are there and how many wait, by stage and then by state."""
        found: dict[str, dict[str, int]] = {}
        states = Counter((p.stage, WAITING if p.is_waiting else THERE) for p in self.people)
        for (stage, state), many in sorted(states.items()):
            found.setdefault(stage, {})[state] = many
        return found


NOBODY = Beginning()
