"""Outputs of a whole engine: the demo's story is told in a file, the chosen outputs are there at the next start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.console import console, eventually
from vmi_console.engine.engines import PrivateEngine
from vmi_console.errors import VmiError
from vmi_console.policy.shipped import DEMO


@pytest.mark.slow
async def test_findings_are_told_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    chosen = [{"kind": "lines", "name": "file", "path": str(path), "severity": "low"}]
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        await one.client.call("set_outputs", outputs=chosen)
        await one.client.call("open_policies", folder=str(DEMO))
        await one.client.call("add_connection", uri="demo://?story=off", saved=False)
        await eventually(lambda: path.exists() and "finding opened" in path.read_text(), seconds=60)
        with pytest.raises(VmiError, match="no address of a webhook"):
            await one.client.call("set_outputs", outputs=[{"kind": "webhook", "name": "hook", "url": "here"}])
    told = json.loads(path.read_text().splitlines()[0])
    assert told["policy"]
    assert told["vm_name"]
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        (state,) = await one.client.call("outputs")
        assert state["output"]["name"] == "file"
        assert state["last"]
        await one.client.call("test_output", name="file")
        elsewhere = tmp_path / "elsewhere.jsonl"
        await one.client.call("try_output", output={"kind": "lines", "name": "new", "path": str(elsewhere)})
        assert json.loads(elsewhere.read_text())["event"] == "test"
    assert "test" in {json.loads(line)["event"] for line in path.read_text().splitlines()}
