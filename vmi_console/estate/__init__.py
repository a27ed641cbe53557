"""The words the rest of the house speaks: records, identity, changes, the inventory and the query language."""
