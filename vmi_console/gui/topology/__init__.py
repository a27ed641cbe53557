"""The picture of how hosts, switches, networks and VMs are wired."""
