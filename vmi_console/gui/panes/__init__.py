"""The panes of the window, each about the one selection or about everything."""
