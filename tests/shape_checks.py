"""Type checker for jaxtyping while tests run: beartype, on every function that names an array's shape.

Parts of a model (``BetaVAE(beta=4)``) are left out: they check their own fields, and tests cover those messages.
"""

import typing

from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray

_checked = beartype(conf=BeartypeConf(is_pep484_tower=True))


def _names_a_shape(hint) -> bool:
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return True
    return any(_names_a_shape(part) for part in typing.get_args(hint))


def check(function):
    """Decorate ``function`` where one of its annotations is an array with a shape."""
    return _checked(function) if any(map(_names_a_shape, function.__annotations__.values())) else function
