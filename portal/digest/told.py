"""Up to which releases a subscriber was told: the whole memory of a subscription."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from portal.releases import Releases


@dataclass(frozen=True, slots=True)
class Told:
    """Topic → release, and the releases that were known to be withdrawn."""

    releases: Mapping[str, str] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()

    @classmethod
    def now(cls, releases: Releases) -> Self:
        """Everything that is published at this moment."""
        stones = (stone for topic in releases.store.topics() for stone in releases.store.withdrawals(topic))
        return cls(dict(releases.current), frozenset(stone.release for stone in stones))

    @classmethod
    def of_text(cls, text: str) -> Self:
        """As it was kept."""
        kept = json.loads(text or "{}")
        return cls(kept.get("releases", {}), frozenset(kept.get("withdrawn", ())))

    def to_text(self) -> str:
        return json.dumps({"releases": dict(self.releases), "withdrawn": sorted(self.withdrawn)}, sort_keys=True)
