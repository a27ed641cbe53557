"""What an intrusion detection engine reported of a VM."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.functions import any_of
from vmi_console.estate.records import VM, Alert
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Count, Mistake, Names, Word, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=500)]
Severity = Annotated[int, msgspec.Meta(ge=1, le=255)]


@check("alerts")
class Alerts(Check, dict=True):
    """Intrusion alerts that were matched to a VM."""

    title = "Intrusion alerts"
    by_clock = True
    help = (
        "Within the last hours there was no alert of the VM that is as severe as given (1 is the worst), or whose "
        "signature (number or text), or category, is named. Those of `ignore` do not count. Alerts come from an engine "
        "that looks at the network, and are matched to VMs by address and MAC; where no engine tells of alerts, nobody "
        "can tell."
    )
    examples = ("{severity: 1, hours: 24}", "{signatures: ['2018358', 'ET MALWARE*'], ignore: ['*TOR*'], hours: 168}")
    remediation = "Look into the alert and the VM; isolate the VM while that lasts."

    severity: Annotated[
        Severity | None, msgspec.Meta(description="The least severe that counts, as the engine counts: 1 is worst.")
    ] = None
    signatures: Annotated[
        Patterns, msgspec.Meta(description="Numbers or texts (patterns) of signatures that count whatever they are.")
    ] = ()
    categories: Annotated[Patterns, msgspec.Meta(description="Categories (patterns) that count.")] = ()
    ignore: Annotated[Patterns, msgspec.Meta(description="Numbers or texts (patterns) of signatures to ignore.")] = ()
    hours: Annotated[
        Annotated[float, msgspec.Meta(gt=0, le=24 * 365)], msgspec.Meta(description="How long an alert counts.")
    ] = 24
    most: Annotated[Count, msgspec.Meta(description="How many such alerts there may be.")] = 0

    def __post_init__(self) -> None:
        something(self.severity is not None, self.signatures, self.categories, field="severity: 2")
        if "*" in self.ignore:
            raise Mistake("this ignores every alert", "ignore", advice="name the signatures that are to be ignored")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"alerts"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        alerts = estate.alerts_of(vm.id)
        if alerts is None:
            return unknown("no intrusion detection engine tells of alerts", "alerts")
        since = now - timedelta(hours=self.hours)
        judged = [(alert, self._counts(alert)) for alert in alerts if alert.at >= since]
        found = [alert for alert, counts in judged if counts]
        vague = [alert for alert, counts in judged if counts is None]
        tally = Tally()
        if len(found) > self.most:
            newest = found[0]
            count = f"{len(found)} alerts, the last" if len(found) > 1 else "an alert"
            severity = f" (severity {newest.severity})" if newest.severity is not None else ""
            tally.against(f"{count} {newest.at.isoformat(' ', 'seconds')}: {named(newest.name)}{severity}", "alerts")
        elif len(found) + len(vague) > self.most:
            tally.untold(f"whether the alert {named(vague[0].name)} counts is not known", "alerts")
        return tally.judgement()

    def _counts(self, alert: Alert) -> bool | None:
        """Whether an alert is one of those meant; None where what decides is not known."""
        ignored = _is_among(alert, self._ignored) if self.ignore else False
        if ignored:
            return False
        reasons = (
            _is_among(alert, self._signatures) if self.signatures else False,
            self._is_of_category(alert) if self.categories else False,
            self._is_severe(alert) if self.severity is not None else False,
        )
        counts = any_of(iter(reasons))
        return None if counts and ignored is None else counts

    def _is_severe(self, alert: Alert) -> bool | None:
        return None if alert.severity is None or self.severity is None else alert.severity <= self.severity

    def _is_of_category(self, alert: Alert) -> bool | None:
        return None if alert.category is None else self._categories.match(alert.category)

    @cached_property
    def _signatures(self) -> Names:
        return Names(self.signatures)

    @cached_property
    def _categories(self) -> Names:
        return Names(self.categories)

    @cached_property
    def _ignored(self) -> Names:
        return Names(self.ignore)


def _is_among(alert: Alert, signatures: Names) -> bool | None:
    if signatures.match(alert.name):
        return True
    return None if alert.signature is None else signatures.match(alert.signature)
