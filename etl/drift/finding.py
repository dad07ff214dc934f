"""One difference between a feed and the last accepted one, in words."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

MEANING, QUALITY, PLACES, NOTE = 11, 12, 13, 0
"""Exit codes: columns, codes or meaning changed; volume, mix, lag or duplicates; too few located; only told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What changed. `kind` names the rule, `about` the field, column, code or group; `exit_code` is NOTE for a note.

    `before`, `after` and `threshold` are figures in words. Nothing here is a record's value: codes of a declared code
    list and names of columns are the most that is told.
    """

    kind: str
    about: str
    sentence: str
    exit_code: int
    before: str = ""
    after: str = ""
    threshold: str = ""

    @property
    def holds(self) -> bool:
        """Whether the run is held for it."""
        return self.exit_code != NOTE

    def line(self) -> str:
        """The finding for a terminal."""
        limit = f" (limit: {self.threshold})" if self.threshold and self.holds else ""
        return f"{'held' if self.holds else 'note'}: {self.sentence}{limit}"

    def told(self) -> dict[str, Any]:
        """The finding for machines and for the private database."""
        return asdict(self)


def from_told(told: dict[str, Any]) -> Finding:
    """The reverse of `Finding.told`."""
    return Finding(**told)


def fingerprint(snapshot: str, findings: Iterable[Finding]) -> str:
    """Names exactly these findings about exactly this snapshot: what an approval is for."""
    told = sorted(f"{f.kind}\0{f.about}\0{f.before}\0{f.after}" for f in findings if f.holds)
    return sha256("\n".join([snapshot, *told]).encode()).hexdigest()[:16]


def percent(share: float) -> str:
    """A share (0 to 1) as people write it."""
    return f"{share:.1%}"
