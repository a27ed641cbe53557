from __future__ import annotations

import pytest

from vmi_console.introspection.memory import units

ID = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/system.slice/ssh.service", "ssh"),
        ("/system.slice/system-postgresql.slice/postgresql@15-main.service", "postgresql@15-main"),
        ("/system.slice/containerd.service/kubepods/pod1", "containerd"),
        ("/user.slice/user-0.slice/session-3.scope", None),
        ("/user.slice/user-1000.slice/user@1000.service/session.slice/dbus.service", "user@1000"),
        ("/init.scope", None),
        ("/", None),
        ("", None),
        (f"/system.slice/docker-{ID}.scope/system.slice/nginx.service", None),
    ],
)
def test_service(path: str, service: str | None) -> None:
    assert units.service(path) == service


@pytest.mark.parametrize(
    ("path", "container"),
    [
        (f"/system.slice/docker-{ID}.scope", ID),
        (f"/docker/{ID}", ID),
        (f"/docker/{ID}/init.scope", ID),
        (f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-{ID}.scope", ID),
        (f"/kubepods/besteffort/pod8ae2/{ID}", ID),
        (f"/kubepods.slice/kubepods-pod1.slice/crio-{ID}.scope/container", ID),
        (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container", ID),
        ("/lxc.payload.web01/system.slice/ssh.service", "web01"),
        ("/lxc/web01", "web01"),
        ("/machine.slice/machine-buildroot.scope", "buildroot"),
        ("/system.slice/docker.service", None),
        ("/system.slice/ssh.service", None),
        ("/", None),
    ],
)
def test_container(path: str, container: str | None) -> None:
    assert units.container(path) == container
