"""A table of sentences is a list of blocks on a phone; it stays a table to those who hear it."""

import re

from portal.frame.markup import markup
from portal.frame.parts import fold, table
from portal.settings import ASSETS


def test_each_cell_carries_the_name_of_its_column() -> None:
    """
    | cell          | drawn on a phone as     |
    |---------------|-------------------------|
    | Every row     | a heading of its block  |
    | 18,450        | Rows: 18,450            |
    | –             | nothing                 |
    """
    heads, rows = ["File", "Rows", "Remark"], [["Every row", "18,450", "–"]]
    drawn = markup(table(heads, rows, caption="Files", numbers=frozenset({1}), stacks=True))
    assert 'role="table"' in drawn
    assert drawn.count('role="columnheader"') == 3
    assert re.search(r'<th[^>]*role="rowheader"[^>]*>Every row', drawn)
    cells = re.findall(r"<td[^>]*>", drawn)
    assert ['class="number"' in cells[0], 'data-head="Rows"' in cells[0]] == [True, True]
    assert 'class="empty"' in cells[1]


def test_other_tables_say_nothing_twice() -> None:
    drawn = markup(table(["File", "Rows"], [["Every row", "–"]], caption="Files"))
    assert "role=" not in drawn.replace('role="region"', "")
    assert "data-head" not in drawn


def test_what_is_folded_is_open_on_paper() -> None:
    """Closed details are left out of paper, but for these."""
    folded = markup(fold("All attacks", ["evidence"]))
    assert re.match(r'<details class="more fold"><summary>All attacks</summary>evidence', folded)
    paper = (ASSETS / "portal.css").read_text(encoding="utf-8").split("@media print {", 1)[1]
    assert "main details:not([open], .fold)" in paper
    assert re.search(r"\.fold::details-content \{[^}]*content-visibility: visible", paper)
