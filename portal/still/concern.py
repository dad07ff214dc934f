"""Concern against supply as a picture: nine classes by color and pattern, what cannot be judged with its reason."""

from dataclasses import replace
from typing import Any

from layers.measures import Status
from portal.charts.palette import BIVARIATE_TOKENS
from portal.language import _, number
from portal.map.concern import CAUTION, STANDING, Concern, concern_map, concern_of, figures_of, short_standing
from portal.map.legend import thirds_text
from portal.queries.supply import CONCERNS
from portal.releases import Releases
from portal.report.cells import figures, heads
from portal.report.cells import words as plain
from portal.report.model import Cell, Table
from portal.still.drawing import Drawing, Entry, Picture, draw, fill_of, status_entries
from portal.still.source import source_lines
from portal.view import View
from portal.words.released import told
from portal.words.wording import capital, count_text, status_text


def concern_picture(releases: Releases, view: View, *, words: bool = True) -> Picture | None:
    """None where the city lacks one of the topics. Raises Gone or NotFound where the address pins what is not there.

    `words`: whether title, source and caution stand in the picture, or beside it where it is shown.
    """
    shown = releases.pinned(view.as_of) if view.as_of else releases
    asked = concern_of(shown, replace(view, unit=None))
    if asked is None:
        return None
    drawn = concern_map(asked)
    manifests = [release.manifest for release in asked.releases]
    source = source_lines(manifests)
    caution = f"{thirds_text(asked.found.concern_breaks, asked.found.supply_breaks)} {_(CAUTION)}"
    around = [drawn.title, source, caution] if words else ["", "", ""]
    svg = draw(shown, Drawing(drawn.title, drawn.lead, drawn.ground, drawn.places, _entries(asked), source, around))
    pins = ",".join(release.id for release in asked.releases)
    pinned = View(show="concern", geography=asked.geography, grain=asked.found.grain.value, as_of=pins)
    newest = max(manifests, key=lambda each: each.built_at)
    name = f"concern-against-supply_{asked.geography}_{asked.period}_{newest.release}"
    figures = tuple(
        replace(each, as_of=release.id) for each, release in zip(figures_of(asked), asked.releases, strict=True)
    )
    return Picture(svg, drawn.title, drawn.lead, source, caution, name, pinned, figures)


def concern_table(releases: Releases, view: View, most: int = 9) -> Table | None:
    """The first places of the page's table: most concern with least supply. `view` names the releases."""
    asked = concern_of(releases.pinned(view.as_of) if view.as_of else releases, view)
    if asked is None:
        return None
    titles = (_("Filings"), _("Shutoffs"), _("Units"))
    columns = (*(topic for topic, _measure in CONCERNS), "units")
    rows = [
        (plain(row["name"]), *(_cell(row, each) for each in columns), plain(short_standing(row)))
        for row in asked.found.rows.head(most).iter_rows(named=True)
    ]
    caption = _(
        "{places}, highest concern with least supply first. All figures per 1,000 homes", places=told(asked.info.plural)
    )
    return Table("places", caption, (*heads(_("Place")), *figures(titles), *heads(_("Concern / supply"))), tuple(rows))


def _cell(row: dict[str, Any], name: str) -> Cell:
    value, status = row[name], Status(row[f"{name}_status"])
    return Cell(status_text(status) if value is None else number(value, 1), value, decimals=1, status=status)


def _entries(asked: Concern) -> list[Entry]:
    """The nine classes, most concern with least supply first, each with the number of its places; then the others."""
    places = concern_map(asked).places
    order = [(concern, supply) for concern in (2, 1, 0) for supply in (0, 1, 2)]
    classes = [
        (
            fill_of(3 * concern + supply, BIVARIATE_TOKENS),
            f"{capital(_(STANDING[concern][supply]))} ({count_text(places.codes.count(3 * concern + supply))})",
        )
        for concern, supply in order
    ]
    return [*classes, *status_entries(places)]
