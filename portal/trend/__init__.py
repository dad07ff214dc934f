"""One place over time, and up to four beside each other."""
