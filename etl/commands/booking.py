"""Booking a second measurement from the command line."""

import json
from datetime import date

from etl.commands.given import said
from etl.context import Context
from etl.errors import DeclarationError
from etl.homes.keys import HomeKeys
from etl.protect.editions import book_edition
from etl.protect.ledger import Ledger
from etl.protect.refusals import EditionRefused
from etl.release.protection import policy_of
from layers.policy import PROTECTED_TOPICS
from layers.topics import topic


def book(
    context: Context, name: str, table: str, period: str, *, reason: str, by: str, rho: float | None, as_json: bool
) -> list[str]:
    """Book the next edition; what it cost, in lines. Raises DeclarationError, EditionRefused or LedgerOverdrawn."""
    if name not in PROTECTED_TOPICS:
        raise _wrong("TOPIC", f"{name} is not measured.", f"Choose from {', '.join(PROTECTED_TOPICS)}.")
    day = _day(period)
    if day.year in HomeKeys(context.folders, name, context.tier).retired():
        raise EditionRefused(
            f"The year {day.year} of {name} is done: the key of its homes is destroyed, nothing can be counted again.",
            "What was measured stays as it is.",
        )
    booked = book_edition(
        Ledger(context.state.engine, context.clock),
        policy_of(context, topic(name)),
        table,
        day,
        reason=said("--reason", reason),
        by=said("--by", by),
        today=context.as_of,
        sigma=None if rho is None else _sigma(rho),
    )
    told = {
        "topic": name,
        "tier": context.tier,
        "table": table,
        "period": period,
        "edition": booked.key.edition,
        "rho_before": round(booked.rho_before, 6),
        "rho_after": round(booked.rho_after, 6),
        "epsilon_after": round(booked.epsilon_after, 3),
    }
    if as_json:
        return [json.dumps(told)]
    return [
        f"Edition {booked.key.edition} of {table}, {period} is booked for the {context.tier} tier.",
        f"A home's year {booked.key.year} of {name} cost rho {booked.rho_before:.4f} before.",
        f"It costs rho {booked.rho_after:.4f} now (epsilon {booked.epsilon_after:.2f} at delta 1e-6).",
        f"The next `python -m etl run CITY {name}` measures it once. Reason and name will be published with it.",
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong("PERIOD", "is no day.", "Give the first day of the period, such as 2026-03-01.") from None


def _sigma(rho: float) -> float:
    if not 0 < rho <= 1:
        raise _wrong("--rho", "is no cost.", "Give a number above 0 and at most 1.")
    return float((1 / (2 * rho)) ** 0.5)


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", key, what, remedy)
