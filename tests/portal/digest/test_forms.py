"""The digest's addresses: the same answer for every mailbox, nothing done by opening a link, no address repeated."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.app import create_app
from portal.digest.address import address_of
from portal.digest.book import Subscriptions
from portal.digest.choice import MOST_PLACES, Choice
from portal.digest.tables import mails, subscriptions
from portal.settings import PortalSettings
from tests.portal.digest.conftest import Clock

ANN = "ann.canary@example.org"
FORM = [("place", "district:1"), ("place", ""), ("topic", "evictions"), ("often", "weekly"), ("language", "es")]
HEADERS = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('forms') / 'kept.sqlite'}"


@pytest.fixture(scope="module")
def client(made_store: Path, place: str, clock: Clock) -> Iterator[TestClient]:
    told = PortalSettings.model_validate({"store": made_store, "subscriptions": place})
    with TestClient(create_app(told, clock=clock), follow_redirects=False) as found:
        yield found


@pytest.fixture
def book(place: str, clock: Clock) -> Iterator[Subscriptions]:
    """What the client writes to, empty."""
    found = Subscriptions(place, clock)
    with found.engine.begin() as connection:
        connection.execute(subscriptions.delete())
    yield found
    found.engine.dispose()


def selected(page: str) -> set[str]:
    """Values of the chosen options."""
    options = [each for each in re.findall(r"<option[^>]*>", page) if " selected" in each]
    return {found for each in options for found in re.findall(r'value="([^"]*)"', each)}


def kept(book: Subscriptions, table: sa.Table = subscriptions) -> list[str]:
    column = table.c.address if table is subscriptions else table.c.kind
    with book.engine.connect() as connection:
        return list(connection.execute(sa.select(column).order_by(column)).scalars())


def token_of(client: TestClient, book: Subscriptions, address: str = ANN) -> str:
    """The token of a mail to somebody who signed up by the form."""
    assert client.post("/subscribe", content=urlencode([("address", address), *FORM]), headers=HEADERS).is_success
    with book.engine.connect() as connection:
        number = connection.execute(sa.select(subscriptions.c.id)).scalar_one()
    return book.new_token(number) or ""


def test_the_form_is_filled_with_the_place_it_was_opened_from(client: TestClient) -> None:
    page = client.get("/subscribe?geography=district&unit=2&topic=evictions&lang=es").text
    assert {"district:2", "es"} <= selected(page)
    assert re.findall(r'name="topic" value="(\w+)" checked', page) == ["evictions"]
    assert re.findall(r'name="measure" value="evictions\.(\w+)" checked', page) == ["homes_filed"]
    assert 'action="/subscribe?lang=es"' in page
    assert "/feed.rss?topic=evictions&amp;geography=district&amp;unit=2&amp;lang=es" in page


def test_every_address_gets_the_same_answer(client: TestClient, book: Subscriptions) -> None:
    """
    | address                 | answer | mail that waits |
    |-------------------------|--------|-----------------|
    | unknown                 | same   | confirm         |
    | known, not confirmed    | same   | (waits already) |
    | known, confirmed        | same   | none today      |
    """
    answers = []
    for _ in range(2):
        answers.append(client.post("/subscribe", content=urlencode([("address", ANN), *FORM]), headers=HEADERS))
    token = book.new_token(_number(book)) or ""
    assert client.post(f"/subscription/{token}", content="act=confirm", headers=HEADERS).is_success
    answers.append(client.post("/subscribe", content=urlencode([("address", ANN), *FORM]), headers=HEADERS))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert ANN not in answers[0].text
    assert kept(book) == [ANN]
    assert kept(book, mails) == ["confirm"]


def _number(book: Subscriptions) -> int:
    with book.engine.connect() as connection:
        return int(connection.execute(sa.select(subscriptions.c.id)).scalar_one())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"address": "CANARY at example"}, "no e-mail address"),
        ({"address": ""}, "no e-mail address"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, "no e-mail address"),
        ({"place": "district:CANARY"}, "at least one place"),
        ({"topic": "CANARY"}, "at least one topic"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_repeated(
    client: TestClient, book: Subscriptions, changed: dict[str, str], says: str
) -> None:
    fields = [(name, changed.get(name, value)) for name, value in [("address", ANN), *FORM] if value]
    answer = client.post("/subscribe", content=urlencode(fields), headers=HEADERS)
    assert answer.status_code == 400
    assert says in answer.text
    assert "CANARY" not in answer.text
    assert "canary" not in answer.text
    assert kept(book) == []


def test_opening_links_changes_nothing(client: TestClient, book: Subscriptions) -> None:
    """A scanner opens every link of a mail, by GET and HEAD, before the reader sees it."""
    token = token_of(client, book)
    for path in (f"/subscription/{token}", f"/unsubscribe/{token}"):
        for ask in (client.get, client.head):
            assert ask(path).status_code == 200
    found = book.find(token)
    assert found is not None
    assert found.confirmed is None


def test_confirm_change_and_leave_by_forms(client: TestClient, book: Subscriptions) -> None:
    token = token_of(client, book)
    page = client.get(f"/subscription/{token}")
    assert "Confirm your digest" in page.text
    assert "District 1" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "Confirmed." in client.post(f"/subscription/{token}", content="act=confirm", headers=HEADERS).text
    changed = [("place", "city:city"), ("place", "district:2"), ("topic", "evictions"), ("topic", "shutoffs"),
               ("often", "monthly"), ("language", "en")]  # fmt: skip
    answer = client.post(f"/subscription/{token}", content=urlencode(changed), headers=HEADERS)
    assert "Saved." in answer.text
    assert {"city:city", "district:2", "monthly"} <= selected(answer.text)
    found = book.find(token)
    assert found is not None
    both = (("city", "city"), ("district", "2"))
    assert found.choice == Choice("en", "monthly", both, ("evictions", "shutoffs"))
    refused = client.post(f"/subscription/{token}", content="often=daily", headers=HEADERS)
    assert refused.status_code == 400
    assert book.find(token) == found
    assert ANN not in page.text + answer.text + refused.text
    gone = client.post(f"/unsubscribe/{token}", content="List-Unsubscribe=One-Click", headers=HEADERS)
    again = client.post(f"/unsubscribe/{token}", content="List-Unsubscribe=One-Click", headers=HEADERS)
    assert (gone.status_code, gone.content) == (200, again.content)
    assert kept(book) == []
    for path in (f"/subscription/{token}", f"/unsubscribe/{token}"):
        assert client.get(path).status_code == 404


def test_one_click_works_as_multipart_and_from_anywhere(client: TestClient, book: Subscriptions) -> None:
    token = token_of(client, book)
    files = {"List-Unsubscribe": (None, "One-Click")}
    headers = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}
    assert client.post(f"/unsubscribe/{token}", files=files, headers=headers).status_code == 200
    assert kept(book) == []


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_of_another_site_is_refused(client: TestClient, book: Subscriptions, headers: dict[str, str]) -> None:
    content = urlencode([("address", ANN), *FORM])
    assert client.post("/subscribe", content=content, headers={**HEADERS, **headers}).status_code == 400
    assert kept(book) == []
    own = {**HEADERS, "origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post("/subscribe", content=content, headers=own).status_code == 200


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"origin": "https://figures.example", "sec-fetch-site": "same-origin"}, 200),  # the browser knows it best
        ({"origin": "https://figures.example"}, 200),  # the public address
        ({"origin": "http://inner:8050"}, 200),  # the host that was asked, without the proxy
        ({"origin": "https://evil.example"}, 400),
        ({"origin": "null"}, 400),
        ({"origin": "https://figures.example", "sec-fetch-site": "cross-site"}, 400),
        ({}, 200),  # a program
    ],
)
def test_behind_a_proxy_that_writes_another_host_forms_work(
    made_store: Path, place: str, clock: Clock, book: Subscriptions, said: dict[str, str], status: int
) -> None:
    set_so = {"store": made_store, "subscriptions": place, "base_url": "https://figures.example"}
    app = create_app(PortalSettings.model_validate(set_so), clock=clock)
    sent = {**HEADERS, **said, "host": "inner:8050"}
    answer = TestClient(app).post("/subscribe", content=urlencode([("address", ANN), *FORM]), headers=sent)
    assert answer.status_code == status
    assert kept(book) == ([ANN] if status == 200 else [])


def test_a_refused_form_tells_the_operator_which_setting_is_missing(
    client: TestClient, book: Subscriptions, caplog: pytest.LogCaptureFixture
) -> None:
    sent = {**HEADERS, "origin": "https://figures.example"}
    answer = client.post("/subscribe", content=urlencode([("address", ANN), *FORM]), headers=sent)
    assert answer.status_code == 400
    assert "HEARTHMAP_BASE_URL" in caplog.text
    assert "HEARTHMAP" not in answer.text
    assert "figures.example" not in caplog.text


def test_a_network_that_had_its_share_is_asked_to_come_back(
    client: TestClient, made_store: Path, place: str, clock: Clock, book: Subscriptions
) -> None:
    """What two server processes count, they count together."""
    clock.move(hours=2)
    settings_ = PortalSettings.model_validate({"store": made_store, "subscriptions": place})
    workers = [create_app(settings_, clock=clock) for _ in range(2)]

    def asked(host: str, number: int) -> int:
        content = urlencode([("address", f"reader{number}@example.org"), *FORM])
        asks = TestClient(workers[number % 2], client=(host, 50000))
        return asks.post("/subscribe", content=content, headers=HEADERS).status_code

    assert [asked(f"8.8.8.{at % 9 + 1}", at) for at in range(12)] == [200] * 10 + [503] * 2
    assert asked("9.9.9.9", 20) == 200


def test_who_signs_up_among_many_is_told_that_the_mail_takes_longer(
    client: TestClient, book: Subscriptions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for every address."""
    clock.move(hours=4)
    monkeypatch.setattr("portal.digest.shares.MAILS_AN_HOUR", 1)
    answers = [
        client.post("/subscribe", content=urlencode([("address", address), *FORM]), headers=HEADERS).text
        for address in ("a@example.org", "b@example.org", "a@example.org")
    ]
    assert ["some minutes" in answer for answer in answers] == [True, False, False]
    assert answers[1] == answers[2]


def test_no_address_and_no_token_in_log_or_metrics(
    client: TestClient, book: Subscriptions, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    token = token_of(client, book)
    client.get(f"/subscription/{token}?address={ANN}")

    def fail(*_given: object) -> None:
        raise RuntimeError(ANN)

    monkeypatch.setattr("portal.digest.book.Subscriptions.ask", fail)
    failed = client.post("/subscribe", content=urlencode([("address", ANN), *FORM]), headers=HEADERS)
    assert failed.status_code == 500
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("portal"))
    said += failed.text + client.get("/metrics").text
    assert "POST /subscribe 500" in said
    assert ANN not in said
    assert token not in said


def test_without_a_database_no_mail_is_offered(made_store: Path) -> None:
    with TestClient(create_app(PortalSettings(store=made_store)), follow_redirects=False) as bare:
        page = bare.get("/subscribe")
        assert page.status_code == 200
        assert "E-mail is not offered here" in page.text
        assert "<form" not in page.text
        assert bare.post("/subscribe", content="address=a", headers=HEADERS).status_code == 405
        assert bare.get("/subscription/x").status_code == 404


def test_a_form_of_a_thousand_fields_is_refused(client: TestClient) -> None:
    content = "&".join(["place=district:1"] * 1000)
    assert client.post("/subscribe", content=content, headers=HEADERS).status_code == 400


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Ann.O'Hara+x@Example.ORG ", "ann.o'hara+x@example.org"),
        ("a@b", None),
        ("a b@example.org", None),
        ("<a@example.org>", None),
        ("a@example.org,b@example.org", None),
        ("a@-example.org", None),
        ("a..b@example.org", None),
        ("a@example.org\n", None),
        ("ä@example.org", None),
        (f"{'a' * 65}@example.org", None),
    ],
)
def test_what_is_an_address(typed: str, address: str | None) -> None:
    assert address_of(typed) == address


@settings(max_examples=60)
@given(
    st.builds("{}@{}.org{}".format, st.text(max_size=6), st.text(max_size=6), st.sampled_from(["", " ", "\r\nBcc: a"]))
)
def test_an_address_holds_nothing_that_a_mail_head_could_misread(typed: str) -> None:
    found = address_of(typed)
    if found is not None:
        assert found.isascii()
        assert found.isprintable()
        assert not set(found) & set(' ,;:<>()[]"\\\r\n\t')
        assert found.count("@") == 1


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["place", "topic", "often", "language"]), st.text(max_size=20)), max_size=9))
def test_a_choice_holds_only_what_is_on_offer(releases, sent: list[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    fields = [*sent, *(("place", f"district:{unit.id}") for unit in releases.areas("district"))]
    choice = Choice.read([*fields, ("place", "city:city"), ("topic", "evictions")], releases)
    assert len(choice.places) <= MOST_PLACES
    assert set(choice.topics) <= set(releases.topics)
    assert (choice.language in ("en", "es"), choice.frequency in ("daily", "weekly", "monthly")) == (True, True)
    assert Choice.of_text(choice.to_text()) == choice
