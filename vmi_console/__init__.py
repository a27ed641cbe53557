"""VMI Console: agentless virtual machine introspection from a desktop."""

__version__ = "0.1.0"
