"""The age of the oldest open request, and what stands there where none is open: that is no missing figure."""

from layers.measures import Status
from layers.release import MeasureInfo
from portal.frame.tables import Cell, figure_cell
from portal.language import _
from portal.queries.figure import Figure

OPEN, OLDEST = "open", "oldest_open_days"


def none_open(oldest: Figure, waiting: Figure) -> bool:
    """Whether there is no oldest one because nothing is open."""
    return oldest.status is Status.NOT_COLLECTED and waiting.status is Status.ZERO


def oldest_cell(oldest: Figure, waiting: Figure, measure: MeasureInfo) -> Cell:
    """The age in days, or `none open`."""
    return Cell(_("none open"), None, number=True) if none_open(oldest, waiting) else figure_cell(oldest, measure)
