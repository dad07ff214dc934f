"""What every page is made of: its value, its frame, its small parts."""
