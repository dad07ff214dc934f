"""What leaves the house: a mail over an encrypted line, a signed web hook, and no number about records in either."""

import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from etl.alerts.book import Alert, Message
from etl.alerts.deliver import sender
from etl.alerts.mail import send_mail
from etl.alerts.webhook import NotTaken, post
from etl.alerts.words import facts_of, text_of
from etl.city.models import Alerts, MailAlerts, WebhookAlerts
from etl.errors import DeclarationError
from tests.etl.schedule.towns import town
from tests.machinery.process import free_port

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is TLS from the start

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
TOWN = town({"evictions": None})
HELD = Message("5f2c" * 6, "raised", "mail", 0, Alert(1, "held", "evictions", "public", NOW, None, 12))
OVER = replace(HELD, event="resolved", alert=replace(HELD.alert, ended=NOW + timedelta(days=1)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and certificate of `localhost`, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.got: list[Mail] = []
        self.signed_in: list[tuple[bytes, bytes]] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"opensesame", handled=False)


@contextmanager
def mail_server(certificate: Path, *, starttls: bool) -> Iterator[tuple[Mailbox, int]]:
    """A mail server on loopback that takes nothing over a line that is not encrypted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    box = Mailbox()
    options: dict[str, Any] = {"authenticator": box.authenticate, "auth_required": True}
    if starttls:
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"ssl_context": context, "auth_require_tls": False}
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def declared(port: int, security: str) -> MailAlerts:
    return MailAlerts.model_validate(
        {
            "to": ["steward@town.example"],
            "sender": "hearthmap@town.example",
            "host": "localhost",
            "port": port,
            "security": security,
            "user": "hearthmap",
            "secret": "MAIL_PASSWORD",
        }
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_sent_over_an_encrypted_line(certificate: Path, tmp_path: Path, security: str) -> None:
    (tmp_path / "password").write_text("opensesame\n")
    environ = {"MAIL_PASSWORD_FILE": str(tmp_path / "password")}
    trusted = ssl.create_default_context(cafile=str(certificate))
    with mail_server(certificate, starttls=security == "starttls") as (box, port):
        send_mail(declared(port, security), HELD, TOWN, environ, trusted=trusted)
    (mail,) = box.got
    assert mail["Subject"] == "Town: Eviction filings is held"
    assert mail["To"] == "steward@town.example"
    assert mail["Message-ID"] == f"<{HELD.id}@town.example>"
    assert box.signed_in == [(b"hearthmap", b"opensesame")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(certificate: Path, security: str) -> None:
    served, refused = mail_server(certificate, starttls=security == "starttls"), pytest.raises(OSError)
    with served as (box, port), refused as told:
        send_mail(declared(port, security), HELD, TOWN, {"MAIL_PASSWORD": "opensesame"})
    assert "certificate verify failed" in str(told.value)
    assert (box.got, box.signed_in) == ([], [])


def test_a_wrong_password_is_a_trouble_without_the_password(certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    with mail_server(certificate, starttls=True) as (box, port), pytest.raises(OSError) as refused:
        send_mail(declared(port, "starttls"), HELD, TOWN, {"MAIL_PASSWORD": "guess"}, trusted=trusted)
    assert box.got == []
    assert "guess" not in str(refused.value)


class Hook(BaseHTTPRequestHandler):
    """Takes web hooks, and answers as the test says."""

    answer = 204
    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(self.answer)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def hook(answer: int = 204) -> Iterator[tuple[type[Hook], WebhookAlerts]]:
    handler = type("Hook", (Hook,), {"answer": answer, "got": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/alerts"
        yield handler, WebhookAlerts(url=url, secret="HOOK_KEY")
    finally:
        server.shutdown()
        server.server_close()


def test_a_web_hook_is_signed_with_its_time(tmp_path: Path) -> None:
    with hook() as (handler, told):
        post(told, HELD, TOWN, {"HOOK_KEY": "shared"}, NOW)
    ((headers, body),) = handler.got
    told_by_hand = hmac.new(b"shared", headers["Hearthmap-Time"].encode() + b"." + body, sha256).hexdigest()
    assert headers["Hearthmap-Signature"] == f"sha256={told_by_hand}"
    assert headers["Hearthmap-Alert"] == HELD.id == json.loads(body)["id"]
    assert int(headers["Hearthmap-Time"]) == NOW.timestamp()


@pytest.mark.parametrize("answer", [302, 403, 500])
def test_a_web_hook_that_is_not_taken_is_a_trouble(answer: int) -> None:
    with hook(answer) as (_, told), pytest.raises(NotTaken, match=str(answer)):
        post(told, HELD, TOWN, {"HOOK_KEY": "shared"}, NOW)


def test_nobody_there_is_a_trouble_that_does_not_tell_the_address() -> None:
    with hook() as (_, told):
        pass
    with pytest.raises(NotTaken) as refused:
        post(told, HELD, TOWN, {"HOOK_KEY": "shared"}, NOW)
    assert "127.0.0.1" not in str(refused.value)


def test_without_its_key_a_web_hook_is_not_sent() -> None:
    with hook() as (handler, told), pytest.raises(DeclarationError, match="HOOK_KEY"):
        post(told, HELD, TOWN, {}, NOW)
    assert handler.got == []


def test_each_message_goes_over_its_own_channel() -> None:
    with hook() as (handler, told):
        city = replace(TOWN, alerts=Alerts(webhook=told))
        send = sender(city, {"HOOK_KEY": "shared"}, lambda: NOW)
        send(replace(HELD, channel="webhook"))
        send(HELD)  # by mail, which this city does not declare any more
    assert len(handler.got) == 1


@pytest.mark.parametrize("code", [10, 11, 12, 13, 14, 16, 70])
@pytest.mark.parametrize("kind", ["held", "failed", "late"])
def test_messages_hold_no_figure_but_days_and_codes(kind: str, code: int) -> None:
    """Mail is not private: not even how many rows a protected feed had is in it."""
    alert = replace(HELD.alert, kind=kind, exit_code=None if kind == "late" else code)
    for message in (replace(HELD, alert=alert), replace(OVER, alert=replace(alert, ended=OVER.alert.ended))):
        text = text_of(message, TOWN).replace(HELD.id, "")
        figures = {word.strip(".,()") for word in text.replace(":", " ").split() if any(c.isdigit() for c in word)}
        assert figures <= {"01", "02", "2026", "06", "00", str(code)}
        facts = facts_of(message, TOWN)
        assert set(facts) == {"id", "event", "kind", "city", "topic", "tier", "began", "ended", "exit", "text"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"security": "none", "host": "mail.example"}, "on this machine only"),
        ({"user": "me", "secret": None}, "go together"),
        ({"secret": "opensesame"}, "pattern"),
        ({"to": []}, "at least 1"),
    ],
)
def test_a_wrong_declaration_is_refused(wrong: dict[str, Any], said: str) -> None:
    right = declared(25, "starttls").model_dump()
    with pytest.raises(ValueError, match=said):
        MailAlerts.model_validate({**right, **wrong})


def test_a_web_hook_elsewhere_is_encrypted() -> None:
    with pytest.raises(ValueError, match="https"):
        WebhookAlerts(url="http://hooks.example/alerts", secret="HOOK_KEY")
