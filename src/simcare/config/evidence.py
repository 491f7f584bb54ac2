"""Every number of a config with its unit and where it is from: what is founded, what assumed."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from simcare.analysis.founding import ASSUMED, Grade, grade_of
from simcare.analysis.spreadsheet import defused
from simcare.config.sources import SOURCES

SHARE, FROM_0_TO_1, DAYS, PLACES, FACTOR, NUMBER = (
    "share", "from 0 to 1", "days", "places", "factor", "number",
)  # fmt: skip
BY_KEY = {
    "factor": FACTOR,
    "share": SHARE,
    "early_share": SHARE,
    "missed": SHARE,
    "vacant_share": SHARE,
    "closed_share": SHARE,
    "amplitude": SHARE,
    "towards": FROM_0_TO_1,
    "at_first": FROM_0_TO_1,
    "link": FROM_0_TO_1,
    "part_in_decisions": FROM_0_TO_1,
    "patient_influence": FROM_0_TO_1,
    "shape": NUMBER,
    "weight": NUMBER,
    "units": "units",
    "members": "people",
    "caseload": "people a member",
    **dict.fromkeys(("beds", "slots", "appointments", "number"), PLACES),
}
MONEY = {
    "per_visit": "a visit",
    "per_day": "a day",
    "price_per_day": "a day",
    "per_day_waiting": "a day of waiting",
    "per_year": "a year",
    "budget_per_year": "a year",
}
PEOPLE = {"per_day": "people a day", "per_year": "people a year"}
INSIDE = {
    "shares": SHARE, "shares_by": SHARE, "to": SHARE, "next": SHARE, "number": FROM_0_TO_1,
    "number_by": FROM_0_TO_1, "months": FACTOR, "weekdays": FACTOR, "hours": FACTOR,
    "set": FROM_0_TO_1, "when": FROM_0_TO_1,
    "beds": PLACES, "slots": PLACES, "appointments": PLACES,
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One number: whose it is (the service's, a policy's …), where it stands, and its source."""

    path: str
    whose: str
    value: str
    unit: str
    source: str

    @property
    def grade(self) -> Grade:
        """How well it is founded, by what its source says."""
        return grade_of(self.source)


def parameters(resolved: Mapping[str, Any]) -> list[Parameter]:
    """Return every number of a resolved config, in its order; a case's are assumptions.

    Those of a policy are what it sets, changes or adds. A source is that of the longest path that
    a number is in.
    """
    currency = str(resolved.get("service", {}).get("currency") or "")
    found: list[Parameter] = []
    for root in ("service", "population"):
        part = resolved.get(root, {})
        content = {key: value for key, value in part.items() if key != SOURCES}
        sources = {f"{root}.{path}": text for path, text in part.get(SOURCES, {}).items()}
        found += _of(root, content, f"the {root}", sources, currency)
    for kind in ("policy", "case"):
        for name, patch in resolved.get("policies" if kind == "policy" else "cases", {}).items():
            sources = dict(patch.get(SOURCES, {}))
            if kind == "case":
                title = patch.get("assumption") or patch.get("title") or name
                sources[""] = f"{ASSUMED}, as a case: {title}"
            for how in ("set", "change", "add"):
                for path, value in patch.get(how, {}).items():
                    found += _of(path, value, f"the {kind} {name}", sources, currency)
    return found


def told(found: Sequence[Parameter]) -> Iterator[str]:
    """Yield a line for each number; a source is told once for the numbers that share it."""
    before = None
    for one in found:
        if (one.whose, one.source) != before:
            before = (one.whose, one.source)
            yield f"{one.whose}, {one.grade}{': ' if one.source else ''}{one.source}"
        yield f"    {one.path} = {one.value} ({one.unit})"


def in_csv(found: Sequence[Parameter]) -> Iterator[str]:
    """Yield the lines of a CSV file: parameter, whose, value, unit, quality, source."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(("parameter", "whose", "value", "unit", "quality", "source"))
    for one in found:
        source = " ".join(one.source.split())
        cells = (one.path, one.whose, one.value, one.unit, one.grade, source)
        rows.writerow(map(defused, cells))
    yield from buffer.getvalue().splitlines()


def counted(found: Sequence[Parameter]) -> str:
    """Return how many numbers there are, and how well they are founded."""
    grades = Counter(one.grade for one in found)
    parts = ", ".join(f"{grades[grade]} {grade}" for grade in get_args(Grade))
    return f"{len(found)} numbers: {parts}."


def _of(
    path: str, value: Any, whose: str, sources: Mapping[str, str], currency: str
) -> Iterator[Parameter]:
    """Yield the numbers in a part of a config."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _of(f"{path}.{key}", inner, whose, sources, currency)
    elif isinstance(value, list | tuple):
        for k, inner in enumerate(value):
            yield from _of(f"{path}.{k}", inner, whose, sources, currency)
    elif _is_number(value):
        text = f"{value:g}" if isinstance(value, float) else str(value)
        yield Parameter(path, whose, text, unit_of(path, currency), _source(path, sources))


def _is_number(value: Any) -> bool:
    """Return whether a value is a number, or a change of one such as +2 or x1.5."""
    if isinstance(value, str):
        return value[:1] in ("+", "-", "x") and value[1:].replace(".", "", 1).isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _source(path: str, sources: Mapping[str, str]) -> str:
    """Return the source of the longest path that a path is in, "" if there is none."""
    names = path.split(".")
    inside = (".".join(names[:k]) for k in range(len(names), -1, -1))
    return next((sources[one] for one in inside if one in sources), "")


def unit_of(path: str, currency: str) -> str:
    """Return in what the number at a path of a config is, by the names that it is under."""
    names = [name for name in path.split(".") if not name.isdigit()]
    last = names[-1]
    if last in PEOPLE and "arrivals" in names:
        return PEOPLE[last]
    if last in MONEY:
        return f"{currency} {MONEY[last]}".strip()
    if last in BY_KEY and not (last == "number" and "population" in names):
        return BY_KEY[last]
    for name in reversed(names):
        if name.endswith("_days") or name in ("days", "day", "wave", "within"):
            return DAYS
        if name in INSIDE:
            return INSIDE[name]
    return NUMBER
