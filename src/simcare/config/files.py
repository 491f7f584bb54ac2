"""Reading config files: YAML as data only, checked before anything else sees it.

Files may not run or import anything, nor reach Hydra's own settings: no ``hydra`` node, no key
``_target_`` or ``()``, no ``${name:...}``, no package but the experiment's, and in lists of
defaults only names of configs. Duplicate keys are errors; size and growth by aliases are limited.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeGuard

import yaml

from simcare.config.messages import ConfigError, line, printable, shown, with_point
from simcare.model.values import choice_text, near_names, on_one_line

LARGEST_BYTES = 200_000
MOST_NODES = 50_000
DEEPEST = 40
GROUPS = ("service", "population", "policy", "experiment")
OPTION = "--config-dir"
CHOSEN = ("service", "population", "experiment")
REFUSED = {
    "config.yaml": "the main file is the shipped one; put what differs into an experiment",
    "hydra": "a config cannot change Hydra's own settings",
}
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
REFERENCE = re.compile(r"\$\{([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)\}")
DIRECTIVE = re.compile(r"#\s*@(.*)")
# Octal by a leading zero, and numbers to the base 60: by YAML 1.1, 010 is 8 and 1:30 is 90.
MISREAD = re.compile(r"[-+]?(?:0[0-7_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)")
_MISREAD = "YAML would read it as {:g}: write the number itself, or a text in quotes"
# What can move a terminal's cursor or turn the order of letters: not the ends of lines, nor tabs.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NO_WORDS = ("inf", "nan", "null", "true", "false", "yes", "no", "on", "off")
MOST_LISTED, MOST_NEAR = 8, 3
COMMA_TAG = "!decimal-comma"
DIGITS = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)[eE][-+]?[0-9]+")


class _DecimalComma(str):
    """A decimal that was written with a comma."""


class _CommaNode(yaml.ScalarNode):
    """Where one was found in a file."""


class _Loader(yaml.SafeLoader):
    """The safe loader, with duplicate keys as errors, dates left as text and 1e3 as a number."""


@dataclass(frozen=True)
class _Misread:
    """A number that YAML reads as another one than is written, and how it would be read."""

    text: str
    number: float

    def __str__(self) -> str:
        return self.text


def _number(loader: _Loader, node: yaml.ScalarNode) -> Any:
    kind = loader.construct_yaml_int if node.tag.endswith(":int") else loader.construct_yaml_float
    number = kind(node)
    return _Misread(node.value, number) if MISREAD.fullmatch(node.value) else number


def _join_decimals(node: yaml.MappingNode) -> None:
    """Join decimals after a comma to their number, in place: ``{share: 0,05, …}``.

    YAML takes them for a key, and so would who reads the file again: they are no valid config.
    """
    joined: list[tuple[yaml.Node, yaml.Node]] = []
    for key, value in node.value:
        before = joined[-1][1] if joined else None
        if node.flow_style and _is_digits(before) and _is_digits(key) and _is_empty(value):
            text = f"{before.value},{key.value}"
            number = _CommaNode(COMMA_TAG, text, before.start_mark, key.end_mark)
            joined[-1] = (joined[-1][0], number)
        else:
            joined.append((key, value))
    node.value = joined


def _is_digits(node: yaml.Node | None) -> TypeGuard[yaml.ScalarNode]:
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return False
    return DIGITS.fullmatch(node.value) is not None


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and not node.value


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    _join_decimals(node)
    seen: set[Hashable] = set()
    for key_node, value_node in node.value:
        wrong = None
        merge = key_node.tag == "tag:yaml.org,2002:merge"
        key = "<<" if merge else loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            wrong = "a key must be a name"
        elif key in seen:
            wrong = f"the key {shown(key)} is there twice"
        elif merge and isinstance(value_node, yaml.SequenceNode):
            wrong = "only one mapping can be merged with <<"  # lists of them grow like a bomb
        if wrong:
            raise yaml.MarkedYAMLError(problem=wrong, problem_mark=key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    return dict(loader.construct_mapping(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
for _tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
    _Loader.add_constructor(_tag, _number)


def _decimal_comma(loader: _Loader, node: yaml.Node) -> Any:
    if not isinstance(node, _CommaNode):  # a file that writes the tag itself
        return loader.construct_undefined(node)
    return _DecimalComma(node.value)


_Loader.add_constructor(COMMA_TAG, _decimal_comma)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))


def _walk(value: Any, path: str, depth: int, budget: list[int]) -> Iterator[tuple[str, Any]]:
    """Yield every (path, key or plain value) of a document, counting aliased parts each time."""
    budget[0] -= 1
    if budget[0] < 0 or depth > DEEPEST:
        raise ValueError(f"more than {MOST_NODES} values or {DEEPEST} levels")
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{shown(key)}" if path else shown(key)
            yield here, key if isinstance(key, str) else (key,)
            yield from _walk(inner, here, depth + 1, budget)
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{k}", depth + 1, budget)
    else:
        yield path, value


def unsafe(document: Any, name: str = "", group: str = "") -> list[str]:
    """Return what a document holds that a config may not: a line for each, naming the file.

    ``group`` is that of its file.
    """
    found: list[str] = []
    file = f"{name}: " if name else ""
    inside = f"{file}{group}." if group in ("service", "population") else file
    for path, text in _walk(document, "", 0, [MOST_NODES]):
        where = file + shown(path)
        if isinstance(text, tuple) and len(text) == 1:
            found.append(f"{where}: a key must be a text; write it in quotes")
        elif isinstance(text, _Misread):
            found.append(f"{where} = {text}: {_MISREAD.format(text.number)}")
        elif isinstance(text, _DecimalComma):
            whole = f"{inside}{shown(path)}"
            found.append(f"{whole} = {shown(text)}: {with_point(*text.partition(',')[::2])}")
        elif not isinstance(text, str | int | float | None):
            found.append(
                f"{where} = {shown(text)}: texts, numbers, true, false or null are allowed"
            )
        if path == "hydra":
            found.append(f"{where}: a config cannot change Hydra's own settings")
        if text in ("_target_", "()"):
            found.append(f"{where}: configs are data; {text} is not allowed")
        if isinstance(text, str):
            if "${" in text and not REFERENCE.fullmatch(text):
                message = "only ${path} is allowed, for the value at another path"
                found.append(f"{where} = {shown(text)}: {message}")
            if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
                found.append(f"{where} = {shown(text)}: it is not Unicode text")
            if CONTROL.search(text):
                found.append(f"{where} = {shown(text)}: a sign that controls a terminal is in it")
    return found


def _unsafe_defaults(document: Any, name: str, group: str) -> list[str]:
    """Return what the list of defaults in a file says beyond names of configs."""
    listed = document.get("defaults", [])
    if not isinstance(listed, list) or (listed and group == "policy"):
        return [f"{name}: defaults = {shown(listed)}: a list of configs is required here, or none"]
    allowed = {
        "": "_self_, service: <name>, population: <name>, experiment: <name>",
        "experiment": "_self_, another experiment, override /service: <name> or /population",
    }.get(group, f"_self_, the name of another {group}")
    return [
        f"{name}: defaults = {shown(entry)}: allowed: {allowed}"
        for entry in listed
        if mentioned(entry, group) is None and entry != "_self_"
    ]


def mentioned(entry: Any, group: str) -> tuple[str, Any] | None:
    """Return the (group, name) of the config that an entry of a list of defaults names, or None.

    ``group`` is that of the file in which the list is, "" for the main one.
    """
    if isinstance(entry, str) and group and NAME.fullmatch(entry) and entry != "_self_":
        return group, entry
    if not isinstance(entry, dict) or len(entry) != 1 or group in ("service", "population"):
        return None
    ((key, name),) = entry.items()
    prefix = "override /" if group else ""
    wanted = [other for other in CHOSEN if key == prefix + other and other != group]
    return (wanted[0], name) if wanted and (name is None or isinstance(name, str)) else None


def _directives(text: str) -> list[str]:
    """Return the directives (``# @package x``) that Hydra reads: those before anything else."""
    lines = (row.strip() for row in text.splitlines())
    matches = takewhile(bool, (DIRECTIVE.match(row) for row in lines if row))
    return [" ".join(match.group(1).split()) for match in matches if match]


def _unsafe_package(text: str, name: str, group: str) -> list[str]:
    """Return what is wrong with the ``# @package`` line of a file."""
    allowed = ["package _global_"] if group == "experiment" else []
    given = _directives(text)
    if given == allowed:
        return []
    if allowed and not given:
        return [f"{name}: an experiment begins with the line # @package _global_"]
    return [
        f"{name}: # @{shown(words)}: not allowed here" for words in given if words not in allowed
    ]


def read_yaml(path: Path, name: str, group: str = "") -> Any:
    """Return the document in a YAML file; raise ConfigError, naming the file, if it is not one."""
    try:
        if not path.is_file():
            raise ConfigError([f"{name}: not a file"])
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise ConfigError([f"{name}: {size} bytes; at most {LARGEST_BYTES} are read"])
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{name}: cannot be read ({error.strerror})"]) from None
    try:
        text = raw.decode("utf-8")
        document = yaml.load(text, _Loader)
        if not isinstance(document, dict):
            raise ConfigError([f"{name}: keys with values are required, not {shown(document)}"])
        problems = unsafe(document, name, group)
    except UnicodeDecodeError as error:
        message = f"{name}: not UTF-8 (byte {error.start}); save it as UTF-8"
        raise ConfigError([message]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError([f"{name}{where}: not YAML: {shown(error.problem)}"]) from None
    except RecursionError:
        raise ConfigError([f"{name}: more than {DEEPEST} levels"]) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ConfigError([f"{name}: not YAML that is read here: {shown(str(error))}"]) from None
    problems += _unsafe_defaults(document, name, group)
    problems += _unsafe_package(text, name, group)
    if problems:
        raise ConfigError(problems)
    return document


@dataclass(frozen=True)
class Folders:
    """Where configs are: the shipped ones, and perhaps a folder of one's own beside them."""

    shipped: Path
    own: Path | None = None

    def file(self, group: str, name: str) -> Path:
        """Return the file of a config: the own one if there is one, or else the shipped one."""
        folder = self.own if self.own is not None and self._is_own(group, name) else self.shipped
        return folder / group / f"{name}.yaml"

    def label(self, group: str, name: str) -> str:
        """Return how the file of a config is named to users: an own one by its path."""
        if self._is_own(group, name):
            return printable(str(self.file(group, name)))
        return "/".join(part for part in ("configs", group, f"{name}.yaml") if part)

    def _is_own(self, group: str, name: str) -> bool:
        return bool(group) and self.own is not None and name in _names(self.own, group)


def config_folder() -> Path:
    """Return the folder of the shipped configs: in the checkout, or in an installed package."""
    package = Path(__file__).parents[1]
    for folder in (package / "configs", package.parents[1] / "configs"):
        if (folder / "config.yaml").is_file():
            return folder
    raise ConfigError([f"no configs found beside the package ({package}): install it again"])


def config_folders(own: str | Path | None = None) -> Folders:
    """Return the shipped configs, with those in a folder of one's own beside them.

    Raises ConfigError when that folder holds no configs, or one of a name that is shipped.
    """
    shipped = config_folder()
    if own is None:
        return Folders(shipped)
    folders = Folders(shipped, Path(own))
    if problems := _unfit(folders, Path(own)):
        raise ConfigError(problems)
    return folders


def _unfit(folders: Folders, own: Path) -> list[str]:
    """Return why a folder cannot be one of one's own configs."""
    try:
        if not own.is_dir():
            what = "a file, not a folder" if own.exists() else "there is no such folder"
            return [line(OPTION, own, what)]
        if own.samefile(folders.shipped):
            return [line(OPTION, own, "these are the shipped configs: leave it out")]
        found = [(group, name) for group in GROUPS for name in _names(own, group)]
        refused = [name for name in REFUSED if (own / name).exists()]
    except OSError as error:
        return [line(OPTION, own, f"cannot be read ({error.strerror})")]
    if not found:
        places = ", ".join(f"{group}/<name>.yaml" for group in GROUPS)
        return [line(OPTION, own, f"it holds no configs; looked for: {places}")]
    problems = [f"{printable(str(own / name))}: {REFUSED[name]}" for name in refused]
    problems += [
        f"{folders.label(group, name)}: {name} is read as a value, not as a name; give it another"
        for group, name in found
        if not _is_word(name)
    ]
    for group, name in found:
        if name in _names(folders.shipped, group):
            both = f"{folders.label(group, name)} and {Folders(folders.shipped).label(group, name)}"
            problems.append(f"{both}: two configs of one name; give your own another")
    return problems


def _names(folder: Path, group: str) -> list[str]:
    stems = (path.stem for path in (folder / group).glob("*.yaml"))
    return sorted(stem for stem in stems if NAME.fullmatch(stem))


def _is_word(name: str) -> bool:
    """Return whether a name stays one where it is given: 123, 1e3 and true are none."""
    return name.lower() not in NO_WORDS and isinstance(yaml.load(name, _Loader), str)


def names(folders: Folders, group: str) -> list[str]:
    """Return the names of the configs of a group, shipped and own, sorted."""
    places = [folders.shipped] if folders.own is None else [folders.shipped, folders.own]
    return sorted({name for folder in places for name in _names(folder, group)})


def read_named(folders: Folders, group: str, name: Any) -> Any:
    """Return the config of a group by its name; raise ConfigError with the nearest if unknown."""
    known = names(folders, group)
    if not isinstance(name, str) or name not in known:
        message = f"unknown {group}; {_choice(folders, name, known)}"
        raise ConfigError([line(group, name, message)])
    return read_yaml(folders.file(group, name), folders.label(group, name), group)


def _choice(folders: Folders, name: Any, known: Sequence[str]) -> str:
    """Return what can be chosen: all of a few names, the nearest of many."""
    if len(known) <= MOST_LISTED:
        return choice_text(name, known)
    own = "" if folders.own is None else f" {OPTION} {printable(str(folders.own))}"
    text = f"allowed: the {len(known)} names that simcare list{own} shows"
    near = near_names(name, known, MOST_NEAR)
    return f"{text}; did you mean {' or '.join(near)}?" if near else text


def catalogue(folders: Folders | None = None) -> dict[str, dict[str, str]]:
    """Return what can be chosen: for each group the names, with their titles.

    Raises ConfigError with the problems of every file that cannot be read.
    """
    folders = folders or config_folders()
    found: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for group in ("experiment", "policy", "service", "population"):
        found[group] = {}
        for name in names(folders, group):
            try:
                found[group][name] = _title(read_named(folders, group, name))
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


def _title(document: Any) -> str:
    study = document.get("study")
    title = document.get("title") or document.get("description")
    if isinstance(study, dict):
        title = study.get("question", title)
    return on_one_line(str(title or ""))
