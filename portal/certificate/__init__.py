"""What a certificate says, for its page."""
