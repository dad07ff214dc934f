"""The map of a district's page as a picture: its neighborhoods in the measure in focus."""

from dataclasses import replace

from portal.district.focus import DISTRICT, focus_of
from portal.language import _
from portal.map.view import title_of
from portal.releases import Releases
from portal.still.drawing import Drawing, Picture, draw
from portal.still.picture import caution_of, heat_entries
from portal.still.source import source_line
from portal.view import View
from portal.words.wording import period_text


def district_picture(releases: Releases, view: View, unit: str) -> Picture | None:
    """The picture of the page's address; None where there is no such district, or nothing is published."""
    known = releases.area(DISTRICT, unit)
    focus = focus_of(releases, view, unit, known.name) if known else None
    if known is None or focus is None or not focus.near.geography.shapes:
        return None
    near = focus.near
    when = period_text(near.period, near.grain) if near.period else ""
    title = _("{place}: {measure}", place=known.name, measure=title_of(near, when))
    source, caution = source_line(near.manifest), caution_of(near)
    drawing = Drawing(
        title, focus.said, focus.ground, focus.places, heat_entries(near, focus.places), source,
        [title, f"{focus.said} {source}", caution], clipped=True,
    )  # fmt: skip
    parts = ["district", unit, near.manifest.topic, near.measure.name, near.category, str(near.period or "")]
    name = "_".join([*(part for part in parts if part), near.release.id])
    return Picture(
        draw(releases, drawing), title, focus.said, source, caution, name, replace(near.view, as_of=near.release.id)
    )
