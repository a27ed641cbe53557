"""The append-only change store."""
