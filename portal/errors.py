"""What may go wrong in an answer, and the HTTP status of each. Messages never repeat what was asked."""


class PortalError(Exception):
    """Base of all. `str()` of it is a sentence for the reader."""

    status = 500


class NotFound(PortalError):
    """There is no such page, topic, release, place or file."""

    status = 404


class BadQuestion(PortalError):
    """The address asks for something in a way that cannot be answered."""

    status = 400
