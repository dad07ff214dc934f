"""A real city run from its files to its releases, by the command line that a city uses."""

import gzip
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.vault import Vault, kept
from layers.store.reader import Release, Store

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left: its folder (private/ and public/) and all that it said."""

    var: Path
    said: str

    @property
    def public(self) -> Path:
        return self.var / "public"

    def release(self, topic: str) -> Release:
        return Store(self.public).release(topic)

    def vault(self, topic: str, source: str) -> pl.DataFrame:
        """Private events of a source, or `<source>-counts`: private counts of what is not published."""
        private = self.var / "private"
        loose = kept(private, topic, source)
        return Vault(private, topic, source).scan().collect() if loose is None else loose


def run_city(folder: Path, var: Path, *topics: str) -> Run:
    """`python -m etl run`; fails the test where a topic is held."""
    command = [sys.executable, "-m", "etl", "run", str(folder), *topics, "--var", str(var)]
    ran = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:] + ran.stdout[-2000:]
    return Run(var, ran.stdout + ran.stderr)


def public_bytes(public: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the public folder, unpacked where it is packed; tables also as text."""
    for path in sorted(p for p in public.rglob("*") if p.is_file()):
        name = str(path.relative_to(public))
        content = path.read_bytes()
        yield name, gzip.decompress(content) if path.suffix == ".gz" else content
        if path.suffix == ".parquet":
            yield name, _texts_of(path)


def _texts_of(path: Path) -> bytes:
    """All different texts of a table."""
    frame = pl.scan_parquet(path)
    texts = [name for name, dtype in frame.collect_schema().items() if dtype == pl.String]
    return "\n".join(
        value for name in texts for value in frame.select(pl.col(name).drop_nulls().unique()).collect()[name]
    ).encode()


def found(secrets: Iterable[str], run: Run) -> list[str]:
    """Where any of these texts stands, as a word of its own, in what the run published or said: file names only."""
    needles = [secret.encode() for secret in secrets]
    said = [("output", run.said.encode()), *public_bytes(run.public)]
    return [name for name, content in said if any(_holds(content, needle) for needle in needles)]


def _holds(content: bytes, needle: bytes) -> bool:
    """Not as digits in the middle of a coordinate. The plain search is the quick one and comes first."""
    return needle in content and re.search(rb"(?<![\w.])" + re.escape(needle) + rb"(?!\w)", content) is not None
