"""One attack per file, each `run(published) -> Attempt`, reading published files alone."""
