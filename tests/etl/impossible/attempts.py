"""What the tries of this folder have in common: a small city to do wrong with.

What must be impossible is tried, item by item of the specification, through the program's own doors: a run whose noise,
feed, ledger or declaration was tampered with, a store that was tampered with and is about to be published again, a
portal that is watched while it answers.
"""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from etl.audit.finding import Finding
from etl.audit.published import published
from etl.errors import WouldDisclose
from etl.protect.mechanism import DiscreteGaussian
from etl.steps.audit import Audit, audit, require_pass
from tests.machinery.small_city import current, etl

COURT = "feeds/court/detainer_warrants.csv.gz"
BEFORE, TODAY = "2026-10-10", "2026-11-15"
"""Between these two days September and the third quarter close."""
CANARY = "zqx7 Quackenbush"
FLOOR = 5

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class City:
    """A small city and what was kept of its last run."""

    folder: Path
    var: Path

    @property
    def public(self) -> Path:
        return self.var / "public"

    @property
    def release(self) -> Path:
        """The folder of the evictions release that is up."""
        return self.public / "releases/evictions" / current(self.public)["evictions"]

    @property
    def counts(self) -> pl.DataFrame:
        return pl.read_parquet(self.release / "counts.parquet")

    def run(self, *options: str) -> int:
        return etl("run", self.folder, "evictions", "--var", self.var, *options).code


def on_day(city: City, day: str) -> None:
    path = city.folder / "city.toml"
    path.write_text(path.read_text().replace(BEFORE, day).replace(TODAY, day))


def noise(monkeypatch: pytest.MonkeyPatch, draw: Callable[[Sequence[int], float], list[int]]) -> None:
    """Whoever draws noise from now on gets this; the audit, which would refuse such figures, is set aside."""
    monkeypatch.setattr(
        "etl.release.publication.audit",
        lambda found: Audit(tuple(replace(a, findings=()) for a in audit(found).attempts)),
    )
    monkeypatch.setattr(DiscreteGaussian, "__call__", lambda self, counts, sigma: draw(counts, sigma))


def refused(city: City, change: Change) -> set[str]:
    """Tamper with the table that is about to be published; the attacks that see it, after a refusal."""
    path = city.release / "counts.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    done = audit(published({"public": [city.public]}))
    with pytest.raises(WouldDisclose) as stopped:
        require_pass(done)
    assert stopped.value.exit_code == 14
    findings: tuple[Finding, ...] = done.findings
    return {finding.attack for finding in findings}


def count_rows(grain: str, geography: str) -> pl.Expr:
    return (pl.col("measure") == "homes_filed") & (pl.col("grain") == grain) & (pl.col("geography") == geography)


def cases_of(text: bytes) -> list[bytes]:
    return gzip.decompress(text).splitlines(keepends=True)
