"""The contact center's page: what its figures are, what changed, how other centers did."""
