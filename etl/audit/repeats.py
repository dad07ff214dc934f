"""Releases that say again what an earlier one said: a topic that is published every night adds nothing on most of them.

Who has collected one of them learns nothing from the others about homes. A release is attacked in all its files before
it is published, and never changes; so when the next one is to be published, one of those that say the same suffices.
"""

import hashlib
import json
from collections.abc import Collection

import polars as pl

from etl.audit.published import Published, PublishedRelease


def without_repeats(everything: Published, *, keep: Collection[tuple[str, str]] = ()) -> Published:
    """The releases without those that tell of homes exactly what an earlier one of their topic and tier tells.

    The newest of each topic and tier stays, so does every release of `keep` (tier and id).
    """
    newest = {(release.tier, release.topic): release for release in everything.releases}
    said: set[str] = set()
    stay = []
    for release in everything.releases:
        told = _told(release)
        kept = (release.tier, release.id) in keep
        if kept or release is newest[release.tier, release.topic] or told not in said:
            stay.append(release)
        if not kept:
            said.add(told)
    return Published(tuple(stay))


def _told(release: PublishedRelease) -> str:
    """A hash of everything about homes that a release tells: rows, zones, and what its manifest says of protection."""
    manifest = release.manifest
    names = ("protection", "protected", "measures", "quality", "geographies")
    digest = hashlib.sha256(json.dumps({name: manifest.get(name) for name in names}, sort_keys=True).encode())
    digest.update(f"{release.tier} {release.topic}".encode())
    wanted = list(dict.fromkeys([*release.about_homes, *release.guarded["measure"].to_list()]))
    rows = pl.scan_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(wanted)).collect()
    digest.update(rows.hash_rows().to_numpy().tobytes())
    for path in sorted(release.folder.glob("zones*.parquet")):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
