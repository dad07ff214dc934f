"""What may go wrong in an answer, and the HTTP status of each. Messages never repeat what was asked."""


class PortalError(Exception):
    """Base of all. `str()` of it is a sentence for the reader."""

    status = 500


class NotFound(PortalError):
    """There is no such page, topic, release, place or file."""

    status = 404


class Gone(PortalError):
    """There was such a release, and it was withdrawn."""

    status = 410


class BadQuestion(PortalError):
    """The address asks for something in a way that cannot be answered."""

    status = 400


class Busy(PortalError):
    """Too many readers ask for something that takes long to make; it can be had a little later."""

    status = 503


class NotYet(PortalError):
    """Nothing has been published so far; the address will answer with the first release."""

    status = 503


class NotMade(PortalError):
    """This machine cannot make what is asked for."""

    status = 501


def where(error: BaseException) -> str:
    """The kind of an error and the line it came from. Not its message, which may repeat a value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place
