"""The questions pages ask of a release: typed, pure, and kept under the release they were asked of."""
