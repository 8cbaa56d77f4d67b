"""What a page shows as a file to keep: tables, arrays, pictures, moving pictures. Bytes out, no streamlit."""

import csv
import io
from html import escape

import numpy as np
from PIL import Image

from latent_explorer.ui.pictures import enlarge, mosaic, tint


def table_csv(columns: dict[str, np.ndarray | list]) -> bytes:
    """Columns by name, equally long, as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(values).tolist() for values in columns.values())))
    return text.getvalue().encode()


def arrays_npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def png(picture: np.ndarray) -> bytes:
    """A picture (H, W), (H, W, 3) or (H, W, 4) uint8 as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def gif(frames: list[np.ndarray], seconds: float = 0.08) -> bytes:
    """Pictures of one size, there and back again without end; transparent ground becomes white."""
    flat = []
    for frame in frames:
        image = Image.fromarray(frame)
        if image.mode == "RGBA":
            ground = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(ground, image).convert("RGB")
        flat.append(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
    flat += flat[-2:0:-1]
    buffer = io.BytesIO()
    flat[0].save(buffer, format="GIF", save_all=True, append_images=flat[1:], duration=int(1000 * seconds), loop=0)
    return buffer.getvalue()


def strip(images: np.ndarray, columns: int, scale: int) -> bytes:
    """Images side by side as PNG."""
    return png(enlarge(mosaic(images, columns), scale))


def map_svg(xy: np.ndarray, values: np.ndarray | None, chosen: np.ndarray | None, title: str, *, side: int = 640) -> bytes:
    """The map as SVG, a circle per point; what is not chosen is grey."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    reach = max(float((high - low).max()), 1e-9)
    at = ((xy - (low + high) / 2) / reach + 0.5) * (side - 20) + 10
    colours = tint(np.zeros(len(xy), dtype=int) if values is None else values)
    bright = np.ones(len(xy), dtype=bool)
    if chosen is not None and len(chosen):
        bright[:] = False
        bright[chosen] = True
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"><title>{escape(title)}</title>',
        '<g fill-opacity="0.8">',
    ]
    for i in np.argsort(bright, kind="stable"):  # the chosen ones on top
        fill = "#{:02x}{:02x}{:02x}".format(*colours[i]) if bright[i] else "#cccccc"
        lines.append(f'<circle cx="{at[i, 0]:.1f}" cy="{side - at[i, 1]:.1f}" r="1.6" fill="{fill}"/>')
    return "\n".join([*lines, "</g></svg>"]).encode()


def table_latex(header: list[str], rows: list[list[str]], caption: str) -> bytes:
    """A booktabs table; the first column is left-aligned, the others right."""
    clean = str.maketrans({"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "−": "$-$", "β": r"$\beta$", "±": r"$\pm$"})
    line = lambda cells: " & ".join(str(cell).translate(clean) for cell in cells) + r" \\"  # noqa: E731
    body = [r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}", r"\toprule", line(header)]
    body += [r"\midrule", *map(line, rows), r"\bottomrule", r"\end{tabular}", rf"\caption{{{caption.translate(clean)}}}"]
    return "\n".join([*body, r"\end{table}", ""]).encode()
