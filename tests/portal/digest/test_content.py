"""A digest tells what the pages tell, in the same words and figures, and nothing where nothing changed."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.protection import Withdrawal
from layers.release import City
from portal.agency.figures import AGENCY, agencies
from portal.app import create_app
from portal.digest.choice import Choice, Place, offered_of
from portal.digest.content import digest_letter, found_between
from portal.digest.letter import Item, Letter, html_form, text_form
from portal.digest.occasions import last_occasion
from portal.digest.told import Told
from portal.district.glance import boundaries
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
            assert (summaries[item.title] or "").startswith(f"{item.text} ")  # there, of which day it is comes after it
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
    assert any("An exact count is called higher or lower only where" in line for line in found.foot)
    assert "every Monday morning" in found.foot[-1]
    assert items(found)[0].remark == "Reports, not conditions."


def test_a_reader_chooses_which_figures_are_told(weeks: Releases) -> None:
    """
    | chosen of the topic | told of district 1                |
    |---------------------|-----------------------------------|
    | nothing             | its leading figure: as above      |
    | two measures        | these, in the order of the release |
    | unknown ones        | as nothing                        |
    """
    manifest = weeks.manifest(TOPIC)
    assert manifest is not None
    offered = [each.name for each in offered_of(manifest)]
    assert "requests_per_1000" not in offered
    plain = Choice(places=(("district", "1"),), topics=(TOPIC,))
    chosen = replace(plain, measures=tuple(f"{TOPIC}.{name}" for name in reversed(offered[-2:])))
    since, until = told(weeks, 1), told(weeks, 2)
    assert chosen.measures_of(manifest) == offered[-2:]
    news = [each for _place, found in found_between(weeks, chosen, since, until).places for each in found]
    assert {each.measure.name for each in news} <= set(offered[-2:])
    unknown = replace(plain, measures=(f"{TOPIC}.gone", "evictions.homes_filed"))
    assert found_between(weeks, unknown, since, until) == found_between(weeks, plain, since, until)
    assert Choice.of_text(chosen.to_text()) == chosen
    assert Choice.of_text(plain.to_text().replace('"measures": [], ', "")) == plain, "as older versions kept it"


def test_an_agency_is_followed_in_the_words_of_its_page(weeks: Releases, client: TestClient) -> None:
    """Whatever topics are chosen beside it; the figures are those that the trend of the link shows."""
    known = agencies(weeks)[0]
    choice = Choice(places=((AGENCY, known.agency.id),), topics=())
    with speaking("en", in_address=True):
        found = found_between(weeks, choice, told(weeks, 1), told(weeks, 2))
        written = digest_letter(weeks, choice, found, BASE, ())
    assert written.subject == f"Madeville: what changed in {known.agency.title}"
    first = items(written)[0]
    assert first.title.startswith(f"Requests for {known.agency.title}: ")
    assert f"category={known.category}" in first.links[0][1]
    trend = _plain(client.get(first.links[0][1].removeprefix(BASE)).text)
    numbers = re.findall(r"\d[\d,]*(?=\srequests)", first.text)
    assert numbers
    assert [each for each in numbers if each not in trend] == []
    assert _plain(first.text) in _plain(client.get(first.links[2][1].removeprefix(BASE)).text)


def test_a_letter_says_in_which_lines_its_places_stand(weeks: Releases) -> None:
    """Of each kind of area once; the city has none."""
    found, whole = letter(weeks, ("district", "1"), 1, 2), letter(weeks, ("city", "city"), 1, 2)
    assert found is not None
    assert whole is not None
    assert [line for line in found.foot if line.startswith("Boundaries: ")] == boundaries(weeks, "district")
    assert not [line for line in whole.foot if line.startswith("Boundaries: ")]


def test_a_letter_stays_short(weeks: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.digest.content.MOST_ITEMS", 1)
    found = letter(weeks, ("district", "1"), 1, 2)
    assert found is not None
    assert len(items(found)) == 1
    for form in (text_form(found), html_form(found)):
        assert "1 more item on the page of changes" in form
        assert f"{BASE}/changes" in form


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
