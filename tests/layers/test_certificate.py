"""A certificate states a pass or does not exist, and its signature holds for exactly its bytes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from etl.release.signing import Keyring
from layers.certificate import CERTIFICATE, SIGNATURE, Audited, Tried, read_certificate, signature_problem
from tests.layers.certificates import NOW, certificate


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE).write_text(certificate().model_dump_json())

    assert read_certificate(tmp_path) == certificate()


@pytest.mark.parametrize("content", [None, "{", "{}", '{"topic": "evictions", "attacks": []}'])
def test_anything_else_is_no_certificate(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CERTIFICATE).write_text(content)

    assert read_certificate(tmp_path) is None


@pytest.mark.parametrize(
    "audit",
    [
        Audited(attacks=(), together_with=(), figures=1, findings=1, seconds=0),
        Audited(
            attacks=(Tried(attack="a", title="A", figures=1, findings=1, best="."),),
            together_with=(), figures=1, findings=0, seconds=0,
        ),
    ],
)  # fmt: skip
def test_an_audit_with_findings_has_no_certificate(audit: Audited) -> None:
    with pytest.raises(ValidationError, match="findings"):
        certificate(audit=audit)


def _signed(folder: Path) -> bytes:
    signer = Keyring(folder / "private", (folder,), NOW).signer()
    content = certificate(key=signer.id).model_dump_json().encode()
    (folder / CERTIFICATE).write_bytes(content)
    (folder / SIGNATURE).write_bytes(signer.sign(content))
    return content


def test_a_signature_holds(tmp_path: Path) -> None:
    _signed(tmp_path)

    assert signature_problem(tmp_path, tmp_path) is None
    assert len((tmp_path / SIGNATURE).read_bytes()) == 64


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_other_bytes_have_the_signature(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """One bit of the certificate or of its signature is enough."""
    folder = tmp_path_factory.mktemp("signed")
    _signed(folder)
    path = folder / data.draw(st.sampled_from([CERTIFICATE, SIGNATURE]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 6))
    path.write_bytes(bytes(content))

    assert signature_problem(folder, folder) is not None


def test_a_key_that_the_store_does_not_list_is_no_key(tmp_path: Path) -> None:
    _signed(tmp_path)
    (tmp_path / "keys/keys.json").write_text('{"keys": []}')

    assert "not listed" in str(signature_problem(tmp_path, tmp_path))


def test_another_key_under_its_name_is_no_key(tmp_path: Path) -> None:
    _signed(tmp_path)
    other = Keyring(tmp_path / "other", (tmp_path / "elsewhere",), NOW).signer()
    (listed,) = (tmp_path / "keys").glob("*.pem")
    listed.write_bytes((tmp_path / "elsewhere/keys" / f"{other.id}.pem").read_bytes())

    assert "another key" in str(signature_problem(tmp_path, tmp_path))
