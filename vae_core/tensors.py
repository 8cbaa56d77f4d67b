"""State as flat tensors by name, the form that safetensors keeps."""

import torch
from torch import Tensor


def slots(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's state as tensors by name: ``0.exp_avg`` is the first moment of its first weight."""
    kept = optimizer.state_dict()["state"]
    return {f"{i}.{slot}": value for i, values in kept.items() for slot, value in values.items()}


def load_slots(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    """The inverse of ``slots``, in the memory layout of each weight: fused Adam walks them side by side, blind to strides."""
    kept: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        i, slot = name.split(".")
        kept.setdefault(int(i), {})[slot] = value
    optimizer.load_state_dict({"state": kept, "param_groups": optimizer.state_dict()["param_groups"]})
    for weight, values in optimizer.state.items():
        for slot, value in values.items():
            if value.shape == weight.shape:
                values[slot] = torch.empty_like(weight, requires_grad=False).copy_(value)


def with_name(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": value for name, value in state.items()}


def with_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
