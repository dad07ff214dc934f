"""What a digest tells: the same news, sentences and figures as the pages, between two states of the store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from layers.release import Manifest
from layers.store.reader import Release
from portal.agency.figures import AGENCY, Known, agency
from portal.agency.glance import FOR_AGENCY
from portal.digest.choice import FREQUENCIES, Choice, Place, name_of_place, names_of_places
from portal.digest.letter import Item, Letter, Link, Section
from portal.digest.told import Told
from portal.district.glance import REMARKS, boundaries
from portal.language import _, _n, link
from portal.queries.change import rules
from portal.queries.news import Kind, News, news_between
from portal.queries.offer import CITY, is_protected
from portal.queries.summary import headline
from portal.releases import Releases
from portal.words.news import news_text, news_title, news_view
from portal.words.released import told
from portal.words.sentences import IN_PLACE, headline_sentence
from portal.words.wording import day_text, list_text

MOST_ITEMS = 12
"""News of one place in a letter; where the rest stands is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """News by place, in the order of the choice, and what was withdrawn."""

    places: tuple[tuple[Place, tuple[News, ...]], ...]
    withdrawn: tuple[Item, ...]

    def __bool__(self) -> bool:
        return bool(self.withdrawn) or any(news for _place, news in self.places)


def found_between(releases: Releases, choice: Choice, since: Told, until: Told) -> Found:
    """Everything that the releases of `until` say otherwise than those of `since`. False where nothing changed."""
    places = [place for place in choice.places if name_of_place(releases, place)]
    topics = _topics(releases, choice)
    pairs = {topic: pair for topic in topics if (pair := _pair(releases, topic, since, until)) is not None}
    found = ((place, list(_news_of(releases, choice, place, pairs))) for place in places)
    return Found(
        tuple((place, tuple(sorted(news, key=partial(_order, topics)))) for place, news in found),
        tuple(_withdrawn(releases, topics, since, until)),
    )


def _topics(releases: Releases, choice: Choice) -> tuple[str, ...]:
    """Those chosen, and those of the agencies chosen, in the order of the vocabulary."""
    known = {found.release.topic for place in choice.places if (found := _agency(releases, place))}
    return tuple(topic for topic in releases.topics if topic in choice.topics or topic in known)


def _agency(releases: Releases, place: Place) -> Known | None:
    return agency(releases, place[1]) if place[0] == AGENCY else None


def _news_of(
    releases: Releases, choice: Choice, place: Place, pairs: Mapping[str, tuple[Release | None, Release]]
) -> Iterator[News]:
    """News of a place about every topic chosen; of an agency about the one that tells of it, city-wide."""
    known = _agency(releases, place)
    for topic, (old, new) in pairs.items():
        if topic != known.release.topic if known else topic not in choice.topics:
            continue
        where, category = ((CITY, CITY), known.category) if known else (place, "all")
        for measure in choice.measures_of(new.manifest):
            yield from news_between(old, new, *where, measure=measure, category=category)


def _pair(releases: Releases, topic: str, since: Told, until: Told) -> tuple[Release | None, Release] | None:
    """A topic's releases before and now; None where there is no newer one."""
    before, now = since.releases.get(topic), until.releases.get(topic)
    new = releases.release(topic, now) if now is not None and now != before else None
    if new is None:
        return None
    return _still_there(releases, topic, before), new


def _still_there(releases: Releases, topic: str, name: str | None) -> Release | None:
    """The release, or where it was taken back the newest one before it."""
    if name is None:
        return None
    earlier = [each for each in releases.store.releases(topic) if each <= name]
    return releases.release(topic, earlier[-1]) if earlier else None


def _order(topics: tuple[str, ...], news: News) -> tuple[int, bool, int]:
    """Topics as everywhere else; in each the newest period first, corrections last."""
    return topics.index(news.topic), news.kind is Kind.CORRECTION, -news.period.toordinal()


def _withdrawn(releases: Releases, topics: tuple[str, ...], since: Told, until: Told) -> Iterator[Item]:
    fresh = until.withdrawn - since.withdrawn
    for topic in topics:
        for stone in releases.store.withdrawals(topic):
            if stone.release in fresh:
                title = _("A release was withdrawn: {release}", release=stone.release)
                when = _("Withdrawn on {day}.", day=day_text(stone.withdrawn_on))
                yield Item(_("Correction"), title, f"{when} {told(stone.reason)}")


def digest_letter(releases: Releases, choice: Choice, found: Found, base: str, links: tuple[Link, ...]) -> Letter:
    """The letter, in the language that is being spoken."""
    names = names_of_places(releases, choice.places)
    named = {news.topic: news.release for _place, told_of in found.places for news in told_of}
    manifests = [releases.required(topic, release).manifest for topic, release in named.items()]
    sections = [_section(releases, place, news, base) for place, news in found.places if news]
    if found.withdrawn:
        more = ((_("Changes and releases"), base + link("/changes")),)
        sections.append(Section(_("Withdrawn"), tuple(replace(each, links=more) for each in found.withdrawn)))
    return Letter(
        subject=_("{city}: what changed in {places}", city=_city(releases), places=list_text(names)),
        title=_("What changed in {places}", places=list_text(names)),
        lead=tuple(
            _("{topic} as of {day}.", topic=told(each.title), day=day_text(each.as_of)) for each in manifests
        ),
        sections=tuple(sections),
        foot=(
            *_lines(releases, [place for place, news in found.places if news]),
            *_rules(manifests),
            _("You get this mail because you asked for it and confirmed. It comes {often}, if something changed.",
              often=_(FREQUENCIES[choice.frequency])),
        ),
        links=links,
    )  # fmt: skip


def _section(releases: Releases, place: Place, news: tuple[News, ...], base: str) -> Section:
    """The first news of a place, and where the rest stands."""
    rest = len(news) - MOST_ITEMS
    more = (_n("{n} more item on the page of changes", "{n} more items on the page of changes", rest),
            base + link("/changes")) if rest > 0 else None  # fmt: skip
    items = tuple(_item(releases, place, each, base) for each in news[:MOST_ITEMS])
    return Section(name_of_place(releases, place) or "", items, more)


def _lines(releases: Releases, places: list[Place]) -> list[str]:
    """In which lines the places stand that the letter tells of."""
    kinds = dict.fromkeys(kind for kind, _unit in places)
    return [text for kind in kinds for text in boundaries(releases, kind)]


def _item(releases: Releases, place: Place, news: News, base: str) -> Item:
    name = name_of_place(releases, place) or ""
    pinned = news_view(news)
    links = [
        (_("These figures for good"), f"{base}/trends{pinned.query()}"),
        (_("Always the newest figures"), f"{base}/trends{pinned.query(as_of=None)}"),
    ]
    if place[0] == "district":
        links.append((_("Page of {place}", place=name), base + link(f"/district/{quote(place[1])}")))
    elif place[0] == AGENCY:
        links.append((_("Page of {place}", place=name), base + link(f"/agency/{quote(place[1])}")))
    remark = REMARKS.get(news.measure.name)
    kind, text = (
        (_("Update"), _sentence(releases, news, name))
        if news.kind is Kind.UPDATE
        else (_("Correction"), news_text(news))
    )
    return Item(kind, news_title(news, name), text, _(remark) if remark else "", tuple(links))


def _sentence(releases: Releases, news: News, name: str) -> str:
    """The sentence of the place's own page, for the period that is news."""
    release = releases.required(news.topic, news.release)
    asked = release, news.measure, news.geography, news.unit
    found = headline(*asked, grain=news.grain, period=news.period, category=news.category)
    return headline_sentence(found, name, IN_PLACE if news.category == "all" else FOR_AGENCY).text


def _rules(manifests: list[Manifest]) -> tuple[str, ...]:
    protected = any(is_protected(measure) for manifest in manifests for measure in manifest.measures)
    return tuple(_(each) for each in rules(protected=protected))


def confirm_letter(releases: Releases, choice: Choice, act: str, links: tuple[Link, ...], hours: int) -> Letter:
    """The one mail that comes unasked for, if somebody typed another's address."""
    city, names = _city(releases), names_of_places(releases, choice.places)
    return Letter(
        subject=_("{city}: please confirm your digest", city=city),
        title=_("Please confirm your digest"),
        lead=(
            _("Somebody, probably you, asked {city} to tell this address what changes in {places}, {often}.",
              city=city, places=list_text(names), often=_(FREQUENCIES[choice.frequency])),
            _("Nothing more is sent until you open this link within {n} hours and confirm there.", n=hours),
        ),
        act=(_("Look at it and confirm"), act),
        foot=(_("If it was not you, do nothing: the address is deleted after {n} hours.", n=hours),),
        links=links,
    )  # fmt: skip


def remind_letter(releases: Releases, act: str, links: tuple[Link, ...]) -> Letter:
    """For somebody who has the digest already, when it was asked for again."""
    return Letter(
        subject=_("{city}: you have this digest already", city=_city(releases)),
        title=_("You have this digest already"),
        lead=(
            _("Somebody, probably you, asked for a digest to this address again. Nothing was changed by that."),
        ),
        act=(_("Look at it or change it"), act),
        links=links,
    )  # fmt: skip


def _city(releases: Releases) -> str:
    return releases.city.name if releases.city else "Hearthmap"
