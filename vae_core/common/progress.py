"""Progress callbacks of long computations."""

from collections.abc import Callable

Progress = Callable[[float], None]  # called with the completed share, 0 to 1; may raise an exception to cancel the work


def no_progress(share: float) -> None:
    """Ignore the completed share: the default progress callback."""
