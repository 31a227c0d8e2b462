"""Page of a stored report. The tests in tests/cli/test_report.py measure a new one.

``sample.json`` is the ``report.json`` of a scope with one width, one block size and one unit.
"""

import json
from pathlib import Path

from hbfp_hw.report.page import make_page
from tests.report.page import check, check_it_needs_nothing_else, check_it_shows_the_figures

SAMPLE = json.loads(Path(__file__).with_name("sample.json").read_text())


def test_page_of_a_stored_report() -> None:
    page = make_page(SAMPLE)
    checked = check(page)
    check_it_needs_nothing_else(page, checked)
    check_it_shows_the_figures(page, SAMPLE, checked)
    assert make_page(SAMPLE) == page
