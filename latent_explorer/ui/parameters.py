"""Types of the values that live in the URL, each with its allowed range; anything outside the range is dropped."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

LONGEST_TEXT = 200  # characters of a text parameter


@dataclass(frozen=True)
class Parameter(ABC):
    """A URL parameter that a widget is bound to. ``key`` is its name in the URL and the widget's key."""

    key: str

    @abstractmethod
    def accepts(self, values: list[str]) -> bool:
        """Check the parameter's values as the URL has them; a repeated parameter has several.

        Args:
            values: the texts from the URL, at least one.

        Returns:
            False if the value lies outside the allowed range or cannot be read.
        """


@dataclass(frozen=True)
class Number(Parameter):
    """A number between ``low`` and ``high``; whole if ``default`` is an int."""

    default: int | float
    low: int | float
    high: int | float
    step: int | float | None = None

    def accepts(self, values: list[str]) -> bool:
        try:
            value = float(values[-1])
        except ValueError:
            return False
        whole = isinstance(self.default, float) or (math.isfinite(value) and value.is_integer())
        return whole and self.low <= value <= self.high  # NaN and infinities fail


@dataclass(frozen=True)
class Choice(Parameter):
    """One of ``options``, by the text on the screen; without ``options`` the page offers what the model has."""

    options: tuple[str, ...] = ()
    default: str | None = None

    def accepts(self, values: list[str]) -> bool:
        text = values[-1]
        return text in self.options if self.options else 0 < len(text) <= LONGEST_TEXT


@dataclass(frozen=True)
class Choices(Parameter):
    """Several options, in the URL as a repeated parameter."""

    most: int = 12

    def accepts(self, values: list[str]) -> bool:
        return len(values) <= self.most and all(len(text) <= LONGEST_TEXT for text in values)


@dataclass(frozen=True)
class Flag(Parameter):
    """On or off."""

    default: bool = False

    def accepts(self, values: list[str]) -> bool:
        return values[-1].lower() in ("true", "false")


@dataclass(frozen=True)
class Text(Parameter):
    """Free text of at most ``longest`` characters."""

    default: str = ""
    longest: int = LONGEST_TEXT

    def accepts(self, values: list[str]) -> bool:
        return len(values[-1]) <= self.longest


class Parameters:
    """A page's URL parameters: class attributes, each a ``Parameter``.

    >>> class Example(Parameters):
    ...     SEED = Number("seed", 0, 0, 9999)
    >>> [parameter.key for parameter in Example.declared()]
    ['seed']
    >>> Example.SEED.accepts(["inf"]), Example.SEED.accepts(["7"])
    (False, True)
    """

    @classmethod
    def declared(cls) -> list[Parameter]:
        """List the parameters in the order of their declaration."""
        return [value for value in vars(cls).values() if isinstance(value, Parameter)]
