"""The forms on the screen: what a page says when it comes, and what its callbacks draw when its script has come."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from layers.period import add_months
from tests.portal.same.heard import Heard, heard
from tests.portal.same.reading import Cell, Reader, Table, html_of, parts, pointed, read_html
from tests.portal.same.reading import part as part_of
from tests.portal.same.said import Said, day, plain, read
from tests.portal.same.stored import CITY, Asked, Key, label

WHOLE_CITY = {"en": "The whole city: ", "es": "Toda la ciudad: "}
CHARTS = ("trends-graph", "trends-seasons", "trends-beside")
CITY_LINE = {"en": "Whole city", "es": "Toda la ciudad"}


def map_page(asked: Asked) -> Iterator[Heard]:
    """List, sentence and panel as they come with the page; the table where the list does not hold all places."""
    if not asked.drawn:
        return
    page = asked.stored.client.get(f"/map{asked.query(unit=asked.key.unit)}").text
    reader = read_html(page, "lead", "#map-list", "#map-panel")
    yield from _list("map: list", asked, reader)
    yield from lead("map: sentence", asked, _text(reader, "lead"))
    yield from _panel("map: panel", asked, _between(page, "map-panel"))
    yield from dated("map", asked, page)
    if len(asked.stored.places(asked.key)) > 150:
        page = asked.stored.client.get(f"/map{asked.query(show='table')}").text
        yield from _list("map: table", asked, read_html(page))


def map_screen(asked: Asked) -> Iterator[Heard]:
    """The same from the callbacks, and what the pointer reads."""
    if not asked.drawn:
        return
    filled = asked.stored.screen.page("/map", asked.query(unit=asked.key.unit))
    yield from _pointed("map: pointer", asked, part_of(filled, "map-figure")["data"])
    yield from _list("map: list with script", asked, read_html(html_of(part_of(filled, "map-list")["children"])))
    yield from _panel("map: panel with script", asked, html_of(part_of(filled, "map-panel")["children"]))
    base = replace(asked.key, measure=asked.key.measure.removesuffix("_per_1000"))
    for chart in parts(part_of(filled, "map-panel")):
        if chart["type"] == "Graph":
            yield from _over_time("map: pointer on the small trend", asked, base, pointed(chart["props"]["figure"]))
    if not asked.redrawn:
        return
    changed = asked.stored.screen.change("map-figure", "/map", asked.query(unit=asked.key.unit))
    yield from _pointed("map: pointer after a change", asked, changed["map-figure"]["data"])
    yield from _list("map: list after a change", asked, read_html(html_of(changed["map-list"]["children"])))
    yield from _panel("map: panel after a change", asked, html_of(changed["map-panel"]["children"]))
    said = read_html(html_of(changed["map-head"]["children"]), "lead")
    yield from lead("map: sentence after a change", asked, _text(said, "lead"))


def _list(form: str, asked: Asked, reader: Reader) -> Iterator[Heard]:
    """Places by their links."""
    for row in (row for table in reader.tables for row in table.body):
        if row[0].view.unit:
            yield heard(form, replace(asked.key, unit=row[0].view.unit), row[1].text, asked)


def _pointed(form: str, asked: Asked, figure: dict[str, Any]) -> Iterator[Heard]:
    drawn = figure["data"][0]
    for unit, text in zip(drawn["locations"], drawn["text"], strict=True):
        yield heard(form, replace(asked.key, unit=unit), text.split("<br>")[1], asked)


def lead(form: str, asked: Asked, text: str) -> Iterator[Heard]:
    """The places that the sentence about a map names, and the city."""
    known = asked.stored.unit_names(asked.key)
    for name, unit in known.items():
        for told in re.findall(rf"(?:^|[\s,]){re.escape(name)} \(([^)]*)\)", text):
            yield heard(form, replace(asked.key, unit=unit), told, asked)
    if WHOLE_CITY[asked.language] in text:
        told = text.split(WHOLE_CITY[asked.language])[1]
        yield heard(f"{form}, city", replace(asked.key, geography=CITY, unit=CITY), told, asked)


def _panel(form: str, asked: Asked, markup: str) -> Iterator[Heard]:
    """Count, rate, and both of the city."""
    lines = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", markup)
    said = [(_plain(name), _plain(value)) for name, value in lines]
    base = replace(asked.key, measure=asked.key.measure.removesuffix("_per_1000"))
    city = replace(base, geography=CITY, unit=CITY)
    rated = replace(base, measure=f"{base.measure}_per_1000")
    yield heard(form, base, said[0][1], asked)
    yield heard(f"{form}, city", city, dict(said)[CITY_LINE[asked.language]], asked)
    names = [name for name, _value in said]
    if any("1,000" in name for name in names):
        here, there = (value for name, value in said if "1,000" in name)
        yield heard(f"{form}, rate", rated, here, asked)
        yield heard(f"{form}, rate of the city", replace(rated, geography=CITY, unit=CITY), there, asked)


# ---- over time ----


def trends(asked: Asked) -> Iterator[Heard]:
    """The table as it comes, and after its callback; what the pointer reads; the sentence."""
    query = asked.query(unit=asked.key.unit, from_=None, to=None)
    page = asked.stored.client.get(f"/trends{query}").text
    reader = read_html(page, "lead")
    yield from _trend_table("trends: table", asked, reader)
    yield from _latest("trends: sentence", asked, _text(reader, "lead"))
    yield from dated("trends", asked, page)
    filled = asked.stored.screen.page("/trends", query)
    table = read_html(html_of(part_of(filled, "trends-below")["children"]))
    yield from _trend_table("trends: table with script", asked, table)
    yield from _charts("", asked, {name: part_of(filled, name) for name in CHARTS})
    if asked.redrawn:
        drawn = asked.stored.screen.change("trends-graph.figure", "/trends", query)
        below = read_html(html_of(drawn["trends-below"]["children"]))
        yield from _trend_table("trends: table after a change", asked, below)
        yield from _charts(" after a change", asked, drawn)


def _charts(when: str, asked: Asked, drawn: dict[str, Any]) -> Iterator[Heard]:
    over_time, seasons, beside = (drawn[name]["figure"] for name in CHARTS)
    yield from _over_time(f"trends: pointer{when}", asked, asked.key, pointed(over_time))
    yield from _over_time(f"trends: pointer on seasons{when}", asked, asked.key, pointed(seasons))
    yield from _beside(f"trends: pointer beside others{when}", asked, beside)


def _trend_table(form: str, asked: Asked, reader: Reader) -> Iterator[Heard]:
    """The row of the period: figure, margin, the year before, the city."""
    found, language = _table(reader, len(reader.tables)), asked.language
    when = label(asked.key.grain, asked.key.period, language)
    row = next(row for row in found.body if row[0].text.split(" (")[0] == when)
    margins = 1 if asked.stored.measure(asked.key)["regime"] == "measured" else 0
    yield heard(form, asked.key, " ".join(cell.text for cell in row[1 : 2 + margins]), asked)
    before = replace(asked.key, period=add_months(asked.key.period, -12))
    if asked.stored.row(before) is not None and before.period >= asked.stored.covered(asked.key):
        yield heard(f"{form}, year before", before, row[2 + margins].text, asked)
    if asked.key.geography != CITY:
        yield heard(f"{form}, city", _of_city(asked), row[-1].text, asked)


def _of_city(asked: Asked) -> Key:
    """What stands beside a place: its rate where there is one at its kind of place and in the city."""
    city = replace(asked.key, geography=CITY, unit=CITY)
    rate = replace(city, measure=f"{city.measure}_per_1000")
    listed = [each["name"] for each in asked.stored.manifest(rate.topic, rate.release)["measures"]]
    return rate if rate.measure in listed and asked.stored.row(rate) is not None else city


def _table(reader: Reader, tables: int) -> Table:
    """The page's main table: the one with most rows."""
    assert tables
    return max(reader.tables, key=lambda each: len(each.rows))


def _latest(form: str, asked: Asked, text: str) -> Iterator[Heard]:
    """`Place, period: figure`: of whichever period the sentence speaks."""
    for name, (grain, start) in asked.stored.labels(asked.key, asked.language).items():
        if f", {name}: " in plain(text):
            key = replace(asked.key, grain=grain, period=start)
            yield heard(form, key, plain(text).split(f", {name}: ")[1], asked)


def _over_time(form: str, asked: Asked, key: Key, texts: Iterable[str]) -> Iterator[Heard]:
    """`Period: figure` of one place."""
    known = asked.stored.labels(key, asked.language)
    for text in texts:
        name, _colon, told = text.rpartition(": ")
        grain, start = known[name]
        yield heard(form, replace(key, grain=grain, period=start), told, asked)


def _beside(form: str, asked: Asked, figure: dict[str, Any]) -> Iterator[Heard]:
    """The place's own line and the city's, whose counts are not drawn beside a place's; drawn is what is published."""
    traces = [each for each in figure["data"] if "hovertemplate" in each]
    city = _of_city(asked)
    own = replace(asked.key, measure=city.measure)
    count = asked.stored.measure(own)["kind"] == "count"
    lines = [key for key in dict.fromkeys((own, city)) if key.geography != CITY or not count]
    for key, trace in zip(lines, traces, strict=True):
        yield from _over_time(form, asked, key, trace["text"])
        for when, value in zip(trace["x"], trace["y"], strict=True):
            row = asked.stored.row(replace(key, period=date.fromisoformat(when)))
            if value is not None and (row is None or row.value != value):
                yield Heard(f"{form}, height", replace(key, period=date.fromisoformat(when)), Said(status="drawn"))


def compare(asked: Asked) -> Iterator[Heard]:
    """The place beside the city: table, sentence and pointer."""
    key, city = asked.key, replace(asked.key, geography=CITY, unit=CITY)
    if key.unit not in asked.stored.unit_names(key).values() or key.geography == CITY or asked.stored.row(city) is None:
        return
    if not asked.redrawn:
        return
    query = asked.query(places=f"{key.geography}:{key.unit},{CITY}:{CITY}", from_=None, geography=None)
    page = asked.stored.client.get(f"/compare{query}").text
    reader, language = read_html(page, "lead"), asked.language
    when = label(key.grain, key.period, language)
    row = next(row for row in _table(reader, len(reader.tables)).body if row[0].text.split(" (")[0] == when)
    yield heard("compare: table", key, row[1].text, asked)
    yield heard("compare: table", city, row[2].text, asked)
    yield from dated("compare", asked, page)
    told = plain(_text(reader, "lead"))
    if f" {when}: " in told:
        figures = told.split(f" {when}: ")[1].split(". ")[0].removesuffix(".")
        said = [each.rpartition(": ")[2] for each in figures.split("; ")]
        yield heard("compare: sentence", key, said[0], asked)
        yield heard("compare: sentence", city, said[1], asked)
    drawn = asked.stored.screen.change("compare-graph.figure", "/compare", query)["compare-graph"]
    traces = [t for t in drawn["figure"]["data"] if "hovertemplate" in t]
    for each, trace in zip((key, city), traces, strict=True):
        yield from _over_time("compare: pointer", asked, each, trace["text"])


# ---- shared ----


def dated(form: str, asked: Asked, page: str) -> Iterator[Heard]:
    """The day of the figures stands on the page."""
    if day(asked.stored.as_of(asked.key), asked.language) not in plain(_plain(page)):
        yield Heard(f"{form}: as-of day", asked.key, Said(status="no day"))


def _text(reader: Reader, name: str) -> str:
    return next(cell.text for each, cell in reader.found if each == name)


def _between(page: str, ident: str) -> str:
    return page.split(f'id="{ident}"')[1].split("</section>", maxsplit=1)[0]


def _plain(markup: str) -> str:
    return plain(re.sub(r"<[^>]+>", " ", markup).replace("&amp;", "&"))


def cell_said(cell: Cell, asked: Asked) -> Said:
    """What a cell says."""
    return read(cell.text, asked.language)
