"""VMI Console: agentless virtual machine introspection from a desktop."""
