"""From the name of a command and its arguments to a method: what all sets of commands have in common."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import msgspec

from vmi_console.errors import CommandRefused


class Answering:
    """The public methods of a subclass are its commands, their parameters being the arguments."""

    async def carry_out(self, name: str, arguments: dict[str, Any]) -> Any:
        """Checks the arguments and carries out the command; raises `VmiError`."""
        method = None if name.startswith("_") or name == "carry_out" else getattr(self, name, None)
        if method is None:
            raise CommandRefused(f"this engine knows no command “{name[:100]}”", "it may be older than this console")
        try:
            checked = msgspec.convert(arguments, _parameters(type(self), name))
        except msgspec.ValidationError as error:
            raise CommandRefused(f"{name}: {error}") from error
        return await method(**msgspec.structs.asdict(checked))


_parameter_types: dict[tuple[type, str], type[msgspec.Struct]] = {}


def _parameters(commands: type, name: str) -> type[msgspec.Struct]:
    """A struct of the arguments that a command takes, made from its signature."""
    if (commands, name) not in _parameter_types:
        method = getattr(commands, name)
        hints = typing.get_type_hints(method)
        fields: list[Any] = []
        for parameter in list(inspect.signature(method).parameters.values())[1:]:
            if parameter.default is parameter.empty:
                fields.append((parameter.name, hints[parameter.name]))
            else:
                fields.append((parameter.name, hints[parameter.name], parameter.default))
        _parameter_types[commands, name] = msgspec.defstruct(name, fields, forbid_unknown_fields=True, kw_only=True)
    return _parameter_types[commands, name]
