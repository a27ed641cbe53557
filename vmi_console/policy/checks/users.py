"""Who has an account in a guest, and who may administer it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.facts import User
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Allow, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("users")
class Users(Check, dict=True):
    """Local accounts of a guest."""

    title = "Users"
    help = (
        "No local account has a name that is denied; only those that are named may administer the guest (root, "
        "members of groups that may become root, administrators of Windows), locked ones too; and where "
        "`without_password` is denied, no account opens without any password. Names may be patterns."
    )
    examples = (
        "{administrators: [root, Administrator, 'ops-*'], without_password: denied}",
        "{denied: [guest, 'test*']}",
    )
    remediation = "Remove the account or its rights in the guest, or give it a password; find out who created it."

    denied: Annotated[Patterns, msgspec.Meta(description="Names that no local account may have.")] = ()
    administrators: Annotated[
        Patterns, msgspec.Meta(description="Names of those that may administer the guest; empty: all that are there.")
    ] = ()
    without_password: Annotated[
        Allow, msgspec.Meta(description="Accounts that are not locked and need no password.")
    ] = Allow.ALLOWED

    def __post_init__(self) -> None:
        something(self.denied, self.administrators, self.without_password is Allow.DENIED, field="administrators")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"users"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "users")
        if isinstance(facts, str):
            return unknown(facts, "users")
        tally = Tally()
        for user in facts:
            path = f"users[{user.name}]"
            if self.denied and self._denied.match(user.name):
                tally.against(f"there is an account {named(user.name)}; denied: {listed(self.denied)}", path)
            if self.administrators and not self._administrators.match(user.name):
                self._judge_rights(user, path, tally)
            if self.without_password is Allow.DENIED:
                _judge_password(user, path, tally)
        return tally.judgement()

    def _judge_rights(self, user: User, path: str, tally: Tally) -> None:
        if user.administrator:
            allowed = listed(self.administrators)
            tally.against(f"{named(user.name)} may administer the guest; allowed: {allowed}", path)
        elif user.administrator is None:
            tally.untold(f"whether {named(user.name)} may administer the guest is not known", path)

    @cached_property
    def _denied(self) -> Names:
        return Names(self.denied)

    @cached_property
    def _administrators(self) -> Names:
        return Names(self.administrators)


def _judge_password(user: User, path: str, tally: Tally) -> None:
    if user.locked or user.password in ("set", "locked"):
        return
    if user.password == "none" and user.locked is False:
        tally.against(f"{named(user.name)} needs no password", path)
    elif user.password == "none":
        tally.untold(f"{named(user.name)} needs no password, and whether it is locked is not known", path)
    else:
        tally.untold(f"whether {named(user.name)} has a password is not known", path)
