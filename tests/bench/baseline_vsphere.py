"""What anybody would write: one view, one collector, all that the vSphere reader discovers in bulk, page by page.

No watching, no records, no care for what is unset: a plain dictionary of pyVmomi's values for each object.
"""

from __future__ import annotations

import ssl
from typing import Any

from pyVmomi import SoapStubAdapter, vim, vmodl

from vmi_console.collectors.vsphere import machine, places

PAGE = 500

_collector = vmodl.query.PropertyCollector

PROPERTIES: dict[Any, tuple[str, ...]] = {
    vim.VirtualMachine: tuple(machine.WATCHED.keys() | set(machine.HARDWARE)),
    vim.HostSystem: tuple(places.WATCHED["HostSystem"]),
    vim.Folder: ("name", "parent"),
    vim.Datacenter: ("name", "parent"),
    vim.ComputeResource: ("name", "parent"),
    vim.ResourcePool: ("name", "parent"),
    vim.Network: tuple(places.WATCHED["Network"]),
    vim.dvs.DistributedVirtualPortgroup: tuple(places.WATCHED[places.PORTGROUP]),
    vim.DistributedVirtualSwitch: tuple(places.WATCHED["DistributedVirtualSwitch"]),
    vim.Datastore: tuple(places.WATCHED["Datastore"]),
}


def discover(host: str, port: int, user: str, password: str) -> dict[str, dict[str, Any]]:
    """Everything in a vCenter, by managed object id. Logs in and out; verifies no certificate."""
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    stub = SoapStubAdapter(host, port=port, version="vim.version.version11", sslContext=trust)
    content: Any = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
    content.sessionManager.Login(user, password, None)
    try:
        return _retrieve(content)
    finally:
        content.sessionManager.Logout()
        stub.DropConnections()


def _retrieve(content: Any) -> dict[str, dict[str, Any]]:
    view = content.viewManager.CreateContainerView(content.rootFolder, list(PROPERTIES), True)
    through = _collector.TraversalSpec(path="view", skip=False, type=vim.view.ContainerView)
    spec = _collector.FilterSpec(
        objectSet=[_collector.ObjectSpec(obj=view, skip=True, selectSet=[through])],
        propSet=[_collector.PropertySpec(type=kind, pathSet=list(paths)) for kind, paths in PROPERTIES.items()],
    )
    collector = content.propertyCollector
    found: dict[str, dict[str, Any]] = {}
    page = collector.RetrievePropertiesEx([spec], _collector.RetrieveOptions(maxObjects=PAGE))
    while page is not None:
        for each in page.objects:
            found[each.obj._moId] = {value.name: value.val for value in each.propSet}
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
    return found
