"""The catalogue: every sentence whole, each said by somebody, none in words that mislead."""

import ast
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from simcare.report import words

REPORT = Path(words.__file__).parent
SOURCES = (*sorted(REPORT.glob("*.py")), REPORT.parent / "cli.py")
TEMPLATE = REPORT / "report-page.html.j2"
DOTTED = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
PLURALS = (".one", ".other")
MOST_IN_A_TITLE = 12
# How many words a place of a title takes: names of two words, a clock of five, numbers of one.
LONG = {"policy": 2, "base": 2, "month": 2, "what": 2, "clock": 5, "first": 3}


def constants(node: ast.AST) -> Iterator[str]:
    """Yield the texts that are written in a piece of a program."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def asked_for(tree: ast.Module) -> set[str]:
    """Return the keys that are handed to the catalogue where they are written."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called == "headings":
            found.update(*(constants(argument) for argument in node.args))
        elif called in ("say", "count"):
            key = node.args[0]
            branches = (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,)
            found.update(
                b.value
                for b in branches
                if isinstance(b, ast.Constant) and isinstance(b.value, str)
            )
    return found


def beginnings(tree: ast.Module) -> set[str]:
    """Return how keys begin that are handed to the catalogue with a value at their end."""
    return {
        node.args[0].values[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("say", "count")
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
        and isinstance(node.args[0].values[0], ast.Constant)
        and isinstance(node.args[0].values[0].value, str)
    }


def in_tables(tree: ast.Module) -> set[str]:
    """Return the texts of the tables at the top of a module."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found.update(constants(node.value))
    return found


def both_ways(catalogue: Iterable[str], sources: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the keys that nobody says, and those said that are not in the catalogue.

    A key with a dot counts wherever it is written, if its first part is one of the catalogue's;
    a key of one word where it is asked for or stands in a table at the top of a module. A key
    that is counted by stands for both its plurals, the beginning of a key that a value ends for
    all that begin so.
    """
    keys = set(catalogue)
    first_parts = {key.partition(".")[0] for key in keys if "." in key}
    said, tabled, begun = set(), set(), set()
    for source in sources:
        tree = ast.parse(source)
        dotted = {text for text in constants(tree) if DOTTED.fullmatch(text)}
        said |= {key for key in dotted if key.partition(".")[0] in first_parts}
        said |= asked_for(tree)
        tabled |= in_tables(tree)
        begun |= beginnings(tree)
        said -= begun
    reached = said | tabled
    unused = {
        key
        for key in keys
        if key not in reached
        and not (key.endswith(PLURALS) and key.rpartition(".")[0] in reached)
        and not key.startswith(tuple(begun))
    }
    missing = {key for key in said if key not in keys and not {key + p for p in PLURALS} <= keys}
    return unused, missing


def rows() -> list[dict[str, str]]:
    """Return the rows of the catalogue, with their notes."""
    with (REPORT / "words.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one_sided(catalogue: dict[str, str]) -> list[str]:
    """Return the keys of plurals without the other, or with other places than it, or without n."""
    wrong = []
    for key, text in catalogue.items():
        stem, _, form = key.rpartition(".")
        if f".{form}" in PLURALS:
            other = catalogue.get(f"{stem}.{'other' if form == 'one' else 'one'}")
            here = words.places(text)
            if other is None or here != words.places(other) or "n" not in here:
                wrong.append(key)
    return wrong


def test_a_sentence_takes_the_values_it_has_places_for() -> None:
    """Expected: by hand; no sentence leaves out what it was given."""
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a"]) == "a"
    assert words.listed([]) == ""
    with pytest.raises(ValueError, match=r"fmt\.list has places for first, last, not for last"):
        words.say("fmt.list", last="c")
    with pytest.raises(KeyError):
        words.say("no.such.key")


def test_a_number_chooses_its_plural() -> None:
    """Expected: English counts 1 alone as one; 0, 1.0 and words are other."""
    assert words.count("unit.day", "1") == "1 day"
    assert [words.count("unit.day", n) for n in ("0", "1.0", "2")] == [
        "0 days",
        "1.0 days",
        "2 days",
    ]


def test_sentences_and_headings() -> None:
    """Expected: by hand; nothing is left where a sentence is empty."""
    assert words.paragraph("One.", "", "Two.") == "One. Two."
    assert words.headings("better", "ui.no_data") == ("Better", "No data")


def test_every_key_is_said_and_every_key_said_is_there() -> None:
    """Expected: none left over on either side, read off the sources."""
    in_template = re.findall(r"say\(.*?\)", TEMPLATE.read_text(encoding="utf-8"))
    assert in_template
    sources = [path.read_text(encoding="utf-8") for path in SOURCES]
    unused, missing = both_ways(words.catalogue(), [*sources, "\n".join(in_template)])
    assert unused == set()
    assert missing == set()


def test_the_check_of_keys_can_fail() -> None:
    """Expected: by hand, what is planted is found and nothing else."""
    catalogue = ("a.said", "a.counted.one", "a.counted.other", "a.planted", "plain", "loose", "t")
    source = """
HEADER = {"x": "t"}
def f(n, other):
    "a.planted is only spoken of here"
    key = "a.said" if n else "a.missing"
    loose = "loose"
    return say(key) + count("a.counted", n) + say("plain") + say("gone" if n else "plain")
"""
    assert both_ways(catalogue, [source]) == ({"a.planted", "loose"}, {"a.missing", "gone"})
    half = ("a.said", "a.missing", "a.counted.one", "plain", "gone", "t")
    assert both_ways(half, [source]) == (set(), {"a.counted"})


def test_plurals_come_in_pairs() -> None:
    """Expected: each plural has the other, with the same places, the number among them."""
    assert one_sided(dict(words.catalogue())) == []
    planted = {
        "a.one": "{n} day", "b.one": "{n} x", "b.other": "{n} x of {y}", "c.one": "a",
        "c.other": "as", "d.one": "{n} d", "d.other": "{n} ds",
    }  # fmt: skip
    assert one_sided(planted) == ["a.one", "b.one", "b.other", "c.one", "c.other"]


def test_titles_are_short() -> None:
    """Expected: at most twelve words, names of policies being of two (the rules for charts)."""
    titles = [row for row in rows() if row["note"].startswith("Chart title")]
    assert len(titles) > 50
    for row in titles:
        text = re.sub(r"{(\w+)}", lambda m: " ".join("x" * LONG.get(m[1], 1)), row["en"])
        assert len(text.split()) <= MOST_IN_A_TITLE, row["key"]


def test_every_row_has_three_cells() -> None:
    """A sentence with a comma that is not quoted would be cut off at it."""
    with (REPORT / "words.csv").open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file) if len(row) != 3] == []


def test_no_sentence_says_what_misleads() -> None:
    """Expected: the rules for words: no tests of significance, people before labels."""
    wrong = re.compile(
        r"\b(significant\w*|proven|null|n\.s\.|addicts?|abusers?|replications?)\b|(?<!\w)-\d", re.I
    )
    assert [key for key, text in words.catalogue().items() if wrong.search(text)] == []
