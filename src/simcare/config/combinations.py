"""The values that a command line gives to each key, and what is wrong with giving several.

The notation is Hydra's: ``a,b,c``, ``range(start,stop,step)``, ``choice(...)``, ``sort(...)``.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil, isfinite
from typing import Any

from hydra.core.override_parser.types import (
    Glob,
    IntervalSweep,
    Override,
    QuotedString,
    RangeSweep,
    ValueType,
)

from simcare.config.build import NOT_IN_THE_HASH
from simcare.config.given import QUOTED, given_text, is_of_hydra, plain, step_problem
from simcare.config.messages import line, shown, written

MOST_VALUES = 10_000
STEP = re.compile(r"(?:^|[,(])\s*(\+[\d.]+)")


@dataclass(frozen=True)
class Option:
    """One value of a key: the override that gives it alone, the value, and how it is written."""

    key: str
    override: Override
    value: Any
    text: str

    def __str__(self) -> str:
        return f"{self.key}={self.text}"


@dataclass(frozen=True)
class Axis:
    """The options of one key. A key that is not swept has one, as it was given."""

    options: tuple[Option, ...]
    swept: bool


def axis(override: Override) -> tuple[Axis, list[str]]:
    """Return the options that an override gives its key, and what is wrong with them.

    There may be none when something is wrong.
    """
    key, text = override.key_or_group, given_text(override)
    if not _is_swept(override):
        return Axis((Option(key, override, None, text),), swept=False), []
    values, message = _values(override)
    if message:
        return Axis((), swept=True), [line(key, text, message)]
    problems = [step_problem(key, step) for step in STEP.findall(QUOTED.sub("_", text))]
    options: dict[str, Option] = {}
    for value in values:
        option = _option(override, value)
        if options.setdefault(_identity(option.value), option) is not option:
            problems.append(f"{key}: {shown(option.value)} is there twice")
    return Axis(tuple(options.values()), swept=True), problems


def _is_swept(override: Override) -> bool:
    """Return whether an override gives a key several values, where that can mean a sweep."""
    meant = override.package is None and not override.is_delete() and not is_of_hydra(override)
    return meant and override.is_sweep_override()


def _values(override: Override) -> tuple[Sequence[Any], str]:
    """Return the values of a sweep in order, or what is wrong with it."""
    given = override.value()
    if override.key_or_group in NOT_IN_THE_HASH:
        return (), "this belongs to the whole sweep: give it one value"
    if isinstance(given, Glob):
        return (), "glob() is not read here: name the values, such as a,b"
    if isinstance(given, IntervalSweep):
        return (), "interval() names no values: write a,b or range(start,stop,step)"
    if getattr(given, "shuffle", False):
        return (), "a sweep has one order: leave shuffle() out"
    if isinstance(given, RangeSweep):
        return _numbers(given)
    values = [*override.sweep_iterator()]
    return (values, "") if len(values) <= MOST_VALUES else ((), f"at most {MOST_VALUES:,} values")


def _numbers(given: RangeSweep) -> tuple[Sequence[int | float], str]:
    """Return the numbers of a range, the stop left out; decimals are added as they are written.

    Hydra adds their binary neighbours, which can bring the stop in: range(0.7,1.0,0.1).
    """
    parts = [given.start or 0, given.stop or 0, given.step]
    if not all(map(isfinite, parts)) or given.step == 0:
        return (), "a range has finite numbers, and a step other than 0"
    start, stop, step = (Decimal(str(part)) for part in parts)
    count = ceil((stop - start) / step)
    if count <= 0:
        return (), "no number lies in this range (the stop is left out)"
    if count > MOST_VALUES:
        return (), f"at most {MOST_VALUES:,} values"
    number = int if all(isinstance(part, int) for part in parts) else float
    return [number(start + k * step) for k in range(count)], ""


def _option(override: Override, value: Any) -> Option:
    text = _text(value)
    alone = replace(
        override,
        _value=value,
        value_type=ValueType.ELEMENT,
        input_line=f"{override.get_key_element()}={text}",
    )
    return Option(override.key_or_group, alone, plain(value), text)


def _text(value: Any) -> str:
    """Return a value as it is given on the command line."""
    if isinstance(value, QuotedString):
        return str(value.with_quotes())
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{_text(k)}:{_text(v)}' for k, v in value.items())}}}"
    return written(value)


def _identity(value: Any) -> str:
    """Return the same text for the same value: 110 and 110.0 are one, true and 1 are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)
