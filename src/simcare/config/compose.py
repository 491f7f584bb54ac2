"""From the command line to a study: Hydra composes, nothing of it runs; we check, patch and build.

Hydra's own run writes files before anything can be refused, so only its compose API is used: for
the choice of configs and for the grammar of overrides. Values from the command line are put in by
us, so that every problem is found and said at once.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from simcare.config.files import config_folder, read_named, read_yaml
from simcare.config.messages import ConfigError, keys_at, line, shown
from simcare.config.patch import reach
from simcare.config.settings import Settings
from simcare.model.values import choice_text

CHOICES = ("service", "population", "experiment")
LAUNCHERS = ("basic",)
COMMAND_LINE = "the command line"


@dataclass
class Given:
    """What the command line says: configs chosen, values set, and what is wrong with it."""

    choices: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def parse(arguments: Sequence[str]) -> Given:
    """Return what the command line says, in Hydra's grammar; problems are gathered, not raised."""
    given = Given()
    for argument in arguments:
        try:
            override = OverridesParser.create().parse_override(argument)
        except HydraException:
            message = "not understood: write key=value, such as seed=7 (quote texts with spaces)"
            given.problems.append(f"{shown(argument)}: {message}")
            continue
        _take(override, argument, given)
    return given


def _take(override: Override, argument: str, given: Given) -> None:
    key = override.key_or_group
    if key in given.values or key in given.choices:
        given.problems.append(f"{key}: given twice")
    elif key.split(".")[0].split("/")[0] == "hydra":
        _launcher(override, given)
    elif override.is_delete():
        given.problems.append(f"{shown(argument)}: nothing can be deleted here; set it instead")
    elif override.is_sweep_override():
        _sweep(override, given)
    elif key in CHOICES and isinstance(override.value(), str):
        given.choices[key] = str(override.value())
    else:
        given.values[key] = _plain(override.value())
        if override.is_add() or override.is_force_add():
            given.added.add(key)


def _launcher(override: Override, given: Given) -> None:
    if override.key_or_group != "hydra/launcher" or str(override.value()) not in LAUNCHERS:
        message = (
            f"of Hydra's settings only hydra/launcher can be chosen; {choice_text('', LAUNCHERS)}"
        )
        given.problems.append(line(override.key_or_group, override.value(), message))


def _sweep(override: Override, given: Given) -> None:
    text = (override.input_line or "").split("=", 1)[-1]
    parts = text.split(",")
    message = "several values are a sweep, which is not what run does"
    if len(parts) == 2 and all(part.strip().lstrip("+-").isdigit() for part in parts):
        message = f"a decimal has a point here: {parts[0]}.{parts[1].strip()} (or [a,b] for a list)"
    given.problems.append(line(override.key_or_group, text, message))


def _plain(value: Any) -> Any:
    """Return a parsed value without Hydra's own types."""
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _chosen(folder: Path, given: Given) -> list[str]:
    """Check every file that is going to be read; return the problems found."""
    problems: list[str] = []
    choices = dict(given.choices)
    try:
        main = read_yaml(folder / "config.yaml", "configs/config.yaml")
        for entry in main.get("defaults", []):
            for group, name in entry.items() if isinstance(entry, dict) else ():
                choices.setdefault(group, name)
    except ConfigError as error:
        problems += error.problems
    experiment = choices.pop("experiment", None)
    if experiment not in (None, "null"):
        try:
            document = read_named(folder, "experiment", experiment)
            for entry in document.get("defaults", []):
                for group, name in entry.items() if isinstance(entry, dict) else ():
                    choices[group.removeprefix("override /")] = name
            choices.update({k: v for k, v in given.choices.items() if k != "experiment"})
        except ConfigError as error:
            problems += error.problems
    for group, name in choices.items():
        try:
            read_named(folder, group, name)
        except ConfigError as error:
            problems += error.problems
    return problems


def _composed(folder: Path, given: Given) -> dict[str, Any]:
    """Return what Hydra composes of the chosen configs, as plain values."""
    overrides = [f"{group}={name}" for group, name in given.choices.items()]
    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            config = compose("config", overrides)
        plain = OmegaConf.to_container(config, resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        first = str(error).strip().splitlines()[0]
        raise ConfigError([f"the configs cannot be put together: {first}"]) from None
    if not isinstance(plain, dict):
        raise ConfigError(["the configs cannot be put together: no keys with values"])
    return {str(key): value for key, value in plain.items()}


def _put(config: dict[str, Any], given: Given) -> list[str]:
    """Put the command line's values into a config; return the problems found."""
    problems = []
    for path, value in given.values.items():
        if path in given.added:
            holder: Any = config
            *parents, last = path.split(".")
            for part in parents:
                holder = holder.setdefault(part, {}) if isinstance(holder, dict) else None
            if not isinstance(holder, dict):
                problems.append(line(path, value, "there is a value where keys are needed"))
                continue
            holder[last] = value
            continue
        found = reach(config, path, optional=True)
        if isinstance(found, str):
            top = [*keys_at(Settings, ["."]), *(f"{group}=<name>" for group in CHOICES)]
            text = f"unknown key; {choice_text(path, top)}" if "." not in path else found
            problems.append(line(path, value, text))
        else:
            found[0][found[1]] = copy.deepcopy(value)
    return problems


@dataclass(frozen=True)
class Composed:
    """A config as chosen and set on the command line, and which paths that set."""

    config: dict[str, Any]
    set_paths: tuple[str, ...]
    experiment: str | None


def composed(arguments: Sequence[str], folder: Path | None = None) -> tuple[Composed, list[str]]:
    """Return the config for a command line with the problems found so far.

    Raises ConfigError when there is nothing to go on with: a config that is unknown or unreadable.
    """
    folder = folder or config_folder()
    given = parse(arguments)
    if unreadable := _chosen(folder, given):
        raise ConfigError([*given.problems, *unreadable])
    config = _composed(folder, given)
    problems = [*given.problems, *_put(config, given)]
    experiment = given.choices.get("experiment")
    return Composed(config, tuple(given.values), experiment), problems
