"""Numbers in, numbers out: what may be said about published figures beyond the figures themselves."""
