"""Reading the disks and memory of a libvirt host's guests.

`machine` says what a domain has to be read, `sources` are the ways to its bytes, `backup` is the one that needs a job
(journalled by `introspection.temporary`), and `inspector` goes round the guests.
"""
