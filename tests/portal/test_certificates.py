"""What the portal says of certificates, what it checks each time, and how a reader checks without trusting it."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.testclient import TestClient

from etl.steps.audit import ATTACKS
from layers.certificate import Attacked
from layers.store.reader import Store
from layers.store.withdrawal import withdraw_release
from portal.app import create_app
from portal.certificate.attacks import IN_WORDS
from portal.certificate.certified import certified
from portal.settings import PortalSettings
from tests.portal.made_certificate import OF_AGENCIES, YEAR, certify_again, loss, make_certified_store

HTML = {"accept": "text/html"}
HOLDS = "This page checked the signature just now, and it holds."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certified") / "public"
    folder.mkdir()
    return make_certified_store(folder)


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "public"))


@pytest.fixture
def client(store: Path) -> Iterator[TestClient]:
    with TestClient(create_app(PortalSettings(store=store)), follow_redirects=False) as found:
        yield found


def _folder(store: Path, topic: str = "evictions") -> Path:
    return store / "releases" / topic / Store(store).current()[topic]


def _page(client: TestClient, topic: str = "evictions") -> str:
    answer = client.get(f"/privacy/certificate/{topic}")
    assert answer.status_code == 200
    return str(answer.text)


def _change(store: Path) -> None:
    path = _folder(store) / "certificate.json"
    path.write_bytes(path.read_bytes().replace(b"1500", b"1501"))


def _unsign(store: Path) -> None:
    (_folder(store) / "certificate.sig").unlink()


def _spoil_list(store: Path) -> None:
    (store / "keys" / "keys.json").write_bytes(b"{")


def _lose_list(store: Path) -> None:
    (store / "keys" / "keys.json").unlink()


def _swap(store: Path) -> None:
    for name in ("certificate.json", "certificate.sig"):
        shutil.copy(_folder(store, "shutoffs") / name, _folder(store) / name)


def _drop_file(store: Path) -> None:
    path = _folder(store) / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"] = [file for file in manifest["files"] if file["name"] != "counts.parquet"]
    path.write_text(json.dumps(manifest))


def test_a_certificate_is_told_in_words(client: TestClient) -> None:
    """Everything the certificate holds stands on its page."""
    text = _page(client)
    said = (
        "attacked in 2 ways, on 1,500 figures", HOLDS, "right about your home at most 76\u00a0%", "No row is missing.",
        OF_AGENCIES, "eviction filings of one year", "every public topic together", "150 homes", "4 months a year",
        "2025: 1\u00a0% and 2026: too few to say", "Asked for by the court.", "A. Steward", "A week was missing.",
        "B. Clerk", "filings-year-zone1", YEAR.sha256, "± 8", "openssl pkeyutl",
        "python -m etl verify public",
    )  # fmt: skip
    assert [words for words in said if words not in text] == []
    assert "what partner agencies get" not in text


def test_an_exact_topic_says_why_and_has_nothing_to_guess(client: TestClient) -> None:
    text = _page(client, "housing_supply")
    assert "No figure of this release is about a home" in text
    assert "It counts buildings." in text
    assert "How sure could anyone be?" not in text


def test_a_named_release_and_the_newest_show_the_same(client: TestClient, store: Path) -> None:
    release = Store(store).current()["evictions"]
    assert client.get(f"/privacy/certificate/evictions/{release}").status_code == 200
    assert f"/privacy/certificate/evictions/{release}" in client.get("/data/evictions").text
    assert f"/privacy/certificate/evictions/{release}" in client.get("/district/1").text
    assert "/privacy/certificate/evictions" in client.get("/privacy").text


def test_whoever_does_not_trust_the_page_can_check_with_the_public_key(client: TestClient, store: Path) -> None:
    """Certificate, signature and key fetched from the portal; then one byte changed."""
    release = Store(store).current()["evictions"]
    content = client.get(f"/download/evictions/{release}/certificate.json").content
    signature = client.get(f"/download/evictions/{release}/certificate.sig").content
    told = json.loads(content)
    key = load_pem_public_key(client.get(f"/keys/{told['key']}.pem").content)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signature, content)
    with pytest.raises(InvalidSignature):
        key.verify(signature, content.replace(b'"PASS"', b'"PASs"'))
    assert [each["id"] for each in client.get("/keys/keys.json").json()["keys"]] == [told["key"]]
    counts = client.get(f"/download/evictions/{release}/counts.parquet").content
    assert told["files"]["counts.parquet"] == sha256(counts).hexdigest()


def test_keys_are_checked_again_by_their_readers_and_only_listed_ones_are_given(
    client: TestClient, store: Path
) -> None:
    answer = client.get("/keys/keys.json")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get("/keys/keys.json", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert answer.headers["access-control-allow-origin"] == "*"
    (store / "keys" / "other.pem").write_bytes(b"x")
    for name in ("other.pem", "..%2Fcurrent.json", "keys.json.bak"):
        assert client.get(f"/keys/{name}").status_code == 404, name


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_change, "the signature does not belong"),
        (_unsign, "is not signed"),
        (_spoil_list, "keys is damaged"),
        (_lose_list, "is not listed"),
        (_swap, "another release"),
        (_drop_file, "are not those that were certified"),
    ],
)
def test_a_doubt_is_found_whatever_is_wrong(store: Path, damage: Callable[[Path], object], said: str) -> None:
    """
    | wrong                                              | answer    |
    |----------------------------------------------------|-----------|
    | nothing                                            | holds     |
    | anything in certificate, signature, keys or files  | says what |
    """
    assert certified(store, Store(store).release("evictions")).holds
    damage(store)
    found = certified(store, Store(store).release("evictions"))
    assert not found.holds
    assert said in str(found.problem)


def test_a_doubt_is_said_at_once_and_calmly(client: TestClient, store: Path) -> None:
    """The page asks the store each time, and remembers no earlier answer."""
    assert HOLDS in _page(client)
    _change(store)
    text = _page(client)
    assert HOLDS not in text
    assert "Cannot be confirmed at this moment" in text
    assert "cannot be confirmed at this moment" in client.get("/privacy").text


@pytest.mark.parametrize(("content", "said"), [(None, "before certificates were made"), (b"{}", "an earlier form")])
def test_a_release_without_a_certificate_of_today_says_so(store: Path, content: bytes | None, said: str) -> None:
    path = _folder(store) / "certificate.json"
    path.unlink() if content is None else path.write_bytes(content)
    with TestClient(create_app(PortalSettings(store=store))) as client:
        text = _page(client)
        assert said in text
        assert "Passed" not in text
        assert "none: made before certificates were signed" in client.get("/privacy").text


def test_a_withdrawn_release_has_no_certificate_any_more(client: TestClient, store: Path) -> None:
    release = Store(store).current()["evictions"]
    address = f"/privacy/certificate/evictions/{release}"
    assert client.get(address, headers=HTML).status_code == 200
    withdraw_release(store, "evictions", release, on=date(2026, 11, 16), reason="It was another county's.")
    answer = client.get(address, headers=HTML)
    assert (answer.status_code, "another county" in answer.text) == (410, True)
    assert client.get("/privacy/certificate/evictions", headers=HTML).status_code == 404
    assert client.get(f"/download/evictions/{release}/certificate.json").status_code == 410


def test_what_agencies_figures_add_to_the_limit_is_told(client: TestClient, store: Path, made: Path) -> None:
    told = Store(store).release("evictions").certificate
    assert told is not None
    both = (*told.audit.together_with, Attacked(tier="partner", topics=("evictions",), releases=1))
    limits = (*told.limits[:-1], loss("all", "all", None, 5.0))
    audit = told.audit.model_copy(update={"together_with": both})
    certify_again(store, made, "evictions", audit=audit, limits=limits)
    text, privacy = _page(client), client.get("/privacy").text
    assert HOLDS in text
    assert "what partner agencies get" in text
    assert "and what housing agencies get" in privacy
    assert "94\u00a0%" in privacy
    assert "No agency gets finer figures" not in privacy


def test_every_attack_of_the_audit_is_told_in_plain_words() -> None:
    assert {sys.modules[attack.__module__].ATTACK for attack in ATTACKS} == set(IN_WORDS)


def test_the_zones_are_the_partition_in_the_file(client: TestClient, store: Path) -> None:
    """Zones, large zones, homes and the table by neighborhood add up to the same."""
    zones = Store(store).release("evictions").zones
    assert zones is not None
    text = client.get("/zones").text
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))
    assert facts["Zones"] == str(zones["zone1"].n_unique())
    assert facts["Homes"] == f"{zones['homes'].sum():,}"
    assert facts["Smallest zone"] == "150 homes"
    rows = re.findall(r'<tr><th scope="row">Neighborhood[^<]*</th><td>[^<]*</td><td class="number">([\d,]+)</td>', text)
    assert sum(int(row.replace(",", "")) for row in rows) == zones["homes"].sum()
    drawn = re.search(r'<path class="zone" d="([^"]+)"', text)
    assert drawn is not None
    assert drawn.group(1).count("Z") == zones["zone1"].n_unique()
    for link in re.findall(r'href="(/(?:download|geo)/[^"]+)"', text):
        assert client.get(link).status_code == 200, link


def test_zones_without_a_file_or_a_release_are_explained(bare_client: TestClient, made_store: Path) -> None:
    assert "at least 100 homes" in bare_client.get("/zones").text
    with TestClient(create_app(PortalSettings(store=made_store))) as client:
        assert "hold no list of their zones" in client.get("/zones").text
