"""The monthly council report: one model made from frozen releases, as page, paper (tagged PDF) and spreadsheet."""
