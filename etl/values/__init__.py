"""How the text of a feed becomes values: column expressions, one idea per file. What cannot be read is null."""
