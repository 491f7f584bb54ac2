"""What is wrong with a config, said so that it can be mended: where, what given, what allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from simcare.model.values import choice_text

LONGEST_SHOWN = 60


class ConfigError(Exception):
    """Everything that is wrong with what the user gave, each line one problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Fault:
    """One problem at a path, before it is put into words."""

    path: str
    message: str


def shown(value: Any) -> str:
    """Return a value as it is quoted in a message: short, on one line."""
    text = "nothing" if value is None else str(value) if not isinstance(value, str) else value
    text = " ".join(text.split()) or "an empty text"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def line(path: str, given: Any, message: str) -> str:
    """Return one problem as a line: path = what was given: what is allowed."""
    return f"{path} = {shown(given)}: {message}"


_WORDS = {
    "missing": "is required",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be below {lt}",
    "int_type": "a whole number is required",
    "int_from_float": "a whole number is required",
    "float_type": "a number is required",
    "string_type": "a text is required",
    "bool_type": "true or false is required",
    "bool_parsing": "true or false is required",
    "finite_number": "a finite number is required",
    "too_short": "at least {min_length} required",
    "too_long": "at most {max_length} allowed",
    "model_type": "keys with values are required",
    "model_attributes_type": "keys with values are required",
    "dict_type": "keys with values are required",
    "tuple_type": "a list is required",
    "string_pattern_mismatch": "a name of lower-case letters, digits and _ is required",
    "string_too_long": "a name of at most {max_length} characters is required",
}


def _words(error: Mapping[str, Any], keys: Sequence[str]) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key; {choice_text(error['loc'][-1], keys)}"
    if error["type"] == "literal_error":
        return f"allowed: {error['ctx']['expected']}"
    words = _WORDS.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else error["msg"]


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys allowed where an unknown one was given, following the model's annotations."""
    found: Any = model
    for part in loc[:-1]:
        found = _inside(found, str(part))
        if found is None:
            return []
    return list(found.model_fields) if _is_model(found) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    """Yield the models named anywhere in an annotation."""
    if _is_model(annotation):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _inside(model: Any, part: str) -> Any:
    """Return the model that a key of a model leads to; a name or index between is passed over."""
    if part in model.model_fields:
        return next(iter(_models(model.model_fields[part].annotation)), None)
    return model


def problems_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the problems that validation found, as lines with full paths."""
    lines = []
    for e in error.errors():
        path = ".".join([*([prefix] if prefix else []), *(str(part) for part in e["loc"])])
        given = "nothing" if e["type"] == "missing" else e["input"]
        if isinstance(given, BaseModel | dict) and e["type"] == "simcare":
            lines.append(f"{path or 'the config'}: {_words(e, ())}")
        else:
            lines.append(line(path, given, _words(e, keys_at(model, e["loc"]))))
    return lines
