"""The steps of a run: verbs, pure where they can be, and independent of each other."""
