"""News in words: one title and one text for each, the same in feeds and on the page of changes."""

from dataclasses import replace

from portal.language import _, _n
from portal.queries.news import Kind, News
from portal.view import View
from portal.words.figures import figure_text
from portal.words.released import told
from portal.words.sentences import figure_in_words
from portal.words.wording import list_text, period_text

MOST_NAMED = 4


def news_title(news: News, place: str) -> str:
    """`Homes with an eviction filing in District 5: Sep 2026`, or that earlier figures were corrected.

    Of a category, `place` is who answers for it.
    """
    said = {"measure": told(news.measure.title), "place": place}
    if news.category != "all":
        if news.kind is Kind.UPDATE:
            return _("{measure} for {place}: {period}", **said, period=period_text(news.period, news.grain))
        return _("Corrected: {measure} for {place}", **said)
    if news.kind is Kind.UPDATE:
        return _("{measure} in {place}: {period}", **said, period=period_text(news.period, news.grain))
    return _("Corrected: {measure} in {place}", **said)


def news_text(news: News) -> str:
    """The figure with its margin, or each figure before and after."""
    if news.kind is Kind.UPDATE:
        figure = figure_in_words(news.figure, news.measure)
        return _("{period}: {figure}.", period=period_text(news.period, news.grain), figure=figure)
    named = [
        _(
            "{period}: {after} instead of {before}",
            period=period_text(each.period, news.grain),
            after=figure_text(each.after, news.measure),
            before=figure_text(each.before, news.measure),
        )
        for each in news.revised[:MOST_NAMED]
    ]
    more = len(news.revised) - len(named)
    rest = [_n("{n} more period", "{n} more periods", more)] if more else []
    return f"{list_text([*named, *rest])}."


def news_view(news: News, lang: str | None = None) -> View:
    """The address of the figures: the trend, pinned to the release that said it."""
    view = View(topic=news.topic, measure=news.measure.name, geography=news.geography, unit=news.unit)
    category = None if news.category == "all" else news.category
    return replace(view, category=category, grain=news.grain.value, as_of=news.release, lang=lang)
