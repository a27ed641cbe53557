"""The picture at first glance: how much is wrong, since when, where, and how much is known."""
