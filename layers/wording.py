"""Titles inside sentences."""


def in_sentence(title: str) -> str:
    """A title in the middle of a sentence: `council district`, but `ZIP code` and `311 requests` as they are."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
