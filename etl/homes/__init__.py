"""What names a home, the keys it is hashed with, and what its year has cost."""
