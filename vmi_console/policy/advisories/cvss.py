"""The base score of a CVSS vector of version 3 (FIRST, CVSS v3.1 specification, sections 7.1 and 7.4)."""

from __future__ import annotations

import math

from vmi_console.policy.judgement import Severity

_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_LONGEST = 500


def base_score(vector: str) -> float | None:
    """0.0 to 10.0; None for what is no vector of version 3.

    >>> base_score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    9.8
    """
    version, _, rest = vector[:_LONGEST].partition("/")
    if version not in ("CVSS:3.0", "CVSS:3.1"):
        return None
    given = dict(part.partition(":")[::2] for part in rest.split("/"))
    try:
        weight = {metric: choices[given[metric]] for metric, choices in _WEIGHTS.items()}
        privileges = _PRIVILEGES[given["S"]][given["PR"]]
    except KeyError:
        return None
    changed = given["S"] == "C"
    lost = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    ease = 8.22 * weight["AV"] * weight["AC"] * privileges * weight["UI"]
    return _up(min((1.08 if changed else 1.0) * (impact + ease), 10.0))


def severity(score: float) -> Severity:
    """How bad a score is called (section 5): none counts as low."""
    if score >= 9:
        return Severity.CRITICAL
    if score >= 7:
        return Severity.HIGH
    return Severity.MEDIUM if score >= 4 else Severity.LOW


def _up(number: float) -> float:
    """To one decimal, upwards, as appendix A says it, so that floating point does not matter."""
    whole = round(number * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10
