"""The forms that come by themselves: the e-mail digest as text and as HTML, Atom and RSS."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from portal.digest.choice import Choice, measure_key, offered_of
from portal.digest.content import digest_letter, found_between
from portal.digest.letter import html_form, text_form
from portal.digest.told import Told
from portal.language import speaking
from tests.portal.same.heard import Heard, heard
from tests.portal.same.said import Said, day, plain
from tests.portal.same.stored import CITY, Asked, Key

ATOM = "{http://www.w3.org/2005/Atom}"
LEADING = {"service_requests": "requests", "evictions": "homes_filed", "shutoffs": "homes_scheduled"}


def mail(asked: Asked) -> Iterator[Heard]:
    """What somebody is told who has the place and the measure, and was told nothing yet."""
    key = _newest(asked)
    if key is None:
        return
    stored = asked.stored
    manifest = stored.releases.required(key.topic).manifest
    info = next((each for each in offered_of(manifest) if each.name == key.measure), None)
    if info is None:
        return
    choice = Choice(asked.language, places=((key.geography, key.unit),), topics=(key.topic,),
                    measures=(measure_key(key.topic, info),))  # fmt: skip
    with speaking(asked.language, in_address=True):
        found = found_between(stored.releases, choice, Told(), Told.now(stored.releases))
        letter = digest_letter(stored.releases, choice, found, "http://testserver", ()) if found else None
        forms = {"mail as text": text_form(letter), "mail as HTML": html_form(letter)} if letter else {}
    for form, text in forms.items():
        shown = plain(unescape(re.sub(r"<[^>]+>", " ", text)))
        yield from _told(form, asked, key, shown)
        if day(stored.as_of(key), asked.language) not in shown:
            yield Heard(f"{form}: without its day", key, Said(status="broken"))


def feeds(asked: Asked) -> Iterator[Heard]:
    """The items about the topic's leading measure at the place."""
    key = _newest(asked)
    if key is None:
        return
    first = asked.stored.manifest(key.topic)["measures"][0]["name"]
    if key.measure != LEADING.get(key.topic, first):
        return
    query = f"?topic={key.topic}&geography={key.geography}&unit={key.unit}&lang={asked.language}"
    atom = ET.fromstring(asked.stored.client.get(f"/feed.atom{query}").content)
    rss = ET.fromstring(asked.stored.client.get(f"/feed.rss{query}").content)
    entries = [[each.findtext(f"{ATOM}{name}") for name in ("title", "summary")] for each in atom.iter(f"{ATOM}entry")]
    items = [[each.findtext(name) for name in ("title", "description")] for each in rss.iter("item")]
    for form, texts in (("atom", entries), ("rss", items)):
        for item in (" ".join(each or "" for each in text) for text in texts):
            if any(word in item for word in ("Corrected", "Corregid")):
                continue
            said_by = _released(asked, key, item)
            if said_by is None:
                yield Heard(f"{form}: without its day", key, Said(status="broken"))
            else:
                yield from _told(form, asked, said_by, plain(item))


def _newest(asked: Asked) -> Key | None:
    """News are of all categories together, of places with a name and of the city, from the newest release."""
    key = replace(asked.key, release=asked.stored.current[asked.key.topic], category="all")
    named = key.geography == CITY or key.unit in asked.stored.unit_names(key).values()
    return key if named and not key.geography.startswith("zone") and asked.stored.row(key) is not None else None


def _released(asked: Asked, key: Key, item: str) -> Key | None:
    """The release that said it: by the day that stands in the item."""
    for release in asked.stored.releases.store.releases(key.topic):
        if day(asked.stored.as_of(replace(key, release=release)), asked.language) in plain(item):
            return replace(key, release=release)
    return None


def _told(form: str, asked: Asked, key: Key, text: str) -> Iterator[Heard]:
    """`…: figure in period` in the mail's sentence, `period: figure.` in a feed's; whichever period it is."""
    known = asked.stored.labels(key, asked.language)
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    if form.startswith("mail"):
        said = [(name, told) for told, name in re.findall(rf": ([^:]*?) (?:in|en) ({names})\b", text)]
    else:
        said = re.findall(rf"\b({names}): ([^:]*)\. ", text)
    for name, told in said:
        grain, start = known[name]
        yield heard(form, replace(key, grain=grain, period=start), told, asked)
