"""Small guests whose memory is read: QEMU alone, without libvirt, and what they say of themselves."""
