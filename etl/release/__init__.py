"""From counts to a published release: what it says, how it is attacked, certified and signed."""
