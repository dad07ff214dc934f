"""Nobody but this program speaks: a library's warning or log line may quote a record, an address or a file's name."""

import logging
import warnings


def silence_libraries() -> None:
    """Keep Python's warnings, and whatever libraries log to no handler of their own, off standard error."""
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())  # else Python prints what nobody handles
