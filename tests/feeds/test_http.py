"""The client of all feeds over HTTP gets what there is in spite of a server's faults, and tells no secret."""

import datetime
import logging
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from etl.city.webconnectors import WebConnector, is_loopback
from etl.errors import SourceUnreadable
from etl.fetch.connector import Timing
from etl.fetch.http import HttpFailed, Web, open_web
from tests.feeds.server import (
    LOGIN_PAGE,
    TROUBLES,
    Asked,
    Reply,
    Server,
    Watch,
    asking,
    json_reply,
    serving,
)

SECRET = "s3cr3t-t0k3n"


def _ask(server: Server, folder: Path, path: str = "/a", *, watch: Watch | None = None, **said: Any) -> Any:
    environ = said.pop("environ", {})
    declared = WebConnector(url=server.url, **said)
    request = asking(folder, timing=(watch or Watch()).timing(), environ=environ)
    secret = {"X-App-Token": SECRET} if declared.secret else {}
    with open_web(declared, request, secret_headers=secret) as web:
        return web.json(server.url + path, params={"$where": ":id > 'a&b'"})


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_answer_comes_whole_whatever_goes_wrong_on_the_way(tmp_path: Path, trouble: str) -> None:
    rows = [{"id": place, "name": "Ann & Bo"} for place in range(50)]
    with serving(lambda asked: json_reply(rows), TROUBLES[trouble]) as server:
        assert _ask(server, tmp_path) == rows
        assert {asked.query["$where"] for asked in server.asked} == {":id > 'a&b'"}
        assert all(asked.headers["user-agent"].startswith("Hearthmap/") for asked in server.asked)


def test_a_server_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    def slow_at_first(asked: Asked, reply: Reply) -> Reply:
        return Reply(silent=True) if asked.place == 1 else reply

    with serving(lambda asked: json_reply([1]), slow_at_first) as server:
        assert _ask(server, tmp_path, timeout_seconds=0.15) == [1]


def test_waits_grow_and_never_are_shorter_than_the_server_asks(tmp_path: Path) -> None:
    watch = Watch()
    replies = {1: Reply(status=500), 2: Reply(status=502), 3: Reply(status=429, headers={"Retry-After": "90"})}
    with serving(lambda asked: replies.get(asked.place, json_reply([]))) as server:
        assert _ask(server, tmp_path, watch=watch, per_second=100) == []
    assert watch.waits == [0.75, 1.5, 90.0]


def test_a_server_that_wants_to_be_left_alone_for_hours_is(tmp_path: Path) -> None:
    watch = Watch()
    with serving(lambda asked: Reply(status=503, headers={"Retry-After": "7200"})) as server:
        with pytest.raises(HttpFailed, match="left alone for 120 minutes"):
            _ask(server, tmp_path, watch=watch)
        assert (len(server.asked), watch.waits) == (1, [])


def test_the_declared_rate_is_kept(tmp_path: Path) -> None:
    watch = Watch()
    declared = WebConnector(url="http://127.0.0.1:9", per_second=2)
    with (
        serving(lambda asked: json_reply([])) as server,
        open_web(declared, asking(tmp_path, timing=watch.timing())) as web,
    ):
        for _ in range(4):
            web.json(server.url)
    assert watch.waits == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("reply", "times", "told"),
    [
        pytest.param(Reply(status=500), 3, "answered 500", id="500 always"),
        pytest.param(Reply(b'{"a":', 200), 3, "cut off, or no JSON", id="JSON cut off always"),
        pytest.param(Reply(b"[1, 2]", cut=3), 3, "broke off", id="cut off always"),
        pytest.param(Reply(status=401), 1, "the secret APP_TOKEN was refused", id="401"),
        pytest.param(Reply(status=403), 1, "the secret APP_TOKEN was refused", id="403"),
        pytest.param(Reply(status=404), 1, "nothing at the declared address", id="404"),
        pytest.param(Reply(status=400), 1, "answered 400", id="400"),
        pytest.param(Reply(LOGIN_PAGE, 200, {"Content-Type": "text/html"}), 1, "web page where data", id="login page"),
        pytest.param(Reply(LOGIN_PAGE, 200, {"Content-Type": "text/csv"}), 1, "web page where data", id="in disguise"),
        pytest.param(Reply(status=302, headers={"Location": "/a"}), 6, "without end", id="endless redirects"),
        pytest.param(Reply(status=302, headers={"Location": "ftp://x/"}), 1, "not safe", id="to another protocol"),
        pytest.param(
            Reply(status=302, headers={"Location": "http://169.254.169.254/"}), 1, "not safe", id="to a cloud"
        ),
        pytest.param(Reply(b"x" * 999, 200, {"Content-Encoding": "gzip"}), 3, "broke off", id="not gzip"),
    ],
)
def test_what_cannot_be_had_is_said_without_the_address_or_the_secret(
    tmp_path: Path, reply: Reply, times: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda asked: reply) as server:
        with pytest.raises(SourceUnreadable, match=told) as caught:
            _ask(server, tmp_path, "/private-path", secret="APP_TOKEN", tries=3)
        assert len(server.asked) == times
    assert caught.value.exit_code == 10
    said = f"{caught.value}{caught.value!r}{caplog.text}"
    assert [word for word in (SECRET, "24where", ":id", "private-path", "Sign in") if word in said] == []


#   a host as a redirect may write it     whether that is this machine
HOSTS = [
    *((host, True) for host in ("localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.1", "0")),
    *((host, True) for host in ("2130706433", "0x7f.1", "[::1]", "::", "0.0.0.0", "::ffff:127.0.0.1")),
    *((host, False) for host in ("data.example.gov", "localhost.example.gov", "10.0.0.1", "128.0.0.1", "2001:db8::1")),
]


@pytest.mark.parametrize(("host", "is_this"), HOSTS)
def test_this_machine_is_known_however_it_is_written(host: str, is_this: bool) -> None:
    assert is_loopback(host) is is_this


def test_without_a_secret_a_refusal_says_that_one_is_wanted(tmp_path: Path) -> None:
    with serving(lambda asked: Reply(status=401)) as server, pytest.raises(HttpFailed, match="none is declared"):
        _ask(server, tmp_path)


def test_a_redirect_takes_the_secret_to_no_other_server(tmp_path: Path) -> None:
    with serving(lambda asked: json_reply(["there"])) as other:

        def answer(asked: Asked) -> Reply:
            return Reply(status=302, headers={"Location": "/b" if asked.path == "/a" else f"{other.url}/c"})

        with serving(answer) as server:
            assert _ask(server, tmp_path, secret="APP_TOKEN") == ["there"]
            assert [asked.headers.get("x-app-token") for asked in server.asked] == [SECRET, SECRET]
        assert [asked.headers.get("x-app-token") for asked in other.asked] == [None]


def test_a_redirect_that_has_the_secret_in_it_is_not_followed(tmp_path: Path) -> None:
    with serving(lambda asked: json_reply([])) as other:
        reply = Reply(status=302, headers={"Location": f"{other.url}/?token={SECRET}"})
        with serving(lambda asked: reply) as server, pytest.raises(HttpFailed, match="pass the secret on"):
            _ask(server, tmp_path, secret="APP_TOKEN")
        assert other.asked == []


def test_a_secret_parameter_goes_to_its_server_alone(tmp_path: Path) -> None:
    with serving(lambda asked: json_reply([])) as server, serving(lambda asked: json_reply([])) as other:
        with open_web(WebConnector(url=server.url), asking(tmp_path), secret_params={"token": SECRET}) as web:
            web.json(f"{server.url}/a?b=1", params={"c": 2})
            web.json(f"{other.url}/a?b=1")
        assert server.asked[0].query == {"b": "1", "c": "2", "token": SECRET}
        assert other.asked[0].query == {"b": "1"}


def test_a_body_that_hardly_moves_is_given_up(tmp_path: Path) -> None:
    ticks = iter(range(0, 100_000, 700))
    timing = Timing(sleep=lambda seconds: None, clock=lambda: float(next(ticks)), draw=lambda: 0.0)
    request = asking(tmp_path, timing=timing)
    with serving(lambda asked: Reply(b"1" * 100)) as server, open_web(WebConnector(url=server.url), request) as web:
        with pytest.raises(HttpFailed, match="too slowly"):
            web.get(server.url)
        assert len(server.asked) == 5


def test_an_answer_may_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Web.chunks, "__kwdefaults__", {"most": 1_000_000})
    with serving(lambda asked: TROUBLES["packed"](asked, Reply(bytes(2_000_000)))) as server:
        with pytest.raises(HttpFailed, match="more than 1 MB"):
            _ask(server, tmp_path)
        assert len(server.asked) == 1


def test_post_sends_a_form_and_a_redirect_after_it_asks_as_agreed(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        moved = {"/see-other": 303, "/same-again": 307}.get(asked.path)
        return Reply(status=moved, headers={"Location": "/end"}) if moved else json_reply([asked.method])

    with serving(answer) as server, open_web(WebConnector(url=server.url), asking(tmp_path)) as web:
        assert web.json(f"{server.url}/see-other", form={"ids": "1,2"}) == ["GET"]
        assert web.json(f"{server.url}/same-again", form={"ids": "1,2"}) == ["POST"]
        assert [asked.body for asked in server.asked] == [b"ids=1%2C2", b"", b"ids=1%2C2", b"ids=1%2C2"]


def test_certificates_are_checked(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path)
    with serving(lambda asked: json_reply(["sealed"]), certificate=certificate) as server:
        with pytest.raises(HttpFailed, match=r"certificate of 127\.0\.0\.1 is not trusted"):
            _ask(server, tmp_path)
        assert _ask(server, tmp_path, environ={"SSL_CERT_FILE": str(certificate)}) == ["sealed"]
        assert len(server.asked) == 1


def test_a_proxy_is_used_but_for_the_hosts_that_need_none(tmp_path: Path) -> None:
    declared = WebConnector(url="http://feeds.example/a", allow_http=True, private_hosts=("127.0.0.1",))
    with serving(lambda asked: json_reply(["by proxy"])) as proxy, serving(lambda asked: json_reply(["here"])) as here:
        request = asking(tmp_path, environ={"HTTPS_PROXY": proxy.url})
        with open_web(declared, request) as web:
            assert web.json("http://feeds.example/a") == ["by proxy"]
            assert web.json(here.url) == ["here"]
        outside = declared.model_copy(update={"private_hosts": ()})
        with open_web(outside, request) as web, pytest.raises(SourceUnreadable, match="machine of a private network"):
            web.json(here.url)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://data.example.gov/a.csv", "not encrypted"),
        ("ftp://data.example.gov/a.csv", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("data.example.gov", "not an address"),
        ("https://ann:pass@data.example.gov/", "name its variable as `secret`"),
    ],
)
def test_an_unsafe_address_is_a_fault_of_the_declaration(url: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        WebConnector(url=url)


def test_addresses_that_are_allowed() -> None:
    for url in ("https://data.example.gov/a?b=c#d", "http://localhost:8080/", "http://127.0.0.1/", "http://[::1]/"):
        assert WebConnector(url=url).url == url
    assert WebConnector(url="http://intranet/a", allow_http=True).allow_http


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
