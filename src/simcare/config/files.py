"""Reading config files: YAML as data only, checked before anything else sees it.

Files may not run or import anything, nor reach Hydra's own settings: no ``hydra`` node, no key
``_target_`` or ``()``, no ``${name:...}``. Duplicate keys are errors; size and growth by aliases
are limited.
"""

import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from simcare.config.messages import ConfigError, shown
from simcare.model.values import choice_text

LARGEST_BYTES = 1_000_000
MOST_NODES = 100_000
DEEPEST = 40
GROUPS = ("service", "population", "policy", "experiment")
RESOLVER = re.compile(r"\$\{[^}]*:")


class _Loader(yaml.SafeLoader):
    """The safe loader, with duplicate keys as errors and dates left as text."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.MarkedYAMLError(problem="a key must be a name", problem_mark=node.start_mark)
        if key in seen and key != "<<":
            raise yaml.MarkedYAMLError(
                problem=f"the key {key} is there twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    loader.flatten_mapping(node)
    return dict(loader.construct_mapping(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _walk(value: Any, path: str, depth: int, budget: list[int]) -> Iterator[tuple[str, Any]]:
    """Yield every (path, key or text) of a document, counting aliased parts each time."""
    budget[0] -= 1
    if budget[0] < 0 or depth > DEEPEST:
        raise ValueError(f"more than {MOST_NODES} values or {DEEPEST} levels")
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            yield here, key
            yield from _walk(inner, here, depth + 1, budget)
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{k}]", depth + 1, budget)
    elif isinstance(value, str):
        yield path, value


def unsafe(document: Any, name: str) -> list[str]:
    """Return what a document holds that a config may not: a line for each."""
    found = []
    for path, value in _walk(document, "", 0, [MOST_NODES]):
        if path == "hydra" or (isinstance(value, str) and value.split("@")[0] == "override hydra"):
            found.append(f"{name}: {path}: a config cannot change Hydra's own settings")
        if value in ("_target_", "()"):
            found.append(f"{name}: {path}: configs are data; {value} is not allowed")
        if isinstance(value, str) and RESOLVER.search(value):
            found.append(f"{name}: {path} = {shown(value)}: ${{name:...}} is not allowed")
    return found


def read_yaml(path: Path, name: str) -> Any:
    """Return the document in a YAML file; raise ConfigError, naming the file, if it is not one."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{name}: cannot be read ({error.strerror})"]) from None
    if len(raw) > LARGEST_BYTES:
        raise ConfigError([f"{name}: {len(raw)} bytes; at most {LARGEST_BYTES} are read"])
    try:
        text = raw.decode("utf-8")
        document = yaml.load(text, _Loader)
        problems = unsafe(document, name)
    except UnicodeDecodeError as error:
        message = f"{name}: not UTF-8 (byte {error.start}); save it as UTF-8"
        raise ConfigError([message]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError([f"{name}{where}: not YAML: {error.problem}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError([f"{name}: not YAML that is read here: {shown(error)}"]) from None
    if not isinstance(document, dict):
        raise ConfigError([f"{name}: keys with values are required, not {shown(document)}"])
    if problems:
        raise ConfigError(problems)
    return document


def config_folder() -> Path:
    """Return the folder of the shipped configs: in the checkout, or in an installed package."""
    package = Path(__file__).parents[1]
    for folder in (package / "configs", package.parents[1] / "configs"):
        if (folder / "config.yaml").is_file():
            return folder
    raise ConfigError([f"no configs found beside the package ({package}): install it again"])


def names(folder: Path, group: str) -> list[str]:
    """Return the names of the configs of a group, sorted."""
    return sorted(path.stem for path in (folder / group).glob("*.yaml"))


def read_named(folder: Path, group: str, name: Any) -> Any:
    """Return the config of a group by its name; raise ConfigError with the nearest if unknown."""
    known = names(folder, group)
    if not isinstance(name, str) or name not in known:
        raise ConfigError([f"{group} = {shown(name)}: unknown {group}; {choice_text(name, known)}"])
    return read_yaml(folder / group / f"{name}.yaml", f"configs/{group}/{name}.yaml")


def catalogue() -> dict[str, dict[str, str]]:
    """Return what can be chosen: for each group the names, with their titles."""
    folder = config_folder()
    found: dict[str, dict[str, str]] = {}
    for group in ("experiment", "policy", "service", "population"):
        found[group] = {}
        for name in names(folder, group):
            document = read_named(folder, group, name)
            study = document.get("study")
            title = document.get("title") or document.get("description")
            if isinstance(study, dict):
                title = study.get("question", title)
            found[group][name] = str(title or "")
    return found
