"""Where the bytes of disks and memory come from, and what reading them costs."""
