"""The map of an address as one SVG picture: title, places, legend, source, date. Neither script nor WebGL is needed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from layers.measures import Status
from layers.release import Manifest
from portal.charts.heat_map import Places
from portal.charts.palette import CODE, LOWEST, RAMP_TOKENS, STATUS_TOKENS, ramp_step
from portal.frame.parts import closing_sentence
from portal.language import _
from portal.map.legend import STATUS_TEXT, class_labels
from portal.map.spotview import KEYS, LAYER, cautions, summary
from portal.map.view import MapView, heat_view
from portal.queries.choice import Choice, choose, on_a_map
from portal.queries.heat import breaks_of
from portal.queries.spots import spots_of
from portal.releases import Releases
from portal.still.colors import GROUND, INK, LINE, SOFT, color
from portal.still.shapes import Frame, box_of, outer_edges, paths, proportion
from portal.still.words import block, lines
from portal.view import View
from portal.words.released import told
from portal.words.wording import count_text, day_text, list_text

WIDTH, SIDE, MARGIN = 1200.0, 280.0, 36.0
MAP_HEIGHT, LEGEND_HEIGHT = 760.0, 380.0
_HATCHED = {Status.HIDDEN: "hidden", Status.NOT_REPORTED: "later", Status.NOT_COLLECTED: "never"}


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


def map_picture(releases: Releases, view: View, *, words: bool = True) -> Picture | None:
    """The heat map that an address asks for; None where nothing is published.

    `words`: whether title, source and caution stand in the picture, or beside it where it is shown.
    """
    asked = on_a_map(releases, replace(view, show=None, unit=None))
    choice, shown = choose(releases, asked), heat_view(releases, asked)
    if choice is None or shown is None or not shown.ground.shapes:
        return None
    pinned = replace(choice.view, as_of=choice.release.id, layer=view.layer, show=None)
    source, caution, alt = source_line(choice.manifest), _caution(choice), shown.lead
    if view.layer == LAYER:
        spots = spots_of(choice)
        alt = f"{alt} {summary(spots)}" if not spots.why_not else alt
        caution = " ".join([*cautions(choice, spots), caution]) if not spots.why_not else caution
    around = [shown.title, source, caution] if words else ["", "", ""]
    svg = _draw(releases, replace(shown, lead=alt), _entries(choice, shown.places), source, around)
    parts = [
        choice.manifest.topic,
        choice.measure.name,
        choice.category,
        choice.geography.name,
        str(choice.period or ""),
    ]
    name = "_".join([*(part for part in parts if part), choice.release.id])
    return Picture(svg, shown.title, alt, source, caution, name, pinned)


def source_line(manifest: Manifest) -> str:
    """Who says it, as of when, and by which release it can be found again."""
    publishers = list_text(sorted({each.publisher for each in manifest.sources})) or manifest.city.name
    return _(
        "Source: {publishers}. {topic}, {city}, as of {day}. Release {release}.",
        publishers=publishers, topic=told(manifest.title), city=manifest.city.name, day=day_text(manifest.as_of),
        release=manifest.release,
    )  # fmt: skip


def _caution(choice: Choice) -> str:
    words = [_("Counts are spread over areas, not addresses.")]
    if choice.manifest.protected:
        words.append(closing_sentence(choice.manifest))
    return " ".join([*words, *(told(each) for each in choice.manifest.caveats[:1])])


def _entries(choice: Choice, places: Places) -> list[tuple[str, str]]:
    """Fill and words of the legend: classes with a color, the statuses that occur, what lies over them."""
    breaks = breaks_of(choice.release, choice.measure.name, choice.category, choice.geography.name, choice.grain)
    labels = class_labels(choice.measure, breaks)
    classes = [(color(RAMP_TOKENS[ramp_step(at, len(labels))]), text) for at, text in enumerate(labels)]
    present = {code: places.codes.count(code) for code in set(places.codes)}
    statuses = [
        (_fill(CODE[status], places.tokens), f"{_(words)} ({count_text(present[CODE[status]])})")
        for status, words in STATUS_TEXT.items()
        if CODE[status] in present
    ]
    spots = [(kind, _(words)) for kind, words in KEYS.items() if places.outlined.get(kind)]
    supply = [(color("--an-supply"), _("Affordable developments; larger for more units. Stock is not vacancy."))]
    return [*classes, *statuses, *(supply if places.points is not None else []), *spots]


def _fill(code: int, tokens: Sequence[str]) -> str:
    status = next((each for each, number in CODE.items() if number == code), None)
    if status in _HATCHED:
        return f"url(#{_HATCHED[status]})"
    return color([*STATUS_TOKENS, *tokens][code - LOWEST])


def _draw(
    releases: Releases, shown: MapView, entries: list[tuple[str, str]], source: str, around: Sequence[str]
) -> str:
    """`around`: what is written above the map, and twice below it."""
    title, *foot = (lines(text, size, WIDTH - 2 * MARGIN) for text, size in zip(around, (27, 15, 15), strict=True))
    top = MARGIN + 27 * 1.3 * len(title) + 8
    file = _file(releases, shown.ground.shapes)
    box = shown.ground.box or box_of(file)
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
    parts = [
        head,
        f'<title id="t">{escape(shown.title)}</title><desc id="d">{escape(f"{shown.lead} {source}")}</desc>',
        _patterns(),
        f'<rect width="100%" height="100%" fill="{GROUND}"/>',
        block(title, MARGIN, MARGIN + 20, 27, fill=INK, weight=700),
        *_places(shown.places, paths(file, frame)),
        _outlines(releases, shown, frame),
        *_spots(shown.places, file, frame),
        *_points(shown.places, frame),
        *_names(shown, frame),
        *_legend(entries, top),
        block(below, MARGIN, bottom + 12, 15, fill=SOFT),
        "</svg>",
    ]
    return "".join(parts)


def _file(releases: Releases, address: str) -> Path:
    return releases.folder / "geo" / address.removeprefix("/geo/")


def _places(places: Places, drawn: dict[str, str]) -> list[str]:
    """One path for all places of a class: small, and one line in the picture's own source."""
    together: dict[int, list[str]] = defaultdict(list)
    for unit, code in zip(places.units, places.codes, strict=True):
        together[code].append(drawn.get(unit, ""))
    cell = color("--an-cell")
    return [
        f'<path fill={quoteattr(_fill(code, places.tokens))} stroke="{cell}" stroke-width=".5" d="{"".join(found)}"/>'
        for code, found in sorted(together.items())
    ]


def _outlines(releases: Releases, shown: MapView, frame: Frame) -> str:
    if not shown.ground.outlines:
        return ""
    drawn = "".join(paths(_file(releases, shown.ground.outlines), frame).values())
    return f'<path fill="none" stroke="{LINE}" stroke-width="1.6" d="{drawn}"/>'


_RIM = {
    "hot": 'fill="none" stroke="{color}" stroke-width="3"',
    "lone": 'fill="none" stroke="{color}" stroke-width="3" stroke-dasharray="6 4"',
}
"""How hot spots are outlined, by kind."""


def _spots(places: Places, file: Path, frame: Frame) -> list[str]:
    """The outer edges of hot spots, on a light rim."""
    found = []
    for kind, units in places.outlined.items():
        drawn = outer_edges(file, frame, units)
        if drawn:
            look = _RIM[kind].format(color=color("--an-spot"))
            found.append(f'<path fill="none" stroke="{GROUND}" stroke-width="6" d="{drawn}"/>')
            found.append(f'<path data-spot="{kind}" {look} stroke-linecap="round" d="{drawn}"/>')
    return found


def _points(places: Places, frame: Frame) -> list[str]:
    if places.points is None:
        return []
    most = max([*places.points["units"].fill_null(0.0), 1.0])
    found = []
    for lat, lng, units in places.points.select("lat", "lng", "units").iter_rows():
        x, y = frame.at(lat, lng)
        size = 3 + 7 * ((units or 0) / most) ** 0.5
        found.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{color("--an-supply")}" '
            f'stroke="{color("--an-supply-rim")}" stroke-width="1.5"/>'
        )
    return found


def _names(shown: MapView, frame: Frame) -> list[str]:
    """Names of areas on a light rim, where they do not crowd: drawn twice, since not every program paints it first."""
    if len(shown.ground.names) > 20:
        return []
    found = []
    for name, lat, lng in shown.ground.names:
        x, y = frame.at(lat, lng)
        text = f'x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="14" font-weight="700">{escape(name)}</text>'
        rim = f'fill="{GROUND}" stroke="{GROUND}" stroke-width="3" stroke-linejoin="round" aria-hidden="true"'
        found += [f"<text {rim} {text}", f'<text fill="{INK}" {text}']
    return found


def _legend(entries: list[tuple[str, str]], top: float) -> list[str]:
    left, y, found = WIDTH - MARGIN - SIDE + 24, top + 12, []
    for fill, words in entries:
        told = lines(words, 16, SIDE - 24 - 36)
        look = _RIM[fill].format(color=color("--an-spot")) if fill in _RIM else f'fill="{fill}" stroke="{LINE}"'
        found.append(f'<rect x="{left:g}" y="{y:g}" width="26" height="20" {look}/>')
        found.append(block(told, left + 36, y + 16, 16, fill=INK))
        y += max(30, len(told) * 16 * 1.3 + 9)
    return found


def _patterns() -> str:
    """A status is told by its pattern as well as by its shade."""
    hatch = color("--an-hatch")
    slanted = 'patternUnits="userSpaceOnUse" width="6" height="6"'
    return (
        "<defs>"
        f'<pattern id="hidden" {slanted}><rect width="6" height="6" fill="{color("--an-hidden")}"/>'
        f'<path d="M-1 1l2-2M0 6l6-6M5 7l2-2" stroke="{hatch}" stroke-width="1"/></pattern>'
        f'<pattern id="later" {slanted}><rect width="6" height="6" fill="{color("--an-not-reported")}"/>'
        f'<circle cx="3" cy="3" r="1.1" fill="{hatch}"/></pattern>'
        f'<pattern id="never" {slanted}><rect width="6" height="6" fill="{color("--an-not-collected")}"/>'
        f'<path d="M0 0l6 6M6 0l-6 6" stroke="{hatch}" stroke-width=".8"/></pattern>'
        "</defs>"
    )
