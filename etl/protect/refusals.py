"""Why protection refuses to go on. All end a run with the code of a release that would disclose."""

from etl.errors import WouldDisclose


class LedgerOverdrawn(WouldDisclose):
    """A measurement would spend more on a home's year than its policy allows."""

    remedy = "Nothing was measured. Wait for the next calendar year, or have the policy's rho approved by its owner."


class LedgerBroken(WouldDisclose):
    """The ledger's rows do not follow from each other, or it does not know a measurement that exists."""

    remedy = (
        "Restore the private database and the folder of measurements from the same backup; measure nothing until then."
    )


class MeasurementLost(WouldDisclose):
    """The ledger knows a measurement whose stored vector is gone or altered. It is never measured a second time."""

    remedy = "Restore the private folder from its backup, or book a new edition against the reserve."


class BookLost(WouldDisclose):
    """The contribution book of a year is gone, so nobody knows which homes were counted already."""

    remedy = "Restore the private folder from its backup; the year's months cannot be measured without it."


class ZonesMoved(WouldDisclose):
    """Stored measurements stand on another partition than the one given."""

    remedy = "Use the frozen zones of the private folder; a new partition begins with a new calendar year."


class ZonesMissing(WouldDisclose):
    """The ladder measures zones that this partition does not have."""

    remedy = "Draw the zones that the tier's ladder names, or run the public tier."


class NotPublishable(WouldDisclose):
    """Noise was drawn from a seed, which exists for tests only."""

    remedy = "Measure again in an empty private folder, without a seed."


class EditionRefused(WouldDisclose):
    """There is nothing that could be measured a second time."""

    remedy = "Nothing was booked. See what was measured with `python -m etl status CITY`."
