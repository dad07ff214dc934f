"""The page of a meeting pack that is printed: title, picture, sentences, figures, source, address, on one sheet."""

from portal.language import _, language
from portal.map.table import listed_text
from portal.queries.choice import Choice, choose, on_a_map
from portal.queries.figure import Figure
from portal.queries.heat import heat_map, ranked
from portal.releases import Releases
from portal.report.cells import figure, figures, heads, words
from portal.report.model import Fact, Report, Section, Table
from portal.report.paper import Drawing, paper_html
from portal.still.concern import concern_table
from portal.still.drawing import Picture
from portal.still.picture import map_picture
from portal.view import View
from portal.words.released import told
from portal.words.wording import capital, day_text

MOST_ROWS = 9
"""Places in the table: what fits on the sheet."""


def sheet_html(releases: Releases, view: View, picture: Picture, link: str) -> str:
    """The document that is printed, in the language that is being written. `link`: where these figures stay."""
    plain = map_picture(releases, view, words=False)
    first = picture.sources[0]
    release = releases.required(first.topic or "", first.as_of)
    table = concern_table(releases, picture.view) if picture.figures else _heat_table(releases, picture.view)
    if plain is None or table is None:
        raise ValueError("there is a picture, so there are figures")
    manifest = release.manifest
    report = Report(
        file=picture.name,
        language=language(),
        city=manifest.city.name,
        place=manifest.city.name,
        title=picture.title,
        subtitle=_("As of {day}", day=day_text(manifest.as_of)),
        as_of=manifest.as_of,
        address=link,
        facts=(Fact(_("Where it comes from"), picture.source), Fact(_("How to read it"), picture.caution)),
        sections=(Section("figures", "", (picture.alt,), tables=(table,)),),
    )
    return paper_html(report, drawing=Drawing(plain.svg, f"{picture.title}. {picture.alt}"))


def _heat_table(releases: Releases, view: View) -> Table | None:
    choice = choose(releases, on_a_map(releases, view))
    return _table(choice) if choice else None


def _table(choice: Choice) -> Table:
    """The first places of the map's list, with the city below."""
    found = heat_map(choice)
    order = ranked(found.rows)
    rows = [
        (words(row["name"]), figure(Figure.of_row(row), choice.measure)) for row in order.head(MOST_ROWS).to_dicts()
    ]
    caption = listed_text(len(rows), order.height)
    city = words(_("{city} as a whole", city=choice.manifest.city.name)), figure(found.city, choice.measure)
    unit = capital(told(choice.measure.unit))
    return Table("places", caption, (*heads(_("Place")), *figures([unit], choice.measure)), (*rows, city))
