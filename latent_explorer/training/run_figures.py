"""A run's history and frames → figures; no streamlit calls, no torch.

What the live view draws each second is built in one call: Plotly checks a figure anew, layout and all, with each update.
"""

import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw

from latent_explorer.ui.display_names import unit_name
from latent_explorer.ui.figures import COLOURS, FAINT, LEGEND, MARGIN, colour
from latent_explorer.ui.pictures import enlarge, mosaic
from vae_core.latent.active_units import ACTIVE_VARIANCE

DEAD = "rgba(148,164,162,0.55)"
BATCHES = 10  # logged batches that a training number is the mean of: one batch alone jumps


def name_of_change(name: str) -> str:
    return {"objective.beta": "β", "learning_rate": "learning rate"}.get(
        name, name.removeprefix("objective.").replace("_", " ")
    )


def lane_name(config) -> str:
    """What a lane of a race is called."""
    return f"β = {config.objective.beta:g}"


def held_out_at(history: list[dict], step: int) -> dict | None:
    """What was last measured at or before that step."""
    return next((h["held_out"] for h in reversed(history) if h["step"] <= step and "held_out" in h), None)


def batches_at(history: list[dict], step: int) -> list[dict]:
    """The last logged batches up to that step."""
    return [h for h in history if h["step"] <= step and "reconstruction" in h][-BATCHES:]


def curves(history: list[dict], changes: list[dict], n_steps: int, *, at: int | None = None, height: int = 250) -> go.Figure:
    """ELBO over steps, nats: of the training batches, faint, and held out; a mark where a weight was changed."""
    batch = [(h["step"], -(h["reconstruction"] + h["kl"])) for h in history if "reconstruction" in h]
    held = [(h["step"], h["held_out"]["elbo"]) for h in history if "held_out" in h]
    lines = [
        {
            "x": [s for s, _ in batch], "y": [v for _, v in batch], "name": "training batch", "mode": "lines",
            "line": {"color": "rgba(148,164,162,0.7)", "width": 1},
        },
        {
            "x": [s for s, _ in held], "y": [v for _, v in held], "name": "held out", "mode": "lines+markers",
            "line": {"color": colour(0), "width": 2.5}, "marker": {"size": 5},
        },
    ]  # fmt: skip
    values = [v for s, v in batch + held if s > 0] or [v for _, v in held]
    seen = {}
    if values:  # the first steps are off the scale of everything that follows
        low, high = np.percentile(values, [8 if len(values) > 20 else 0, 100])
        seen = {"range": [low - 0.05 * (high - low) - 0.1, high + 0.08 * (high - low) + 0.1]}
    layout = {
        "height": height, "margin": MARGIN, "legend": LEGEND, "hovermode": "x unified",
        "xaxis": {"title": {"text": "step"}, "range": [0, n_steps], "gridcolor": FAINT},
        "yaxis": {"title": {"text": "ELBO, nats"}, "gridcolor": FAINT, **seen},
    }  # fmt: skip
    figure = go.Figure(lines, layout)
    mark(figure, changes, at)
    return figure


def mark(figure: go.Figure, changes: list[dict], at: int | None) -> None:
    """Dashed lines where weights were changed, with what they became; a solid one at the step that is shown."""
    for entry in changes:
        text = ", ".join(f"{name_of_change(k)} → {v:g}" for k, v in entry["change"].items())
        figure.add_vline(
            x=entry["step"], line={"color": COLOURS[2], "width": 1.5, "dash": "dash"},
            annotation={"text": text, "font": {"size": 12}, "textangle": -90, "xanchor": "right", "yanchor": "top"},
        )  # fmt: skip
    if at is not None:
        figure.add_vline(x=at, line={"color": COLOURS[1], "width": 2})


def unit_bars(held_out: dict, top: float, *, below: str = "", height: int = 250) -> go.Figure:
    """KL of each unit, nats, always in the same place: one sees a unit die. Grey: the mean does not vary over the images."""
    values, variance = held_out["unit_kl"], held_out["mean_variance"]
    alive = [v > ACTIVE_VARIANCE for v in variance]
    names = [unit_name(j) for j in range(len(values))]
    bars = {
        "type": "bar", "x": names, "y": values, "marker": {"color": [colour(0) if a else DEAD for a in alive]},
        "customdata": [[v, "active" if a else "inactive"] for v, a in zip(variance, alive)],
        "hovertemplate": "%{x}: %{y:.3f} nats<br>variance of its mean %{customdata[0]:.4f}, %{customdata[1]}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": height, "margin": MARGIN, "bargap": 0.2,
        "xaxis": {"type": "category", "tickangle": 0 if len(names) <= 10 else -90, "title": {"text": below}},
        "yaxis": {"title": {"text": "KL, nats"}, "range": [0, max(top, 0.1) * 1.05], "gridcolor": FAINT},
    }  # fmt: skip
    return go.Figure([bars], layout)


def largest_unit_kl(history: list[dict]) -> float:
    """The scale that bars of all steps share."""
    return max((max(h["held_out"]["unit_kl"]) for h in history if "held_out" in h), default=1.0)


def plane_of(frame: dict, latent_dim: int) -> tuple[str, str]:
    """The names of the map's axes."""
    if latent_dim == 1:
        return unit_name(0), ""
    if latent_dim == 2:
        return unit_name(0), unit_name(1)
    share = f"{100 * float(frame['explained']):.0f} % of the variance"
    return "first principal component", f"second (together {share})"


def latent_map(frame: dict, fixed: dict, latent_dim: int, *, named: bool = True, height: int = 330) -> go.Figure:
    """Posterior means of the fixed held-out images, by class; small ones go without the names of classes and axes."""
    xy, labels, names = frame["xy"].astype(np.float32), fixed["labels"], fixed["class_names"]
    groups = (
        [(str(names[c]), labels == c) for c in range(len(names))] if len(labels) and len(names) <= 12 else [("images", ...)]
    )
    dots = [
        {
            "x": xy[rows, 0], "y": xy[rows, 1], "mode": "markers", "name": name, "hoverinfo": "name",
            "marker": {"size": 5, "color": colour(i), "opacity": 0.8},
        }
        for i, (name, rows) in enumerate(groups)
    ]  # fmt: skip
    x_name, y_name = plane_of(frame, latent_dim) if named else ("", "")
    layout = {
        "height": height, "margin": MARGIN, "legend": LEGEND, "showlegend": named and len(groups) > 1,
        "xaxis": {"title": {"text": x_name}, "zeroline": False, "gridcolor": FAINT},
        "yaxis": {"title": {"text": y_name}, "zeroline": False, "gridcolor": FAINT, "scaleanchor": "x"},
    }  # fmt: skip
    return go.Figure(dots, layout)


def ledger(config, history: list[dict], step: int) -> list[tuple[str, str, str]]:
    """(what, training, held out) in nats per image: the bound, then what the loss makes of it, term by term."""
    held, batches = held_out_at(history, step), batches_at(history, step)
    mean = lambda pick: float(np.mean([pick(b) for b in batches])) if batches else None  # noqa: E731
    rows = []
    for name, key in (("reconstruction", "reconstruction"), ("KL", "kl")):
        rows.append((name, mean(lambda b, key=key: b[key]), held[key] if held else None))
    rows.append(("**ELBO**", mean(lambda b: -b["reconstruction"] - b["kl"]), held["elbo"] if held else None))
    if batches and "weights" in batches[-1]:
        for term, weight in batches[-1]["weights"].items():
            if term in ("reconstruction", "kl") and weight == 1:
                continue  # the row above says it
            of_term = lambda b, term=term: b["terms"][term] * b["weights"].get(term, 0.0)  # noqa: E731
            rows.append((f"{name_of_term(term)} × {weight:.4g}", mean(of_term), None))
        rows.append(("**loss**", mean(lambda b: b["loss"]), None))
    return [(name, number(train), number(out)) for name, train, out in rows]


def name_of_term(term: str) -> str:
    return {"kl": "KL"}.get(term, term.replace("_", " "))


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "−")


def ledger_table(rows: list[tuple[str, str, str]]) -> str:
    """The ledger as a Markdown table."""
    head = "| nats per image | training | held out |\n|:--|--:|--:|\n"
    return head + "\n".join(f"| {name} | {train} | {out} |" for name, train, out in rows)


def way(history: list[dict], at: int | None = None) -> list[tuple[float, float]]:
    """(rate, distortion) in nats of the held-out images at each measured step, up to ``at``."""
    measured = [h for h in history if "held_out" in h and h["step"] > 0 and (at is None or h["step"] <= at)]
    return [(h["held_out"]["kl"], h["held_out"]["reconstruction"]) for h in measured]


def race_plane(lanes: dict[str, list[tuple[float, float]]], *, height: int = 380) -> go.Figure:
    """Each lane's way through (rate, distortion), nats, its newest point large; dotted lines join points of one ELBO.

    Alemi et al. 2018 (arXiv 1711.00464).
    """
    figure = go.Figure()
    last = [points[-1] for points in lanes.values() if points]
    for i, (name, points) in enumerate(lanes.items()):
        rate, distortion = np.array(points).reshape(-1, 2).T
        sizes = [4] * max(len(points) - 1, 0) + [14] * bool(points)
        figure.add_scatter(
            x=rate, y=distortion, mode="lines+markers", name=name, line={"color": colour(i), "width": 1.5},
            marker={"size": sizes, "color": colour(i)},
            hovertemplate=f"{name}<br>rate %{{x:.2f}}, distortion %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
    if last:
        distortions, top = [d for _, d in last], 1.25 * max(max(r for r, _ in last), 1.0)
        for rate, distortion in last:
            elbo = rate + distortion
            figure.add_scatter(
                x=[0, top], y=[elbo, elbo - top], mode="lines", line={"color": FAINT, "dash": "dot", "width": 1},
                showlegend=False, hoverinfo="skip",
            )  # fmt: skip
        spread = max(0.35 * np.ptp(distortions), 0.12 * float(np.abs(distortions).max()), 1.0)
        figure.update_xaxes(range=[0, top])
        figure.update_yaxes(range=[min(distortions) - spread, max(distortions) + 2 * spread])
    figure.update_layout(height=height, margin=MARGIN, legend=LEGEND)
    figure.update_xaxes(title="rate KL(q(z|x) ‖ p(z)), nats", gridcolor=FAINT)
    figure.update_yaxes(title="distortion −log p(x|z), nats", gridcolor=FAINT)
    return figure


# --- a film


def map_picture(frame: dict, fixed: dict, side: int, extent: float) -> np.ndarray:
    """The latent map as (side, side, 3) pixels on white, over [−extent, extent]²."""
    xy = frame["xy"].astype(np.float32)
    labels = fixed["labels"] if len(fixed["labels"]) and len(fixed["class_names"]) <= 12 else np.zeros(len(xy), dtype=int)
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    for (x, y), label in zip((xy / extent + 1) / 2 * side, labels):
        draw.ellipse((x - 2, side - y - 2, x + 2, side - y + 2), fill=colour(int(label)))
    return np.asarray(picture)


def film(frames: list[dict], fixed: dict, *, milliseconds: int = 120) -> bytes:
    """A GIF of training: the map, beside it inputs, reconstructions, samples and the traversal; the step below."""
    extent = max(float(np.abs(f["xy"].astype(np.float32)).max()) for f in frames) * 1.05 + 1e-6
    pictures = [_still(frame, fixed, extent) for frame in frames]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer, format="GIF", save_all=True, append_images=pictures[1:] + [pictures[-1]] * 8, duration=milliseconds, loop=0
    )
    return buffer.getvalue()


def _still(frame: dict, fixed: dict, extent: float) -> Image.Image:
    rows = [fixed["inputs"], frame["reconstructions"], frame["samples"]]
    pictures = [mosaic(np.concatenate(rows), 16)]
    if len(frame["traversal"]):
        pictures.append(mosaic(frame["traversal"], len(frame["traversal"]) // len(frame["units"])))
    factor = max(1, round(640 / pictures[0].shape[1]))
    pictures = [enlarge(p, factor) for p in pictures]
    height = sum(len(p) for p in pictures) + 12 * (len(pictures) - 1) + 28
    side = max(height - 28, 240)
    still = Image.new("RGB", (side + 16 + pictures[0].shape[1], max(height, side + 28)), "white")
    still.paste(Image.fromarray(map_picture(frame, fixed, side, extent)), (0, 0))
    top = 0
    for picture in pictures:
        image = Image.fromarray(picture)
        still.paste(image, (side + 16, top), image)
        top += len(picture) + 12
    ImageDraw.Draw(still).text((8, still.height - 20), f"step {int(frame['step']):,}", fill="black", font_size=14)
    return still.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
