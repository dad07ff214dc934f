"""What an attack says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an intruder learned, named by published words alone: release, measure, place, period."""

    attack: str
    tier: str
    topic: str
    release: str
    where: str
    """The published key, such as `homes_filed, zone1 8944ce00007ffff, year 2025`."""
    learned: str
    """What it gives away, in a sentence."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack on everything published: how many figures it tried, what it found, how far it got."""

    attack: str
    title: str
    tried: int
    findings: tuple[Finding, ...]
    best: str
    """The best that it achieved, in a sentence that a certificate can print."""
