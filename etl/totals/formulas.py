"""What each measure of the contact center is made of: parts that are added up first, and divided last."""

from dataclasses import dataclass
from typing import Literal

from layers.period import Grain

By = Literal["channel", "language"]
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Formula:
    """`parts` added up, divided by `under` added up, times `scale`.

    Without `under` it is a sum, or with `mean` the average of a stock over the days or months that tell it. `by`: also
    told by channel or language. `category`: of the parts above the line only what is of that one. `yearly`: times the
    days or months of a year. `guarded`: small figures are hidden.
    """

    measure: str
    parts: tuple[str, ...]
    under: tuple[str, ...] = ()
    scale: float = 1.0
    by: By | None = None
    category: str | None = None
    mean: bool = False
    yearly: bool = False
    guarded: bool = False


FORMULAS: tuple[Formula, ...] = (
    Formula("handled", ("handled",), by="channel"),
    Formula("handled_by_language", ("handled",), by="language", guarded=True),
    Formula("offered", ("offered",)),
    Formula("answered", ("answered",)),
    Formula("abandoned_share", ("abandoned",), ("offered",)),
    Formula("speed_of_answer", ("answer_time",), ("answered",)),
    Formula("wait", ("wait_time",), ("offered",)),
    Formula("talk_time", ("talk_time",), ("answered",)),
    Formula("staffed_hours", ("staffed_time",), scale=1 / _HOUR),
    Formula("occupancy", ("busy_time",), ("staffed_time",)),
    Formula("checked", ("checked",)),
    Formula("first_contact_resolution", ("resolved",), ("checked",)),
    Formula("replied", ("replied",)),
    Formula("response_time", ("reply_time",), ("replied",), scale=1 / _HOUR),
    Formula("survey_answers", ("survey_answers",), by="channel", guarded=True),
    Formula("satisfaction", ("satisfied",), ("survey_answers",), by="channel", guarded=True),
    Formula("survey_answers_by_language", ("survey_answers",), by="language", guarded=True),
    Formula("satisfaction_by_language", ("satisfied",), ("survey_answers",), by="language", guarded=True),
    Formula("complaints", ("complaints",)),
    Formula("services", ("services",), mean=True),
    Formula("self_service_available", ("services_online",), ("services",)),
    Formula("contacts_and_self_service", ("self_served", "handled")),
    Formula("self_service_deflection", ("self_served",), ("self_served", "handled")),
    Formula("cost_per_call", ("cost",), ("answered",), category="phone"),
    Formula("cost_per_contact", ("cost",), ("handled",), by="channel"),
    Formula("staff", ("staff",), mean=True),
    Formula("turnover", ("left",), ("staff",), yearly=True),
)
"""One for each measure of the topic, in its order."""

SHARES_OF: dict[str, str] = {
    "satisfaction": "survey_answers",
    "satisfaction_by_language": "survey_answers_by_language",
}
"""Shares that are hidden wherever the count under them is."""

A_YEAR = {Grain.DAY: 365.25, Grain.WEEK: 365.25 / 7, Grain.MONTH: 12.0}
"""Days, weeks, months of a year."""
