"""The forms that show many figures at once: district page, agency page, home page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from portal.district.categories import TIMES
from tests.portal.same.heard import Heard, heard
from tests.portal.same.reading import part, parts, pointed, read_html
from tests.portal.same.screens import dated
from tests.portal.same.stored import CITY, Asked, Key

PER_1000 = {"en": "per 1,000 homes: ", "es": "por cada 1,000 viviendas: "}
CITY_SAID = {"en": "City: ", "es": "Ciudad: "}


def district(asked: Asked) -> Iterator[Heard]:
    """Tiles, categories and neighborhoods of the view's district; the trend and the map of its measure."""
    if asked.key.geography != "district" or asked.pinned:
        return
    path, query = f"/district/{asked.key.unit}", asked.query(geography=None, grain=None, from_=None, to=None)
    page = asked.stored.client.get(path + query).text
    place = "district", asked.key.unit
    yield from _tiles("district: tile", asked, page, place)
    yield from _categories("district: categories", asked, page, place)
    yield from _neighborhoods(asked, page)
    yield from dated("district", asked, page)
    screen = asked.stored.screen.page(path, query)
    chart = next(each["props"]["figure"] for each in parts(screen) if each["props"].get("id") == "district-trend")
    yield from _trend(asked, pointed(chart))
    yield from _near(asked, page, part(screen, "district-figure")["data"]["data"][0])


def home(asked: Asked) -> Iterator[Heard]:
    """The tiles of the city as a whole."""
    if asked.key.geography != CITY or asked.pinned:
        return
    page = asked.stored.client.get(f"/?lang={asked.language}").text
    yield from _tiles("home: tile", asked, page, (CITY, CITY))
    yield from dated("home", asked, page)


def agency(asked: Asked) -> Iterator[Heard]:
    """The tiles of the agency whose requests the view counts."""
    name = asked.key.category.removeprefix("agency_")
    if name == asked.key.category or asked.pinned:
        return
    page = asked.stored.client.get(f"/agency/{name}?lang={asked.language}").text
    yield from _tiles("agency: tile", asked, page, (CITY, CITY), category=asked.key.category)
    yield from dated("agency", asked, page)


def _tiles(form: str, asked: Asked, page: str, place: tuple[str, str], *, category: str = "all") -> Iterator[Heard]:
    """Value and margin, the city and the rates, each of the period that stands there."""
    for tile in page.split('<div class="tile">')[1:]:
        reader = read_html(tile.split("</div>")[0] + "</div>", "tile-title", "tile-value", "tile-detail")
        found = {name: [cell for each, cell in reader.found if each == name] for name, _cell in reader.found}
        view = found["tile-title"][0].view
        if view.topic is None or view.measure is None:
            continue
        details = [cell.text for cell in found.get("tile-detail", [])]
        key = Key(view.topic, asked.stored.current[view.topic], view.measure, category, *place, "", asked.key.period)
        at = next((each for text in details if (each := _period(asked, key, text))), None)
        if at is None:
            continue
        key = replace(key, grain=at[0], period=at[1])
        margin = next((text.split(" · ")[0] for text in details if text.startswith("± ")), "")
        yield heard(form, key, f"{found['tile-value'][0].text} {margin}", asked)
        city, said = replace(key, geography=CITY, unit=CITY), " · ".join(details)
        if CITY_SAID[asked.language] in said:
            yield heard(f"{form}, city", city, said.split(CITY_SAID[asked.language])[1], asked)
        if PER_1000[asked.language] in said:
            rated = replace(key, measure=f"{key.measure}_per_1000")
            here, _comma, there = said.split(PER_1000[asked.language])[1].partition(", ")
            yield heard(f"{form}, rate", rated, here, asked)
            if there:
                yield heard(f"{form}, rate of the city", replace(rated, geography=CITY, unit=CITY), there, asked)


def _period(asked: Asked, key: Key, text: str) -> tuple[str, object] | None:
    known = asked.stored.labels(key, asked.language)
    return next((known[part] for part in text.split(" · ") if part in known), None)


def _categories(form: str, asked: Asked, page: str, place: tuple[str, str]) -> Iterator[Heard]:
    """Rows by their links, columns by the periods in their heads, then the times."""
    for table in read_html(page).tables:
        views = [row[0].view for row in table.body]
        if not views or any(view.category is None or view.measure is None or view.topic is None for view in views):
            continue
        for row, view in zip(table.body, views, strict=True):
            topic = view.topic or ""
            key = Key(
                topic,
                asked.stored.current[topic],
                view.measure or "",
                view.category or "",
                *place,
                "",
                asked.key.period,
            )
            known = asked.stored.labels(key, asked.language)
            columns = [at for at, head in enumerate(table.heads) if head in known]
            for at in columns:
                grain, start = known[table.heads[at]]
                yield heard(form, replace(key, grain=grain, period=start), row[at].text, asked)
            if view.measure == "requests" and columns:
                grain, start = known[table.heads[columns[0]]]
                for name, cell in zip(list(TIMES)[:-1], row[columns[-1] + 2 :], strict=False):
                    yield heard(
                        f"{form}, times", replace(key, measure=name, grain=grain, period=start), cell.text, asked
                    )


def _neighborhoods(asked: Asked, page: str) -> Iterator[Heard]:
    """Each head names measure and period."""
    for table in read_html(page).tables:
        if not table.body or any(row[0].view.geography != "neighborhood" for row in table.body):
            continue
        for at, head in enumerate(table.heads[2:], start=2):
            title, _comma, when = head.rpartition(", ")
            topic, measure = asked.stored.titled(title, asked.language)
            for row in table.body:
                unit = row[0].view.unit or ""
                key = Key(
                    topic, asked.stored.current[topic], measure, "all", "neighborhood", unit, "", asked.key.period
                )
                grain, start = asked.stored.labels(key, asked.language)[when]
                yield heard("district: neighborhoods", replace(key, grain=grain, period=start), row[at].text, asked)


def _trend(asked: Asked, texts: list[str]) -> Iterator[Heard]:
    key = replace(asked.key, release=asked.stored.current[asked.key.topic])
    known = asked.stored.labels(key, asked.language)
    for text in texts:
        name, _colon, told = text.rpartition(": ")
        grain, start = known[name]
        yield heard("district: pointer on the trend", replace(key, grain=grain, period=start), told, asked)


def _near(asked: Asked, page: str, drawn: dict[str, Any]) -> Iterator[Heard]:
    """The map beside it, of the period that stands above it."""
    said = next(cell.text for name, cell in read_html(page, "#district-focus").found if name == "#district-focus")
    key = replace(asked.key, geography="neighborhood", category="all")
    for category in (asked.key.category, "all"):
        key = replace(key, category=category)
        known = asked.stored.labels(key, asked.language)
        at = next((known[name] for name in sorted(known, key=len, reverse=True) if f", {name}" in said), None)
        if at and asked.stored.places(replace(key, grain=at[0], period=at[1])):
            key = replace(key, grain=at[0], period=at[1])
            for unit, text in zip(drawn["locations"], drawn["text"], strict=True):
                yield heard("district: pointer on the map", replace(key, unit=unit), text.split("<br>")[1], asked)
            return
