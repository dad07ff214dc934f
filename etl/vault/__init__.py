"""The vault: pseudonymous events, private, from which releases are counted. No name, address or coordinate is in it."""

from etl.vault.delivery import Events
from etl.vault.difference import Touched
from etl.vault.index import UNDATED, Marks
from etl.vault.loose import keep, kept
from etl.vault.partition import FORBIDDEN, KEY
from etl.vault.store import Vault, sweep_vaults, tiers_of

__all__ = [
    "Events",
    "FORBIDDEN",
    "KEY",
    "UNDATED",
    "Marks",
    "Touched",
    "Vault",
    "keep",
    "kept",
    "sweep_vaults",
    "tiers_of",
]
