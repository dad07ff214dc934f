"""Checking a store as anyone can: is every release certified, signed by a listed key, and still what was signed?"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.errors import DeclarationError
from layers.addressseal import read_seal
from layers.certificate import CERTIFICATE, SIGNATURE, Certificate, read_certificate, signature_problem
from layers.signature import key_list
from layers.store.publisher import said_digest

_UNSIGNED = ("manifest.json", CERTIFICATE, SIGNATURE)
_SHAPES = ".geojson.gz"
"""How downloads with shapes and figures end; before it stands the geography."""
_FIGURES = ("homes",)
"""A shape's property that older downloads overwrote with the measure of that name."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One release: the key that signed it, and what is wrong with it (nothing, where it is as it was certified)."""

    topic: str
    release: str
    key: str | None
    problems: tuple[str, ...]


def verify_store(store: Path, topic: str | None = None) -> list[Verified]:
    """Every release of a store, then its public addresses (`geo`, `addresses`); or the releases of one topic.

    Raises DeclarationError where the folder is no store.
    """
    if not (store / "releases").is_dir():
        raise DeclarationError.of(
            "command line", "STORE", "holds no releases.", "Give the public folder of a city, such as var/demo/public."
        )
    folders = sorted(store.glob(f"releases/{topic or '*'}/[!.]*"))
    found = [_verified(store, folder) for folder in folders if any((folder / name).exists() for name in _UNSIGNED)]
    seal = None if topic else read_seal(store)
    return [*found, Verified("geo", "addresses", *seal)] if seal else found


def verify_lines(found: list[Verified], *, as_json: bool) -> Iterator[str]:
    """One line per release."""
    for one in found:
        if as_json:
            told = {"topic": one.topic, "release": one.release, "key": one.key, "problems": one.problems}
            yield json.dumps(told)
        else:
            said = "; ".join(one.problems) or f"as certified, signed with key {one.key}"
            yield f"{one.topic} {one.release}: {said}"


def _verified(store: Path, folder: Path) -> Verified:
    certificate = read_certificate(folder)
    problems = list(_problems(store, folder, certificate))
    return Verified(folder.parent.name, folder.name, certificate.key if certificate else None, tuple(problems))


def _problems(store: Path, folder: Path, certificate: Certificate | None) -> Iterator[str]:
    try:
        wrong = signature_problem(store, folder)
    except ValueError:  # pydantic's is one
        wrong = "the list of keys is damaged"
    if wrong is not None:
        yield wrong
    if certificate is None or wrong is not None:
        return
    if (certificate.topic, certificate.release) != (folder.parent.name, folder.name):
        yield "the certificate is that of another release"
    yield from _out_of_time(store, certificate)
    yield from _altered(folder, certificate)
    yield from (f"geo/{name} is not what was certified" for name in _redrawn(store, folder, certificate))


def _out_of_time(store: Path, certificate: Certificate) -> Iterator[str]:
    key = key_list(store).get(certificate.key)
    if key and (certificate.made_at < key.since or (key.until is not None and certificate.made_at > key.until)):
        yield f"the key {key.id} was not in use when the certificate was made"


def _altered(folder: Path, certificate: Certificate) -> Iterator[str]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name, sha256 in certificate.files.items():
        if name not in found:
            yield f"{name} is missing"
        elif hashlib.sha256(found[name].read_bytes()).hexdigest() != sha256:
            yield f"{name} was altered"
    yield from (f"{name} was added" for name in sorted(set(found) - set(certificate.files) - set(_UNSIGNED)))
    if not (folder / "manifest.json").exists():
        yield "manifest.json is missing"
        return
    try:
        said = said_digest((folder / "manifest.json").read_bytes())
    except (ValueError, AttributeError, TypeError):  # no JSON, or no manifest
        said = ""
    if said != certificate.manifest_sha256:
        yield "manifest.json was altered"


def _redrawn(store: Path, folder: Path, certificate: Certificate) -> Iterator[str]:
    """Shapes that maps are drawn from, where they differ from those in the release's own certified downloads."""
    for name in certificate.files:
        if not name.endswith(_SHAPES) or not (folder / name).exists():
            continue
        geography = name.removesuffix(_SHAPES).rpartition("-")[2]
        drawn = [path for path in store.glob(f"geo/{geography}.*.geojson") if _vintage(folder, geography) in path.name]
        yield from (path.name for path in drawn if not _same_shapes(path, folder / name))


def _vintage(folder: Path, geography: str) -> str:
    try:
        said = json.loads((folder / "manifest.json").read_bytes())["geographies"]
        return next(f".{each['vintage']}." for each in said if each["name"] == geography)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return "."  # told by the manifest's own check


def _same_shapes(drawn: Path, certified: Path) -> bool:
    """Whether both hold the same shapes; the download has figures beside the shape's own properties."""
    try:
        signed = {f["id"]: f for f in json.loads(gzip.decompress(certified.read_bytes()))["features"]}
        shapes = {f["id"]: f for f in json.loads(drawn.read_bytes())["features"]}
        return signed.keys() == shapes.keys() and all(
            shape["geometry"] == signed[unit]["geometry"]
            and all(
                name in signed[unit]["properties"] and (name in _FIGURES or value == signed[unit]["properties"][name])
                for name, value in shape["properties"].items()
            )
            for unit, shape in shapes.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
