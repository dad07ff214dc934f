"""Every key of a certificate is documented."""

import re
from pathlib import Path

import pytest

from layers.certificate import Certificate

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[2] / "docs/certificate.md"


def test_every_key_is_documented_and_no_other() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]

    assert {key for row in rows for key in re.findall(r"`([a-z_0-9]+)`", row)} == set(Certificate.model_fields)
