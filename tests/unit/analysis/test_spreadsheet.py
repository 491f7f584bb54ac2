"""Cells of CSV files: no text is a formula, and every text comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcare.analysis.spreadsheet import FORMULAS, defused, restored


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-5", "-5"),
        ("+2.5", "+2.5"),
        ("'=1", "''=1"),
        ("people's", "people's"),
        ("'quoted'", "'quoted'"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula(text: str, cell: str) -> None:
    """Expected: by hand; what is no formula, numbers with a sign among it, stays as it is."""
    assert defused(text) == cell
    assert restored(cell) == text


@given(st.text(alphabet="'=+-@\t1a", max_size=6))
def test_every_text_comes_back_and_none_is_a_formula(text: str) -> None:
    """Hold for all short texts of the signs that matter; only numbers begin with a sign."""
    cell = defused(text)
    assert restored(cell) == text
    if cell.startswith(FORMULAS):
        float(cell)
