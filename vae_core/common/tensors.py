"""Model and optimizer state as flat tensors by name, for safetensors files."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from vae_core.common.errors import BadInput

MAX_WEIGHTS = 1 << 30  # bytes


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimizer's state as tensors by name: ``0.exp_avg`` is the first moment of its first weight."""
    kept = optimizer.state_dict()["state"]
    return {f"{i}.{slot}": value for i, values in kept.items() for slot, value in values.items()}


def load_optimizer_tensors(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    """The inverse of ``optimizer_tensors``, in the memory layout of each weight, because fused Adam ignores strides."""
    kept: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        i, slot = name.split(".")
        kept.setdefault(int(i), {})[slot] = value
    optimizer.load_state_dict({"state": kept, "param_groups": optimizer.state_dict()["param_groups"]})
    for weight, values in optimizer.state.items():
        for slot, value in values.items():
            if value.shape == weight.shape:
                values[slot] = torch.empty_like(weight, requires_grad=False).copy_(value)


def add_prefix(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Add ``prefix.`` to all names."""
    return {f"{prefix}.{name}": value for name, value in state.items()}


def select_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Select the names that begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a safetensors file, after a check of its size.

    Raises:
        BadInput: The file is missing, too large or not a safetensors file.
    """
    if not path.is_file():
        raise BadInput(f"{path.parent} has no {path.name}; a checkpoint folder holds one")
    if (size := path.stat().st_size) > MAX_WEIGHTS:
        raise BadInput(f"{path.name} has {size:,} bytes; at most {MAX_WEIGHTS:,} are read")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not a readable safetensors file: {error}") from None


def check_tensors(found: dict[str, Tensor], wanted: dict[str, Tensor], what: str) -> None:
    """Check that names, shapes and types agree and that all numbers are finite.

    Raises:
        BadInput: The message names the first tensor that differs.
    """
    if missing := sorted(wanted.keys() - found.keys()):
        raise BadInput(
            f"{what} does not have {missing[0]!r} ({len(missing)} missing in all); it does not belong to its config.json"
        )
    if extra := sorted(found.keys() - wanted.keys()):
        raise BadInput(f"{what} holds {extra[0]!r}, which the configured model does not have")
    for name, tensor in found.items():
        want = wanted[name]
        if tensor.shape != want.shape or tensor.dtype != want.dtype:
            got = f"{tuple(tensor.shape)} {tensor.dtype}"
            raise BadInput(f"{what}: {name!r} is {got}, the configured model has {tuple(want.shape)} {want.dtype}")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise BadInput(f"{what}: {name!r} holds numbers that are not finite")
