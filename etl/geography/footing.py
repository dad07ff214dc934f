"""What every topic of a run stands on: the city's homes and their zones.

While a newer address file is held or away, they are those of the one accepted last: nothing is drawn, named or
divided by homes that nobody vouches for, and the other topics go on.
"""

from dataclasses import dataclass

from etl.context import Context, Homes
from etl.errors import EtlError, TooManyRejects
from etl.geography.addresses import TOPIC, Addresses, addresses_to_stand_on, last_accepted
from etl.geography.denominators import counted_homes
from etl.geography.zoning import Zoning, zoning_of
from etl.release.protection import policy_of
from etl.steps.locate import Directory
from layers.policy import PROTECTED_TOPICS
from layers.topics import topic


@dataclass(frozen=True)
class Footing:
    """The homes, what places their addresses, and the zones (None where the city can have none).

    `held` is why the address file that came is not stood on, but the last accepted one.
    """

    homes: Homes
    directory: Directory | None
    zoning: Zoning | None
    held: EtlError | None = None

    @property
    def note(self) -> str:
        """What a run that passed says of the homes it stood on; nothing where they are the newest."""
        return "" if self.held is None else "Ran on the last accepted address file; the newer one is held."


def footing_of(context: Context, *, keep: bool) -> Footing:
    """The ground of this run. With `keep`, what passed is kept for the nights when something else comes.

    Raises what holds the address file where none was ever accepted.
    """
    came = addresses_to_stand_on(context)
    try:
        footing = _standing_on(context, came)
    except TooManyRejects as error:
        came = last_accepted(context, error)
        footing = _standing_on(context, came)
    if came.held is not None:
        context.progress.step(TOPIC, "held: the last accepted address file is stood on", exit=came.held.exit_code)
    elif keep:
        came.accept(context.folders.private)
    return footing


def _standing_on(context: Context, addresses: Addresses) -> Footing:
    """Raises TooManyRejects where there are too few homes for zones."""
    homes, directory = addresses.homes(context)
    if homes.addresses is None:
        return Footing(counted_homes(context), directory, None, addresses.held)
    zoning = None
    if _zones_possible(context):
        policy = policy_of(context, topic(PROTECTED_TOPICS[0]))
        least = (policy.zone0_homes, policy.zone1_homes, policy.zone2_homes)
        zoning = zoning_of(context.folders.private, homes.addresses, homes=least)
        context.progress.step("zones", "read", zones=zoning.partitions.of(context.as_of.year)["zone1"].n_unique())
    return Footing(homes, directory, zoning, addresses.held)


def _zones_possible(context: Context) -> bool:
    return all(context.places.area_set(kind) is not None for kind in ("district", "neighborhood"))
