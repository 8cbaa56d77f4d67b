"""The contents of downloaded files: tables, arrays, pictures, animations. Functions return bytes; no streamlit."""

import base64
import csv
import io
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num, UInt8
from PIL import Image

from latent_explorer.ui.pictures import Images, enlarge, mosaic, value_colours


def table_csv(columns: Mapping[str, np.ndarray | list]) -> bytes:
    """Return a CSV table with a header; ``columns`` are equally long and given by name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(values).tolist() for values in columns.values())))
    return text.getvalue().encode()


def arrays_npz(**arrays: np.ndarray) -> bytes:
    """Return named arrays as a compressed NumPy file."""
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


def png_bytes(picture: UInt8[np.ndarray, "height width *channels"], *, fast: bool = False) -> bytes:
    """Return a grey, RGB or RGBA picture as PNG; ``fast`` makes a larger file in less time."""
    buffer = io.BytesIO()
    if fast:
        Image.fromarray(picture).save(buffer, format="PNG", compress_level=1)
    else:
        Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def png_data_uri(picture: UInt8[np.ndarray, "height width *channels"], *, fast: bool = False) -> str:
    """Return a picture as PNG in a data URI, for HTML and for Plotly."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture, fast=fast)).decode()


def gif_bytes(frames: list[UInt8[np.ndarray, "_ _ _"]], seconds: float = 0.08) -> bytes:
    """Return pictures of equal size as an endless animation, forwards and back; a transparent background becomes white."""
    flat = []
    for frame in frames:
        image = Image.fromarray(frame)
        if image.mode == "RGBA":
            background = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(background, image).convert("RGB")
        flat.append(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
    flat += flat[-2:0:-1]
    buffer = io.BytesIO()
    flat[0].save(buffer, format="GIF", save_all=True, append_images=flat[1:], duration=int(1000 * seconds), loop=0)
    return buffer.getvalue()


def image_grid_png(images: Images, columns: int, scale: int) -> bytes:
    """Return images side by side as PNG, row by row."""
    return png_bytes(enlarge(mosaic(images, columns), scale))


def map_svg(
    xy: Float[np.ndarray, "n 2"],
    values: Num[np.ndarray, "n"] | None,
    selected: Int[np.ndarray, "_"] | None,
    title: str,
    *,
    side: int = 640,
) -> bytes:
    """Return the map as SVG, a circle per point.

    Args:
        xy: Places of the points.
        values: Classes or numbers that colour the points.
        selected: Rows of the selected points; all others are grey. With None or no rows, none is grey.
        title: The picture's title for screen readers.
        side: Width and height in pixels.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = max(float((high - low).max()), 1e-9)
    places = ((xy - (low + high) / 2) / extent + 0.5) * (side - 20) + 10
    colours = value_colours(np.zeros(len(xy), dtype=int) if values is None else values)
    coloured = np.ones(len(xy), dtype=bool)
    if selected is not None and len(selected):
        coloured[:] = False
        coloured[selected] = True
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"><title>{escape(title)}</title>',
        '<g fill-opacity="0.8">',
    ]
    for i in np.argsort(coloured, kind="stable"):  # the selected points are drawn last, above the grey ones
        fill = "#{:02x}{:02x}{:02x}".format(*colours[i]) if coloured[i] else "#cccccc"
        lines.append(f'<circle cx="{places[i, 0]:.1f}" cy="{side - places[i, 1]:.1f}" r="1.6" fill="{fill}"/>')
    return "\n".join([*lines, "</g></svg>"]).encode()


LATEX = str.maketrans({"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "−": "$-$", "β": r"$\beta$", "±": r"$\pm$"})


def table_latex(header: list[str], rows: list[list[str]], caption: str) -> bytes:
    """Return a booktabs table; the first column is left-aligned, the others right."""

    def table_row(cells: list[str]) -> str:
        return " & ".join(str(cell).translate(LATEX) for cell in cells) + r" \\"

    alignment = "l" + "r" * (len(header) - 1)
    lines = [r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", table_row(header)]
    lines += [r"\midrule", *map(table_row, rows), r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, rf"\caption{{{caption.translate(LATEX)}}}", r"\end{table}", ""]).encode()
