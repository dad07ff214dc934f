"""The attacks of the audit in plain words: what an intruder would try. A test compares with the audit's own list."""

from layers.certificate import Tried
from portal.language import N_, _

IN_WORDS: dict[str, str] = {
    "small_figures": N_("Look through every table, file and shape for a figure that is too small to be shown."),
    "parent_minus_children": N_("Take the shown parts away from a total and look at what is left."),
    "category_complement": N_("Take the shown kinds away from “all kinds” and look at what is left."),
    "geography_against_geography": N_("Lay places over each other that overlap, and subtract one from the other."),
    "time_windows": N_("Subtract stretches of time that differ by a little, such as a year and its months."),
    "release_against_release": N_("Compare this release with every earlier one: what changed on which day?"),
    "averaging": N_("Put all figures about the same homes together, so that the random amounts cancel out."),
    "sticky_noise": N_("Look for the same random amount under two figures, and subtract it away."),
    "presence": N_("Look for a row, a zone or a file that is there only because something happened."),
    "rates": N_("Calculate back from rates and margins to a figure that is hidden."),
    "homogeneity": N_("Look for small places where it happened to nearly every home, and so to each of them."),
    "linear_program": N_("Solve all exact figures together like one big puzzle."),
}


def in_words(tried: Tried) -> str:
    """What was tried; for an attack of a later program, its own title."""
    return _(IN_WORDS.get(tried.attack, f"{tried.title}."))
