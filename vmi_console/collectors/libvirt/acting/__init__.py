"""Acting on libvirt: one VM is cut off from its networks, looked at, and given back exactly as it was.

`definition` reads what a definition says of cards and where it differs from another, `measures` decides by what a card
can be closed and writes that into its XML, `ways` says of each way to the world whether it is closed; these know no
connection. `enforcing` makes the blocking calls, and `actor` keeps them off the event loop and speaks the role's words.
"""
