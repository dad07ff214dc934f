"""Figures that other centers published of themselves, each with its year and source. Not measured alike.

A share is a part of 1, a time is in seconds, a cost in dollars of its year; calls are of a year.
"""

from dataclasses import dataclass

from portal.language import N_

APPLICATIONS = "Public Technology Institute, Citizen-Engaged Community applications, 2012 to 2014"
KNOXVILLE = "City of Knoxville, news release of 11 March 2015"
PROJECT = N_("Account of a utility's 311 project")

SOURCES: tuple[str, ...] = (APPLICATIONS, KNOXVILLE, PROJECT)

CALLS = "calls"
"""Calls of a year, as the centers count them."""
COMPARED: tuple[str, ...] = (
    CALLS,
    "abandoned_share",
    "speed_of_answer",
    "talk_time",
    "occupancy",
    "first_contact_resolution",
    "satisfaction",
    "cost_per_call",
)
"""What some center published, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Center:
    """One center and its published figures, by measure. `also`: what else it published, as a message."""

    name: str
    year: int
    figures: dict[str, float]
    source: str
    also: str = ""


def _center(
    name: str,
    calls: float,
    *,
    abandoned: float | None = None,
    answer: float | None = None,
    cost: float | None = None,
    occupancy: float | None = None,
    satisfied: float | None = None,
    talk: float | None = None,
) -> Center:
    told = {
        CALLS: calls, "abandoned_share": abandoned, "speed_of_answer": answer, "cost_per_call": cost,
        "occupancy": occupancy, "satisfaction": satisfied, "talk_time": talk,
    }  # fmt: skip
    return Center(name, 2012, {key: value for key, value in told.items() if value is not None}, APPLICATIONS)


CENTERS: tuple[Center, ...] = (
    _center("Charlotte and Mecklenburg County, NC", 1_400_000, abandoned=0.031, answer=26, cost=4.64, occupancy=0.713),
    _center("Denver, CO", 600_000, abandoned=0.18, answer=101, cost=3.10, occupancy=0.90, satisfied=0.88, talk=175),
    _center("Houston, TX", 2_010_000, cost=3.31),
    _center("Miami-Dade County, FL", 2_470_000, abandoned=0.143, answer=91, cost=3.41, occupancy=0.92, talk=174),
    _center("Montgomery County, MD", 470_000, abandoned=0.017, answer=16, cost=2.75, occupancy=0.866, talk=148),
    _center("New York, NY", 22_240_000, abandoned=0.032, answer=18, occupancy=0.81),
    _center("Orange County, FL", 269_436, abandoned=0.026, answer=18, cost=4.54, talk=150),
    _center("Philadelphia, PA", 1_300_000, abandoned=0.05, answer=28, talk=211),
    _center("Riverside, CA", 200_000, abandoned=0.052, occupancy=0.55, talk=147),
    _center("Sacramento, CA", 353_300, abandoned=0.235, answer=121, cost=4.22, satisfied=0.931, talk=150),
    _center("San Antonio, TX", 1_264_000, abandoned=0.159, cost=0.64),
    _center("San Francisco, CA", 2_649_401, abandoned=0.128, answer=30, talk=80),
    Center(
        "Knoxville, TN", 2014, {CALLS: 181_694}, KNOXVILLE,
        N_("46,205 service requests; 85 % handled in time; 98 % of questions answered appropriately"),
    ),
    Center(
        "A utility's 311 project", 2020,
        {"abandoned_share": 0.06, "first_contact_resolution": 0.85, "talk_time": 120}, PROJECT,
        N_("37 % were abandoned before the project; its first 100,000 calls"),
    ),
)  # fmt: skip
