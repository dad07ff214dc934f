"""A chart of lines as a picture in the page's own HTML: there from the first byte, for every width, without script.

It is drawn from the very figure that Plotly gets, so it shows the same. Lines live in a plot that is stretched to its
box (strokes keep their width), words and marks in percent of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import ceil, floor, log10
from typing import Any

from portal.language import number
from portal.words.wording import month_text

LINES = "an-line"
"""Class of the graphs that have a picture."""
_DASHES = {"dot": (1, 1), "dash": (3, 3), "longdash": (5, 5), "dashdot": (3, 1, 1, 1), "longdashdot": (5, 2, 1, 2)}
_SIGNS = {"x-thin-open": "×", "line-ew-open": "–", "circle-open": "○", "diamond-open": "◇"}
_ROOM = 1.06
"""Above the highest figure, and beside the first and the last."""
_LABELS = 4
Point = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From figures to thousandths of the plot."""

    first: float
    last: float
    top: float

    def x(self, value: Any) -> float:
        span = (self.last - self.first) or 1.0
        return round(1000 * (0.5 + (_place(value) - (self.first + self.last) / 2) / (span * _ROOM)), 1)

    def y(self, value: float) -> float:
        return round(1000 * (1 - value / self.top), 1)


def picture(figure: dict[str, Any]) -> str:
    """The markup of a figure of scatter traces; empty where it holds no figures. Hidden from screen readers: the box
    around it has the chart's name."""
    traces = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    layout = figure["layout"]
    xs = [_place(x) for trace in traces for x in trace["x"]]
    ys = [y for trace in traces for y in _heights(trace)]
    if not xs or not ys:
        return ""
    axis = layout["xaxis"]
    first, last = axis.get("range", (min(xs), max(xs)))
    scale = _Scale(first, last, (max(ys) or 1.0) * _ROOM)
    unit = escape(layout["yaxis"].get("title", {}).get("text", ""))
    below = "".join(_shape(each, scale) for each in layout.get("shapes", ()))
    drawn = "".join(_trace(trace, before, scale) for trace, before in zip(traces, [None, *traces], strict=False))
    return (
        f'<div class="an-drawn" aria-hidden="true"><span class="an-drawn-unit">{unit}</span>{_key(traces, layout)}'
        f'<svg class="an-drawn-plot">{_rungs(layout["yaxis"], scale)}{_names(axis, scale)}'
        '<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%">'
        f"{below}{drawn}</svg>"
        f"{''.join(_signs(trace, scale) for trace in traces)}"
        f"{''.join(_note(each, scale) for each in layout.get('annotations', ()))}</svg></div>"
    )


def _place(value: Any) -> float:
    """Of a day or a number on the axis."""
    return float(date.fromisoformat(value[:10]).toordinal()) if isinstance(value, str) else float(value)


def _heights(trace: dict[str, Any]) -> Iterator[float]:
    further = trace.get("error_y", {}).get("array") or [0.0] * len(trace["y"])
    return (y + more for y, more in zip(trace["y"], further, strict=True) if y is not None)


def _trace(trace: dict[str, Any], before: dict[str, Any] | None, scale: _Scale) -> str:
    line, mode, fill = trace.get("line", {}), trace["mode"], trace.get("fill")
    points = [(scale.x(x), None if y is None else scale.y(y)) for x, y in zip(trace["x"], trace["y"], strict=True)]
    runs = list(_runs(points))
    parts = []
    if fill == "toself":
        parts += [f'<path d="{_path(run)}Z" fill="{trace["fillcolor"]}"/>' for run in runs]
    if fill == "tonexty" and before is not None:
        parts += [f'<path d="{_path(each)}Z" fill="{trace["fillcolor"]}"/>' for each in _between(points, before, scale)]
    if "lines" in mode and line.get("width"):
        path = "".join(_path(run, steps=line.get("shape") == "hv") for run in runs)
        parts.append(_stroke(path, line.get("color", ""), line["width"], line.get("dash", "solid")))
    if "markers" in mode and isinstance(trace["marker"].get("symbol", "circle"), str) and _plain(trace):
        dots = "".join(f"M{x} {y}h0" for run in runs for x, y in run)
        color = trace["marker"].get("color") or line.get("color", "")
        parts.append(_stroke(dots, color, trace["marker"].get("size", 6), "solid"))
    return "".join(parts) + _bars(trace, scale)


def _plain(trace: dict[str, Any]) -> bool:
    return trace["marker"].get("symbol", "circle") not in _SIGNS


def _stroke(path: str, color: str, width: float, dash: str) -> str:
    if not path:
        return ""
    wide = max(width, 3)
    dashes = f' stroke-dasharray="{" ".join(str(each * wide) for each in _DASHES[dash])}"' if dash in _DASHES else ""
    end = "butt" if dashes else "round"
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="{end}"{dashes}/>'


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[float, float]]]:
    """A gap stays a gap."""
    run: list[tuple[float, float]] = []
    for x, y in points:
        if y is not None:
            run.append((x, y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(run: Sequence[tuple[float, float]], *, steps: bool = False) -> str:
    start = f"M{run[0][0]} {run[0][1]}"
    return start + "".join(f"H{x}V{y}" if steps else f"L{x} {y}" for x, y in run[1:])


def _between(points: Sequence[Point], before: dict[str, Any], scale: _Scale) -> Iterator[list[tuple[float, float]]]:
    """The areas from a line down to the one before it, which has the same days."""
    under = [None if y is None else scale.y(y) for y in before["y"]]
    both = [(x, y if low is not None else None) for (x, y), low in zip(points, under, strict=True)]
    lows = {x: low for (x, _), low in zip(points, under, strict=True) if low is not None}
    return ([*run, *((x, lows[x]) for x, _ in reversed(run))] for run in _runs(both))


def _bars(trace: dict[str, Any], scale: _Scale) -> str:
    bars = trace.get("error_y")
    if not bars:
        return ""
    ends = zip(trace["x"], trace["y"], bars["array"], bars["arrayminus"], strict=True)
    path = "".join(f"M{scale.x(x)} {scale.y(y - down)}V{scale.y(y + up)}" for x, y, up, down in ends)
    return _stroke(path, bars["color"], bars["thickness"], "solid")


def _shape(shape: dict[str, Any], scale: _Scale) -> str:
    x, wide, line = scale.x(shape["x0"]), scale.x(shape["x1"]) - scale.x(shape["x0"]), shape["line"]
    fill = shape.get("fillcolor", "none")
    return (
        f'<rect x="{x}" y="0" width="{max(wide, 0):.1f}" height="1000" fill="{fill}" stroke="{line["color"]}"'
        f' stroke-width="{line["width"]}"/>'
    )


def _signs(trace: dict[str, Any], scale: _Scale) -> str:
    """Marks that are no dots, each as a letter."""
    if "markers" not in trace["mode"]:
        return ""
    symbol = trace["marker"].get("symbol", "circle")
    each = [symbol] * len(trace["x"]) if isinstance(symbol, str) else symbol
    color = trace["marker"].get("color", "")
    return "".join(
        f'<text x="{scale.x(x) / 10:.1f}%" y="{scale.y(y) / 10:.1f}%" class="an-drawn-sign" fill="{color}">'
        f"{_SIGNS[sign]}</text>"
        for x, y, sign in zip(trace["x"], trace["y"], each, strict=True)
        if y is not None and sign in _SIGNS
    )


def _note(note: dict[str, Any], scale: _Scale) -> str:
    y = 100 * (1 - note["y"]) if note["yref"] == "paper" else scale.y(note["y"]) / 10
    end = {"right": "end", "left": "start"}.get(note.get("xanchor", ""), "middle")
    words = escape(note["text"].removeprefix("<b>").removesuffix("</b>"))
    return f'<text x="{scale.x(note["x"]) / 10:.1f}%" y="{y:.1f}%" dy="-4" text-anchor="{end}">{words}</text>'


def _rungs(axis: dict[str, Any], scale: _Scale) -> str:
    """Round figures on the left, shares in percent, and a thin line at each."""
    rough = scale.top / _LABELS
    power = 10.0 ** floor(log10(rough))
    step = next(by * power for by in (1, 2, 5, 10) if by * power >= rough)
    part, sign = (100, "%") if "%" in axis.get("tickformat", "") else (1, "")
    decimals = max(0, ceil(-log10(step * part)))
    heights = [n * step for n in range(int(scale.top / step) + 1)]
    return "".join(
        f'<line x1="0" x2="100%" y1="{scale.y(each) / 10:.1f}%" y2="{scale.y(each) / 10:.1f}%"/>'
        f'<text x="-6" y="{scale.y(each) / 10:.1f}%" dy="4" text-anchor="end">'
        f"{number(part * each, decimals)}{sign}</text>"
        for each in heights
    )


def _names(axis: dict[str, Any], scale: _Scale) -> str:
    """Names of some places on the axis below: days, or what the figure calls them."""
    if "tickvals" in axis:
        named = list(zip(axis["tickvals"], axis["ticktext"], strict=True))
    elif scale.first < 400_000:  # numbers, no days
        named = [(n, number(n)) for n in range(ceil(scale.first), floor(scale.last) + 1)]
    else:
        named = _days(scale)
    every = max(1, ceil(len(named) / _LABELS))
    return "".join(
        f'<text x="{scale.x(at) / 10:.1f}%" y="100%" dy="18" text-anchor="middle">{escape(str(words))}</text>'
        for at, words in named[::every]
    )


def _days(scale: _Scale) -> list[tuple[str, str]]:
    """The first days of years, or of months where hardly a year is shown."""
    days = [date.fromordinal(n) for n in range(ceil(scale.first), floor(scale.last) + 1)]
    months = [day for day in days if day.day == 1] or days[:1]
    years = [day for day in months if day.month == 1]
    if len(years) > 1:
        return [(day.isoformat(), str(day.year)) for day in years]
    return [(day.isoformat(), month_text(day)) for day in months[:: max(1, ceil(len(months) / 2))]]


def _key(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> str:
    """What each line is called, where the figure says so."""
    if not layout.get("showlegend"):
        return ""
    items = [
        f'<li><svg class="an-drawn-sample">{_stroke("M2 6H26", line["color"], line["width"], line.get("dash", ""))}'
        f"</svg>{escape(trace['name'])}</li>"
        for trace in traces
        if trace.get("showlegend", True) and (line := trace.get("line", {})).get("width")
    ]
    return f'<ul class="an-drawn-key">{"".join(items)}</ul>'
