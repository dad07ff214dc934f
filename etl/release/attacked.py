"""What was attacked before and passed: the very same figures are not attacked together again.

A topic is published every night, and on most nights says of homes what it said the night before. Whether a set of
releases tells anything follows from what they say of homes, in the order of publishing, and from the code that attacks
them. All of that together is the key under which a pass is remembered; so any other figure, zone, ladder, floor or
booked edition, in either tier, a release taken back, or another line of code is attacked anew. What is only in the
draft (its files, its shapes, its day) is attacked every time it differs, the day always.

    private/audit/attacked-<topic>.json    what each release says, as a hash; what passed. Lost, it is made anew
"""

import hashlib
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.audit.finding import Attempt
from etl.audit.published import Published, PublishedRelease
from etl.audit.repeats import said_in_all, said_of_homes, said_together
from etl.release.refusal import FOLDER
from etl.steps import audit as step
from etl.steps.audit import Audit, audit, audit_of_the_day, words_of
from etl.version import code_version

_PARTS = ("releases", "together", "words", "alone")
_KEPT = {"together": 8, "words": 8, "alone": 24}
"""How many passes are remembered: a few for each tier, since feeds may go back and forth."""


class Attacked:
    """What is remembered of a topic's releases, in both tiers, in the city's private folder."""

    def __init__(self, private: Path, topic: str) -> None:
        self._path = private / FOLDER / f"attacked-{topic}.json"
        self._by = _attacked_by()
        self._known = _read(self._path, self._by)
        self._seen: dict[str, dict[str, str]] = {}
        self._fresh: dict[Path, str] = {}

    def built_at(self, release: PublishedRelease) -> datetime:
        """When a release was published."""
        return datetime.fromisoformat(self._about(release)["built_at"])

    def said(self, release: PublishedRelease) -> str:
        """`said_of_homes` of a release, read from its files once."""
        about = self._about(release)
        if "said" not in about:
            about["said"] = said_of_homes(release)
        return about["said"]

    def passed(self, concerned: Published, draft: Published, *, gone: Collection[tuple[str, str]] = ()) -> Audit | None:
        """The audit that passed when these releases, or others that say the same of homes, were attacked together.

        None where there was none, or where an attack on the draft alone finds anything.
        """
        found = self._known["together"].get(self._key(concerned, gone))
        if found is None:
            return None
        alone = all(self._whole(release) in self._known["alone"] for release in draft.releases)
        done = audit_of_the_day(draft) if alone else audit(draft)
        return None if done.findings else Audit(_attempts(found))

    def words(self, public: Published) -> Sequence[Attempt]:
        """`words_of` public releases, made once for all that say the same of homes."""
        key = self._key(public, ())
        if key not in self._known["words"]:
            self._known["words"][key] = [asdict(attempt) for attempt in words_of(public)]
        return _attempts(self._known["words"][key])

    def keep(
        self, concerned: Published, draft: Published, done: Audit, *, gone: Collection[tuple[str, str]] = ()
    ) -> None:
        """Remember an audit that passed. Nothing may be kept of one that found anything."""
        if done.findings:
            raise ValueError("An audit with findings is no pass.")
        self._known["together"][self._key(concerned, gone)] = [asdict(attempt) for attempt in done.attempts]
        for release in draft.releases:
            self._known["alone"][self._whole(release)] = []
        passes = {name: dict(list(self._known[name].items())[-most:]) for name, most in _KEPT.items()}
        _write(self._path, {"by": self._by, "releases": self._of_stores(draft), **passes})

    def _of_stores(self, draft: Published) -> dict[str, dict[str, str]]:
        staged = {_name(release) for release in draft.releases}
        return {name: about for name, about in self._seen.items() if name not in staged}

    def _about(self, release: PublishedRelease) -> dict[str, str]:
        name = _name(release)
        if name not in self._seen:
            stamp, known = _stamp(release), self._known["releases"].get(name, {})
            same = known.get("stamp") == stamp
            self._seen[name] = known if same else {"stamp": stamp, "built_at": release.built_at.isoformat()}
        return self._seen[name]

    def _whole(self, release: PublishedRelease) -> str:
        if release.folder not in self._fresh:
            self._fresh[release.folder] = said_in_all(release)
        return self._fresh[release.folder]

    def _key(self, concerned: Published, gone: Collection[tuple[str, str]]) -> str:
        told = (*said_together(concerned, keep=gone, said=self.said), *(" ".join(each) for each in sorted(gone)))
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _name(release: PublishedRelease) -> str:
    return f"{release.tier} {release.id}"


def _stamp(release: PublishedRelease) -> str:
    """Tells whether a file was replaced since it was read; a release never changes."""
    names = sorted(["manifest.json", "counts.parquet", *(p.name for p in release.folder.glob("zones*.parquet"))])
    stats = [(release.folder / name).stat() for name in names]
    told = [(name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in zip(names, stats, strict=True)]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _attacked_by() -> str:
    attacks = [f"{attack.__module__}.{attack.__qualname__}" for attack in step.ATTACKS]
    return " ".join((code_version(), pl.__version__, *attacks))


def _attempts(told: Sequence[dict[str, Any]]) -> tuple[Attempt, ...]:
    return tuple(Attempt(**{**each, "findings": ()}) for each in told)


def _read(path: Path, by: str) -> dict[str, dict[str, Any]]:
    """What is remembered, unless other code wrote it; a file that cannot be read is as good as none."""
    try:
        known = json.loads(path.read_bytes())
        fitting = known["by"] == by and all(isinstance(known[name], dict) for name in _PARTS)
    except (OSError, ValueError, KeyError, TypeError):
        fitting = False
    return {name: dict(known[name]) if fitting else {} for name in _PARTS}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
    part.replace(path)
