"""Names in any script: what charts cannot draw is said once, and warned of by nobody."""

import warnings
from dataclasses import replace

from tests.unit.report.made import findings

from simcare.report.book import REPORT, report_of
from simcare.report.fonts import MOST_SHOWN, lacking, lacking_said, names_drawn

BEDS = "更多床位 🛏️"


def test_signs_without_a_glyph_are_found() -> None:
    """Expected: the coverage of DejaVu Sans: Latin, Greek, Cyrillic and Hebrew, no Chinese."""
    assert lacking(["nyåpne plasser – 5 %\n", "Ω ж ש"]) == []
    assert lacking(["a床b位", "床"]) == ["床", "位"]
    assert lacking_said(["a", "é"]) == ""


def test_what_charts_lack_is_one_sentence() -> None:
    """Expected: each sign once, those that cannot be seen left out, of many the first."""
    assert " lacks these signs: 床 位. A box " in lacking_said(["床", "床\u2060位"])
    many = [chr(0x4E00 + k) for k in range(MOST_SHOWN + 1)]
    assert f" {many[-2]} …. A box" in lacking_said(many)
    assert many[-1] not in lacking_said(many)


def test_a_report_of_names_in_another_script_warns_of_nothing() -> None:
    """Hold that all charts are made without a warning, and that SVG and page keep the name."""
    found = findings()
    about = replace(found.about, policies={"a": "GP referral", "b": BEDS})
    assert lacking(names_drawn(about)) == lacking([BEDS])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = report_of(replace(found, about=about), {})
    assert BEDS in files[REPORT].decode()
    drawn = [data for name, data in files.items() if name.endswith(".svg")]
    assert any("更多床位" in data.decode() for data in drawn)
