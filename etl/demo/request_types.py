"""The types of 311 requests that the demo city takes: what they are, how often, when, and how long they take."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Where = Literal["place", "home", "sensitive"]


@dataclass(frozen=True, slots=True)
class RequestType:
    """One type as the center files it. `group` is None for types that the city has not mapped yet.

    share: of all requests. peak and swing: the season. heat: factor during the heat wave. promised: days, None where
    nothing is promised. median: days to close. strain: how much more of it hard-pressed neighborhoods have.
    """

    name: str
    group: str | None
    share: float
    department: str
    median: float
    promised: float | None = None
    peak: date = date(2025, 7, 1)
    swing: float = 0.0
    heat: float = 1.0
    strain: float = 0.3
    where: Where = "place"


_WORKS, _TRAFFIC, _WASTE = "Public Works", "Traffic Engineering", "Solid Waste"
_CODES, _PARKS, _WATER = "Neighborhood Codes", "Parks and Trees", "Stormwater"
_ANIMALS, _POLICE, _LIGHTS = "Animal Services", "Police", "Street Lighting"
_EARLY_MARCH, _JANUARY = date(2025, 3, 5), date(2025, 1, 15)

TYPES: tuple[RequestType, ...] = (
    RequestType("Pothole Repair", "potholes", 0.105, _WORKS, 3.2, 5, _EARLY_MARCH, 0.5),
    RequestType("Road Surface Defect", "potholes", 0.020, _WORKS, 9.0, 21, _EARLY_MARCH, 0.3),
    RequestType("Street Light Out", "street_lights", 0.060, _LIGHTS, 6.0, 10, date(2025, 12, 10), 0.25),
    RequestType("Traffic Signal Malfunction", "traffic_signals", 0.025, _TRAFFIC, 0.4, 1),
    RequestType("Sign Down or Missing", "traffic_signals", 0.020, _TRAFFIC, 4.0, 7),
    RequestType("Graffiti on Public Property", "graffiti", 0.025, _WORKS, 4.5, 7, date(2025, 6, 15), 0.2, strain=0.8),
    RequestType("Illegal Dumping", "illegal_dumping", 0.060, _WASTE, 6.5, 7, date(2025, 4, 20), 0.25, strain=1.1),
    RequestType("Missed Trash Collection", "missed_collection", 0.090, _WASTE, 1.3, 2, date(2025, 12, 28), 0.2),
    RequestType("Missed Recycling Collection", "missed_collection", 0.045, _WASTE, 1.8, 3, date(2025, 12, 28), 0.15),
    RequestType("Street Sweeping Request", "street_cleaning", 0.020, _WORKS, 8.0, 14, date(2025, 10, 25), 0.4),
    RequestType("Dead Animal Pickup", "animals", 0.030, _WASTE, 0.9, 1, date(2025, 7, 5), 0.35),
    RequestType("Stray Animal", "animals", 0.030, _ANIMALS, 1.6, 2, date(2025, 6, 20), 0.3, 1.5, strain=0.7),
    RequestType(
        "Tree Down or Hazardous Limb", "trees", 0.040, _PARKS, 2.5, 3, date(2025, 6, 10), 0.35, 1.6, strain=0.0
    ),
    RequestType("Tree Trimming Request", "trees", 0.020, _PARKS, 40.0, 60, date(2025, 5, 20), 0.3, strain=-0.3),
    RequestType("Sidewalk Repair", "sidewalks", 0.025, _WORKS, 34.0, 45),
    RequestType("Blocked Storm Drain", "drainage", 0.030, _WATER, 3.5, 5, _EARLY_MARCH, 0.5),
    RequestType("Street Flooding", "drainage", 0.012, _WATER, 1.2, 2, _EARLY_MARCH, 0.6),
    RequestType("Abandoned Vehicle", "abandoned_vehicles", 0.040, _CODES, 8.5, 10, strain=0.9),
    RequestType("Park Maintenance", "other", 0.025, _PARKS, 7.0, None, date(2025, 7, 10), 0.4),
    RequestType("Water Leak in Street", "other", 0.020, _WATER, 1.0, 1, _JANUARY, 0.25),
    RequestType("No Heat", "heat_and_hot_water", 0.020, _CODES, 2.0, 2, _JANUARY, 0.97, 0.0, 1.0, "home"),
    RequestType("No Hot Water", "heat_and_hot_water", 0.015, _CODES, 2.4, 3, _JANUARY, 0.5, 0.8, 1.0, "home"),
    RequestType(
        "Housing Code - Interior", "housing_code", 0.045, _CODES, 21.0, 30, date(2025, 7, 20), 0.2, 2.4, 1.1, "home"
    ),
    RequestType(
        "Housing Code - Exterior", "housing_code", 0.030, _CODES, 18.0, 30, date(2025, 7, 20), 0.4, 1.0, 0.9, "home"
    ),
    RequestType(
        "Noise - Residential", "noise_at_home", 0.050, _POLICE, 0.2, 1, date(2025, 7, 4), 0.4, 1.4, 0.6, "home"
    ),
    RequestType("Bulky Item Pickup", "bulky_items", 0.065, _WASTE, 5.0, 7, date(2025, 8, 1), 0.3, 1.0, 0.2, "home"),
    RequestType("Welfare Check", "sensitive", 0.008, _POLICE, 0.1, None, heat=2.0, where="sensitive"),
    RequestType("Domestic Disturbance", "sensitive", 0.004, _POLICE, 0.1, None, where="sensitive"),
    RequestType("Child Welfare Referral", "sensitive", 0.003, "Human Services", 1.0, None, where="sensitive"),
    RequestType("Police Non-Emergency", "sensitive", 0.006, _POLICE, 0.3, None, where="sensitive"),
    RequestType("Community Garden Permit", None, 0.006, _PARKS, 12.0, None),
    RequestType("Pilot Program 7", None, 0.006, _WORKS, 6.0, None),
)
