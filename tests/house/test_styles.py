"""One scale of type and one of room: every style sheet takes its sizes from `assets/tokens.css`."""

import re
from pathlib import Path

import pytest

from portal.settings import ASSETS

TOKENS = ASSETS / "tokens.css"
SHEETS = sorted(path for path in ASSETS.rglob("*.css") if path != TOKENS and path.parent.name != "report")
"""Every sheet that a browser gets. The PDF's is set in points, for its own fonts."""

_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
_TYPE = re.compile(r"(?<![\w-])(font|font-size)\s*:\s*([^;}]+)")
_ROOM = re.compile(r"(?<![\w-])((?:margin|padding|scroll-padding)(?:-\w+)*|gap|row-gap|column-gap)\s*:\s*([^;}]+)")
_SIZE = re.compile(r"(?<![\w.-])-?\d*\.?\d+(?:rem|px|pt|mm|vw|vh)\b")
_ASKED = re.compile(r"var\((--[\w-]+)\)")
_GIVEN = re.compile(r"(?<![\w-])(--[\w-]+)\s*:")


def _rules(path: Path) -> str:
    return _NOTE.sub("", path.read_text(encoding="utf-8"))


def _stray(pattern: re.Pattern[str], rules: str) -> list[str]:
    return [
        f"{found[1]}: {found[2]}"
        for found in pattern.finditer(rules)
        if any(float(re.sub(r"[a-z]+$", "", size)) not in (0, 1) for size in _SIZE.findall(found[2]))
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_sizes_and_room_are_steps_of_the_scales(sheet: Path) -> None:
    """
    | written                         | allowed                                        |
    |---------------------------------|------------------------------------------------|
    | font-size: var(--step-1)        | yes                                            |
    | margin: var(--gap) 0            | yes                                            |
    | margin-right: 0.35em            | yes: it belongs to the letter beside it        |
    | padding: 1px                    | yes: a hairline                                |
    | font-size: 0.95rem              | no                                             |
    | gap: 0.6rem                     | no                                             |
    """
    rules = _rules(sheet)
    assert _stray(_TYPE, rules) == []
    assert _stray(_ROOM, rules) == []


def test_a_stray_size_is_found() -> None:
    """A check that cannot fail checks nothing."""
    assert _stray(_TYPE, "a { font: 400 0.95rem/1.4 var(--font); }")
    assert _stray(_ROOM, "a { padding: 0 0.6rem; }")
    assert not _stray(_ROOM, "a { padding: 1px var(--gap); letter-spacing: 0.3rem; }")


def test_every_token_that_is_asked_for_exists() -> None:
    given = {name for path in (TOKENS, *SHEETS) for name in _GIVEN.findall(_rules(path))}
    for sheet in SHEETS:
        assert set(_ASKED.findall(_rules(sheet))) - given == set(), sheet.name
