"""A digest tells what the pages tell, in the same words and figures, and nothing where nothing changed."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.protection import Withdrawal
from layers.release import City
from portal.app import create_app
from portal.digest.choice import Choice, Place
from portal.digest.content import digest_letter, found_between
from portal.digest.letter import Item, Letter, html_form, text_form
from portal.digest.occasions import last_occasion
from portal.digest.told import Told
from portal.language import speaking
from portal.releases import Releases
from portal.settings import PortalSettings
from tests.portal.conftest import NOW

TOPIC, BASE = "service_requests", "http://testserver"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def client(weekly_store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=weekly_store), clock=lambda: NOW)) as found:
        yield found


def told(weeks: Releases, at: int | None) -> Told:
    """Told up to the release of 1, 2 or 8 November (0, 1, 2), or never."""
    return Told() if at is None else Told({TOPIC: weeks.store.releases(TOPIC)[at]})


def letter(weeks: Releases, place: Place, since: int | None, until: int, language: str = "en") -> Letter | None:
    choice = Choice(language=language, places=(place,), topics=(TOPIC,))
    with speaking(language, in_address=True):
        found = found_between(weeks, choice, told(weeks, since), told(weeks, until))
        return digest_letter(weeks, choice, found, BASE, ()) if found else None


def items(found: Letter | None) -> list[Item]:
    return [item for section in found.sections for item in section.items] if found else []


def test_what_a_digest_tells(weeks: Releases) -> None:
    """
    | place       | told up to | now   | items, by release                        |
    |-------------|------------|-------|------------------------------------------|
    | district 1  | 2 Nov      | 8 Nov | October; September corrected             |
    | district 2  | 2 Nov      | 8 Nov | October                                  |
    | district 1  | 1 Nov      | 2 Nov | nothing: another release, same figures   |
    | district 1  | 8 Nov      | 8 Nov | nothing                                  |
    | district 1  | never      | 8 Nov | October, not the whole past              |
    """
    one, two = ("district", "1"), ("district", "2")
    assert [item.kind for item in items(letter(weeks, one, 1, 2))] == ["Update", "Correction"]
    assert [item.kind for item in items(letter(weeks, two, 1, 2))] == ["Update"]
    assert letter(weeks, one, 0, 1) is None
    assert letter(weeks, one, 2, 2) is None
    assert [item.title[-8:] for item in items(letter(weeks, one, None, 2))] == ["Oct 2026"]


def places(weeks: Releases) -> list[Place]:
    kinds = ("district", "neighborhood", "zip", "tract")
    return [("city", "city"), *((kind, unit.id) for kind in kinds for unit in weeks.areas(kind))]


@settings(max_examples=20)
@given(data=st.data())
def test_nothing_changed_is_no_mail(weeks: Releases, data: st.DataObject) -> None:
    """The same state twice, and another release with the same figures, say nothing about any place or topic."""
    place = data.draw(st.sampled_from(places(weeks)))
    since, until = data.draw(st.sampled_from([(0, 0), (1, 1), (2, 2), (0, 1), (1, 0)]))
    topics = data.draw(st.sets(st.sampled_from([TOPIC, "evictions", "shutoffs"])))
    choice = Choice(places=(place,), topics=tuple(sorted(topics)))
    assert not found_between(weeks, choice, told(weeks, since), told(weeks, until))


@settings(max_examples=5)
@given(data=st.data())
def test_figures_of_a_mail_are_those_of_the_pages(weeks: Releases, client: TestClient, data: st.DataObject) -> None:
    """The sentence stands on the district's page; each figure in the trend that the item links to; the feed's words."""
    place = data.draw(st.sampled_from(places(weeks)[:13]))
    language = data.draw(st.sampled_from(["en", "es"]))
    found = letter(weeks, place, 1, 2, language)
    query = f"geography={place[0]}&unit={place[1]}&lang={language}"
    feed = ET.fromstring(client.get(f"/feed.atom?{query}").content)
    summaries = {each.findtext(f"{ATOM}title"): each.findtext(f"{ATOM}summary") for each in feed.iter(f"{ATOM}entry")}
    for item in items(found):
        assert item.title in summaries
        pages = {words: _plain(client.get(address.removeprefix(BASE)).text) for words, address in item.links}
        assert len(pages) == (3 if place[0] == "district" else 2)
        if item.kind in ("Correction", "Corrección"):
            assert item.text == summaries[item.title]
        elif place[0] == "district":
            assert _plain(item.text) in list(pages.values())[2]
        for number in re.findall(r"\d[\d,]*(?=\s(?:requests|solicitudes))", item.text):
            assert number in next(iter(pages.values())), item
        assert f"lang={language}" in item.links[0][1]
        assert "as_of=" in item.links[0][1]
        assert "as_of=" not in item.links[1][1]
        for form in (text_form(found or _none()), html_form(found or _none())):
            assert _plain(item.text) in _plain(form)
            assert item.title in form


def _plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split()).replace(" .", ".")


def _none() -> Letter:
    return Letter("", "", ())


def test_a_digest_says_as_of_when_and_how_change_is_judged(weeks: Releases) -> None:
    found = letter(weeks, ("district", "1"), 1, 2)
    assert found is not None
    assert found.subject == "Madeville: what changed in District 1"
    assert found.lead == ("311 service requests as of 8 November 2026.",)
    assert "An exact count is called higher or lower only where" in found.foot[0]
    assert "every Monday morning" in found.foot[-1]
    assert items(found)[0].remark == "Reports, not conditions."


def test_a_withdrawn_release_is_told_once_and_what_it_said_is_told_anew(
    weeks: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = weeks.store.releases(TOPIC)[1]
    stone = Withdrawal(topic=TOPIC, release=taken, withdrawn_on=date(2026, 11, 9), reason="A wrong file.")
    store = type(weeks.store)
    left = [each for each in weeks.store.releases(TOPIC) if each != taken]
    monkeypatch.setattr(store, "withdrawals", lambda _self, topic: (stone,) if topic == TOPIC else ())
    monkeypatch.setattr(store, "releases", lambda _self, _topic: left)
    choice = Choice(places=(("district", "1"),), topics=(TOPIC,))
    until = Told.now(weeks)
    found = found_between(weeks, choice, Told({TOPIC: taken}), until)
    texts = [item.text for item in items(digest_letter(weeks, choice, found, BASE, ()))]
    assert texts[-1] == "Withdrawn on 9 November 2026. A wrong file."
    assert len(texts) == 3
    assert not found_between(weeks, choice, until, until)


@pytest.mark.parametrize(
    ("now", "weekly", "daily", "monthly"),
    [
        ("2026-11-16 06:59", "11-09", "11-15", "11-01"),
        ("2026-11-16 07:00", "11-16", "11-16", "11-01"),
        ("2026-11-22 23:59", "11-16", "11-22", "11-01"),
        ("2026-12-01 06:00", "11-30", "11-30", "11-01"),
        ("2026-12-01 08:00", "11-30", "12-01", "12-01"),
    ],
)
def test_when_it_is_looked(now: str, weekly: str, daily: str, monthly: str) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York"))
    for frequency, wanted in (("weekly", weekly), ("daily", daily), ("monthly", monthly)):
        found = last_occasion(frequency, local)
        assert f"{found:%m-%d %H:%M}" == f"{wanted} 07:00", frequency
        assert found.utcoffset() == local.utcoffset()


def test_the_made_city_has_a_zone(weeks: Releases) -> None:
    assert isinstance(weeks.city, City)
    assert ZoneInfo(weeks.city.time_zone)
