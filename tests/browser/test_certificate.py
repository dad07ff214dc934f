"""A reader who doubts: from a figure to its certificate, and a check that needs nothing of the portal's word."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from playwright.sync_api import Locator

from tests.browser.test_every_page import violations
from tests.machinery.reader import NARROW, Open, Reader

pytestmark = pytest.mark.browser
PAGES = ("/privacy/certificate/evictions", "/privacy/certificate/households", "/zones", "/privacy")


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_about_protection_are_whole_for_everybody(window: Open, path: str) -> None:
    """Of a real release: no violation, no sideways scrolling, all details open; wide and narrow, light and dark."""
    for scheme in ("light", "dark"):
        reader = window(scheme=scheme).go(path)
        for summary in reader.find("main details summary").all():
            summary.click()
        assert reader.fits()
        assert violations(reader) == []
        reader.resize(NARROW).drawn()
        assert reader.fits()
    assert violations(reader) == []


def test_from_the_data_page_to_a_certificate_that_anyone_can_check(reader: Reader, tmp_path: Path) -> None:
    """
    | step                                   | seen                                    |
    |----------------------------------------|-----------------------------------------|
    | data page: “Certificate of this release” | passed, the signature holds           |
    | its three files, downloaded            | the signature is that of the public key |
    """
    reader.go("/data/evictions")
    with reader.loads():
        reader.find("main .protected a", has_text="Certificate").click()
    assert reader.title == "Certificate: eviction filings"
    assert "holds, checked just now" in reader.find("main .facts").first.inner_text()
    links = reader.find("main .gets a.get")
    content, signature, pem = (_saved(reader, links.nth(at), tmp_path) for at in range(3))
    key = load_pem_public_key(pem)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(signature, content)
    told = json.loads(content)
    assert (told["verdict"], told["topic"], told["audit"]["findings"]) == ("PASS", "evictions", 0)
    assert told["release"] in reader.path or told["release"] in reader.find("main .facts").first.inner_text()


def test_a_certificate_that_does_not_exist_is_told_as_any_other_page(reader: Reader) -> None:
    reader.go("/privacy/certificate/evictions/2020-01-01-000000000000")
    assert reader.title == "There is no such page"
    reader.seen.errors.clear()  # the browser notes the 404 itself


def _saved(reader: Reader, link: Locator, folder: Path) -> bytes:
    with reader.page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()
