"""The catalogs of the interface's words, one folder per language, and what collects their messages."""
