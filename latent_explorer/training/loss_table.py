"""The loss of a run at one step, term by term."""

from collections.abc import Iterable

import numpy as np

from latent_explorer.training.run_figures import History, held_out_at
from latent_explorer.ui.display_names import number_text

BATCHES = 10  # logged batches that a training number is the mean of: one batch alone varies too much


def loss_rows(history: History, step: int) -> list[tuple[str, str, str]]:
    """Return (name, training, held out) in nats per image: the parts of the ELBO, then the terms of the loss.

    Training numbers are means over the last ``BATCHES`` logged batches up to that step; a number that is not there is "".
    """
    held_out = held_out_at(history, step) or {}
    batches = [h for h in history if h["step"] <= step and "reconstruction" in h][-BATCHES:]
    rows = [
        ("reconstruction", _mean(b["reconstruction"] for b in batches), held_out.get("reconstruction")),
        ("KL", _mean(b["kl"] for b in batches), held_out.get("kl")),
        ("**ELBO**", _mean(-b["reconstruction"] - b["kl"] for b in batches), held_out.get("elbo")),
    ]
    if batches and "weights" in batches[-1]:
        for term, weight in batches[-1]["weights"].items():
            if term in ("reconstruction", "kl") and weight == 1:
                continue  # the same as the row above
            name = "KL" if term == "kl" else term.replace("_", " ")
            mean = _mean(b["terms"][term] * b["weights"].get(term, 0.0) for b in batches)
            rows.append((f"{name} × {weight:.4g}", mean, None))
        rows.append(("**loss**", _mean(b["loss"] for b in batches), None))
    return [(name, _cell(train), _cell(test)) for name, train, test in rows]


def markdown_table(rows: list[tuple[str, str, str]]) -> str:
    """Return the rows as a Markdown table."""
    head = "| nats per image | training | held out |\n|:--|--:|--:|\n"
    return head + "\n".join(f"| {name} | {train} | {test} |" for name, train, test in rows)


def _mean(values: Iterable[float]) -> float | None:
    """Return the mean, or None if there are no values."""
    found = list(values)
    return float(np.mean(found)) if found else None


def _cell(value: float | None) -> str:
    return "" if value is None else number_text(value, 2)
