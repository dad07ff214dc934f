"""A map as one SVG: title, places, legend, source, date. Every class and status is told by more than its color."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from layers.measures import Status
from portal.charts.heat_map import Ground, Places
from portal.charts.palette import BIVARIATE_TOKENS, CODE, LOWEST, STATUS_TOKENS
from portal.language import _
from portal.map.legend import STATUS_TEXT
from portal.releases import Releases
from portal.still.colors import GROUND, INK, LINE, SOFT, color
from portal.still.shapes import TENTHS, Corners, Frame, box_of, corners, outer_edges, path_data, proportion
from portal.still.words import LETTER, block, lines
from portal.view import View
from portal.words.wording import count_text

WIDTH, SIDE, MARGIN = 1200.0, 280.0, 36.0
MAP_HEIGHT, LEGEND_HEIGHT = 760.0, 380.0
_HATCHED = {Status.HIDDEN: "hidden", Status.NOT_REPORTED: "later", Status.NOT_COLLECTED: "never"}
Entry = tuple[str, str]
"""Fill and words of a line of the legend."""
Box = tuple[float, float, float, float]
"""Four edges: left, top, right, bottom in pixels, or south, west, north, east in degrees."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the words that go with it wherever it is shown."""

    svg: str
    title: str
    alt: str
    source: str
    caution: str
    name: str
    """Of a file, without its ending: topic, places, period, release."""
    view: View
    """The address it shows, pinned to the release."""
    figures: tuple[View, ...] = ()
    """Where the figures are, if not all in that one view."""

    @property
    def sources(self) -> tuple[View, ...]:
        """The views that hold its figures."""
        return self.figures or (self.view,)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, and what is written around it. `around`: the title above the map, and two texts below it."""

    title: str
    lead: str
    ground: Ground
    places: Places
    entries: Sequence[Entry]
    source: str
    around: Sequence[str]
    clipped: bool = False
    """Whether what reaches over the ground is cut off."""


def fill_of(code: int, tokens: Sequence[str]) -> str:
    """The fill of a class or a status: a color, or a pattern with one."""
    status = next((each for each, number in CODE.items() if number == code), None)
    if status in _HATCHED:
        return f"url(#{_HATCHED[status]})"
    if status is None and tuple(tokens) == BIVARIATE_TOKENS:
        return f"url(#bi{code})"
    return color([*STATUS_TOKENS, *tokens][code - LOWEST])


def status_entries(places: Places) -> list[Entry]:
    """The statuses that occur, each with the number of its places."""
    present = {code: places.codes.count(code) for code in set(places.codes)}
    return [
        (fill_of(CODE[status], places.tokens), f"{_(words)} ({count_text(present[CODE[status]])})")
        for status, words in STATUS_TEXT.items()
        if CODE[status] in present
    ]


def draw(releases: Releases, shown: Drawing) -> str:
    """The whole SVG."""
    title, *foot = (
        lines(text, size, WIDTH - 2 * MARGIN) for text, size in zip(shown.around, (27, 15, 15), strict=True)
    )
    top = MARGIN + 27 * 1.3 * len(title) + 8
    file = _file(releases, shown.ground.shapes)
    box = _whole(shown, box_of(file))
    width = WIDTH - 2 * MARGIN - SIDE
    high = max(LEGEND_HEIGHT, min(MAP_HEIGHT, width / proportion(box)))
    frame = Frame(box, MARGIN, top, width, high)
    below = [line for each in foot for line in each]
    bottom = top + high + 30
    height = bottom + len(below) * 15 * 1.3 + MARGIN / 2
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:.0f}" width="{WIDTH:g}" '
        f'height="{height:.0f}" role="img" aria-labelledby="t d" font-family="\'Noto Sans\', sans-serif">'
    )
    cut = ['<g clip-path="url(#frame)">', "</g>"] if shown.clipped else ["", ""]
    parts = [
        head,
        f'<title id="t">{escape(shown.title)}</title><desc id="d">{escape(f"{shown.lead} {shown.source}")}</desc>',
        _patterns(shown.places.tokens, frame),
        f'<rect width="100%" height="100%" fill="{GROUND}"/>',
        block(title, MARGIN, MARGIN + 20, 27, fill=INK, weight=700),
        cut[0],
        *_places(shown.places, corners(file, frame)),
        _outlines(releases, shown, frame),
        cut[1],
        *_spots(shown.places, file, frame),
        *_points(shown.places, frame),
        *_names(shown, frame),
        *_legend(shown.entries, top),
        block(below, MARGIN, bottom + 12, 15, fill=SOFT),
        "</svg>",
    ]
    return "".join(parts)


def _whole(shown: Drawing, shapes: Box) -> Box:
    """South, west, north, east of what is drawn: cells reach over the city's own box."""
    box = shown.ground.box
    if box is None or shown.clipped:
        return box or shapes
    return min(box[0], shapes[0]), min(box[1], shapes[1]), max(box[2], shapes[2]), max(box[3], shapes[3])


def _file(releases: Releases, address: str) -> Path:
    return releases.folder / "geo" / address.removeprefix("/geo/")


def _places(places: Places, drawn: dict[str, tuple[Corners, ...]]) -> list[str]:
    """One path for all places of a class: small, and one line in the picture's own source."""
    together: dict[int, list[Corners]] = defaultdict(list)
    for unit, code in zip(places.units, places.codes, strict=True):
        together[code] += drawn.get(unit, ())
    cell = color("--an-cell")
    return [
        f'<path {TENTHS} fill={quoteattr(fill_of(code, places.tokens))} stroke="{cell}" stroke-width="5" '
        f'd="{path_data(found)}"/>'
        for code, found in sorted(together.items())
    ]


def _outlines(releases: Releases, shown: Drawing, frame: Frame) -> str:
    if not shown.ground.outlines:
        return ""
    rings = (ring for each in corners(_file(releases, shown.ground.outlines), frame).values() for ring in each)
    return f'<path {TENTHS} fill="none" stroke="{LINE}" stroke-width="16" d="{path_data(rings)}"/>'


_RIM = {
    "hot": 'fill="none" stroke="{color}" stroke-width="30"',
    "lone": 'fill="none" stroke="{color}" stroke-width="30" stroke-dasharray="60 40"',
}
"""How hot spots are outlined, by kind: in tenths of a pixel."""


def _spots(places: Places, file: Path, frame: Frame) -> list[str]:
    """The outer edges of hot spots, on a light rim."""
    found = []
    for kind, units in places.outlined.items():
        drawn = outer_edges(file, frame, units)
        if drawn:
            look = _RIM[kind].format(color=color("--an-spot"))
            found.append(f'<path {TENTHS} fill="none" stroke="{GROUND}" stroke-width="60" d="{drawn}"/>')
            found.append(f'<path {TENTHS} data-spot="{kind}" {look} stroke-linecap="round" d="{drawn}"/>')
    return found


def _points(places: Places, frame: Frame) -> list[str]:
    if places.points is None:
        return []
    most = max([*places.points["units"].fill_null(0.0), 1.0])
    found = []
    for lat, lng, units in places.points.select("lat", "lng", "units").iter_rows():
        x, y = frame.at(lat, lng)
        size = 3 + 7 * ((units or 0) / most) ** 0.5
        found.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>')
    look = f'fill="{color("--an-supply")}" stroke="{color("--an-supply-rim")}" stroke-width="1.5"'
    return [f"<g {look}>", *found, "</g>"]


def _names(shown: Drawing, frame: Frame) -> list[str]:
    """Names of areas on a light rim: drawn twice, since not every program paints it first. Where two would touch, the
    second is left out, and so is what would reach over the edge."""
    size = 14 if len(shown.ground.names) <= _FEW else 12
    found, taken = [], list[Box]()
    for name, lat, lng in shown.ground.names:
        x, y = frame.at(lat, lng)
        box = _box(name, x, y, size)
        if box[0] < 0 or box[2] > frame.left + frame.width + MARGIN / 2 or any(_touch(box, each) for each in taken):
            continue
        taken.append(box)
        text = (
            f'x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="{size}" font-weight="700">{escape(name)}</text>'
        )
        rim = f'fill="{GROUND}" stroke="{GROUND}" stroke-width="3" stroke-linejoin="round" aria-hidden="true"'
        found += [f"<text {rim} {text}", f'<text fill="{INK}" {text}']
    return found


_FEW = 20
"""Names that stand large; more are set smaller."""


def _box(name: str, x: float, y: float, size: float) -> Box:
    """The room that a name takes, with a little around it."""
    half = len(name) * size * (LETTER + _BOLD) / 2 + 3
    return x - half, y - size, x + half, y + size * 0.4


_BOLD = 0.05
"""How much wider a bold letter is, in font sizes."""


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _legend(entries: Sequence[Entry], top: float) -> list[str]:
    left, y, found = WIDTH - MARGIN - SIDE + 24, top + 12, []
    for fill, words in entries:
        told = lines(words, 16, SIDE - 24 - 36)
        plain = f'fill="{fill}" stroke="{LINE}" stroke-width="10"'
        look = _RIM[fill].format(color=color("--an-spot")) if fill in _RIM else plain
        found.append(f'<rect {TENTHS} x="{left * 10:.0f}" y="{y * 10:.0f}" width="260" height="200" {look}/>')
        found.append(block(told, left + 36, y + 16, 16, fill=INK))
        y += max(30, len(told) * 16 * 1.3 + 9)
    return found


_TENFOLD = 'patternUnits="userSpaceOnUse" patternTransform="scale(10)"'


def _patterns(tokens: Sequence[str], frame: Frame) -> str:
    """A status is told by its pattern as well as by its shade; so is each of nine classes.

    What they fill is drawn in tenths of a pixel, so they are ten times as large.
    """
    hatch = color("--an-hatch")
    slanted = f'{_TENFOLD} width="6" height="6"'
    return (
        "<defs>"
        f'<pattern id="hidden" {slanted}><rect width="6" height="6" fill="{color("--an-hidden")}"/>'
        f'<path d="M-1 1l2-2M0 6l6-6M5 7l2-2" stroke="{hatch}" stroke-width="1"/></pattern>'
        f'<pattern id="later" {slanted}><rect width="6" height="6" fill="{color("--an-not-reported")}"/>'
        f'<circle cx="3" cy="3" r="1.1" fill="{hatch}"/></pattern>'
        f'<pattern id="never" {slanted}><rect width="6" height="6" fill="{color("--an-not-collected")}"/>'
        f'<path d="M0 0l6 6M6 0l-6 6" stroke="{hatch}" stroke-width=".8"/></pattern>'
        f"{_nine() if tuple(tokens) == BIVARIATE_TOKENS else ''}"
        f'<clipPath id="frame"><rect x="{frame.left:g}" y="{frame.top:g}" width="{frame.width:g}" '
        f'height="{frame.height:g}"/></clipPath></defs>'
    )


def _nine() -> str:
    """Upright lines for concern, closer for more; dots for supply, more for more."""
    found = []
    for code, token in enumerate(BIVARIATE_TOKENS):
        concern, supply = divmod(code, 3)
        ink = GROUND if code in _DARK else INK
        upright = "".join(f"M{x} 0v12" for x in _UPRIGHT[concern])
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="1.3" fill="{ink}"/>' for x, y in _DOTS[supply])
        found.append(
            f'<pattern id="bi{code}" {_TENFOLD} width="12" height="12">'
            f'<rect width="12" height="12" fill="{color(token)}"/>'
            f'<path d="{upright}" stroke="{ink}" stroke-width=".7"/>{dots}</pattern>'
        )
    return "".join(found)


_DARK = (7, 8)
"""Classes whose color is so dark that lines on it are light."""
_UPRIGHT = ((), (6,), (2, 6, 10))
_DOTS = ((), ((3, 6),), ((0, 2), (4, 6), (8, 10), (12, 2)))
