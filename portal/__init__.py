"""The website: sees releases and nothing else."""
