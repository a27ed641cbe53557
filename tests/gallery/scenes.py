"""What is on the pictures. A scene is a coroutine on a studio; those of one estate share it."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QWidget

from tests.console import aside, eventually
from tests.gallery.studio import Studio, studio
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from vmi_console.estate.records import VM, Host, Network
from vmi_console.gui.dialogs.outputs import OutputsDialog
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.policy_editor.window import PolicyWindow
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.quarantine.confirming import QuarantineDialog
from vmi_console.gui.quarantine.isolating_several import QuarantineSeveralDialog
from vmi_console.gui.timeline.pane import TimelinePane
from vmi_console.review.timeline import What

type Scene = Callable[[Studio], Awaitable[QWidget | None]]
"""Sets the scene, and gives what is to be on the picture where it is not the window."""

DEMO = "demo://?hosts=10&vms=200"
LARGE = "demo://?hosts=2500&vms=45000&changes_per_second=100"
TEN_THOUSAND = Size(datacenters=2, clusters=10, hosts=8, standalone=0, pools=5, vms=100, portgroups=20)
MOVED = '666 in vlans and "web" in name'


def _pane(name: str) -> Scene:
    """A pane of the VM that was put on the wrong VLAN."""

    async def scene(one: Studio) -> None:
        await one.select(MOVED)
        one.window.turn_to(name)

    return scene


def _list(name: str, query: str = MOVED) -> Scene:
    """A list or the topology, with the room of the panes."""

    async def scene(one: Studio) -> None:
        await one.select(query)
        if not one.window.commands.enlarge.isChecked():
            one.window.commands.enlarge.trigger()
        one.window.show_pane(name)

    return scene


def _arranged(name: str) -> Scene:
    async def scene(one: Studio) -> None:
        one.window.preferences.choose(arrangement=name)
        await one.select(MOVED)

    return scene


async def comparison(one: Studio) -> None:
    await one.select('"web-pci" in name', many=5)
    one.window.panel.turn_to("comparison")


async def search(one: Studio) -> None:
    one.window.search_for('power == "on" and vcpus > 4 and "prod" in tgs')


async def timeline(one: Studio) -> None:
    """What happened to that VM: it was switched off and on, moved, acknowledged, isolated."""
    await one.select(MOVED)
    vm = one.window.selection.entities[0]
    record = one.replica.records[vm]
    assert isinstance(record, VM)
    assert record.host is not None
    hosts = [each for each in one.replica.records.values() if isinstance(each, Host) and each.id != record.host]
    here = one.replica.records[record.host]
    beside = next(each for each in hosts if isinstance(here, Host) and each.cluster == here.cluster)
    for command, arguments in (("power_off", {}), ("power_on", {}), ("migrate", {"host": beside.id})):
        await one.client.call("act", entity=vm, command=command, arguments={"by": "j.kim", **arguments})
        await one.settle(4.0)
    findings = [finding.id for finding in one.replica.verdicts.open_of(vm)]
    await one.client.call("acknowledge", findings=findings, note="told the owner")
    await one.settle(3.0)
    plan = await one.client.call("quarantine_plan", vm=vm)
    await one.client.call("quarantine", token=plan["token"], reason="it scans the segment next to its own")
    one.window.turn_to("timeline")
    await one.settle(6.0)
    pane = one.window.panel.pane
    assert isinstance(pane, TimelinePane)
    assert pane.course is not None
    pane.select(next(each.key for each in pane.course.happenings if each.what is What.OPENED))


async def between(one: Studio) -> QWidget:
    """What changed since an hour ago, by causes."""
    edited = next(
        each for each in one.replica.records.values() if isinstance(each, Network) and each.name == "prod-web"
    )
    await one.client.call("act", entity=edited.id, command="set_vlan", arguments={"vlan": 115, "by": "m.lee"})
    await one.settle(2.0)
    window = one.window.compare()
    window.start.click()
    await eventually(lambda: window.compared is not None and not window.items.items.busy)
    window.causes.view.selectRow(0)
    await eventually(lambda: not window.items.items.busy)
    return window


async def palette(one: Studio) -> QWidget:
    one.window.palette_box.open()
    one.window.palette_box.box.setText("web")
    return one.window.palette_box


async def time(one: Studio) -> None:
    """The estate as it was before that VM was put on the wrong VLAN."""
    await one.select(MOVED)
    vm = one.window.selection.entities[0]
    moved = next(change.observed_at for change in one.replica.changes if change.entity == vm)
    await one.settle(max(0.0, 75 - (datetime.now(UTC) - moved).total_seconds()))  # for something to be seen of later
    if one.window.time_bar.isHidden():
        one.window.time_bar.open.trigger()
    one.window.show_pane("changes")
    one.window.selection.choose(vm)
    one.window.turn_to("network")
    one.window.travel.go_to(moved - timedelta(seconds=5))
    await eventually(lambda: one.replica.review is not None and not one.window.travel.going)
    one.window.time_bar.strip.setFocus()
    await one.settle(1.0)


async def settings(one: Studio) -> QWidget:
    one.window.open_settings()
    return one.window.findChildren(SettingsDialog)[0]


async def dashboard(one: Studio) -> None:
    await one.select(MOVED)
    one.window.show_dashboard()


async def quarantine(one: Studio) -> QWidget:
    """What quarantine would do, before anybody confirms it."""
    await one.select(MOVED)
    one.window.quarantine.ask(one.window.selection.entities[0])
    await one.settle(3.0)
    return one.window.findChildren(QuarantineDialog)[0]


async def quarantine_several(one: Studio) -> QWidget:
    """The same of several VMs at once."""
    await one.select('"pci" in name and power == "on"', many=6)
    one.window.quarantine.quarantine.trigger()
    await one.settle(6.0)
    return one.window.findChildren(QuarantineSeveralDialog)[0]


async def quarantined(one: Studio) -> None:
    """Who is in quarantine: some were put there."""
    await one.select('"web-pci" in name and power == "on"', many=4)
    one.window.quarantine.quarantine.trigger()
    await one.settle(5.0)
    dialog = one.window.findChildren(QuarantineSeveralDialog)[0]
    dialog.reason.setText("they scan the segment next to theirs")
    dialog.beyond.setChecked(True)
    dialog.accept_button.click()
    await eventually(lambda: dialog.started and not dialog.batch.running, seconds=60)
    dialog.close()
    await one.settle(1.0)
    if not one.window.commands.enlarge.isChecked():
        one.window.commands.enlarge.trigger()
    one.window.show_pane("quarantine")


async def outputs(one: Studio) -> QWidget:
    """A file that is told, a receiver that is away, and one that is switched off."""
    folder = Path(tempfile.gettempdir()) / "findings"  # which is on the picture
    folder.mkdir(exist_ok=True)
    chosen = [
        {"kind": "syslog", "name": "siem", "address": "tcp://127.0.0.1:9", "severity": "low"},
        {"kind": "webhook", "name": "chat", "url": "https://hooks.example/vmi", "severity": "high", "enabled": False},
        {"kind": "lines", "name": "archive", "path": str(folder / "findings.jsonl"), "severity": "low"},
    ]
    await one.client.call("set_outputs", outputs=chosen)
    await one.client.call("acknowledge", findings=[next(iter(one.replica.verdicts.findings))], note="seen")
    await one.client.call("set_sensor", path=str(folder / "eve.json"))
    await one.settle(3.0)
    one.window.open_outputs()
    await one.settle(2.5)
    return one.window.findChildren(OutputsDialog)[0]


async def policies(one: Studio) -> QWidget:
    one.window.edit_policies("cardholder-systems.yaml")
    await one.settle(3.0)
    return one.window.findChildren(PolicyWindow)[0]


async def replay(one: Studio) -> QWidget:
    """Once the story of the demo has gone wrong everywhere."""
    await one.select('has_application("telnetd")')
    await one.select(MOVED)
    window = await policies(one)
    assert isinstance(window, PolicyWindow)
    window.run_replay.trigger()
    await eventually(lambda: window.replay.firings is not None)
    return window


async def host(one: Studio) -> None:
    hosts = [record for record in one.replica.records.values() if isinstance(record, Host)]
    one.window.selection.choose(min(hosts, key=lambda each: each.name).id)


async def network(one: Studio) -> None:
    networks = [record for record in one.replica.records.values() if isinstance(record, Network)]
    busiest = max(networks, key=lambda each: len(one.replica.referring(each.id, "vm")))
    one.window.selection.choose(busiest.id)


async def welcome(one: Studio) -> None:
    """Nothing is connected."""


ANY = 'power == "on"'
SCENES: dict[str, tuple[str, Scene]] = {
    "welcome": ("nothing", welcome),
    **{
        name: ("demo", _pane(name)) for name in ("summary", "network", "guest", "charts", "hardware", "settings", "raw")
    },
    "comparison": ("demo", comparison),
    "search": ("demo", search),
    "time": ("demo", time),
    "palette": ("demo", palette),
    "preferences": ("demo", settings),
    **{f"by-{name}": ("demo", _arranged(name)) for name in ("network", "folder", "tag", "state", "location")},
    **{name: ("demo", _list(name)) for name in ("findings", "vms", "topology", "tasks", "changes")},
    "policy": ("demo", _pane("policy")),
    "dashboard": ("demo", dashboard),
    "quarantine": ("demo", quarantine),
    "quarantine-several": ("demo", quarantine_several),
    "timeline": ("demo", timeline),
    "quarantined": ("demo", quarantined),
    "outputs": ("demo", outputs),
    "policies": ("demo", policies),
    "replay": ("demo", replay),
    "between": ("demo", between),
    "vms-large": ("large", _list("vms", ANY)),
    "topology-large": ("large", _list("topology", ANY)),
    "vcenter": ("vcenter", host),
    "vcenter-network": ("vcenter", network),
    "vcenter-topology": ("vcenter", _list("topology", ANY)),
}


async def play(names: Sequence[str], folder: Path, scheme: Scheme, size: tuple[int, int], suffix: str) -> None:
    """Takes the pictures of these scenes."""
    for estate in dict.fromkeys(SCENES[name][0] for name in names):
        chosen = [name for name in names if SCENES[name][0] == estate]
        async with studio(folder, scheme, size, suffix) as one:
            if estate == "vcenter":
                with tempfile.TemporaryDirectory() as workshop:
                    server = Vcenter(Path(workshop), TEN_THOUSAND)
                    try:
                        await aside(server.start)
                        await one.connect_vcenter(server, "vc-berlin")
                        await _take(one, chosen)
                    finally:
                        await aside(server.stop)
            elif estate == "nothing":
                await _take(one, chosen)
            else:
                await one.connect(LARGE if estate == "large" else DEMO, "Demo estate")
                await _take(one, chosen)


async def _take(one: Studio, names: Sequence[str]) -> None:
    for name in names:
        if one.window.commands.enlarge.isChecked():
            one.window.commands.enlarge.trigger()
        shown = await SCENES[name][1](one)
        await one.take(name, shown)
        one.window.search.clear()
        if shown is not None:
            shown.close()
        if one.replica.review is not None:
            one.window.travel.go_back()
            await eventually(lambda: one.replica.review is None)
            one.window.time_bar.hide()
