"""What must hold for which VMs: documents, groups, checks, findings."""
