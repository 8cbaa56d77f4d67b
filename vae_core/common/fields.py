"""Dataclasses with limits on their fields: one declaration gives the JSON, the command-line flag and the widget."""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, dataclass_transform

from vae_core.common.errors import BadInput, look_up

TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}

Recipe = TypeVar("Recipe", bound="Configurable")
Class = TypeVar("Class", bound="Configurable")


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: tuple = (),
    live: bool = False,
) -> Any:
    """Declare a field with its limits.

    Args:
        default: The default value.
        help: A short description, for flags and widgets.
        low: The smallest allowed value.
        high: The largest allowed value.
        above: A bound that values must exceed.
        below: A bound that values must stay under.
        choices: All allowed values, instead of limits.
        live: Whether the value may change while a model trains: nothing that was built depends on it.
    """
    limits = {"help": help, "low": low, "high": high, "above": above, "below": below, "choices": choices, "live": live}
    return dataclasses.field(default=default, metadata=limits)


@dataclass(frozen=True)
class Option:
    """Declaration of one field, as flags and widgets need it."""

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
        """Describe the allowed values, for example ``a number ≥ 0`` or ``one of a, b``."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        signs = (("≥", self.low), (">", self.above), ("≤", self.high), ("<", self.below))
        bounds = " and ".join(f"{sign} {bound:g}" for sign, bound in signs if bound is not None)
        return f"{TYPE_NAMES[self.type]} {bounds}".strip() + (" (or none)" if self.optional else "")

    def check(self, value: Any) -> Any:
        """Return ``value`` in the field's type.

        Raises:
            BadInput: The value has another type or lies outside the limits.
        """
        if value is None and self.optional:
            return None
        if self.type is float and type(value) is int:
            value = float(value)
        if type(value) is not self.type or not self._within_limits(value):
            raise BadInput(f"{self.name} must be {self.allowed}, got {value!r}")
        return value

    def _within_limits(self, value: Any) -> bool:
        """Whether a value of the field's type is finite, one of the choices and inside the bounds."""
        if self.type is float and not math.isfinite(value):
            return False
        if self.choices and value not in self.choices:
            return False
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def options(cls: type) -> list[Option]:
    """Return the ``option`` fields of a configurable class, in their order."""
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
    """A recipe: a frozen dataclass whose fields are checked when it is made. Trained weights are in the model, never here."""

    def __post_init__(self) -> None:
        for opt in options(type(self)):
            object.__setattr__(self, opt.name, opt.check(getattr(self, opt.name)))
        for field in dataclasses.fields(self):
            if convert := field.metadata.get("converter"):
                object.__setattr__(self, field.name, convert(getattr(self, field.name)))


def part(*, default: Recipe, converter: Callable[[Recipe | str | Mapping[str, Any]], Recipe]) -> Recipe:
    """Declare a field that holds a recipe; ``converter`` also accepts its name or its JSON object."""
    field: Any = dataclasses.field(default=default, metadata={"converter": converter})
    return field


@dataclass_transform(frozen_default=True, field_specifiers=(part,))
def configuration(cls: type[Class]) -> type[Class]:
    """Make a frozen dataclass whose ``part`` fields accept a recipe, its name or its JSON object, also for type checkers."""
    return dataclass(frozen=True)(cls)


def recipe_reader(registry: dict[str, type[Recipe]], what: str) -> Callable[[Recipe | str | Mapping[str, Any]], Recipe]:
    """Return the converter of a ``part`` field: ``from_json`` with this registry."""

    def read(data: Recipe | str | Mapping[str, Any]) -> Recipe:
        return from_json(data, registry, what)

    return read


def name_of(recipe: object, registry: Mapping[str, type]) -> str:
    """Return the name under which a recipe's class is registered.

    Raises:
        TypeError: The class is not in the registry.
    """
    for name, cls in registry.items():
        if cls is type(recipe):
            return name
    raise TypeError(f"{type(recipe).__name__} is not registered; registered are {', '.join(sorted(registry))}")


def to_json(recipe: Configurable, registry: Mapping[str, type]) -> dict[str, Any]:
    """``{"name": its name in the registry, **fields}``"""
    return {"name": name_of(recipe, registry), **{f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}}


def from_json(data: object, registry: Mapping[str, type[Recipe]], what: str) -> Recipe:
    """Return the recipe that ``to_json`` wrote; also accepts a bare name (its defaults) or the recipe itself.

    Args:
        data: A recipe, a registered name, or an object with a name and settings.
        registry: The allowed classes by name.
        what: The kind of recipe, for error messages.

    Raises:
        BadInput: An unknown name or setting, or a setting outside its limits.
    """
    for cls in registry.values():
        if type(data) is cls:
            return data  # type: ignore[return-value]  # no type checker narrows by a class in a variable
    if isinstance(data, str):
        data = {"name": data}
    if not isinstance(data, Mapping) or "name" not in data:
        raise BadInput(f"{what} must be a name or an object with a name, got {data!r}")
    cls = look_up(data["name"], registry, what)
    given = {key: value for key, value in data.items() if key != "name"}
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := given.keys() - known:
        allowed = f"it takes {', '.join(sorted(known))}" if known else "it takes no settings"
        raise BadInput(f"{what} {data['name']!r} has no {', '.join(sorted(unknown))}; {allowed}")
    return cls(**given)
