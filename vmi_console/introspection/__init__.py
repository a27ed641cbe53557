"""Guest facts from outside: what the disks and the memory of a virtual machine say, without anything installed in it.

`blocks` is where bytes come from: sources, the cache in front of them, the ledger of what they cost. `parser` is the
process that reads them, with nothing to steal: it is handed blocks and answers with `Findings`. In it, `disk` opens
images, volumes and file systems and reads facts of Linux and Windows; `memory` walks a running Linux kernel. `merging`
makes one `Guest` of what several sources said, and `rounds` decides who is looked at when, and how much it may cost.

The providers' inspectors (below `collectors/`) bring the sources; the command line brings files.
"""
