"""What a person has done from the console is done, on record, and shown; and nothing of a record is told anywhere."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from etl.city import City
from etl.console.pages.overview import _cards
from etl.console.record import Acts
from etl.schedule.occasions import note_due, unfinished
from etl.state import Feeds, pauses
from tests.etl.console.conftest import ORIGIN, Console
from tests.etl.drift.made_city import HEADER, SECRET, requests
from tests.machinery.small_city import current

Make = Callable[..., Console]
TOPIC = "service_requests"
DAY = timedelta(days=1)


@pytest.fixture
def console(make: Make, run_once: Path) -> Console:
    made = make(run_once)
    made.sign_in()
    return made


def on_record(console: Console) -> list[tuple[str, str, str]]:
    return [(act.act, act.outcome, act.detail) for act in Acts(console.desk.engine).newest()]


def test_a_run_of_the_topic_is_in_the_history(console: Console) -> None:
    assert "In order" in console.client.get("/").text
    page = console.client.get("/source/requests").text
    assert all(each in page for each in ("passed", "1,200", "coordinates 100.0%", "Duplicates", "Seconds"))


def test_pause_and_resume(console: Console) -> None:
    """
    | the source is declared for 05:00 every day         | comes due |
    |----------------------------------------------------|-----------|
    | a day later, while it is paused                    | nothing   |
    | a day after that, when it has just resumed         | nothing   |
    | a day after that                                   | once      |
    """
    engine, city, now = console.desk.engine, console.city, console.clock()
    city.change(lambda text: text.replace('cadence = "daily"', 'cadence = "daily"\ncron = "0 5 * * *"'))
    note_due(engine, console.desk.city(), now)
    assert "is paused" in console.act("pause", "requests", reason="the office moves")
    assert pauses(engine)["requests"].reason == "the office moves"
    assert note_due(engine, console.desk.city(), now + DAY) == 0
    assert unfinished(engine) == []
    page = console.client.get("/").text
    assert all(each in page for each in ("Paused", "By Ann Ames", "the office moves"))
    assert "goes on" in console.act("resume", "requests")
    assert note_due(engine, console.desk.city(), now + 2 * DAY) == 0
    assert note_due(engine, console.desk.city(), now + 3 * DAY) == 1


def test_map_shows_the_change_and_writes_exactly_that(console: Console) -> None:
    console.city.send(list(requests()), ["Number", "Date Opened", *HEADER[2:]])
    assert console.city.etl("run").code == 11
    before = console.city.declaration.read_text()
    told = {"old": "Opened", "new": "Date Opened", "token": console.token}
    page = unescape(console.client.post("/map/requests", data=told, headers=ORIGIN).text)
    assert '+created = { column = "Date Opened"' in page
    assert console.city.declaration.read_text() == before
    assert "was shown" in console.act("map", "requests", old="Opened", new="Date Opened", diff="another")
    assert console.city.declaration.read_text() == before
    diff = page.split('aria-label="The change" role="region">')[1].split("</pre>")[0]
    assert "is changed" in console.act("map", "requests", old="Opened", new="Date Opened", diff=diff)
    assert 'column = "Date Opened"' in console.city.declaration.read_text()
    assert "Done" in console.act("run", TOPIC)


def test_reject_and_approve_only_what_was_seen(console: Console) -> None:
    console.city.send(list(requests())[::3])
    assert console.city.etl("run").code == 12
    assert "another feed" in console.act("approve", "requests", fingerprint="0123456789abcdef")
    held = Feeds(console.desk.engine).held_of("requests")
    assert held is not None
    assert "is rejected" in console.act("reject", "requests", fingerprint=held.fingerprint)
    assert "Not done" in console.act("run", TOPIC)


def test_roll_back_and_take_a_release_back(console: Console) -> None:
    first = current(console.city.var / "public")[TOPIC]
    console.city.send(list(requests())[:-3])
    assert "is published" in console.act("run", TOPIC)
    second = current(console.city.var / "public")[TOPIC]
    assert second != first
    assert "shows" in console.act("roll-back", TOPIC, release=first)
    assert current(console.city.var / "public")[TOPIC] == first
    assert "is withdrawn" in console.act("withdraw-release", TOPIC, release=second, reason="a wrong file")
    assert "a wrong file" in console.client.get(f"/topic/{TOPIC}").text
    (told,) = [detail for act, outcome, detail in on_record(console) if (act, outcome) == ("withdraw-release", "done")]
    assert told.startswith(f"{TOPIC} {second} is withdrawn")


PARTNER = """
[partner]
audience = ["Housing Authority"]
agreement = "Agreement 7 of 2026"
expires = 2027-12-31
"""


@pytest.fixture
def for_partners(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """The city with a partner tier, as if requests were among what is measured for it."""
    path = console.city.folder / "city.toml"
    path.write_text(path.read_text() + PARTNER)
    monkeypatch.setattr(City, "topics_of", lambda self, tier: (TOPIC,))
    return console


#   how the last run for partners ended    what the overview says of it   how the card is marked
ENDED = [(0, "", "In order", "is-good"), (12, "Too many rejects.", "Too many rejects.", "is-held")]


@pytest.mark.parametrize(("code", "reason", "said", "marked"), ENDED)
def test_the_partner_tier_is_shown_where_the_public_one_is(
    for_partners: Console, code: int, reason: str, said: str, marked: str
) -> None:
    desk = for_partners.desk
    run = desk.state.begin(TOPIC, desk.clock(), tier="partner")
    desk.state.end(run, desk.clock(), code, reason=reason)
    desk.folders.partner.mkdir(exist_ok=True)
    page = for_partners.client.get("/source/requests").text
    assert all(each in page for each in ("Partner tier", said, "Last good run for partners", "Release for partners"))
    assert page.count("<td>partner</td>") == 1, "its run stands in the history"
    (card,) = (each.to_plotly_json()["props"] for each in _cards(desk, desk.city()))
    assert marked in card["className"]
    assert "Partner tier" in for_partners.client.get(f"/topic/{TOPIC}").text
    assert "Partner" in for_partners.client.get(f"/act/dry-run/{TOPIC}").text


def test_of_a_release_to_roll_back_to_the_tier_is_known(for_partners: Console) -> None:
    """Somebody who chooses a release for partners cannot ask for it in the public tier."""
    first = current(for_partners.city.var / "public")[TOPIC]
    for_partners.city.send(list(requests())[:-3])
    for_partners.act("run", TOPIC)
    second = current(for_partners.city.var / "public")[TOPIC]
    shutil.copytree(for_partners.city.var / "public", for_partners.city.var / "partner")
    page = for_partners.client.get(f"/act/roll-back/{TOPIC}").text
    assert second not in page, "it is in force"
    assert f"{second} (partner, in force)" in for_partners.client.get(f"/act/withdraw-release/{TOPIC}").text
    assert f"{first} (public)" in page
    assert 'name="tier"' not in page
    for_partners.act("roll-back", TOPIC, release=f"partner/{first}")
    assert current(for_partners.city.var / "partner")[TOPIC] == first
    assert current(for_partners.city.var / "public")[TOPIC] == second


def test_records_are_withdrawn_by_a_list_that_stays_nowhere(console: Console) -> None:
    said = {"reason": "sealed by the court", "confirm": "yes", "token": console.token}
    file = {"file": ("list.csv", b"id,note\r\nR-00007,x\r\nR-00008,y\r\n")}
    answer = console.client.post(f"/act/withdraw-records/{TOPIC}", data=said, files=file, headers=ORIGIN)
    assert answer.status_code == 303
    page = console.ended(answer.headers["location"])
    assert "2 ids listed, 2 of them new" in page
    log = console.client.get("/log").text
    assert "sealed by the court" in log
    for told in (page, log, repr(on_record(console))):
        assert "R-00007" not in told
    assert not any((console.city.var / "private/scratch").glob("*"))


def test_a_dry_run_says_what_would_change(console: Console) -> None:
    up = current(console.city.var / "public")
    console.city.send(list(requests())[:-3])
    page = console.act("dry-run", TOPIC)
    assert all(each in page for each in ("What would change", "Newly hidden", "Totals by district"))
    assert "Nothing: the same figures" not in page
    assert current(console.city.var / "public") == up


def test_a_back_fill_is_a_run_of_its_own_kind(console: Console) -> None:
    assert "whole feed was read" in console.act("back-fill", "requests", since="2026-10-01")
    last = console.desk.state.last(TOPIC)
    assert last is not None
    assert (last.trigger, last.by, last.exit_code) == ("back-fill", "Ann Ames", 0)
    assert SECRET not in console.client.get("/log").text


def test_an_unknown_act_or_thing_is_no_page(console: Console) -> None:
    for path in (
        "/act/approve/nobody",
        "/act/destroy/requests",
        "/source/nobody",
        "/topic/nobody",
        "/job/99",
        "/job/x",
    ):
        assert console.client.get(path).status_code == 404
    assert "no such page" in console.act("run", "nobody")
