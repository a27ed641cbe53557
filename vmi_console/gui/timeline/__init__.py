"""What happened to one entity: a picture of lanes over time, and a list."""
