"""Exact mode, for owners who choose it: true counts of homes, and hidden ones that nobody can work out."""
