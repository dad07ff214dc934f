"""What published certificates say was measured. A ledger that knows less is an older copy: its noise would be new."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from etl.protect.ledger import Ledger
from etl.protect.refusals import LedgerBroken
from layers.certificate import CERTIFICATE, read_certificate

_SIGMA_DECIMALS = 4
"""Of a certificate."""

_Told = tuple[str, float, int, date]
"""Table, sigma, number of periods, the last of them."""


def refuse_older_ledger(ledger: Ledger, store: Path, topic: str, tier: str) -> None:
    """Raises LedgerBroken where a release of the tier's store tells of measurements that the ledger does not know.

    Without this, a private folder put back from an older copy would draw a second answer to questions that the public
    holds the first answer to, and would not know what that costs.
    """
    known = _most((m.table, m.sigma, m.periods, m.last) for m in ledger.measured(topic, tier))
    for (table, sigma), (periods, last) in _most(_told(store / "releases" / topic)).items():
        found, latest = known.get((table, sigma), (0, date.min))
        if found < periods or latest < last:
            raise LedgerBroken(
                f"Releases of {topic} ({tier}) tell of {periods} periods of {table}, the last {last}; the ledger "
                f"knows {found}."
            )


def _told(releases: Path) -> Iterator[_Told]:
    for folder in sorted(releases.glob("[!.]*")):
        path = folder / CERTIFICATE
        if path.exists():
            stat = path.stat()
            yield from _certified(folder, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=4096)
def _certified(folder: Path, _stamp: tuple[int, ...]) -> tuple[_Told, ...]:
    """What the certificate in a release folder tells: after years there are hundreds, and a release never changes."""
    certificate = read_certificate(folder)
    return tuple((m.table, m.sigma, m.periods, m.last) for m in (certificate.measured if certificate else ()))


def _most(told: Iterable[_Told]) -> dict[tuple[str, float], tuple[int, date]]:
    """By table and noise, the most periods that anybody tells of, and the latest."""
    most: dict[tuple[str, float], tuple[int, date]] = defaultdict(lambda: (0, date.min))
    for table, sigma, periods, last in told:
        key = (table, round(sigma, _SIGMA_DECIMALS))
        most[key] = (max(most[key][0], periods), max(most[key][1], last))
    return most
