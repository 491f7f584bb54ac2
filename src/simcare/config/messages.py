"""What is wrong with a config, said so that it can be mended: where, what given, what allowed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from simcare.model.values import choice_text

LONGEST_SHOWN = 60
_NOT_A_TEXT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?|true|false|null")
DECIMAL_COMMA = re.compile(r"([-+]?[0-9]+),([0-9]+)")


class ConfigError(Exception):
    """Everything that is wrong with what the user gave, each line one problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Fault:
    """One problem: the path where it is, and what follows the path in words.

    ``line`` is the first line of a list of people in which it is, 0 where it is in none.
    """

    path: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}{self.text}"


def written(value: Any) -> str:
    """Return a value as it would be written in a config."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value)


def shown(value: Any) -> str:
    """Return a value as it is quoted in a message: short, on one line, with no control signs."""
    try:
        text = " ".join(written(value).split()) or "an empty text"
    except (ValueError, RecursionError):  # a number of thousands of digits, or endless nesting
        text = "what is too long to be shown"
    text = printable(text)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _quoted(value: Any) -> str:
    """Return what was given, in quotes where it is a text that would be none without them."""
    text = shown(value)
    return f'"{text}"' if isinstance(value, str) and _NOT_A_TEXT.fullmatch(text) else text


def printable(text: str) -> str:
    """Return a text with a replacement sign for each sign that cannot be shown."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def line(path: str, given: Any, message: str) -> str:
    """Return one problem as a line: path = what was given: what is allowed."""
    return f"{printable(path)} = {shown(given)}: {message}"


_WORDS = {
    "missing": "is required",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be below {lt}",
    "int_type": "a whole number is required",
    "int_from_float": "a whole number is required",
    "int_parsing_size": "a smaller number is required",
    "float_type": "a number is required",
    "string_type": "a text is required",
    "string_unicode": "a text is required",
    "string_too_short": "a text is required",
    "bool_type": "true or false is required",
    "bool_parsing": "true or false is required",
    "date_type": "a date such as 2017-01-01 is required",
    "finite_number": "a finite number is required",
    "too_short": "at least {min_length} required",
    "too_long": "at most {max_length} allowed",
    "model_type": "keys with values are required",
    "model_attributes_type": "keys with values are required",
    "dict_type": "keys with values are required",
    "tuple_type": "a list is required",
    "list_type": "a list is required",
    "string_pattern_mismatch": "a name of lower-case letters, digits and _ is required",
    "string_too_long": "a name of at most {max_length} characters is required",
}


def _plain(number: Any) -> Any:
    """Return a limit as people write it: 1000000 rather than 1000000.0."""
    return f"{number:.15g}" if isinstance(number, float) else number


def with_point(whole: str, decimals: str) -> str:
    """Return what to write where a decimal has a comma."""
    return f"a decimal has a point here: {whole}.{decimals}"


def _words(error: Mapping[str, Any], keys: Sequence[str], inside: Sequence[str]) -> str:
    """Return a problem in words; ``keys`` are those beside it, ``inside`` those within it."""
    if error["type"] == "extra_forbidden":
        return f"unknown key; {choice_text(error['loc'][-1], keys)}"
    if error["type"] == "literal_error":
        names = re.findall(r"'(\w+)'", error["ctx"]["expected"])
        return choice_text(error["input"], names)
    words = _WORDS.get(error["type"])
    if words == _WORDS["model_type"] and inside:
        return f"{words}; allowed: {', '.join(inside)}"
    comma = DECIMAL_COMMA.fullmatch(error["input"]) if isinstance(error["input"], str) else None
    if comma and error["type"] == "float_type":
        return with_point(*comma.groups())
    limits = {name: _plain(limit) for name, limit in error.get("ctx", {}).items()}
    return words.format(**limits) if words else error["msg"]


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys allowed where an unknown one was given, following the model's annotations.

    There are none where any name is allowed.
    """
    holder = _holder_at(model, loc)
    return list(_fields(holder)) if holder else []


def field_at(model: type[BaseModel], loc: Sequence[str | int]) -> FieldInfo | None:
    """Return what the model says of the key at the end of a path, None if it is no key of its."""
    holder = _holder_at(model, loc)
    return _fields(holder).get(str(loc[-1])) if holder else None


def holds_parts(field: FieldInfo) -> bool:
    """Return whether what a model says of a key is that there are parts with names under it."""
    return any(get_origin(kind) is dict or _is_model(kind) for kind in _kinds(field.annotation))


def _holder_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the model that the last key of a path is one of, None if any name may be there."""
    found: Any = model
    for part in loc[:-1]:
        found = next((inner for kind in _kinds(found) if (inner := _inside(kind, part))), None)
    kinds = list(_kinds(found))
    # One of several may be written without a list.
    alone = [
        k for kind in kinds if get_origin(kind) in (list, tuple) for k in _kinds(_inside(kind, 0))
    ]
    return next((kind for kind in (*kinds, *alone) if _is_model(kind)), None)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys under which they are written."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _kinds(annotation: Any) -> Iterable[Any]:
    """Yield the models and containers that an annotation allows, out of its wrappings."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    else:
        yield annotation


def _inside(kind: Any, part: str | int) -> Any:
    """Return the annotation of what is under a key or index of a model or container, or None."""
    if _is_model(kind):
        known = _fields(kind).get(str(part))
        return known.annotation if known else None
    inner = get_args(kind)
    if get_origin(kind) is dict:
        return inner[1]
    return inner[0] if get_origin(kind) in (list, tuple) else None


def _path(loc: Sequence[str | int]) -> str:
    """Return a path as users write it: without the marks of a key itself, or of a kind of value."""
    return printable(".".join(map(str, _named(loc))))


def _named(loc: Sequence[str | int]) -> list[str | int]:
    return [part for part in loc if str(part)[:1] not in ("[", "(")]


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Return the problems that validation found, with full paths."""
    found = []
    for e in error.errors():
        loc = _named(e["loc"])
        words = _words(e, keys_at(model, loc), keys_at(model, [*loc, ""]))
        path = _path(e["loc"])
        whole = e["type"] == "simcare" and isinstance(e["input"], BaseModel | Mapping | tuple)
        silent = whole or e["type"] == "missing"
        text = f": {words}" if silent else f" = {_quoted(e['input'])}: {words}"
        found.append(Fault(path or "the config", text))
    return found
