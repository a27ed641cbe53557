"""Reading the disks of VMs through a vCenter or ESXi host.

`machine` says what a VM has to be read, `places` where its datastores are, `files` reads ranges of the files in them,
`snapshot` freezes a running VM's for a while (noted by `introspection.temporary`), and `inspector` goes round the VMs.
"""
