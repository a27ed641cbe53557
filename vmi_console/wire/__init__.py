"""Frames, hello and transports: how processes of this program speak to each other."""
