"""The window in which policies, groups and baselines are written."""
