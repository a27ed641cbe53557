"""Pictures of the real window on real and simulated estates, for docs/gallery.md and for critical eyes."""
