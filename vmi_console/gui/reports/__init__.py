"""Reports from the window: one now, and those that are written by themselves."""
