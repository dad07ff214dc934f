"""The one writer of the store. The portal may not import it.

Order of a publish: shapes, then a draft folder, then its rename, then the pointer. Killed anywhere, the store shows
the old release or the new one, whole: what the pointer does not name is not published.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from layers.release import FileInfo, Manifest, ReleaseDraft, ReleaseId, StoreStatus, Written
from layers.store.downloads import Download, build_downloads, canonical_json
from layers.store.schema import conform, zones_schema

OnStep = Callable[[str], None]
STEPS: tuple[str, ...] = ("shapes", "counts", "zones", "downloads", "certificate", "manifest", "sealed", "pointer")
"""What `on_step` is told, after each has been done and flushed to disk."""

_VOLATILE = ("release", "built_at", "previous", "code_version", "files")
_ROW_GROUP = 50_000


def publish(draft: ReleaseDraft, store: Path, *, built_at: datetime, on_step: OnStep = lambda step: None) -> ReleaseId:
    """Write the release and point to it. The same content again is the same release, and writes nothing new.

    Raises ValueError where the draft contradicts the schema, OSError where the disk refuses.
    """
    counts = conform(draft.counts)
    table = counts.write_csv().encode()
    release = release_id(draft, table)
    _write_shapes(draft, store)
    on_step("shapes")
    folder = store / "releases" / draft.topic / release
    if not _whole(folder):
        _write_release(draft, counts, table, folder, built_at, on_step)
    point(store, draft.topic, release)
    on_step("pointer")
    return release


def release_id(draft: ReleaseDraft, table: bytes) -> ReleaseId:
    """Names the public content: counts as CSV, zones, the shapes' names and what the manifest says."""
    digest = hashlib.sha256(table)
    digest.update(canonical_json(_stable(draft.manifest)))
    digest.update("".join(sorted(shape.name for shape in draft.geo)).encode())
    if draft.zones is not None:
        digest.update(draft.zones.write_csv().encode())
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


def _write_shapes(draft: ReleaseDraft, store: Path) -> None:
    for shape in draft.geo:
        path = store / "geo" / shape.name
        if not path.exists():
            replace(path, json.dumps(shape.collection, separators=(",", ":")).encode())


def _write_release(
    draft: ReleaseDraft, counts: pl.DataFrame, table: bytes, folder: Path, built_at: datetime, on_step: OnStep
) -> None:
    work = folder.parent / f".draft-{folder.name}-{secrets.token_hex(4)}"
    (work / "downloads").mkdir(parents=True)
    counts.write_parquet(work / "counts.parquet", row_group_size=_ROW_GROUP)
    on_step("counts")
    if draft.zones is not None:
        columns = zones_schema(draft.zones.columns).items()
        draft.zones.select(pl.col(n).cast(t) for n, t in columns).write_parquet(work / "zones.parquet")
    on_step("zones")
    downloads = build_downloads(draft, counts, table)
    for download in downloads:
        _write(work / "downloads" / download.name, download.content)
    on_step("downloads")
    _write_certificate(draft, work, folder, _files(work, downloads), built_at)
    on_step("certificate")
    manifest = _manifest(draft, folder, counts.height, _files(work, downloads), built_at)
    _write(work / "manifest.json", manifest.model_dump_json(indent=1).encode())
    _flush_tree(work)
    on_step("manifest")
    if folder.exists():  # damaged: its content is written anew, under the name of that content
        shutil.rmtree(folder)
    work.rename(folder)
    _flush_folder(folder.parent)
    on_step("sealed")


def _write_certificate(
    draft: ReleaseDraft, work: Path, folder: Path, files: tuple[FileInfo, ...], built_at: datetime
) -> None:
    """What the draft's `certify` has to say of the files that were just written."""
    manifest = _manifest(draft, folder, draft.counts.height, files, built_at)
    written = Written(
        folder.name, {file.name: file.sha256 for file in files}, said_digest(manifest.model_dump_json().encode())
    )
    for name, content in draft.certify(written).items():
        _write(work / name, content)


def _whole(folder: Path) -> bool:
    """Whether a release lies there with every file at the size that its manifest names."""
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        return all((folder / file.name).stat().st_size == file.bytes for file in manifest.files)
    except (OSError, ValueError):
        return False


def _manifest(
    draft: ReleaseDraft, folder: Path, rows: int, files: tuple[FileInfo, ...], built_at: datetime
) -> Manifest:
    pointer = folder.parents[2] / "current.json"
    current = json.loads(pointer.read_bytes()) if pointer.exists() else {}
    return Manifest.model_validate(
        {
            **draft.manifest,
            "release": folder.name,
            "rows": rows,
            "files": files,
            "built_at": built_at,
            "previous": current.get(draft.topic),
        }
    )


def _files(work: Path, downloads: list[Download]) -> tuple[FileInfo, ...]:
    told = {f"downloads/{d.name}": d for d in downloads}
    infos = []
    for path in sorted(p for p in work.rglob("*") if p.is_file()):
        name, content = path.relative_to(work).as_posix(), path.read_bytes()
        download = told.get(name)
        infos.append(
            FileInfo(
                name=name,
                title=download.title if download else name,
                format=download.format if download else path.suffix.lstrip("."),
                rows=download.rows if download else None,
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
        )
    return tuple(infos)


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
