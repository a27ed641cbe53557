"""A simulated vCenter or ESXi host that speaks the real API over TLS: govmomi's simulator with an estate of ours."""
