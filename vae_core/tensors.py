"""State as flat tensors by name, the form that safetensors keeps."""

import torch
from torch import Tensor


def slots(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's state as tensors by name: ``0.exp_avg`` is the first moment of its first weight."""
    kept = optimizer.state_dict()["state"]
    return {f"{i}.{slot}": value for i, values in kept.items() for slot, value in values.items()}


def load_slots(optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    kept: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        i, slot = name.split(".")
        kept.setdefault(int(i), {})[slot] = value
    optimizer.load_state_dict({"state": kept, "param_groups": optimizer.state_dict()["param_groups"]})


def with_name(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": value for name, value in state.items()}


def with_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
