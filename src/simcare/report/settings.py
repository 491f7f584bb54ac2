"""How the settings that a sweep varies are named to readers: from a path to words."""

import re
from collections.abc import Sequence

from simcare.report.words import count, listed, say

_CAPACITY = re.compile(
    r"service\.capacities\.(\w+)\.(beds|slots|appointments|staff\.members)(?:\.(\w+))?"
)
RATES = {"per_day": "setting.per_day", "per_year": "setting.per_year"}
_STREAM = re.compile(r"service\.arrivals\.(\w+)\.(per_day|per_year)")


def name_of(path: str) -> str:
    """Return what a setting is: "residential beds"; by its last two keys where that is unknown."""
    if found := _CAPACITY.fullmatch(path):
        name, unit, part = (text.replace("_", " ").replace(".", " ") for text in found.groups(""))
        counted = "" if f" {name}".endswith(f" {unit}") else unit  # not "detox beds beds"
        return " ".join(text for text in (part, name, counted) if text)
    if found := _STREAM.fullmatch(path):
        stream = found[1].replace("_", " ")
        return say(RATES[found[2]], stream=stream)
    return " ".join(path.split(".")[-2:]).replace("_", " ")


def setting(path: str, value: float | str) -> str:
    """Return a setting with its value: "110 residential beds"."""
    shown = f"{value:g}" if isinstance(value, float | int) else value.replace("_", " ")
    if _CAPACITY.fullmatch(path):
        return say("setting.counted", value=shown, what=name_of(path))
    return say("setting.named", value=shown, what=name_of(path))


def question(paths: Sequence[str]) -> str:
    """Return what a sweep asks."""
    return say("setting.question", settings=listed([name_of(path) for path in paths]))


def without(failed: Sequence[str], first: str) -> str:
    """Return which jobs of a sweep are missing from its findings; empty if none is."""
    if not failed:
        return ""
    return count("setting.failed", str(len(failed)), jobs=listed(list(failed)), first=first)
