"""`/feed.atom` (RFC 4287) and `/feed.rss` (RSS 2.0): news of a topic or of all, about a place, an agency or the city.

Both hold the same items; corrections are items of their own.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.protection import Withdrawal
from layers.topics import TOPICS, topic
from portal.agency.figures import AGENCY, agency
from portal.errors import NotFound
from portal.language import _, asked, language
from portal.queries.news import Kind, News, news_of
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.serving.catalog import origin
from portal.view import View
from portal.words.news import news_text, news_title, news_view
from portal.words.released import told
from portal.words.wording import day_text

ATOM = "http://www.w3.org/2005/Atom"
MOST = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news. `ident` stays the same for ever; `link` leads to the figures."""

    at: datetime
    ident: str
    title: str
    text: str
    kind: str
    link: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Items, newest first. `query` asks for this feed again."""

    title: str
    author: str
    base: str
    query: str
    items: tuple[Item, ...]

    @property
    def updated(self) -> datetime:
        return self.items[0].at if self.items else datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _About:
    """What a feed is about: its name, the topics that tell of it, and where their rows of it stand."""

    name: str
    topics: tuple[str, ...]
    geography: str = CITY
    unit: str = CITY
    category: str = "all"

    def news(self, releases: Releases, topic: str) -> tuple[News, ...]:
        """Of one topic."""
        return news_of(releases, topic, self.geography, self.unit, category=self.category)


def feed_routes(releases: Releases, base_url: str | None) -> list[Route]:
    """The query keys are `topic`, `geography` and `unit`; without them: every topic, the whole city.

    `geography=agency` with an agency's id as `unit`: all that it answers for.
    """

    def atom(request: Request) -> Response:
        return _sent(atom_of(asked_for(request)), "application/atom+xml")

    def rss(request: Request) -> Response:
        return _sent(rss_of(asked_for(request)), "application/rss+xml")

    def asked_for(request: Request) -> Feed:
        return feed(releases, View.read(request.query_params), base_url or origin(request))

    return [Route("/feed.atom", atom), Route("/feed.rss", rss)]


def feed(releases: Releases, view: View, base: str) -> Feed:
    """What a feed holds. Raises NotFound for a topic, a place or an agency that is not there."""
    if not releases.newest and (view.topic is None or view.topic in {each.name for each in TOPICS}):
        return _nothing_yet(view, base)
    about = _about(releases, view)
    named = [view.topic] if view.topic else list(about.topics)
    if view.topic and view.topic not in about.topics and not releases.store.withdrawals(view.topic):
        raise NotFound(_("There is no such topic or release. The data pages list what there is."))
    lang = asked()
    items = [
        *(
            _news(each, about.name, base, lang, releases.required(name, each.release).manifest.as_of)
            for name in named
            if name in about.topics and releases.release(name) is not None
            for each in about.news(releases, name)
        ),
        *(_withdrawn(each, base) for name in named for each in releases.store.withdrawals(name)),
    ]
    title = told(topic(view.topic).title) if view.topic else _("All topics")
    return Feed(
        title=f"{title}, {about.name}",
        author=releases.city.name if releases.city else "Hearthmap",
        base=base,
        query=View(topic=view.topic, geography=view.geography, unit=view.unit, lang=lang).query(),
        items=tuple(sorted(items, key=lambda each: each.at, reverse=True)[:MOST]),
    )


def _nothing_yet(view: View, base: str) -> Feed:
    """Readers keep asking a feed without items; one that is not found is given up."""
    query = View(topic=view.topic, geography=view.geography, unit=view.unit, lang=asked()).query()
    return Feed(title=_("No figures yet"), author="Hearthmap", base=base, query=query, items=())


def atom_of(found: Feed) -> bytes:
    """The feed as Atom."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language()})
    _text(root, "title", found.title)
    _text(root, "id", f"{found.base}/feed.atom{found.query}")
    _text(root, "updated", _moment(found.updated))
    ET.SubElement(root, "link", {"rel": "self", "href": f"{found.base}/feed.atom{found.query}"})
    ET.SubElement(root, "link", {"rel": "alternate", "href": f"{found.base}/changes"})
    author = ET.SubElement(root, "author")
    _text(author, "name", found.author)
    root.extend(_entry(each) for each in found.items)
    return _written(root)


def rss_of(found: Feed) -> bytes:
    """The feed as RSS."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", found.title)
    _text(channel, "link", f"{found.base}/changes")
    _text(channel, "description", found.author)
    _text(channel, "language", language())
    _text(channel, "lastBuildDate", format_datetime(found.updated.astimezone(UTC), usegmt=True))
    here = {"rel": "self", "href": f"{found.base}/feed.rss{found.query}", "type": "application/rss+xml"}
    ET.SubElement(channel, "atom:link", here)
    for each in found.items:
        item = ET.SubElement(channel, "item")
        for name in ("title", "link"):
            _text(item, name, getattr(each, name))
        _text(item, "description", each.text)
        _text(item, "category", each.kind)
        _text(item, "pubDate", format_datetime(each.at.astimezone(UTC), usegmt=True))
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = each.ident
    return _written(root)


def _sent(body: bytes, kind: str) -> Response:
    return Response(body, media_type=kind, headers={"vary": "Accept-Language"})


def _written(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _about(releases: Releases, view: View) -> _About:
    """The place or agency asked for; the city without one."""
    if view.geography is None or view.unit is None or (view.geography, view.unit) == (CITY, CITY):
        return _About(releases.city.name if releases.city else _("City"), releases.topics)
    if view.geography == AGENCY:
        known = agency(releases, view.unit)
        if known is None:
            raise NotFound(_("There is no such agency. The page of agencies lists them all."))
        return _About(known.agency.title, (known.release.topic,), category=known.category)
    found = releases.area(view.geography, view.unit)
    if found is None:
        raise NotFound("There is no such place. The start page finds places by name.")
    return _About(found.name, releases.topics, view.geography, view.unit)


def _news(news: News, place: str, base: str, lang: str | None, as_of: date) -> Item:
    ident = f"{base}/changes#{news.kind}/{news.topic}/{news.geography}/{news.unit}"
    ident += "" if news.category == "all" else f"/{news.category}"
    ident += f"/{news.period}" if news.kind is Kind.UPDATE else "/{}-W{:02}".format(*news.at.isocalendar()[:2])
    link = f"{base}/trends{news_view(news, lang).query()}"
    text = f"{news_text(news)} {_('As of {day}.', day=day_text(as_of))}"
    return Item(news.at, ident, news_title(news, place), text, news.kind, link)


def _withdrawn(stone: Withdrawal, base: str) -> Item:
    at = datetime.combine(stone.withdrawn_on, datetime.min.time(), UTC)
    title = _("A release was withdrawn: {release}", release=stone.release)
    ident = f"{base}/changes#withdrawn/{stone.topic}/{stone.release}"
    return Item(at, ident, title, told(stone.reason), "correction", f"{base}/changes")


def _entry(item: Item) -> ET.Element:
    entry = ET.Element("entry")
    _text(entry, "id", item.ident)
    _text(entry, "title", item.title)
    _text(entry, "updated", _moment(item.at))
    ET.SubElement(entry, "category", {"term": item.kind})
    ET.SubElement(entry, "link", {"rel": "alternate", "href": item.link})
    _text(entry, "summary", item.text)
    return entry


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(c for c in text if c.isprintable())


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
