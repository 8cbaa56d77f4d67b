"""Limits of an upload, checked on declared sizes before anything is decoded."""

from dataclasses import dataclass

from vae_core.common.errors import BadInput

MIB = 1024**2


@dataclass(frozen=True)
class Limits:
    """Limits of an upload; the defaults fit a laptop, a public server may need smaller ones.

    Sizes are those of the unpacked data: a zip of a few kilobytes can hold gigabytes. The ratio is checked on large members
    only: a small array of equal labels can shrink a thousandfold.
    """

    total_bytes: int = 1024 * MIB  # all files together
    n_images: int = 100_000
    pixels: int = 64_000_000  # of one picture as stored, before it is resized
    ratio: float = 200.0  # unpacked ÷ packed, of a member of a zip or npz; photographs stay near 1, dSprites' arrays near 100
    ratio_from_bytes: int = 16 * MIB

    def check_bytes(self, n_bytes: int, what: str) -> None:
        """Raise ``BadInput`` if the unpacked data exceed ``total_bytes``."""
        if n_bytes > self.total_bytes:
            raise BadInput(f"{what} holds {n_bytes / MIB:,.1f} MiB of data; at most {self.total_bytes / MIB:,.1f} MiB are read")

    def check_images(self, n: int, what: str) -> None:
        """Raise ``BadInput`` if there are more than ``n_images`` files."""
        if n > self.n_images:
            raise BadInput(f"{what} holds more than {self.n_images:,} images or other files, the most that is read")

    def check_pixels(self, width: int, height: int, what: str) -> None:
        """Raise ``BadInput`` if a picture has more than ``pixels`` pixels."""
        if width * height > self.pixels:
            raise BadInput(f"{what} has {width}×{height} pixels; at most {self.pixels:,} are read")
