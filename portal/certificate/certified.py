"""The certificate of a release as it lies in the store now: is it there, and does its signature hold?"""

from dataclasses import dataclass
from pathlib import Path

from layers.certificate import CERTIFICATE, SIGNATURE, Certificate, read_certificate, signature_problem
from layers.signature import key_list
from layers.store.reader import Release
from portal.language import _

_SIGNED_APART = ("manifest.json", CERTIFICATE, SIGNATURE)


@dataclass(frozen=True, slots=True)
class Certified:
    """What the portal found in a release's folder. `problem` is what is wrong, in a sentence without its end."""

    certificate: Certificate | None
    problem: str | None
    older: bool
    """Whether there is a certificate, of a form that was in use before."""

    @property
    def holds(self) -> bool:
        """Whether there is a certificate, its signature holds, and it is that of this release."""
        return self.certificate is not None and self.problem is None


def certified(store: Path, release: Release) -> Certified:
    """Read and checked at every call: nothing about it is remembered."""
    certificate = read_certificate(release.folder)
    if certificate is None:
        return Certified(None, None, older=(release.folder / CERTIFICATE).is_file())
    return Certified(certificate, _problem(store, release, certificate), older=False)


def _problem(store: Path, release: Release, certificate: Certificate) -> str | None:
    try:
        wrong = signature_problem(store, release.folder)
        key = key_list(store).get(certificate.key)
    except ValueError:  # pydantic's is one
        return _("the list of the city’s keys is damaged")
    if wrong is not None:
        return _(wrong)
    if (certificate.topic, certificate.release) != (release.topic, release.id):
        return _("it is the certificate of another release")
    if key and (certificate.made_at < key.since or (key.until is not None and certificate.made_at > key.until)):
        return _("the key was not in use when the certificate was made")
    listed = {file.name: file.sha256 for file in release.manifest.files if file.name not in _SIGNED_APART}
    return (
        None if listed == dict(certificate.files) else _("the files of the release are not those that were certified")
    )
