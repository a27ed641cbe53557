"""A real libvirtd with running QEMU guests, for tests and for people; tests/hypervisors/README.md explains it."""
