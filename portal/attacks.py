"""The attacks of the audit in plain words: what an intruder would try. A test compares with the audit's own list."""

from layers.certificate import Tried

IN_WORDS: dict[str, str] = {
    "small_figures": "Look through every table, file and shape for a figure that is too small to be shown.",
    "parent_minus_children": "Take the shown parts away from a total and look at what is left.",
    "category_complement": "Take the shown kinds away from “all kinds” and look at what is left.",
    "geography_against_geography": "Lay places over each other that overlap, and subtract one from the other.",
    "time_windows": "Subtract stretches of time that differ by a little, such as a year and its months.",
    "release_against_release": "Compare this release with every earlier one: what changed on which day?",
    "averaging": "Put all figures about the same homes together, so that the random amounts cancel out.",
    "sticky_noise": "Look for the same random amount under two figures, and subtract it away.",
    "presence": "Look for a row, a zone or a file that is there only because something happened.",
    "rates": "Calculate back from rates and margins to a figure that is hidden.",
    "homogeneity": "Look for small places where it happened to nearly every home, and so to each of them.",
    "linear_program": "Solve all exact figures together like one big puzzle.",
}


def in_words(tried: Tried) -> str:
    """What was tried; for an attack of a later program, its own title."""
    return IN_WORDS.get(tried.attack, f"{tried.title}.")
