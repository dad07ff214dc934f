"""Exact mode, for owners who choose it: true counts of homes, small ones hidden, the rest until nobody can solve them."""
