"""What is done about findings: told, isolated, given back, and written down."""
