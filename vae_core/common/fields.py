"""Dataclasses whose fields know their limits: one declaration is the JSON, the flag and the widget at once."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from vae_core.common.errors import BadInput, look_up


def option(default, help: str, *, low=None, high=None, above=None, below=None, choices: tuple = (), live: bool = False) -> Any:
    """A field with its limits: ``low ≤ value ≤ high``, or strictly with ``above`` and ``below``; or one of ``choices``.

    A ``live`` one may change while a model trains: nothing that was built depends on it.
    """
    limits = {"help": help, "low": low, "high": high, "above": above, "below": below, "choices": choices, "live": live}
    return dataclasses.field(default=default, metadata=limits)


@dataclass(frozen=True)
class Option:
    """What a flag or a widget needs to know of one field."""

    name: str
    type: type
    default: Any
    help: str
    low: float | None
    high: float | None
    above: float | None
    below: float | None
    choices: tuple
    live: bool
    optional: bool

    @property
    def allowed(self) -> str:
        """The allowed values in words, e.g. ``≥ 0`` or ``one of a, b``."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        signs = (("≥", self.low), (">", self.above), ("≤", self.high), ("<", self.below))
        bounds = " and ".join(f"{sign} {bound:g}" for sign, bound in signs if bound is not None)
        kind = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[self.type]
        return f"{kind} {bounds}".strip() + (" (or none)" if self.optional else "")

    def check(self, value):
        """``value`` in its type, or a sentence that says what is allowed."""
        if value is None and self.optional:
            return None
        if self.type is float and type(value) is int:
            value = float(value)
        fits = type(value) is self.type and not (self.type is float and not math.isfinite(value))
        fits = fits and (not self.choices or value in self.choices)
        fits = fits and (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        fits = fits and (self.above is None or value > self.above) and (self.below is None or value < self.below)
        if not fits:
            raise BadInput(f"{self.name} must be {self.allowed}, got {value!r}")
        return value


def options(cls: type) -> list[Option]:
    """The simple fields of a configurable class, in their order."""
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        if "help" not in field.metadata:
            continue
        hint, optional = hints[field.name], False
        if isinstance(hint, types.UnionType):
            hint, optional = next(a for a in typing.get_args(hint) if a is not type(None)), True
        default = None if field.default is MISSING else field.default
        found.append(Option(field.name, hint, default, optional=optional, **field.metadata))
    return found


@dataclass(frozen=True)
class Configurable:
    """A recipe: frozen, checked at once, equal where its fields are. What learns lives in the model, never here."""

    def __post_init__(self):
        for opt in options(type(self)):
            object.__setattr__(self, opt.name, opt.check(getattr(self, opt.name)))


def name_of(recipe: Configurable, registry: Mapping[str, type]) -> str:
    """Return the name under which a recipe's class is registered."""
    return next(name for name, cls in registry.items() if cls is type(recipe))


def to_json(recipe: Configurable, registry: dict) -> dict:
    """``{"name": its name in the registry, **fields}``"""
    return {"name": name_of(recipe, registry), **{f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}}


def from_json(data, registry: dict, what: str) -> Configurable:
    """The recipe that ``to_json`` wrote; also a bare name (its defaults) or the recipe itself."""
    if type(data) in registry.values():
        return data
    if isinstance(data, str):
        data = {"name": data}
    if not isinstance(data, dict) or "name" not in data:
        raise BadInput(f"{what} must be a name or an object with a name, got {data!r}")
    cls = look_up(data["name"], registry, what)
    given = {key: value for key, value in data.items() if key != "name"}
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := given.keys() - known:
        allowed = f"it takes {', '.join(sorted(known))}" if known else "it takes no settings"
        raise BadInput(f"{what} {data['name']!r} has no {', '.join(sorted(unknown))}; {allowed}")
    return cls(**given)
