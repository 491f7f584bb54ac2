"""The list of people with whom a run begins: a CSV file, read as a whole with all its problems.

A comma or a semicolon stands between the cells; with semicolons a decimal may have a comma. The
file is data: nothing in it but its hash, its size and its totals is kept anywhere.
"""

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from simcare.config.messages import Fault, shown
from simcare.model.beginning import THERE, WAITING, Beginning, Present
from simcare.model.scenario import EPISODE
from simcare.model.ticks import LONGEST_HORIZON_DAYS
from simcare.model.values import Count, Value, Whole, choice_text, nearest, problem

STAGE, SINCE, STATE = "stage", "since", "state"
OWN_COLUMNS = (STAGE, SINCE, STATE, EPISODE)
REQUIRED = (STAGE, SINCE)
STATES = (WAITING, THERE)
NEAR_STATE = 0.7  # below this a word is like one of the two by chance
MOST_ROWS = 100_000
LARGEST_BYTES = 50_000_000
LONGEST_YEARS = 30
LONGEST_SECONDS = LONGEST_YEARS * 365.25 * 86_400
MOST_SHOWN, MOST_LINES = 20, 3
PATH, AFTER = "start.people", "start.after_days"
MOST_EPISODES = 1000

# What lists of the Nordic countries say of a state, by which of ours is meant.
MEANT = {
    **dict.fromkeys(("venter", "ventar", "väntar", "ventende", "väntande"), WAITING),
    **dict.fromkeys(("der", "der nå", "där", "inne", "innlagt", "inlagd", "indlagt"), THERE),
}

MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}))?")
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
WHOLE = re.compile(r"[0-9]{1,9}")
SHA256 = re.compile(r"[0-9a-f]{64}")
DAY_FIRST = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?:[ T]([0-9]{2}:[0-9]{2}))?")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")


def _as_sha256(text: str) -> str:
    if not SHA256.fullmatch(text):
        raise problem("64 hexadecimal digits (0 to 9, a to f) are required")
    return text


class Start(Value):
    """Where a run starts: from the people in a CSV file, its path being that of the command.

    Or from whoever is there when the base has been played for ``after_days``. ``sha256`` and
    ``bytes`` are those of the file that a run has begun with: it must be the same.
    """

    people: Annotated[str, Field(strict=True, min_length=1)] | None = None
    after_days: Annotated[Count, Field(ge=1, le=LONGEST_HORIZON_DAYS)] | None = None
    sha256: Annotated[str, Field(strict=True), AfterValidator(_as_sha256)] | None = None
    bytes: Annotated[Whole, Field(strict=True, ge=0)] | None = None

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if (self.people is None) == (self.after_days is None):
            raise problem("give one start: people (a file) or after_days (of the base)")
        return self


@dataclass
class Noted:
    """Problems of a list, each with the lines in which it is: what is wrong is said once."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, problem: str, *lines: int) -> None:
        """Note a problem of some lines, or of none."""
        self.lines.setdefault(problem, []).extend(lines)

    def in_order(self) -> list[tuple[str, list[int]]]:
        """Return the problems with their lines: first those of no line, then by the first line."""
        return sorted(self.lines.items(), key=lambda one: min(one[1], default=0))


def told(noted: Noted, path: str) -> list[Fault]:
    """Return noted problems as faults of the list at a path, in order; a long row is cut off."""
    every = noted.in_order()
    faults = [_fault(path, f"{_where(at)}{text}", min(at, default=0)) for text, at in every]
    more = len(faults) - MOST_SHOWN
    if more > 1:
        last = _fault(path, f"{more} more problems are not shown", MOST_ROWS * MOST_ROWS)
        faults = [*faults[:MOST_SHOWN], last]
    return faults


def _fault(path: str, text: str, line: int = 0) -> Fault:
    return Fault(PATH, f" = {shown(path)}: {text}", line)


def _where(lines: Sequence[int]) -> str:
    """Return the lines of a problem as its first words: a few by number."""
    named, more = sorted(lines)[:MOST_LINES], len(lines) - MOST_LINES
    if more > 0:
        return f"lines {', '.join(map(str, named))} and {more} more: "
    if len(named) > 1:
        return f"lines {', '.join(map(str, named[:-1]))} and {named[-1]}: "
    return f"line {named[0]}: " if named else ""


@dataclass(frozen=True)
class Listed:
    """A list as it was read: its path as given, the columns of attributes, the people, and day 0.

    Those whose row could not be read as a whole are not among the people; what was wrong with a
    cell is left out.
    """

    path: str
    columns: tuple[str, ...]
    beginning: Beginning
    first_day: date

    @cached_property
    def lines_by_state(self) -> Mapping[tuple[str, str], list[int]]:
        """The lines of those at each stage in each state."""
        found: dict[tuple[str, str], list[int]] = {}
        for one in self.beginning.people:
            found.setdefault((one.stage, one.state), []).append(one.line)
        return found

    @cached_property
    def lines_by_value(self) -> Mapping[str, Mapping[float | str, list[int]]]:
        """The lines of those with each value of each attribute."""
        found: dict[str, dict[float | str, list[int]]] = {name: {} for name in self.columns}
        for one in self.beginning.people:
            for name, value in one.attributes.items():
                found[name].setdefault(value, []).append(one.line)
        return found


def read(named: str, expected: str | None, first_day: date) -> tuple[Listed | None, list[Fault]]:
    """Return the list in a file and what is wrong with it; None if it is no list.

    ``expected`` is its SHA-256, where a run has begun with it. Whether it fits a service is another
    question: see :mod:`simcare.config.misfits`.
    """
    raw = _bytes_of(named, expected)
    if isinstance(raw, str):
        return None, [_fault(named, raw)]
    sha256 = hashlib.sha256(raw).hexdigest()
    if expected not in (None, sha256):
        why = "changed since the run began with it"
        text = f"{why}: its SHA-256 is {sha256}, and it was {expected}"
        return None, [_fault(named, text)]
    noted = Noted()
    sheet = _Sheet(first_day, noted)
    people = tuple(sheet.people(raw))
    faults = told(noted, named)
    if not sheet.header:
        return None, faults
    beginning = Beginning(people, sha256, len(raw))
    return Listed(named, sheet.attributes, beginning, first_day), faults


def _bytes_of(named: str, expected: str | None) -> bytes | str:
    """Return what is in the file, or why it cannot be read."""
    path = Path(named)
    try:
        if not path.exists():
            where = "looked for from the folder in which the command is given"
            if expected is None:
                return f"there is no such file, {where}"
            return f"the run began with this list, and it is not there, {where}"
        if not path.is_file():
            return "not a file"
        if (size := path.stat().st_size) > LARGEST_BYTES:
            return f"{size:,} bytes; at most {LARGEST_BYTES:,} are read"
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except ValueError:
        return "not a path"


def _states_text(given: str) -> str:
    """Return which states there are, and which is meant if it is said in another language."""
    if meant := MEANT.get(given.casefold()):
        return f"{choice_text('', STATES)}; did you mean {meant}?"
    likely = nearest(given, STATES)
    is_near = likely and SequenceMatcher(None, given.casefold(), likely).ratio() >= NEAR_STATE
    return choice_text(given if is_near else "", STATES)


def _year_first(given: str) -> str:
    """Return a date whose day comes first as it is to be written, an empty text if it is none."""
    if found := DAY_FIRST.fullmatch(given):
        day, month, year, clock = found.groups()
        written = f"{year}-{int(month):02}-{int(day):02}" + (f" {clock}" if clock else "")
        with suppress(ValueError):
            datetime.fromisoformat(written)
            return written
    return ""


def _written(moment: datetime) -> str:
    """Return a moment as a list has it: without the time where it is midnight."""
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"


class _Sheet:
    """Reads one file; problems are noted. Made for one use."""

    def __init__(self, first_day: date, noted: Noted) -> None:
        self.begins = datetime.combine(first_day, time())
        self.noted = noted
        self.header: tuple[str, ...] = ()
        self.comma = False
        self.later: dict[int, datetime] = {}  # by line, as the other
        self.day_first: dict[int, str] = {}

    @property
    def attributes(self) -> tuple[str, ...]:
        """The columns of attributes, each once; one of ours in capitals has been named already."""
        named = dict.fromkeys(name for name in self.header if name)
        return tuple(name for name in named if name.casefold() not in OWN_COLUMNS)

    def people(self, raw: bytes) -> Iterator[Present]:
        """Yield the people in a file, as far as their rows can be read."""
        rows = self._rows(raw)
        line, header = next(rows, (0, []))
        if not header:
            if not self.noted.lines:
                self.noted.add("an empty file: a header and a row for each person are required")
            return
        self._take_header(line, header)
        if not all(name in self.header for name in REQUIRED):
            return
        many = 0
        for line, cells in rows:
            many += 1
            if many > MOST_ROWS:
                self.noted.add(f"more people than {MOST_ROWS:,}, which is the most there can be")
                break
            if (one := self._person(line, cells)) is not None:
                yield one
        self._note_later(many)
        self._note_day_first()
        if many == 0 and not self.noted.lines:
            self.noted.add("nobody is on it: leave start out, or give it people")

    def _rows(self, raw: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not blank, each with the line in which it begins."""
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.noted.add("not UTF-8: save it as CSV in UTF-8", line)
            return
        first = text.lstrip("\r\n").partition("\n")[0]
        self.comma = ";" in first
        between = ";" if self.comma else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        line = 1
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            self.noted.add(f"not CSV ({error})", line)

    def _take_header(self, line: int, header: Sequence[str]) -> None:
        self.header = tuple(header)
        for name in dict.fromkeys(header):
            if not name:
                self.noted.add("a column without a name", line)
            elif header.count(name) > 1:
                self.noted.add(f"column {shown(name)}: it is there twice")
            elif name not in OWN_COLUMNS and name.casefold() in OWN_COLUMNS:
                small = name.casefold()
                self.noted.add(f"column {shown(name)}: write it without capitals: {small}")
        given = {name.casefold() for name in header}
        for name in REQUIRED:
            if name not in given:
                near = nearest(name, self.attributes)
                meant = f"; is {shown(near)} meant for it?" if near else ""
                self.noted.add(f"column {name}: is required{meant}")

    def _person(self, line: int, cells: Sequence[str]) -> Present | None:
        """Return who is in a row, None if its cells are too few or too many."""
        if len(cells) != len(self.header):
            many, wanted = f"{len(cells)} cell{'s' * (len(cells) != 1)}", len(self.header)
            self.noted.add(f"{many}, and the header has {wanted}", line)
            return None
        row = dict(zip(reversed(self.header), reversed(cells), strict=True))  # the first of two
        state = row.get(STATE, "")
        if state and state not in STATES:
            self.noted.add(f"{STATE} = {shown(state)}: {_states_text(state)}", line)
        if not row[STAGE]:
            self.noted.add(f"{STAGE}: is required", line)
        values = {name: self._value(row[name]) for name in self.attributes if row[name]}
        since, episode = self._since(line, row[SINCE]), self._episode(line, row.get(EPISODE, ""))
        return Present(line, row[STAGE], since, state, values, episode)

    def _episode(self, line: int, text: str) -> int:
        """Return the number of an episode, 1 where it is not given or, with a problem, is none."""
        if not text:
            return 1
        number = int(text) if WHOLE.fullmatch(text) else 0
        if not 1 <= number <= MOST_EPISODES:
            wanted = f"a whole number from 1 to {MOST_EPISODES:,} is required"
            self.noted.add(f"{EPISODE} = {shown(text)}: {wanted}", line)
            return 1
        return number

    def _since(self, line: int, text: str) -> int:
        """Return the tick of a moment, 0 with a problem noted if it is none that can be."""
        found = MOMENT.fullmatch(text)
        try:
            moment = datetime.fromisoformat(f"{found[1]} {found[2] or '00:00'}") if found else None
        except ValueError:
            moment = None
        if moment is None:
            if _year_first(text):
                self.day_first[line] = text
            else:
                wanted = "a date such as 2017-01-02, or with a time, 2017-01-02 13:30, is required"
                self.noted.add(f"{SINCE} = {shown(text)}: {wanted}", line)
            return 0
        ago = int((self.begins - moment).total_seconds())
        if ago < 0:
            self.later[line] = moment
        elif ago > LONGEST_SECONDS:
            far = f"more than {LONGEST_YEARS} years before the run begins"
            self.noted.add(f"{SINCE} = {shown(text)}: {far}", line)
        return -max(ago, 0)

    def _note_later(self, rows: int) -> None:
        """Note the dates after day 0 as one problem: most often ``start_date`` was forgotten."""
        if not self.later:
            return
        moments = sorted(self.later.values())
        first, last = (_written(moment) for moment in (moments[0], moments[-1]))
        given = first if first == last else f"{first} to {last}"
        text = f"must not be later: the run begins on {self.begins:%Y-%m-%d} at 00:00 (start_date)"
        if len(moments) == rows > 1:
            day = moments[-1].date() + timedelta(days=moments[-1].time() > time())
            text += f"; if the list is of that time, give its day, such as start_date={day}"
        self.noted.add(f"{SINCE} = {given}: {text}", *self.later)

    def _note_day_first(self) -> None:
        """Note the dates whose day comes first as one problem, by the first of them."""
        if given := list(dict.fromkeys(self.day_first.values())):
            others = f" and {len(given) - 1} more such" if len(given) > 1 else ""
            text = f"the year comes first: {_year_first(given[0])}"
            self.noted.add(f"{SINCE} = {given[0]}{others}: {text}", *self.day_first)

    def _value(self, text: str) -> float | str:
        """Return a number if a cell holds one that is finite, else its text."""
        if self.comma and DECIMAL_COMMA.fullmatch(text):
            return float(text.replace(",", "."))
        number = float(text) if NUMBER.fullmatch(text) else math.inf
        return number if math.isfinite(number) else text
