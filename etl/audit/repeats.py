"""Releases that say again what an earlier one said: a topic that is published every night adds nothing on most of them.

Who has collected one of them learns nothing from the others about homes. A release is attacked in all its files before
it is published, and never changes; so when the next one is to be published, one of those that say the same suffices.
And what they say together needs to be attacked together once.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

import polars as pl

from etl.audit.published import Published, PublishedRelease

ABOUT_HOMES = ("protection", "protected", "measures", "geographies")
"""What a manifest says that attacks on several releases together read."""
OF_THE_DAY = ("release", "built_at", "previous", "as_of", "covers_to", "closings", "sources")
"""What a manifest says anew every night. Of these an attack reads `as_of` and `closings`: `release_against_release`."""

Said = Callable[[PublishedRelease], str]


def without_repeats(
    everything: Published, *, keep: Collection[tuple[str, str]] = (), said: Said | None = None
) -> Published:
    """The releases without those that tell of homes exactly what an earlier one of their topic and tier tells.

    The newest of each topic and tier stays, so does every release of `keep` (tier and id). `said` gives
    `said_of_homes` of a release, perhaps from memory.
    """
    tell = said or said_of_homes
    newest = {(release.tier, release.topic): release for release in everything.releases}
    known: set[str] = set()
    stay = []
    for release in everything.releases:
        told = tell(release)
        kept = (release.tier, release.id) in keep
        if kept or release is newest[release.tier, release.topic] or told not in known:
            stay.append(release)
        if not kept:
            known.add(told)
    return Published(tuple(stay))


def said_together(concerned: Published, *, keep: Collection[tuple[str, str]] = (), said: Said) -> tuple[str, ...]:
    """What all of them say of homes, in the order of publishing, one text for each that differs from the one before
    it in its tier and topic. Whoever says the same together is attacked together with the same success."""
    told: list[str] = []
    last: dict[tuple[str, str], str] = {}
    for release in concerned.releases:
        digest, series = said(release), (release.tier, release.topic)
        if (release.tier, release.id) in keep:
            told.append(f"{release.id} {digest}")
        elif last.get(series) != digest:
            told.append(digest)
            last[series] = digest
    return tuple(told)


def said_of_homes(release: PublishedRelease) -> str:
    """A hash of everything about homes that a release tells: rows, zones, and what its manifest says of protection."""
    digest = hashlib.sha256(_text({name: release.manifest.get(name) for name in ABOUT_HOMES}))
    digest.update(f"{release.tier} {release.topic}".encode())
    wanted = list(dict.fromkeys([*release.about_homes, *release.guarded["measure"].to_list()]))
    rows = pl.scan_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(wanted)).collect()
    digest.update(rows.hash_rows().to_numpy().tobytes())
    for path in sorted(release.folder.glob("zones*.parquet")):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def said_in_all(release: PublishedRelease) -> str:
    """A hash of every file of a release, of the shapes of its store, and of its manifest but for OF_THE_DAY."""
    digest = hashlib.sha256(f"{release.tier} {release.topic}".encode())
    digest.update(_text({name: told for name, told in release.manifest.items() if name not in OF_THE_DAY}))
    for name, content in _files(release):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _files(release: PublishedRelease) -> Iterator[tuple[str, bytes]]:
    shapes = release.folder.parents[2] / "geo"
    for folder in (release.folder, shapes):
        for path in sorted(folder.rglob("*")):
            apart = folder == shapes and path.name.startswith("addresses")  # they hold no figure: `presence` reads them
            if path.is_file() and path.name != "manifest.json" and not apart:
                yield path.relative_to(folder).as_posix(), path.read_bytes()


def _text(said: Any) -> bytes:
    return json.dumps(said, sort_keys=True).encode()
