"""A sentence by rule as a line of a list: an arrow for what rose or fell, and the way to its figures."""

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.parts import icon
from portal.queries.change import Direction
from portal.words.sentences import Sentence

_TONES = {Direction.ROSE: ("rose", "up"), Direction.FELL: ("fell", "down")}


def sentence_line(sentence: Sentence, figures: Component) -> Component:
    """`figures` is the link to the table that the sentence was made from."""
    tone, picture = _TONES.get(sentence.direction, ("level", "level"))
    return html.Li([icon(picture), sentence.text, " (", figures, ")"], className=tone)
