"""What does not hold: the table of findings, what people decide about them, and the pane of a VM's policies."""
