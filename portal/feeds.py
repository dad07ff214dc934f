"""`/feed.atom`: news of a topic or of all, about a place or the city (RFC 4287). Corrections are items of their own."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.protection import Withdrawal
from portal.catalog import origin
from portal.errors import NotFound
from portal.language import _, asked, language
from portal.newswords import news_text, news_title, news_view
from portal.queries.news import Kind, News, news_of
from portal.queries.offer import CITY
from portal.released import told
from portal.releases import Releases
from portal.view import View

ATOM = "http://www.w3.org/2005/Atom"
MOST = 50
_Dated = tuple[datetime, ET.Element]


def feed_routes(releases: Releases, base_url: str | None) -> list[Route]:
    """The query keys are `topic`, `geography` and `unit`; without them: every topic, the whole city."""

    def atom(request: Request) -> Response:
        view = View.read(request.query_params)
        body = feed(releases, view, base_url or origin(request))
        return Response(body, media_type="application/atom+xml", headers={"vary": "Accept-Language"})

    return [Route("/feed.atom", atom)]


def feed(releases: Releases, view: View, base: str) -> bytes:
    """The feed as XML. Raises NotFound for a topic or a place that is not there."""
    place, geography, unit = _place(releases, view)
    topics = [view.topic] if view.topic else list(releases.topics)
    if view.topic and view.topic not in releases.topics:
        raise NotFound("There is no such topic. The data pages list what there is.")
    lang = asked()
    query = View(topic=view.topic, geography=view.geography, unit=view.unit, lang=lang).query()
    entries = [
        *(_news(each, place, base, lang) for topic in topics for each in news_of(releases, topic, geography, unit)),
        *(_withdrawn(each, base) for topic in topics for each in releases.store.withdrawals(topic)),
    ]
    entries = sorted(entries, key=lambda each: each[0], reverse=True)[:MOST]
    newest = entries[0][0] if entries else datetime(1970, 1, 1, tzinfo=UTC)
    title = told(releases.required(view.topic).manifest.title) if view.topic else _("All topics")
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language()})
    _text(root, "title", f"{title}, {place}")
    _text(root, "id", f"{base}/feed.atom{query}")
    _text(root, "updated", _moment(newest))
    ET.SubElement(root, "link", {"rel": "self", "href": f"{base}/feed.atom{query}"})
    ET.SubElement(root, "link", {"rel": "alternate", "href": f"{base}/changes"})
    author = ET.SubElement(root, "author")
    _text(author, "name", releases.city.name if releases.city else "Hearthmap")
    root.extend(entry for _at, entry in entries)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _place(releases: Releases, view: View) -> tuple[str, str, str]:
    """Name, geography and unit of the place asked for; the city without one."""
    if view.geography is None or view.unit is None:
        return (releases.city.name if releases.city else _("City")), CITY, CITY
    found = releases.area(view.geography, view.unit)
    if found is None:
        raise NotFound("There is no such place. The start page finds places by name.")
    return found.name, view.geography, view.unit


def _news(news: News, place: str, base: str, lang: str | None) -> _Dated:
    ident = f"{base}/changes#{news.kind}/{news.topic}/{news.geography}/{news.unit}"
    ident += f"/{news.period}" if news.kind is Kind.UPDATE else "/{}-W{:02}".format(*news.at.isocalendar()[:2])
    link = f"{base}/trends{news_view(news, lang).query()}"
    words = (news_title(news, place), news_text(news))
    return news.at, _entry(ident, *words, news.at, news.kind, link)


def _withdrawn(stone: Withdrawal, base: str) -> _Dated:
    at = datetime.combine(stone.withdrawn_on, datetime.min.time(), UTC)
    title = _("A release was withdrawn: {release}", release=stone.release)
    ident = f"{base}/changes#withdrawn/{stone.topic}/{stone.release}"
    return at, _entry(ident, title, stone.reason, at, "correction", f"{base}/changes")


def _entry(ident: str, title: str, text: str, at: datetime, kind: str, link: str) -> ET.Element:
    entry = ET.Element("entry")
    _text(entry, "id", ident)
    _text(entry, "title", title)
    _text(entry, "updated", _moment(at))
    ET.SubElement(entry, "category", {"term": kind})
    ET.SubElement(entry, "link", {"rel": "alternate", "href": link})
    _text(entry, "summary", text)
    return entry


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(c for c in text if c.isprintable())


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
