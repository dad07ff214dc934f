"""An answer goes out again only to the very same question, over the same releases, in the same language."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from portal.serving.keptanswers import CALLBACK, KeptAnswers


class Counting:
    """Answers with how often it was asked."""

    def __init__(self, status: int = 200, size: int = 0) -> None:
        self.asked, self.status, self.size = 0, status, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        await asyncio.sleep(0)
        self.asked += 1
        headers = {"etag": f'"{self.asked}"'} if request.method == "GET" else {}
        await Response(f"{self.asked}".ljust(self.size), self.status, headers)(scope, receive, send)


def question(search: str = "?topic=evictions", *, path: str = "/map", output: str = "map.data", **more: Any) -> str:
    given: dict[str, Any] = {"map-drawn.data": ["shapes 1", ""], **more}
    state = [{"id": key.split(".")[0], "property": key.split(".")[1], "value": value} for key, value in given.items()]
    inputs = [{"id": "location", "property": "search", "value": search}]
    state.append({"id": "location", "property": "pathname", "value": path})
    return json.dumps({"output": output, "inputs": inputs, "state": state})


def layer(app: Counting, offer: Callable[[], str] = lambda: "release 1", **more: Any) -> TestClient:
    return TestClient(KeptAnswers(app, state=offer, pages=lambda path: path == "/map", **more))


ASKED = question()


@pytest.mark.parametrize(
    ("second", "headers", "again"),
    [
        (ASKED, {}, False),
        (question(**{"map-drawn.data": ["shapes 1", "?topic=shutoffs"]}), {}, False),
        (question("?topic=evictions&nonsense=1"), {}, False),
        (question(**{"map-drawn.data": ["shapes 1", "?topic=evictions"]}), {}, True),
        (question(**{"map-drawn.data": ["shapes 2", ""]}), {}, True),
        (question("?topic=shutoffs"), {}, True),
        (question(path="/trends"), {}, True),
        (question(output="trend.figure"), {}, True),
        (ASKED, {"accept-encoding": "identity"}, True),
    ],
    ids=[
        "the same", "drawn before: another view", "a key nobody knows", "drawn already", "other shapes",
        "another address", "another page", "another output", "not compressed",
    ],
)  # fmt: skip
def test_what_makes_a_question_another_question(second: str, headers: dict[str, str], again: bool) -> None:
    app = Counting()
    client = layer(app)
    client.post(CALLBACK, content=ASKED)
    answer = client.post(CALLBACK, content=second, headers=headers)
    assert (answer.text, app.asked) == (("2", 2) if again else ("1", 1))


@pytest.mark.parametrize(
    "body",
    [
        question("?topic=evictions&as_of=2026-01-01-abcdef"),
        question("?topic=evictions&shape=0_0_9_0_0_9"),
        question(**{"search.value": "12 Elm Street"}),
        question(**{"map-graph.clickData": {"points": []}}),
        "no json",
        "[]",
    ],
    ids=["a release that may be withdrawn", "a shape", "a typed text", "a click", "not JSON", "not a question"],
)
def test_what_is_never_kept(body: str) -> None:
    app = Counting()
    client = layer(app)
    assert [client.post(CALLBACK, content=body).text for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize("status", [204, 404, 500])
def test_only_what_ended_well_is_kept(status: int) -> None:
    app = Counting(status)
    client = layer(app)
    for _ in range(2):
        client.post(CALLBACK, content=ASKED)
    assert app.asked == 2


def test_another_offer_is_another_answer() -> None:
    app, offers = Counting(), ["release 1"]
    client = layer(app, lambda: offers[-1])
    heard = [client.post(CALLBACK, content=ASKED).text]
    for offer in ("release 2", "release 2", "release 1"):
        offers.append(offer)
        heard.append(client.post(CALLBACK, content=ASKED).text)
    assert heard == ["1", "2", "2", "1"]


def test_an_answer_over_which_the_offer_changed_is_not_kept() -> None:
    """A release comes while a page is drawn, and is taken back: its figures are not in what was kept before it."""
    offer, coming = ["release 1"], ["release 2", "release 1"]

    async def drawn_late(scope: Scope, receive: Receive, send: Send) -> None:
        offer[0] = coming.pop(0) if coming else offer[0]
        await Response(offer[0])(scope, receive, send)

    client = TestClient(KeptAnswers(drawn_late, state=lambda: offer[0], pages=lambda path: True))
    assert client.get("/map").text == "release 2"
    offer[0] = "release 1"
    assert client.get("/map").text == "release 1"


def test_a_page_is_kept_with_its_tag_and_other_paths_are_not() -> None:
    app = Counting()
    client = layer(app)
    first = client.get("/map?topic=evictions")
    assert client.get("/map?topic=evictions").text == "1"
    assert client.get("/map?topic=evictions", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert [client.get("/status").text for _ in range(2)] == ["2", "3"]
    assert client.get("/map?topic=evictions", headers={"host": "other.example"}).text == "4"


def test_the_oldest_goes_first_and_no_more_is_kept_than_allowed() -> None:
    app = Counting(size=1000)
    client = layer(app, most_bytes=2_500)
    for topic in ("a", "b", "a", "c", "a", "b"):
        client.post(CALLBACK, content=question(f"?topic={topic}"))
    assert app.asked == 4, "a and c stay, b was asked longest ago"


def test_readers_who_ask_the_same_at_once_share_one_answer() -> None:
    app = Counting()
    kept = KeptAnswers(app, state=lambda: "", pages=lambda _: False)
    body = ASKED.encode()
    scope = {"type": "http", "method": "POST", "path": CALLBACK, "headers": [], "query_string": b"", "scheme": "http"}
    heard: list[bytes] = []

    async def one() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            heard.append(message.get("body", b""))

        await kept(dict(scope), receive, send)

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(20)))

    asyncio.run(all_of_them())
    assert (app.asked, heard.count(b"1")) == (1, 20)


def test_the_portal_answers_a_kept_question_with_the_same_bytes(client: TestClient) -> None:
    pages = [client.get("/map?topic=evictions") for _ in range(2)]
    assert pages[0].content == pages[1].content
    assert pages[0].headers == pages[1].headers


@pytest.mark.parametrize("key", ["topic", "lang"])
def test_a_key_said_twice_never_stands_for_another_address(client: TestClient, key: str) -> None:
    """`?topic=shutoffs&topic=` asks for no topic. Kept as an answer about shutoffs, everybody would read it there."""
    value = {"topic": "shutoffs", "lang": "es"}[key]
    odd = client.get(f"/map?measure=none&{key}={value}&{key}=").text
    plain = client.get(f"/map?measure=none&{key}={value}").text
    assert title_of(plain) == title_of(client.get(f"/map?measure=none2&{key}={value}&from=x").text)
    assert title_of(plain) != title_of(odd)


def title_of(page: str) -> str:
    return page.partition("<title>")[2].partition("</title>")[0]
