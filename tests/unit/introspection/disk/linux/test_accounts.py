from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.introspection.disk.linux.roots import reading
from vmi_console.estate.facts import User
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux.accounts import users
from vmi_console.introspection.disk.linux.ssh_keys import fingerprints
from vmi_console.introspection.disk.linux.sudoers import granted

HASH = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
PASSWD = """\
root:x:0:0:root:/root:/bin/bash
toor:x:0:0:second:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash
bob:x:1001:27::/home/bob:
eve::1002:1002::/home/eve:/bin/sh
old:x:1003:1003::/home/old:/bin/sh
+@nis::::::
"""
SHADOW = f"""\
root:{HASH}:19000:0:99999:7:::
toor::19000:0:99999:7:::
daemon:*:19000:0:99999:7:::
ann:!{HASH}:19000:0:99999:7:::
bob:!!:19000::::::
old:{HASH}:19000:0:99999:7::1:
"""
GROUP = "root:x:0:\nsudo:x:27:ann\nann:x:1000:\nwheel:x:10:eve,old\n"
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIIFqKkPlCpyUcMcLbJMZ6MvCwBVoR0mJDsJxqzpGzGjf"
FILES = {"/etc/passwd": PASSWD, "/etc/shadow": SHADOW, "/etc/group": GROUP, "/etc/sudoers": "%sudo ALL=(ALL:ALL) ALL\n"}


def test_accounts(tmp_path: Path) -> None:
    assert users(reading(tmp_path, FILES)) == [
        User(name="root", uid=0, administrator=True, locked=False, password="set", shell="/bin/bash", keys=()),
        User(name="toor", uid=0, administrator=True, locked=False, password="none", shell="/bin/sh", keys=()),
        User(
            name="daemon",
            uid=1,
            administrator=False,
            locked=True,
            password="locked",
            shell="/usr/sbin/nologin",
            keys=(),
        ),
        User(name="ann", uid=1000, administrator=True, locked=True, password="locked", shell="/bin/bash", keys=()),
        User(name="bob", uid=1001, administrator=True, locked=True, password="locked", shell="/bin/sh", keys=()),
        User(name="eve", uid=1002, administrator=False, locked=False, password="none", shell="/bin/sh", keys=()),
        User(name="old", uid=1003, administrator=False, locked=True, password="set", shell="/bin/sh", keys=()),
    ]


def test_no_hash_leaves(tmp_path: Path) -> None:
    assert HASH not in str(users(reading(tmp_path, FILES)))
    assert HASH not in str(users(reading(tmp_path, {"/etc/passwd": f"a:{HASH}:1:1::/:/bin/sh\n"})))


def test_without_shadow_passwords_are_not_known(tmp_path: Path) -> None:
    (root, *_) = users(reading(tmp_path, {"/etc/passwd": PASSWD}))
    assert (root.password, root.locked) == ("", None)


def test_rights_that_cannot_be_read_are_not_known(tmp_path: Path) -> None:
    files = reading(tmp_path, {"/etc/passwd": PASSWD, "/etc/sudoers/": ""})
    found = {user.name: user.administrator for user in users(files)}
    assert (found["root"], found["ann"]) == (True, None)
    assert files.doubts


def test_without_accounts_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        users(reading(tmp_path, {"/etc/group": ""}))


# --- keys -------------------------------------------------------------------------------------------------------------


def test_keys_are_told_by_their_fingerprints(tmp_path: Path) -> None:
    files = FILES | {"/home/ann/.ssh/authorized_keys": f"# mine\nssh-ed25519 {KEY} ann@home\n"}
    found = {user.name: user.keys for user in users(reading(tmp_path, files))}
    assert found["ann"] is not None
    assert len(found["ann"]) == 1
    assert found["ann"][0].startswith("SHA256:")
    assert found["bob"] == ()


def test_keys_that_cannot_be_read_are_not_known(tmp_path: Path) -> None:
    files = FILES | {"/home/ann/.ssh/authorized_keys/": ""}
    assert {user.name: user.keys for user in users(reading(tmp_path, files))}["ann"] is None


def test_keys_lie_where_sshd_is_told(tmp_path: Path) -> None:
    files = FILES | {
        "/etc/ssh/sshd_config": "AuthorizedKeysFile /etc/ssh/keys/%u\n",
        "/etc/ssh/keys/bob": f"ssh-ed25519 {KEY}\n",
        "/home/ann/.ssh/authorized_keys": f"ssh-ed25519 {KEY}\n",
    }
    found = {user.name: user.keys for user in users(reading(tmp_path, files))}
    assert found["ann"] == ()
    assert len(found["bob"] or ()) == 1


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (f"ssh-ed25519 {KEY} a comment", 1),
        (f'command="echo ssh-rsa AAAA",no-pty ssh-ed25519 {KEY}', 1),
        (f"restrict,pty ssh-ed25519 {KEY}", 1),
        (f"cert-authority ssh-ed25519 {KEY}", 1),
        (f"sk-ssh-ed25519@openssh.com {KEY}", 1),
        (f"ecdsa-sha2-nistp256 {KEY}", 1),
        (f"#ssh-ed25519 {KEY}", 0),
        ("ssh-ed25519 not!base64", 0),
        ("nothing", 0),
    ],
)
def test_lines_of_keys(line: str, count: int) -> None:
    assert len([*fingerprints(line)]) == count


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "users_named", "groups"),
    [
        ("root ALL=(ALL:ALL) ALL\n%wheel\tALL=(ALL)\tNOPASSWD: ALL", {"root"}, {"wheel"}),
        ("ann, bob ALL = NOPASSWD: SETENV: ALL", {"ann", "bob"}, set()),
        ("ann ALL=(ALL) /usr/bin/apt, /bin/ls", set(), set()),
        ("ann ALL=(www-data) ALL", set(), set()),
        ("ann ALL=(www-data) ALL, (root) ALL", {"ann"}, set()),
        ("ann ALL=(www-data, root : adm, sudo) /bin/ls, ALL", {"ann"}, set()),
        ("ann web1 = /bin/ls : web2 = ALL", {"ann"}, set()),
        ("ann ALL=(ALL) ALL\nann ALL=(ALL) !ALL", set(), set()),
        ("ann ALL=(ALL) ALL, !/bin/su", {"ann"}, set()),
        ("User_Alias OPS = ann, %ops : DB = bob\nOPS ALL=ALL\nDB db1=/bin/pg", {"ann"}, {"ops"}),
        ("Cmnd_Alias EVERYTHING = /bin/ls, ALL\nRunas_Alias SUPER = root\nann ALL=(SUPER) EVERYTHING", {"ann"}, set()),
        ("User_Alias LOOP = LOOP\nLOOP ALL=ALL", {"LOOP"}, set()),
        ("ann \\\n  ALL=(ALL) \\\n ALL", {"ann"}, set()),
        ("Defaults env_reset\nDefaults:ann !authenticate\n# ann ALL=ALL", set(), set()),
        ("ann ALL=(ALL) ALL # all of it", {"ann"}, set()),
    ],
)
def test_rules_of_sudo(tmp_path: Path, rules: str, users_named: set[str], groups: set[str]) -> None:
    found = granted(reading(tmp_path, {"/etc/sudoers": rules}))
    assert ({*found.users}, {*found.groups}) == (users_named, groups)


def test_rules_by_number_and_for_everybody(tmp_path: Path) -> None:
    found = granted(reading(tmp_path, {"/etc/sudoers": "#1000 ALL=ALL\n%#27 ALL=ALL\nALL ALL=ALL\n"}))
    assert ({*found.uids}, {*found.gids}, found.everybody) == ({1000}, {27}, True)


def test_odd_rules_name_nobody(tmp_path: Path) -> None:
    rules = f"% ALL=ALL\n#{'9' * 5000} ALL=ALL\n%#² ALL=ALL\n! ALL=ALL\n, ALL=ALL\n=ALL\nann\n"
    found = granted(reading(tmp_path, {"/etc/sudoers": rules}))
    assert not any((found.users, found.groups, found.uids, found.gids, found.everybody))


def test_rules_that_only_the_vendor_wrote(tmp_path: Path) -> None:
    assert granted(reading(tmp_path, {"/usr/etc/sudoers": "%wheel ALL=(ALL) ALL\n"})).groups == {"wheel"}


def test_included_rules(tmp_path: Path) -> None:
    files = {
        "/etc/sudoers": "#includedir /etc/sudoers.d\n@include more\n",
        "/etc/sudoers.d/90-cloud": "ann ALL=(ALL) NOPASSWD:ALL\n",
        "/etc/sudoers.d/old~": "bob ALL=ALL\n",
        "/etc/sudoers.d/a.bak": "bob ALL=ALL\n",
        "/etc/more": "eve ALL=ALL\n@include more\n",
    }
    with pytest.raises(Unreadable, match="too many files"):
        granted(reading(tmp_path, files))
    (tmp_path / "etc/more").write_text("eve ALL=ALL\n")
    assert granted(reading(tmp_path, {})).users == {"ann", "eve"}


def test_doas(tmp_path: Path) -> None:
    files = {
        "/etc/doas.conf": "permit persist :wheel\npermit nopass ann as root\npermit bob cmd reboot\npermit eve as w\n",
        "/etc/doas.d/x.conf": "deny ann\npermit setenv { A B } joe\n",
    }
    found = granted(reading(tmp_path, files))
    assert ({*found.users}, {*found.groups}) == ({"joe"}, {"wheel"})
