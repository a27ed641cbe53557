"""Facts from disks. Runs inside the parser process only: whatever is on a disk may be hostile.

`opening` finds file systems in images, partitions and volumes and puts them together as the guest mounts them, which
gives a `files.Files`; `linux` and `windows` read facts from one, and know nothing of what is below it.
"""
