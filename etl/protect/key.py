"""What names one measurement."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class MeasurementKey:
    """One table of one period, for one tier. `edition` 2 and higher are booked by a person for a genuine error."""

    topic: str
    tier: str
    table: str
    period: date
    edition: int = 1

    @property
    def year(self) -> int:
        """The calendar year of the homes that it tells about."""
        return self.period.year

    def __str__(self) -> str:
        return f"{self.topic}/{self.tier}/{self.table}/{self.period}/edition {self.edition}"
