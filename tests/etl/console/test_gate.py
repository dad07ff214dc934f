"""Nothing is answered to somebody who is not signed in, and no other site's page can have anything done."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from etl.console.gate import COOKIE, MOST_BODY_BYTES
from etl.console.record import Acts
from etl.console.sessions import IDLE, TRIES_OF_NAME
from tests.etl.console.conftest import ORIGIN, PASSWORD, Console

Make = Callable[..., Console]
CALLBACK = {"output": "console-live.children", "inputs": [], "state": [], "changedPropIds": []}


@pytest.fixture
def console(make: Make) -> Console:
    return make()


def test_a_page_leads_to_the_sign_in(console: Console) -> None:
    for path in ("/", "/source/requests", "/log", "/add/csv", "/job/1", "/no/such/page"):
        answer = console.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert "Madeville" not in answer.text


def test_dash_answers_nobody_either(console: Console) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies", "/_dash-component-suites/dash/x.js"):
        assert console.client.get(path).status_code == 401
    assert console.client.post("/_dash-update-component", json=CALLBACK, headers=ORIGIN).status_code == 401


def test_sign_in_and_out(console: Console) -> None:
    assert console.sign_in(password="wrong") == 401
    assert console.sign_in(name="Nobody") == 401
    assert console.sign_in() == 303
    assert console.client.get("/").status_code == 200
    kept = console.client.cookies[COOKIE]
    assert console.client.post("/sign-out", data={"token": "x"}, headers=ORIGIN).status_code == 403
    assert console.client.post("/sign-out", data={"token": console.token}, headers=ORIGIN).status_code == 303
    console.client.cookies.set(COOKIE, kept)
    assert console.client.get("/").status_code == 303  # the old cookie is worth nothing


def test_who_tries_too_often_waits_even_with_the_right_password(console: Console) -> None:
    for _ in range(TRIES_OF_NAME):
        assert console.sign_in(password="guess") == 401
    assert console.sign_in() == 429
    console.clock.on(timedelta(minutes=16))
    assert console.sign_in() == 303


def test_a_session_that_was_idle_is_over(console: Console) -> None:
    console.sign_in()
    console.clock.on(IDLE)
    assert console.client.get("/").status_code == 303


def test_an_act_needs_the_consoles_own_page(console: Console) -> None:
    """
    | what is sent                              | answer |
    |-------------------------------------------|--------|
    | the token, from the console's own address | done   |
    | no token                                  | 403    |
    | another session's token                   | 403    |
    | the token, from another address           | 403    |
    | the token, from nowhere                   | 403    |
    """
    console.sign_in()
    said = {"reason": "for a test", "confirm": "yes"}
    right = said | {"token": console.token}
    path = "/act/pause/requests"
    assert console.client.post(path, data=said, headers=ORIGIN).status_code == 403
    assert console.client.post(path, data=said | {"token": "0" * 64}, headers=ORIGIN).status_code == 403
    assert console.client.post(path, data=right, headers={"origin": "http://evil.example"}).status_code == 403
    assert console.client.post(path, data=right, headers={"origin": "null"}).status_code == 403
    assert console.client.post(path, data=right).status_code == 403
    assert Acts(console.desk.engine).newest() == []
    assert console.client.post(path, data=right, headers=ORIGIN).status_code == 303
    assert len(Acts(console.desk.engine).newest()) == 2


def test_a_callback_needs_the_token_too(console: Console) -> None:
    console.sign_in()
    path, told = "/_dash-update-component", refreshed(console)
    assert console.client.post(path, json=told, headers=ORIGIN).status_code == 403
    assert console.client.post(path, json=told, headers=ORIGIN | {"x-csrftoken": "0" * 64}).status_code == 403
    console.client.get("/")
    answer = console.client.post(path, json=told, headers=ORIGIN | {"x-csrftoken": console.token})
    assert answer.status_code == 200
    assert "Not run yet" in answer.text


def test_a_slow_view_holds_up_nobody_else(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, let_go = Event(), Event()

    def slow(*_: object) -> str:
        begun.set()
        let_go.wait(30)
        return "done at last"

    with console.client as client, ThreadPoolExecutor(2) as pool:
        console.sign_in()
        client.get("/")
        monkeypatch.setattr("etl.console.app.live_content", slow)
        sent = ORIGIN | {"x-csrftoken": console.token}
        waits = pool.submit(client.post, "/_dash-update-component", json=refreshed(console), headers=sent)
        try:
            assert begun.wait(30)
            assert pool.submit(client.get, "/healthz").result(20).text == "ok"  # while the view is not there yet
            assert not waits.done()
        finally:
            let_go.set()
        assert "done at last" in waits.result().text


def refreshed(console: Console) -> dict[str, object]:
    """What the page at `/` posts to be brought up to date."""
    told: dict[str, object] = dict(CALLBACK, outputs={"id": "console-live", "property": "children"})
    told["inputs"] = [{"id": "console-tick", "property": "n_intervals", "value": 1}]
    told["state"] = [{"id": "console-where", "property": "pathname", "value": "/"}]
    return told | {"changedPropIds": ["console-tick.n_intervals"]}


def test_what_cannot_be_brought_up_to_date_says_why(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    """Its page would show what was, and nobody could tell."""
    console.sign_in()
    console.client.get("/")
    (console.city.folder / "city.toml").write_text("id = [")
    answer = console.client.post(
        "/_dash-update-component", json=refreshed(console), headers=ORIGIN | {"x-csrftoken": console.token}
    )
    assert answer.status_code == 200
    assert "cannot be brought up to date now" in answer.text
    assert "city.toml" in answer.text
    assert "callback failed" in caplog.text


@pytest.mark.parametrize("sent", [[], [{"type": "http.request", "body": b'{"out', "more_body": True}]])
def test_who_goes_on_to_another_page_meanwhile_is_answered_nothing(
    console: Console, caplog: pytest.LogCaptureFixture, sent: list[dict[str, object]]
) -> None:
    """A window that leaves a page breaks off what it had asked for: that is no failure."""
    console.sign_in()
    console.client.get("/")
    cookies = "; ".join(f"{name}={value}" for name, value in console.client.cookies.items())
    said = {**ORIGIN, "x-csrftoken": console.token, "cookie": cookies, "host": "127.0.0.1:8051"}
    said |= {"content-type": "application/json", "content-length": "300"}
    scope = {
        "type": "http", "method": "POST", "path": "/_dash-update-component", "raw_path": b"", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in said.items()], "http_version": "1.1",
        "scheme": "http", "server": ("127.0.0.1", 8051), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    messages, answered = [*sent, {"type": "http.disconnect"}], []

    async def receive() -> dict[str, object]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: dict[str, object]) -> None:
        answered.append(message)

    asyncio.run(console.client.app(scope, receive, send))  # type: ignore[arg-type]  # an ASGI application
    assert (answered, caplog.text) == ([], "")


@pytest.mark.parametrize("missing", ["reason", "confirm"])
def test_an_act_needs_a_reason_and_the_box_ticked(console: Console, missing: str) -> None:
    console.sign_in()
    said = {"reason": "for a test", "confirm": "yes", "token": console.token} | {missing: ""}
    assert console.client.post("/act/pause/requests", data=said, headers=ORIGIN).status_code == 400
    assert Acts(console.desk.engine).newest() == []


def test_what_every_answer_says_to_the_browser(console: Console) -> None:
    console.sign_in()
    for path in ("/sign-in", "/", "/log", "/nothing"):
        headers = console.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_for_this_site_alone(make: Make, secure: bool) -> None:
    client = make(secure=secure).client
    told = {"name": "Ann Ames", "password": PASSWORD}
    answer = client.post("/sign-in", data=told, headers=ORIGIN)
    session = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in session
    assert "samesite=strict" in session.lower()
    assert ("Secure" in session) is secure


def test_what_is_too_long_or_of_another_kind_is_refused(console: Console) -> None:
    console.sign_in()
    path = "/act/withdraw-records/service_requests"
    long = {"token": console.token, "file": "x" * MOST_BODY_BYTES}
    assert console.client.post(path, data=long, headers=ORIGIN).status_code == 413
    assert console.client.put("/", headers=ORIGIN).status_code == 405
    assert console.client.post(path, content=b"{}", headers=ORIGIN).status_code == 403
