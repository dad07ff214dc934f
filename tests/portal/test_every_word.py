"""No word of the interface stays English: every page in a language whose messages are all marked.

In that language a message reads ⟦like this⟧, and what is filled into it stands outside of the marks: so whatever is
outside, and is neither a number, nor a date, nor a name or text that the city gave, has not gone through the catalog.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from starlette.testclient import TestClient

from layers.release import Manifest
from portal import language
from portal.app import create_app
from portal.frame.page import Visit
from portal.locale.collecting import MessageId, messages
from portal.pages import PAGES
from portal.releases import Releases
from portal.settings import PortalSettings
from portal.view import View
from portal.words.texts import text_of
from tests.portal.test_pages import PATHS

MARKED = "eo"
VIEWS = [
    *PATHS,
    "/map?topic=service_requests&geography=h3_8",
    "/map?topic=service_requests&geography=neighborhood&measure=requests_per_1000",
    "/map?topic=evictions&geography=neighborhood&unit=n1",
    "/map?topic=evictions&geography=zone1&grain=year",
    "/map?show=concern",
    "/trends?topic=evictions&geography=district&unit=1&compare=2",
    "/trends?topic=service_requests&geography=city&grain=year",
    "/district/1?topic=evictions",
    "/trends?topic=service_requests&measure=days_to_close_median&category=agency_public_works",
    "/data/service_requests",
    "/data/housing_supply",
    "/subscribe?geography=district&unit=1",
    "/subscription/gone",
    "/nothing",
    "/data/unknown",
]
SKIPPED = {"script", "style", "code", "pre", "time", "textarea"}
TECHNICAL = {"mono", "hash", "seal", "notranslate"}
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label", "data-place", "data-dark", "data-light")
SAME_EVERYWHERE = {
    "csv", "geojson", "json", "parquet", "utc", "sha", "kb", "mb", "gb", "hearthmap", "english", "español", "html",
    "esperanto", "svg", "png", "cc", "by", "b", "br", "pem", "http", "testserver", "data", "as", "of",
}  # fmt: skip


def marked_catalog(wanted: list[MessageId]) -> str:
    """A catalog in which every message says itself in marks, and its places stand between them."""
    entries = ['msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n']
    for each in wanted:
        if isinstance(each, str):
            entries.append(f"msgid {json.dumps(each, ensure_ascii=False)}\nmsgstr {_marked(each)}\n")
        else:
            one, many = each
            forms = f"msgstr[0] {_marked(one)}\nmsgstr[1] {_marked(many)}\n"
            ids = [json.dumps(form, ensure_ascii=False) for form in each]
            entries.append(f"msgid {ids[0]}\nmsgid_plural {ids[1]}\n{forms}")
    return "\n".join(entries)


def _marked(text: str) -> str:
    return json.dumps("⟦" + re.sub(r"(\{[a-z_]+\})", r"⟧\1⟦", text) + "⟧", ensure_ascii=False)


@pytest.fixture(scope="module")
def marked() -> Iterator[None]:
    """The marked language is offered, beside English."""
    caches = (language.words_of, language.offered)
    text, known = marked_catalog(messages()), language.catalogs
    for each in caches:
        each.cache_clear()
    language.catalogs = lambda: {MARKED: lambda: text}  # type: ignore[assignment]  # as a function, not a cache
    yield
    language.catalogs = known
    for each in caches:
        each.cache_clear()


@pytest.fixture(scope="module")
def client(made_store: Path, marked: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    database = tmp_path_factory.mktemp("kept") / "subscriptions.sqlite"
    settings = PortalSettings.model_validate({"store": made_store, "subscriptions": f"sqlite:///{database}"})
    with TestClient(create_app(settings), follow_redirects=False) as found:
        yield found


@pytest.fixture(scope="module")
def shown(client: TestClient) -> Callable[[str], str]:
    """shown(path): the page in the marked language, asked for once."""

    @cache
    def get(path: str) -> str:
        mark = "&" if "?" in path else "?"
        return client.get(f"{path}{mark}lang={MARKED}", headers={"accept": "text/html"}).text

    return get


@pytest.fixture(scope="module")
def given(releases: Releases) -> list[str]:
    """What the city, and no one here, has written; the longest first."""
    found = {text for manifest in releases.manifests() for text in _given(manifest)}
    return sorted(found, key=len, reverse=True)


def _given(manifest: Manifest) -> Iterator[str]:
    city = manifest.city
    yield from (city.name, city.id, manifest.license, manifest.release)
    for contact in city.contacts:
        yield from (contact.title, contact.text, contact.phone)
    yield from (target.source for target in city.targets)
    for agency in manifest.agencies:
        yield from (agency.title, agency.text, agency.phone or "", agency.email or "")
    for event in city.events:
        yield from (event.title, event.text)
    for source in manifest.sources:
        yield from (source.title, source.publisher)
    for agency in manifest.agencies:
        yield from (agency.title, agency.text)
    yield from (target.source for target in city.targets)
    for geography in manifest.geographies:
        yield from (geography.source, geography.vintage)
        yield from (unit.name for unit in geography.units if not geography.name.startswith("zone"))
    if manifest.exactness:
        yield from (manifest.exactness.reason, manifest.exactness.reviewed_by)


class Words(HTMLParser):
    """The words of a page outside of marks, its links and its forms."""

    def __init__(self, text: str, given: list[str]) -> None:
        super().__init__()
        self.left: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self._given = given
        self._skipping: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = found["lang"]
        if tag in ("a", "form"):
            self.links.append(found.get("href") or found.get("action", ""))
        for name in SPOKEN:
            self._judge(found.get(name, ""))
        if tag == "meta" and found.get("name") == "description":
            self._judge(found["content"])
        if tag in ("meta", "link", "input", "br", "img", "path", "hr"):
            return
        skip = (
            tag in SKIPPED
            or bool(TECHNICAL & set(found.get("class", "").split()))
            or ("lang" in found and tag != "html")
        )
        self._open.append((tag, skip))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(skip for _tag, skip in self._open):
            self._judge(data)

    def _judge(self, text: str) -> None:
        self.left += unmarked(text, self._given)


def unmarked(text: str, given: list[str]) -> list[str]:
    """Words outside of marks that are neither dates nor what a city gave nor the same in every language."""
    rest = text
    for known in given:
        if known and known in rest:
            rest = rest.replace(known, " ")
    rest = re.sub(r"⟦[^⟦⟧]*⟧|https?://\S+|\b[0-9a-f]{4}\b", " ", rest)
    words = re.findall(r"[^\W\d_]{2,}", rest)
    return [word for word in words if word.lower() not in SAME_EVERYWHERE | _dates()]


def _dates() -> set[str]:
    months = Locale.parse(MARKED).months
    names = {str(name).lower() for kind in months.values() for width in kind.values() for name in width.values()}
    return names | {"kaj", "jk"}


def _prose(path: str) -> set[str]:
    name = path.strip("/")
    try:
        return set(re.findall(r"[^\W\d_]{2,}", text_of(name)))
    except FileNotFoundError:
        return set()


@pytest.mark.parametrize("path", VIEWS)
def test_every_word_of_a_page_goes_through_the_catalog(
    shown: Callable[[str], str], given: list[str], path: str
) -> None:
    seen = Words(shown(path), given)
    assert seen.language == MARKED
    assert [word for word in seen.left if word not in _prose(path)] == []


FILES = ("/download/", "/geo/", "/keys/", "/data.json", "/assets/")


@pytest.mark.parametrize("path", VIEWS)
def test_every_link_keeps_the_language_of_the_address(shown: Callable[[str], str], path: str) -> None:
    links = [each for each in Words(shown(path), []).links if each.startswith(("/", "?"))]
    switch = [each for each in links if "lang=en" in each]
    assert len(switch) == 1
    assert [each for each in links if f"lang={MARKED}" not in each and not each.startswith((*FILES, *switch))] == []


def test_where_the_browser_asks_for_the_language_addresses_stay_short(client: TestClient) -> None:
    seen = Words(client.get("/", headers={"accept": "text/html", "accept-language": MARKED}).text, [])
    assert seen.language == MARKED
    assert [each for each in seen.links if f"lang={MARKED}" in each] == []


def _figures(content: Any) -> Iterator[dict[str, Any]]:
    """Every chart of a layout."""
    props = content.to_plotly_json()["props"] if hasattr(content, "to_plotly_json") else {}
    drawn = props.get("figure") or props.get("data")
    if isinstance(drawn, dict) and "layout" in drawn:
        yield drawn
    children = props.get("children") if props else content
    for each in children if isinstance(children, list | tuple) else [children] if props else []:
        yield from _figures(each)


def _texts(figure: Any) -> Iterator[str]:
    """Names, hover texts, tick labels and annotations of a chart."""
    if isinstance(figure, dict):
        for key, value in figure.items():
            if key in ("text", "name", "hovertemplate", "ticktext") and not isinstance(value, dict):
                yield from map(str, value if isinstance(value, list) else [value])
            elif key != "meta":
                yield from _texts(value)
    elif isinstance(figure, list):
        for each in figure:
            yield from _texts(each)


@pytest.mark.parametrize("path", ["/map", "/map?show=concern", "/trends?topic=evictions&geography=district&unit=1"])
def test_every_word_in_a_chart_goes_through_the_catalog(
    releases: Releases, marked: None, given: list[str], path: str
) -> None:
    address, _, query = path.partition("?")
    page = next(each for each in PAGES if each.path == address)
    with language.speaking(MARKED):
        layout = page.layout(Visit(releases, address, {}, View.read(query), language=MARKED))
        texts = [text for figure in _figures(layout) for text in _texts(figure)]
    assert len(texts) >= 9
    left = [word for text in texts for word in unmarked(re.sub(r"<[^>]*>|%\{\w+\}", " ", text), given)]
    assert left == []
