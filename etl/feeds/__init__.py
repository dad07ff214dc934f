"""One feed, from what an agency sent to pseudonymous events in the vault."""
