"""Every error this program raises on purpose, in one tree.

    VmiError
    ├── InputError                 what a person typed cannot be used
    │   ├── QueryError             … in the query language; knows its column and may suggest a correction
    │   └── ConnectionUriError     … as the address of a connection
    ├── CollectorError             a hypervisor could not be reached or asked
    │   ├── Unreachable            no answer; trying again may help
    │   ├── CredentialsNeeded      it answered, and wants a (different) secret from a person
    │   ├── TrustNeeded            it showed a certificate or host key that a person must judge
    │   ├── Unsupported            this console cannot speak to it; trying again will not help
    │   └── CommandRefused         it was asked to do something and said no
    ├── IntrospectionError         a guest could not be looked into
    │   └── SourceError            … because the bytes of its disk or memory cannot be had
    ├── WireError                  a peer process sent what cannot be understood
    │   ├── IncompatiblePeer       … because it is of another version
    │   └── ChannelClosed          … because it is gone
    ├── EngineUnavailable          no engine answers
    └── StorageError               the console's own files cannot be read or written
        └── WorkspaceBusy          … because another engine is at work on them

Each message says what happened and to what; `advice` says what to do next.
"""

from __future__ import annotations


class VmiError(Exception):
    """The root: `message` says what happened to what, `advice` (may be empty) what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} ({self.advice})" if self.advice else self.message


class InputError(VmiError):
    """What a person typed cannot be used."""


class QueryError(InputError):
    """A query that does not parse or names what does not exist.

    `column` counts characters from 0, `length` is how many are wrong (at least 1), `suggestion` is a replacement for
    just those characters, or empty.
    """

    def __init__(self, message: str, column: int, length: int = 1, suggestion: str = "") -> None:
        super().__init__(message, f"did you mean {suggestion}?" if suggestion else "")
        self.column = column
        self.length = max(1, length)
        self.suggestion = suggestion


class ConnectionUriError(InputError):
    """The address of a connection cannot be used."""


class CollectorError(VmiError):
    """A hypervisor could not be reached or asked."""


class Unreachable(CollectorError):
    """The hypervisor does not answer; trying again may help.

    `in_another_process`: the library that found out is still stuck in calls, and may crash when they come back.
    """

    def __init__(self, message: str, advice: str = "", *, in_another_process: bool = False) -> None:
        super().__init__(message, advice)
        self.in_another_process = in_another_process


class CredentialsNeeded(CollectorError):
    """The hypervisor wants a user name or secret that it was not given, or refused the one it was given."""


class TrustNeeded(CollectorError):
    """The hypervisor showed a certificate or host key that no person has judged yet, or that has changed.

    `fingerprint` is the SHA-256 of what it showed (lower-case hex pairs joined by colons); `subject` and `validity`
    describe it in words; `previous` is the fingerprint that was trusted before, or empty if it is a new one.
    """

    def __init__(
        self,
        message: str,
        fingerprint: str,
        subject: str = "",
        validity: str = "",
        previous: str = "",
        advice: str = "",
    ) -> None:
        super().__init__(message, advice)
        self.fingerprint = fingerprint
        self.subject = subject
        self.validity = validity
        self.previous = previous


class Unsupported(CollectorError):
    """This console cannot speak to that hypervisor as it is; trying again will not help."""


class CommandRefused(CollectorError):
    """A command was understood and refused, or failed on the hypervisor."""


class IntrospectionError(VmiError):
    """A guest could not be looked into."""


class SourceError(IntrospectionError):
    """The bytes of a disk or of memory cannot be had; says which way was tried."""


class WireError(VmiError):
    """A peer process sent what cannot be understood."""


class IncompatiblePeer(WireError):
    """The peer process speaks another version of the protocol."""


class ChannelClosed(WireError):
    """The peer process is gone, or closed its end."""


class EngineUnavailable(VmiError):
    """No engine answers."""


class StorageError(VmiError):
    """The console's own files cannot be read or written."""


class WorkspaceBusy(StorageError):
    """Another engine is at work in this workspace."""


def first_of(group: BaseExceptionGroup[BaseException], *expected: type[BaseException]) -> BaseException:
    """The error that ended a group of tasks.

    A defect of ours comes before an error of the `expected` kinds (a lost connection), which must not hide it.
    """
    leaves: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(reversed(each.exceptions))
        else:
            leaves.append(each)
    return next((each for each in leaves if not isinstance(each, expected)), leaves[0])
