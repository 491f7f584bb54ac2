"""What a command line says, in Hydra's grammar of overrides, of which nothing is run.

Values are taken as they are; problems are gathered, so that all of them can be said at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException

from simcare.config.clashes import Touch, clashes
from simcare.config.files import CHOSEN, unsafe
from simcare.config.messages import line, shown
from simcare.model.values import choice_text

LAUNCHERS = ("basic",)
COMMAND_LINE = "the command line"
NOT_UNDERSTOOD = "not understood: write key=value, such as seed=7 (texts in quotes)"
GAP = re.compile(r"(?:^|[,(])\s*,|,\s*(?:\)|$)")
STEP = re.compile(r"\+[\d.]")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass
class Given:
    """What the command line says: configs chosen, values set, and what is wrong with it."""

    choices: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def parse(arguments: Sequence[str]) -> Given:
    """Return what the command line says, in Hydra's grammar; problems are gathered, not raised."""
    overrides, problems = understood(arguments)
    given = taken(overrides)
    given.problems[:0] = problems
    return given


def understood(arguments: Sequence[str]) -> tuple[list[Override], list[str]]:
    """Return the arguments that Hydra's grammar understands, and a line for each of the others."""
    overrides, problems = [], []
    for argument in arguments:
        try:
            overrides.append(OverridesParser.create().parse_override(argument))
        except (HydraException, ValueError, RecursionError):
            key, equals, text = argument.partition("=")
            if equals and GAP.search(QUOTED.sub("_", text)):
                problems.append(line(key, text, "a value is missing beside a comma"))
            else:
                problems.append(f"{shown(argument)}: {NOT_UNDERSTOOD}")
    return overrides, problems


def taken(overrides: Sequence[Override]) -> Given:
    """Return what overrides of one value each say; one of several values is a problem."""
    given = Given()
    for override in overrides:
        try:
            _take(override, given)
        except (HydraException, ValueError, RecursionError):
            given.problems.append(f"{shown(override.input_line)}: {NOT_UNDERSTOOD}")
    given.problems += clashes([Touch(COMMAND_LINE, path) for path in given.values])
    return given


def given_text(override: Override) -> str:
    """Return the value of an override as it was written."""
    return (override.input_line or "").partition("=")[2].strip()


def _take(override: Override, given: Given) -> None:
    key = override.key_or_group
    argument = override.input_line
    if key in given.values or key in given.choices:
        given.problems.append(f"{key}: given twice")
    elif is_of_hydra(override):
        _launcher(override, given)
    elif override.package is not None:
        given.problems.append(f"{shown(argument)}: a config has its own place; write {key}=<name>")
    elif override.is_delete():
        given.problems.append(f"{shown(argument)}: nothing can be deleted here; set it instead")
    elif override.is_sweep_override():
        _sweep(override, given)
    elif STEP.match(given_text(override)):
        given.problems.append(step_problem(key, given_text(override)))
    else:
        _value(override, plain(override.value()), given)


def is_of_hydra(override: Override) -> bool:
    """Return whether a key is one of Hydra's own settings."""
    return re.split(r"[./]", override.key_or_group)[0] == "hydra"


def _value(override: Override, value: Any, given: Given) -> None:
    key = override.key_or_group
    document = value
    for part in reversed(key.split(".")):
        document = {part: document}
    if wrong := unsafe(document):
        given.problems += wrong
    elif key == "experiment" or (key in CHOSEN and isinstance(value, str)):
        given.choices[key] = value
    else:
        given.values[key] = value
        if override.is_add() or override.is_force_add():
            given.added.add(key)


def _launcher(override: Override, given: Given) -> None:
    text = given_text(override)
    if override.key_or_group != "hydra/launcher" or text not in LAUNCHERS:
        message = (
            f"of Hydra's settings only hydra/launcher can be chosen; {choice_text('', LAUNCHERS)}"
        )
        given.problems.append(line(override.key_or_group, text, message))


def _sweep(override: Override, given: Given) -> None:
    text = given_text(override)
    parts = [part.strip() for part in text.split(",")]
    message = "several values are a sweep: add --multirun"
    if len(parts) == 2 and parts[0].lstrip("+-").isdigit() and parts[1].isdigit():
        message = f"a decimal has a point here: {parts[0]}.{parts[1]} (or [a,b] for a list)"
        if len(parts[1]) == 3:
            message = f"a number has no comma: {parts[0]}{parts[1]}, or {parts[0]}.{parts[1]}"
        message += "; two values are a sweep: add --multirun"
    given.problems.append(line(override.key_or_group, text, message))


def step_problem(key: str, text: str) -> str:
    """Return the problem of a value with a plus sign, which the grammar drops: +12 would be 12."""
    message = (
        f"this would set {text[1:]}, not add it: write the whole number, or change in a policy"
    )
    return line(key, text, message)


def plain(value: Any) -> Any:
    """Return a parsed value without Hydra's own types."""
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value
