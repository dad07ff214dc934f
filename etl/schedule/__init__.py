"""The schedule: what is due when, in which order, by exactly one of several programs.

Without a clock and without the scheduling library: `due` (what a city declares between two moments), `night` (one round
of work at a moment), `ordered` (what comes before what). `service` is the program that is left running.
"""

from etl.schedule.order import STANDS_ON, ordered
from etl.schedule.plan import Due, due, upcoming
from etl.schedule.work import Contexts, Done, night, recover

__all__ = ["STANDS_ON", "Contexts", "Done", "Due", "due", "night", "ordered", "recover", "upcoming"]
