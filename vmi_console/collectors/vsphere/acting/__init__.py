"""Acting on vSphere: one VM is cut off from its networks, looked at, and given back exactly as it was.

`cards` reads and changes network cards, `looking` reads a VM and what it is plugged into, `ways` says of each way to
the world whether it is closed, `enforcing` makes the blocking calls, and `actor` keeps them off the event loop and
speaks the role's words.
"""
