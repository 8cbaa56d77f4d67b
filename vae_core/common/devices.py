"""Computing devices: choice and description."""

import torch

from vae_core.common.errors import BadInput


def choose_device(name: str = "auto") -> torch.device:
    """Return the named device; ``auto`` takes CUDA, then MPS, then the CPU.

    Raises:
        BadInput: The machine does not have the device.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    if not present.get(name.split(":")[0], False):
        raise BadInput(
            f"device {name!r} is not on this machine; choose from auto, {', '.join(k for k, v in present.items() if v)}"
        )
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """Describe the kind of a device for a model card, without the machine's name or address."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    n = torch.get_num_threads()
    return f"{device.type}, {n} thread" + "s" * (n != 1)
