"""The report's words: one catalogue of whole sentences with places for values, a column a language.

``words.csv`` holds a row for each key: what is said in English, and a note for whoever translates
it. Sentences are never put together from fragments: word order differs between languages.
"""

import csv
import string
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

LANGUAGE = "en"
MINUS = "\u2212"
_FILE = Path(__file__).with_name("words.csv")


@cache
def catalogue() -> Mapping[str, str]:
    """Return every key with its words; raise ValueError if a key is there twice or is empty."""
    words: dict[str, str] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key, text = row["key"], row[LANGUAGE]
            if key in words or not text:
                raise ValueError(f"{_FILE.name}: {key} is there twice, or says nothing")
            words[key] = text
    return MappingProxyType(words)


@cache
def places(text: str) -> frozenset[str]:
    """Return the names of the places for values in a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def say(key: str, **values: object) -> str:
    """Return what a key says, its places filled in with texts and whole numbers.

    Raises KeyError if there is no such key, ValueError if the values are not those it has places
    for: a sentence that leaves out what it was given is not the sentence that was meant.
    """
    text = catalogue()[key]
    if places(text) != set(values):
        wanted = ", ".join(sorted(places(text))) or "none"
        raise ValueError(f"{key} has places for {wanted}, not for {', '.join(sorted(values))}")
    return text.format(**values)


def count(key: str, n: str, **values: object) -> str:
    """Return what ``key.one`` says if the number is written 1, else ``key.other``; its place: n."""
    return say(f"{key}.{'one' if n == '1' else 'other'}", n=n, **values)


def listed(parts: Sequence[str]) -> str:
    """Return texts as a list in a sentence: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return say("fmt.list", first=", ".join(parts[:-1]), last=parts[-1])


def paragraph(*sentences: str) -> str:
    """Return whole sentences one after the other, the empty ones left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def headings(*keys: str) -> tuple[str, ...]:
    """Return what keys without places say, each with a capital first letter."""
    return tuple(capital(say(key)) for key in keys)


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def spoken(name: str) -> str:
    """Return the name of a stage or capacity as it is said."""
    return name.replace("_", " ")
