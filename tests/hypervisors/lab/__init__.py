"""A real libvirtd with running QEMU guests, for tests and for people; README.md beside this package explains it.

>>> from tests.hypervisors.lab.laboratory import Laboratory  # doctest: +SKIP
>>> with Laboratory(Path("/tmp/mine")) as lab:  # doctest: +SKIP
...     libvirt.open(lab.uri)
"""
