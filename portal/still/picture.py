"""The map of an address as one SVG picture. Neither script nor WebGL is needed."""

from dataclasses import replace

from portal.charts.heat_map import Places
from portal.charts.palette import RAMP_TOKENS, ramp_step
from portal.frame.parts import closing_sentence
from portal.language import _
from portal.map.legend import class_labels
from portal.map.spotview import KEYS, LAYER, cautions, summary
from portal.map.view import heat_view
from portal.queries.choice import Choice, choose, on_a_map
from portal.queries.heat import breaks_of
from portal.queries.spots import spots_of
from portal.releases import Releases
from portal.still.colors import color
from portal.still.concern import concern_picture
from portal.still.drawing import Drawing, Entry, Picture, draw, status_entries
from portal.still.source import source_line
from portal.view import View
from portal.words.released import told


def map_picture(releases: Releases, view: View, *, words: bool = True) -> Picture | None:
    """The heat map that an address asks for; None where nothing is published.

    `words`: whether title, source and caution stand in the picture, or beside it where it is shown.
    """
    if view.show == "concern":
        return concern_picture(releases, view, words=words) or map_picture(
            releases, replace(view, show=None), words=words
        )
    asked = on_a_map(releases, replace(view, show=None, unit=None))
    choice, shown = choose(releases, asked), heat_view(releases, asked)
    if choice is None or shown is None or not choice.geography.shapes:
        return None
    pinned = replace(choice.view, as_of=choice.release.id, layer=view.layer, show=None)
    source, caution, alt = source_line(choice.manifest), caution_of(choice), shown.lead
    if view.layer == LAYER:
        spots = spots_of(choice)
        alt = f"{alt} {summary(spots)}" if not spots.why_not else alt
        caution = " ".join([*cautions(choice, spots), caution]) if not spots.why_not else caution
    around = [shown.title, source, caution] if words else ["", "", ""]
    entries = heat_entries(choice, shown.places)
    svg = draw(releases, Drawing(shown.title, alt, shown.ground, shown.places, entries, source, around))
    parts = [
        choice.manifest.topic,
        choice.measure.name,
        choice.category,
        choice.geography.name,
        str(choice.period or ""),
    ]
    name = "_".join([*(part for part in parts if part), choice.release.id])
    return Picture(svg, shown.title, alt, source, caution, name, pinned)


def caution_of(choice: Choice) -> str:
    """What must be known to read it."""
    words = [_("Counts are spread over areas, not addresses.")]
    if choice.manifest.protected:
        words.append(closing_sentence(choice.manifest))
    return " ".join([*words, *(told(each) for each in choice.manifest.caveats[:1])])


def heat_entries(choice: Choice, places: Places) -> list[Entry]:
    """Fill and words of the legend: classes with a color, the statuses that occur, what lies over them."""
    breaks = breaks_of(choice.release, choice.measure.name, choice.category, choice.geography.name, choice.grain)
    labels = class_labels(choice.measure, breaks)
    classes = [(color(RAMP_TOKENS[ramp_step(at, len(labels))]), text) for at, text in enumerate(labels)]
    statuses = status_entries(places)
    spots = [(kind, _(words)) for kind, words in KEYS.items() if places.outlined.get(kind)]
    supply = [(color("--an-supply"), _("Affordable developments; larger for more units. Stock is not vacancy."))]
    return [*classes, *statuses, *(supply if places.points is not None else []), *spots]
