"""Golden files: what every version of this program put on the wire and into files, kept for ever."""
