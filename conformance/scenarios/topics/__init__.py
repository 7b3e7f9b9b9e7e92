"""The scenarios, one file per topic."""
