"""From the command line to a config: Hydra composes and runs nothing; we check and set values.

Hydra's own run writes files before anything can be refused, so only its compose API is used: for
the choice of configs and for the grammar of overrides. Values from the command line are put in by
us, so that every problem is found and said at once.
"""

import copy
import re
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

from simcare.config.files import (
    CHOSEN,
    REFERENCE,
    config_folder,
    label,
    mentioned,
    read_named,
    read_yaml,
    unsafe,
)
from simcare.config.messages import ConfigError, Fault, keys_at, line, shown
from simcare.config.patch import clashes, overlap, reach
from simcare.config.settings import Settings
from simcare.model.values import choice_text

LAUNCHERS = ("basic",)
COMMAND_LINE = "the command line"
MAIN = "configs/config.yaml"


@dataclass
class Given:
    """What the command line says: configs chosen, values set, and what is wrong with it."""

    choices: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def parse(arguments: Sequence[str]) -> Given:
    """Return what the command line says, in Hydra's grammar; problems are gathered, not raised."""
    given = Given()
    for argument in arguments:
        try:
            override = OverridesParser.create().parse_override(argument)
            _take(override, argument, given)
        except (HydraException, ValueError, RecursionError):
            message = "not understood: write key=value, such as seed=7 (texts in quotes)"
            given.problems.append(f"{shown(argument)}: {message}")
    given.problems += clashes([(COMMAND_LINE, [*given.values])])
    return given


def _take(override: Override, argument: str, given: Given) -> None:
    key = override.key_or_group
    if key in given.values or key in given.choices:
        given.problems.append(f"{key}: given twice")
    elif key.split(".")[0].split("/")[0] == "hydra":
        _launcher(override, given)
    elif override.package is not None:
        given.problems.append(f"{shown(argument)}: a config has its own place; write {key}=<name>")
    elif override.is_delete():
        given.problems.append(f"{shown(argument)}: nothing can be deleted here; set it instead")
    elif override.is_sweep_override():
        _sweep(override, given)
    elif _is_step(override):
        _step(override, given)
    else:
        _value(override, _plain(override.value()), given)


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
    if override.key_or_group != "hydra/launcher" or str(override.value()) not in LAUNCHERS:
        message = (
            f"of Hydra's settings only hydra/launcher can be chosen; {choice_text('', LAUNCHERS)}"
        )
        given.problems.append(line(override.key_or_group, override.value(), message))


def _sweep(override: Override, given: Given) -> None:
    text = (override.input_line or "").split("=", 1)[-1]
    parts = [part.strip() for part in text.split(",")]
    message = "several values are a sweep, which is not what run does"
    if len(parts) == 2 and parts[0].lstrip("+-").isdigit() and parts[1].isdigit():
        message = f"a decimal has a point here: {parts[0]}.{parts[1]} (or [a,b] for a list)"
        if len(parts[1]) == 3:
            message = f"a number has no comma: {parts[0]}{parts[1]}, or {parts[0]}.{parts[1]}"
    given.problems.append(line(override.key_or_group, text, message))


def _is_step(override: Override) -> bool:
    """Return whether a value has a plus sign, which the grammar would drop: +12 would be 12."""
    text = (override.input_line or "").split("=", 1)[-1].strip()
    return bool(re.match(r"^\+[\d.]", text))


def _step(override: Override, given: Given) -> None:
    text = (override.input_line or "").split("=", 1)[-1].strip()
    message = (
        f"this would set {text[1:]}, not add it: write the whole number, or change in a policy"
    )
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


@dataclass
class Files:
    """The files that Hydra is going to read, each checked beforehand, and what is wrong in them."""

    folder: Path
    documents: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def read(self, group: str, name: Any, within: tuple[str, ...] = ()) -> None:
        """Read a config of a group, and those that it names; choose what it chooses."""
        if name in within:
            loop = " -> ".join((*within, name))
            self.problems.append(f"{label(group, name)}: defaults that lead back to it: {loop}")
            self.unread.add(group)
        if label(group, str(name)) in self.documents:
            return
        try:
            document = read_named(self.folder, group, name)
        except ConfigError as error:
            self.problems += error.problems
            self.unread.add(group)
            return
        self.documents[label(group, name)] = document
        for other, named in self._mentions(document, group):
            if other == group:
                self.read(other, named, (*within, name))
            else:
                self.choices[other] = named

    def _mentions(self, document: Any, group: str) -> list[tuple[str, Any]]:
        entries = document.get("defaults", [])
        return [found for entry in entries if (found := mentioned(entry, group))]

    def read_all(self, chosen: dict[str, Any]) -> None:
        """Read the main file, the experiment, and the service and population that are chosen."""
        main = read_yaml(self.folder / "config.yaml", MAIN)
        self.documents[MAIN] = main
        self.choices = dict(self._mentions(main, ""))
        self.choices |= {"experiment": chosen.get("experiment", self.choices.get("experiment"))}
        if self.choices["experiment"] not in (None, "null"):
            self.read("experiment", self.choices["experiment"])
        else:
            self.choices["experiment"] = None
        self.choices |= {group: name for group, name in chosen.items() if group != "experiment"}
        for group in ("service", "population"):
            if self.choices.get(group) is not None:
                self.read(group, self.choices[group])

    def of(self, path: str) -> str:
        """Return the file in which the longest part of a path is written, or an empty string.

        What an experiment writes comes over what the others do, the main file under them.
        """

        def rank(name: str) -> tuple[int, bool, bool]:
            place = name.split("/")[1]
            document = self.documents[name]
            inside = {place: document} if place in ("service", "population") else document
            return _depth(inside, path.split(".")), place == "experiment", name != MAIN

        best = max(self.documents, key=rank)
        return best if rank(best)[0] else ""


def _depth(document: Any, parts: Sequence[str]) -> int:
    """Return how many keys of a path are there in a document."""
    for depth, part in enumerate(parts):
        if isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        elif isinstance(document, dict) and part in document:
            document = document[part]
        else:
            return depth
    return len(parts)


def _composed(files: Files, given: Given) -> dict[str, Any]:
    """Return what Hydra composes of the chosen configs, as plain values, references unresolved."""
    choices = {group: name for group, name in given.choices.items() if group != "experiment"}
    if files.choices["experiment"] is not None:
        choices["experiment"] = files.choices["experiment"]
    overrides = [f"{group}={name}" for group, name in choices.items()]
    try:
        with initialize_config_dir(str(files.folder.resolve()), version_base="1.3"):
            config = compose("config", overrides)
        plain = OmegaConf.to_container(config, resolve=False)
    except (HydraException, OmegaConfBaseException, ValueError, RecursionError) as error:
        first = (str(error).strip() or "unknown").splitlines()[0]
        raise ConfigError([f"the configs cannot be put together: {shown(first)}"]) from None
    if not isinstance(plain, dict):
        raise ConfigError(["the configs cannot be put together: no keys with values"])
    return {str(key): value for key, value in plain.items()}


def _side_by_side(files: Files) -> dict[str, Any]:
    """Return what can be judged when a file cannot be read: the others, each in its place."""
    config: dict[str, Any] = dict(files.documents[MAIN])
    for group in ("experiment", "service", "population"):
        document = files.documents.get(label(group, str(files.choices.get(group))))
        if document is None:
            continue
        if "defaults" in document and group != "experiment":
            files.unread.add(group)
        elif group == "experiment":
            config |= {k: v for k, v in document.items() if k not in ("service", "population")}
        else:
            config[group] = document
    config.pop("defaults", None)
    return copy.deepcopy(config)


def _put(config: dict[str, Any], given: Given, unread: set[str]) -> list[str]:
    """Put the command line's values into a config; return the problems found."""
    problems = []
    unknown = {"study", "policy"} | unread if "experiment" in unread else unread
    for path, value in given.values.items():
        if path.split(".")[0] in unknown and path != path.split(".")[0]:
            continue  # what it goes into could not be read
        if path in given.added:
            holder: Any = config
            *parents, last = path.split(".")
            for part in parents:
                holder = holder.setdefault(part, {}) if isinstance(holder, dict) else None
            if not isinstance(holder, dict):
                problems.append(line(path, value, "there is a value where keys are needed"))
                continue
            holder[last] = copy.deepcopy(value)
            continue
        found = reach(config, path, optional=True)
        if not isinstance(found, str):
            found[0][found[1]] = copy.deepcopy(value)
        elif "." in path:
            problems.append(line(path, value, found))
        elif path not in Settings.model_fields:
            problems.append(line(path, value, f"unknown key; {choice_text(path, _top())}"))
        else:
            config[path] = value
    return problems


def _top() -> list[str]:
    """Return what can be given on the command line at the top."""
    named = ("service", "population")
    own = [key for key in keys_at(Settings, ["."]) if key not in named]
    return [*own, *(f"{group}=<name>" for group in CHOSEN)]


def _refer(config: dict[str, Any]) -> list[str]:
    """Put values for references (``${path}``), in place; return the problems found.

    A reference is the whole of a value and leads to a plain value, so that nothing grows by it.
    """
    problems: list[str] = []

    def referred(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {k: referred(v, f"{path}.{k}" if path else str(k)) for k, v in value.items()}
        if isinstance(value, list):
            return [referred(v, f"{path}.{k}") for k, v in enumerate(value)]
        match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return value
        found = reach(config, match.group(1))
        if isinstance(found, str):
            problems.append(line(path, value, found))
            return None
        target = found[0][found[1]]
        if isinstance(target, dict | list) or (isinstance(target, str) and "${" in target):
            problems.append(line(path, value, "it must lead to a plain value"))
        return target

    changed = referred(config, "")
    config |= changed
    return problems


@dataclass(frozen=True)
class Composed:
    """A config as chosen and set on the command line, the paths that set, and the files read."""

    config: dict[str, Any]
    set_paths: tuple[str, ...]
    experiment: str | None
    files: Files

    def told(self, fault: Fault) -> str:
        """Return a problem as a line, naming the file it is in unless the command line set it."""
        if any(overlap(path, fault.path) for path in self.set_paths):
            return str(fault)
        file = self.files.of(fault.path)
        return f"{file}: {fault}" if file else str(fault)


def composed(arguments: Sequence[str], folder: Path | None = None) -> tuple[Composed, list[str]]:
    """Return the config for a command line with the problems found so far.

    Raises ConfigError when there is nothing to go on with: the main file cannot be read.
    """
    given = parse(arguments)
    files = Files(folder or config_folder())
    try:
        files.read_all(given.choices)
    except ConfigError as error:
        raise ConfigError([*given.problems, *error.problems]) from None
    config = _side_by_side(files) if files.problems else _composed(files, given)
    problems = [*given.problems, *files.problems, *_put(config, given, files.unread)]
    problems += _refer(config)
    return Composed(config, tuple(given.values), files.choices["experiment"], files), problems
