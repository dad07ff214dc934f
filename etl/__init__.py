"""From agency feed to release: the private program."""
