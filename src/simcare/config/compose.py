"""From the command line to a config: Hydra composes and runs nothing; we check and set values.

Hydra's own run writes files before anything can be refused, so only its compose API is used: for
the choice of configs and for the grammar of overrides. Values from the command line are put in by
us, so that every problem is found and said at once.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from simcare.config.files import (
    CHOSEN,
    REFERENCE,
    Folders,
    mentioned,
    read_named,
    read_yaml,
)
from simcare.config.given import Given
from simcare.config.messages import ConfigError, Fault, keys_at, line, shown
from simcare.config.patch import ROOTS
from simcare.config.paths import overlap, reach
from simcare.config.settings import Settings
from simcare.model.values import choice_text

OPTIONAL = ("start", "precision")  # parts that a config may leave empty
MAIN = ("", "config")


@dataclass
class Files:
    """The files that Hydra is going to read, each checked beforehand, and what is wrong in them."""

    folders: Folders
    documents: dict[tuple[str, str], Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def read(self, group: str, name: Any, within: tuple[str, ...] = ()) -> None:
        """Read a config of a group, and those that it names; choose what it chooses."""
        if name in within:
            loop = " -> ".join((*within, name))
            file = self.folders.label(group, name)
            self.problems.append(f"{file}: defaults that lead back to it: {loop}")
            self.unread.add(group)
        if (group, str(name)) in self.documents:
            return
        try:
            document = read_named(self.folders, group, name)
        except ConfigError as error:
            self.problems += error.problems
            self.unread.add(group)
            return
        self.documents[group, name] = document
        for other, named in self._mentions(document, group):
            if other == group:
                self.read(other, named, (*within, name))
            else:
                self.choices[other] = named

    def _mentions(self, document: Any, group: str) -> list[tuple[str, Any]]:
        entries = document.get("defaults", [])
        return [found for entry in entries if (found := mentioned(entry, group))]

    def read_all(self, chosen: Mapping[str, Any]) -> None:
        """Read the main file, the experiment, and the service and population that are chosen."""
        main = read_yaml(self.folders.file(*MAIN), self.folders.label(*MAIN))
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

        def rank(name: tuple[str, str]) -> tuple[int, bool, bool]:
            group, document = name[0], self.documents[name]
            inside = {group: document} if group in ("service", "population") else document
            return _depth(inside, path.split(".")), group == "experiment", name != MAIN

        best = max(self.documents, key=rank, default=None)
        return self.folders.label(*best) if best and rank(best)[0] else ""


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


def _composed(files: Files, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Hydra composes of the chosen configs, as plain values, references unresolved."""
    choices = {group: name for group, name in chosen.items() if group != "experiment"}
    if files.choices["experiment"] is not None:
        choices["experiment"] = files.choices["experiment"]
    overrides = [f"{group}={name}" for group, name in choices.items()]
    if files.folders.own is not None:
        # Hydra looks here last: what is shipped cannot be replaced.
        place = QuotedString(f"file://{files.folders.own.resolve()}", Quote.single)
        overrides.append(f"hydra.searchpath=[{place.with_quotes()}]")
    try:
        with initialize_config_dir(str(files.folders.shipped.resolve()), version_base="1.3"):
            config = compose("config", overrides)
        container = OmegaConf.to_container(config, resolve=False)
    except (HydraException, OmegaConfBaseException, ValueError, RecursionError) as error:
        first = (str(error).strip() or "unknown").splitlines()[0]
        raise ConfigError([f"the configs cannot be put together: {shown(first)}"]) from None
    if not isinstance(container, dict):
        raise ConfigError(["the configs cannot be put together: no keys with values"])
    return {str(key): value for key, value in container.items()}


def _side_by_side(files: Files) -> dict[str, Any]:
    """Return what can be judged when a file cannot be read: the others, each in its place."""
    config: dict[str, Any] = dict(files.documents[MAIN])
    for group in ("experiment", "service", "population"):
        document = files.documents.get((group, str(files.choices.get(group))))
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


def _put(
    config: dict[str, Any], given: Given, unread: set[str]
) -> tuple[list[str], dict[str, tuple[Any, str]]]:
    """Put the command line's values into a config; return the problems found.

    With them come the values for which there is no place in it, by path, each with what to say of
    it: a policy may yet add the part that it is in.
    """
    problems, homeless = [], {}
    unknown = {"study", "policy"} | unread if "experiment" in unread else unread
    for path, value in given.values.items():
        if path.split(".")[0] in unknown and path != path.split(".")[0]:
            continue  # what it goes into could not be read
        part, _, key = path.partition(".")
        if part in OPTIONAL and key and config.get(part) is None:
            config[part] = {}
        if part in OPTIONAL and key and isinstance(config[part], dict):
            config[part][key] = copy.deepcopy(value)
            continue  # what is no key there is found with the settings
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
        elif path.split(".")[0] in ROOTS and "." in path:
            homeless[path] = copy.deepcopy(value), line(path, value, found)
        elif "." in path:
            problems.append(line(path, value, found))
        elif path not in Settings.model_fields:
            problems.append(line(path, value, f"unknown key; {choice_text(path, _top())}"))
        else:
            config[path] = value
    return problems, homeless


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
    """A config as chosen and set on the command line, the paths that set, and the files read.

    ``homeless`` are values of the command line that have no place in it, by path, each with what
    to say of it if no policy adds the part that it is in.
    """

    config: dict[str, Any]
    set_paths: tuple[str, ...]
    experiment: str | None
    files: Files
    homeless: Mapping[str, tuple[Any, str]] = field(default_factory=dict)

    def told(self, fault: Fault) -> str:
        """Return a problem as a line, naming the file it is in unless the command line set it."""
        if any(overlap(path, fault.path) for path in self.set_paths):
            return str(fault)
        file = self.files.of(fault.path)
        return f"{file}: {fault}" if file else str(fault)


class Shelf:
    """The configs of some folders; what was put together is kept for those who choose the same.

    A sweep makes many jobs of few choices, and putting configs together is most of the work.
    """

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self._kept: dict[str, tuple[Files, dict[str, Any]]] = {}

    def chosen(self, choices: Mapping[str, Any]) -> tuple[Files, dict[str, Any]]:
        """Return the files of some choices, and the config that they make together: a copy.

        Raises ConfigError when there is nothing to go on with: the main file cannot be read, or
        what was read cannot be put together.
        """
        key = repr(sorted(choices.items()))
        if key not in self._kept:
            files = Files(self.folders)
            files.read_all(choices)
            config = _side_by_side(files) if files.problems else _composed(files, choices)
            self._kept[key] = files, config
        files, config = self._kept[key]
        return files, copy.deepcopy(config)


def composed(given: Given, shelf: Shelf) -> tuple[Composed, list[str]]:
    """Return the config for what a command line says, with the problems found so far.

    Raises ConfigError when there is nothing to go on with: see Shelf.chosen.
    """
    try:
        files, config = shelf.chosen(given.choices)
    except ConfigError as error:
        raise ConfigError([*given.problems, *error.problems]) from None
    wrong, homeless = _put(config, given, files.unread)
    problems = [*given.problems, *files.problems, *wrong, *_refer(config)]
    experiment = files.choices["experiment"]
    return Composed(config, tuple(given.values), experiment, files, homeless), problems
