"""Frame in, figure out: pure functions that draw. Figures are plain dictionaries, which Plotly reads as they are."""
