"""Pages load a Plotly of their own making: it must be the version that plotly.py draws for, and know every trace."""

import ast
import json
import re
from functools import cache
from pkgutil import iter_modules

import pytest
from plotly import graph_objs
from plotly.offline import get_plotlyjs_version

from portal.settings import ASSETS

FOLDER = ASSETS / "plotly"
FILES = ("lines.js", "map.js")
ROOT = ASSETS.parent
_TRACE = re.compile(r'moduleType:"trace",name:"(\w+)"')
KINDS = {found.name for found in iter_modules(graph_objs.__path__) if found.ispkg} - {"layout"}
"""Every kind of trace there is."""


@cache
def _known() -> set[str]:
    return {kind for name in FILES for kind in _TRACE.findall((FOLDER / name).read_text(encoding="utf-8"))}


def _drawn(source: str) -> set[str]:
    """The kinds of trace that a module writes into its figures: `"type": "scatter"` in any dictionary."""
    pairs = [
        (key.value, value.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    ]
    return {str(value) for key, value in pairs if key == "type" and value in KINDS}


@cache
def _all_drawn() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "portal").rglob("*.py"))
    return set().union(*(_drawn(source) for source in sources if '"type": "' in source))


def test_every_kind_of_trace_that_a_figure_uses_is_there() -> None:
    assert {"scatter", "choroplethmap", "scattermap"} <= _all_drawn()  # else this test looks at nothing
    assert _all_drawn() <= _known(), "add the trace to assets/plotly/make.mjs and make the files again (README there)"


@pytest.mark.parametrize(
    ("figure", "missing"),
    [
        ('{"type": "scatter", "x": []}', set()),
        ('{"type": "bar"}', {"bar"}),
        ('{"type": "rect"}', set()),  # a shape, no trace
        ('{"data": [{"type": "heatmap"}]}', {"heatmap"}),
    ],
)
def test_a_trace_that_nobody_built_in_is_noticed(figure: str, missing: set[str]) -> None:
    assert _drawn(f"figure = {figure}") - _known() == missing


def test_it_is_the_version_that_plotly_draws_for() -> None:
    wanted = get_plotlyjs_version()
    built = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]["plotly.js"]
    said = [(FOLDER / name).open(encoding="utf-8").readline() for name in FILES]
    assert built == wanted, "plotly was upgraded: make assets/plotly again (README there)"
    assert all(f"plotly.js {wanted}," in line and "license MIT" in line for line in said)
    assert f"plotly.js {wanted}," in (FOLDER / "README.md").read_text(encoding="utf-8")
