"""Taking a VM from the network and giving it back: what would happen, what did, and who is in quarantine."""
