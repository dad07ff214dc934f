"""The one writer of the store. The portal may not import it.

What would be published is written to a staging store first (`publish`), attacked there, and then published from it
byte for byte (`publish_staged`). Order of a publish: shapes, then a draft folder, then its rename, then the pointer.
Killed anywhere, the store shows the old release or the new one, whole: what the pointer does not name is not published.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from layers.certificate import SIGNATURE
from layers.release import Certify, FileInfo, GeoFile, Manifest, ReleaseDraft, ReleaseId, StoreStatus, Written
from layers.store.downloads import Download, build_downloads, canonical_json
from layers.store.schema import conform, zones_schema
from layers.store.tombstone import content_digest, refuse_withdrawn, tombstones

OnStep = Callable[[str], None]
STEPS: tuple[str, ...] = ("shapes", "counts", "zones", "downloads", "certificate", "manifest", "sealed", "pointer")
"""What `on_step` is told, after each has been done and flushed to disk."""

_VOLATILE = ("release", "built_at", "previous", "code_version", "files")
_ROW_GROUP = 50_000


def publish(draft: ReleaseDraft, store: Path, *, built_at: datetime, on_step: OnStep = lambda step: None) -> ReleaseId:
    """Write the release and point to it. The same content again is the same release, and writes nothing new.

    Raises WithdrawnContent where this was published before and taken back, ValueError where the draft contradicts the
    schema, OSError where the disk refuses.
    """
    counts = conform(draft.counts)
    table = counts.write_csv().encode()
    release = release_id(draft, table)
    said = {**draft.manifest, "rows": counts.height}
    _refuse_withdrawn(
        store, draft.topic, release, said | {"release": release, "built_at": built_at, "files": ()}, lambda: table
    )
    _write_shapes(store, {shape.name: _shape(shape) for shape in draft.geo})
    on_step("shapes")
    folder = store / "releases" / draft.topic / release
    if not _whole(folder):
        work = _work_folder(folder)
        infos = _write_content(draft, counts, table, work, on_step)
        _seal(work, folder, said, infos, draft.certify, built_at, on_step)
    point(store, draft.topic, release)
    on_step("pointer")
    return release


def publish_staged(
    staging: Path,
    store: Path,
    topic: str,
    *,
    certify: Certify,
    built_at: datetime,
    on_step: OnStep = lambda step: None,
    pointing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> ReleaseId:
    """Publish what lies in a staging store, byte for byte, with the certificate that `certify` gives.

    A release that is there already, whole and certified, is only pointed to. `pointing` is entered for as long as the
    pointer is swapped, and may refuse. Raises WithdrawnContent where this was
    published before and taken back, OSError where the disk refuses.
    """
    release = ReleaseId(json.loads((staging / "current.json").read_bytes())[topic])
    source = staging / "releases" / topic / release
    said = Manifest.model_validate_json((source / "manifest.json").read_bytes())
    _refuse_withdrawn(
        store, topic, release, said, lambda: pl.read_parquet(source / "counts.parquet").write_csv().encode()
    )
    _write_shapes(store, {path.name: path.read_bytes for path in sorted(staging.glob("geo/*.geojson"))})
    on_step("shapes")
    folder = store / "releases" / topic / release
    if not _whole(folder, certified=True):
        work = _work_folder(folder)
        for file in said.files:
            shutil.copyfile(source / file.name, work / file.name)
        on_step("downloads")
        _seal(work, folder, said.model_dump(mode="json"), said.files, certify, built_at, on_step)
    with pointing():
        point(store, topic, release)
    on_step("pointer")
    return release


def release_id(draft: ReleaseDraft, table: bytes) -> ReleaseId:
    """Names the public content: counts as CSV, zones, the shapes' names and what the manifest says."""
    digest = hashlib.sha256(table)
    digest.update(canonical_json(_stable(draft.manifest)))
    digest.update("".join(sorted(shape.name for shape in draft.geo)).encode())
    if draft.zones is not None:
        digest.update(draft.zones.write_csv().encode())
    if draft.crosswalk is not None:
        digest.update(draft.crosswalk.write_csv().encode())
    for name in sorted(draft.extra):
        digest.update(name.encode() + draft.extra[name])
    return ReleaseId(f"{draft.manifest['as_of']}-{digest.hexdigest()[:12]}")


def said_digest(manifest: bytes) -> str:
    """The sha256 of what a manifest.json says, apart from what publishing adds to it."""
    return hashlib.sha256(canonical_json(_stable(json.loads(manifest)))).hexdigest()


def _stable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    stable = {k: v for k, v in manifest.items() if k not in _VOLATILE}
    stable["sources"] = [{k: v for k, v in dict(s).items() if k != "snapshot"} for s in stable.get("sources", ())]
    return stable


def point(store: Path, topic: str, release: str) -> None:
    """Swap the pointer of one topic: publishing and rolling back are the same move."""
    path = store / "current.json"
    current = json.loads(path.read_bytes()) if path.exists() else {}
    if current.get(topic) != release:
        replace(path, canonical_json({**current, topic: str(release)}))


def write_status(store: Path, status: StoreStatus) -> None:
    """Replace status.json, whole."""
    replace(store / "status.json", status.model_dump_json(indent=1).encode())


def replace(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one atomic step, flushed to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(part, content)
    part.replace(path)
    _flush_folder(path.parent)


def sweep(store: Path) -> None:
    """Remove what a killed publish left behind. Call it while holding the run's lock."""
    for draft in store.glob("releases/*/.draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
    for part in [*store.glob(".*.json.*"), *store.glob("geo/.*.geojson.*"), *store.glob("keys/.*")]:
        part.unlink(missing_ok=True)


def _shape(shape: GeoFile) -> Callable[[], bytes]:
    return lambda: json.dumps(shape.collection, separators=(",", ":")).encode()


def _write_shapes(store: Path, shapes: Mapping[str, Callable[[], bytes]]) -> None:
    for name, content in shapes.items():
        path = store / "geo" / name
        if not path.exists():
            replace(path, content())


def _work_folder(folder: Path) -> Path:
    work = folder.parent / f".draft-{folder.name}-{secrets.token_hex(4)}"
    (work / "downloads").mkdir(parents=True)
    return work


def _write_content(
    draft: ReleaseDraft, counts: pl.DataFrame, table: bytes, work: Path, on_step: OnStep
) -> tuple[FileInfo, ...]:
    counts.write_parquet(work / "counts.parquet", row_group_size=_ROW_GROUP)
    on_step("counts")
    if draft.zones is not None:
        columns = zones_schema(draft.zones.columns).items()
        draft.zones.select(pl.col(n).cast(t) for n, t in columns).write_parquet(work / "zones.parquet")
    for year, zones in _earlier(draft).items():
        zones.write_parquet(work / f"zones-{year}.parquet")
    on_step("zones")
    downloads = build_downloads(draft, counts, table)
    for download in downloads:
        _write(work / "downloads" / download.name, download.content)
    on_step("downloads")
    told = {f"downloads/{d.name}": d for d in downloads}
    return tuple(_info(work, path, told) for path in sorted(p for p in work.rglob("*") if p.is_file()))


def _seal(
    work: Path,
    folder: Path,
    said: Mapping[str, Any],
    infos: tuple[FileInfo, ...],
    certify: Certify,
    built_at: datetime,
    on_step: OnStep,
) -> None:
    """Certify what lies in `work`, name every file in the manifest, and make it the release `folder`."""
    digest = said_digest(_manifest(said, folder, infos, built_at).model_dump_json().encode())
    certificate = certify(Written(folder.name, {info.name: info.sha256 for info in infos}, digest))
    for name, content in certificate.items():
        _write(work / name, content)
    on_step("certificate")
    files = (*infos, *(_info(work, work / name, {}) for name in certificate))
    manifest = _manifest(said, folder, tuple(sorted(files, key=lambda info: info.name)), built_at)
    _write(work / "manifest.json", manifest.model_dump_json(indent=1).encode())
    _flush_tree(work)
    on_step("manifest")
    if folder.exists():  # damaged, or never certified: its content is written anew, under the name of that content
        shutil.rmtree(folder)
    work.rename(folder)
    _flush_folder(folder.parent)
    on_step("sealed")


def _earlier(draft: ReleaseDraft) -> dict[int, pl.DataFrame]:
    """The partitions of the years that do not stand on the release's `zones`."""
    return {
        year: zones
        for year, zones in draft.zones_by_year.items()
        if draft.zones is not None and not zones.equals(draft.zones)
    }


def _refuse_withdrawn(
    store: Path, topic: str, release: str, said: Manifest | Mapping[str, Any], table: Callable[[], bytes]
) -> None:
    """Nothing is compared, nor written as CSV, as long as nothing of the topic was ever taken back."""
    if tombstones(store, topic):
        refuse_withdrawn(store, topic, release, content_digest(said, table()))


def _whole(folder: Path, *, certified: bool = False) -> bool:
    """Whether a release lies there with every file at the size that its manifest names, its signature among them."""
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        if certified and not any(file.name == SIGNATURE for file in manifest.files):
            return False
        return all((folder / file.name).stat().st_size == file.bytes for file in manifest.files)
    except (OSError, ValueError):
        return False


def _manifest(said: Mapping[str, Any], folder: Path, files: tuple[FileInfo, ...], built_at: datetime) -> Manifest:
    pointer = folder.parents[2] / "current.json"
    current = json.loads(pointer.read_bytes()) if pointer.exists() else {}
    return Manifest.model_validate(
        {
            **said,
            "release": folder.name,
            "files": files,
            "built_at": built_at,
            "previous": current.get(folder.parent.name),
        }
    )


def _info(work: Path, path: Path, told: Mapping[str, Download]) -> FileInfo:
    name, content = path.relative_to(work).as_posix(), path.read_bytes()
    download = told.get(name)
    return FileInfo(
        name=name,
        title=download.title if download else name,
        format=download.format if download else path.suffix.lstrip("."),
        rows=download.rows if download else None,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            _flush_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
