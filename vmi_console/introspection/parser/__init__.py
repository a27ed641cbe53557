"""The process that parses what guests have written: no credentials, no network, no files, bounded memory and time."""
