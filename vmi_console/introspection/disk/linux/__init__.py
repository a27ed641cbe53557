"""Facts of Linux guests, read from their files."""
