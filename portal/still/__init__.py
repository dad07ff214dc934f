"""Maps that stand still: one picture with title, legend, source and date, for readers and uses without script."""
