"""Texts in CSV files that a spreadsheet would take for formulas, made harmless and back.

Names and sources come from users' files, and tables are opened by other people than wrote them.
"""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a formula, or what hides one, begins with
MARK = "'"  # before a text, spreadsheets show what follows as it is


def defused(text: str) -> str:
    """Return a text for a cell that no spreadsheet takes for a formula; a number stays as it is."""
    return MARK + text if _is_risky(text) else text


def restored(cell: str) -> str:
    """Return the text that a cell was made of by :func:`defused`."""
    return cell[1:] if cell.startswith(MARK) and _is_risky(cell[1:]) else cell


def _is_risky(text: str) -> bool:
    """Return whether a text, without the marks before it, would be a formula.

    Those that have marks already count too, so that no two texts become the same cell.
    """
    bare = text.lstrip(MARK)
    return bare.startswith(FORMULAS) and not (bare == text and _is_number(text))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text[:1].isspace()
