"""The catalogue: every sentence whole, each said by somebody, none in words that mislead."""

import re

import pytest

from simcare.report import words


def test_a_sentence_takes_the_values_it_has_places_for() -> None:
    """Expected: by hand; no sentence leaves out what it was given."""
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed(["a"]) == "a"
    with pytest.raises(ValueError, match=r"fmt\.list has places for first, last, not for last"):
        words.say("fmt.list", last="c")
    with pytest.raises(KeyError):
        words.say("no.such.key")


def test_no_sentence_says_what_misleads() -> None:
    """Expected: the rules for words: no tests of significance, people before labels."""
    wrong = re.compile(r"\b(significant\w*|proven|null|n\.s\.|addicts?|abusers?)\b", re.I)
    assert [key for key, text in words.catalogue().items() if wrong.search(text)] == []
