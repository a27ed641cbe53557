"""Towards the hypervisors: the provider protocol, the roles' main program, and one folder for each provider."""
