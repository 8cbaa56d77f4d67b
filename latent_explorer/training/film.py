"""The film of a training: a GIF with a picture per frame."""

import io

import numpy as np
from PIL import Image, ImageDraw

from latent_explorer.training.run_figures import Arrays
from latent_explorer.ui.pictures import draw_dots, enlarge, mosaic, value_colours
from vae_core.common.errors import BadInput
from vae_core.runs.run import Run

WIDTH = 640  # pixels of the images, about
GAP, LINE = 12, 28  # pixels between pictures; height of the line with the step


def run_film(run: Run) -> bytes:
    """Return the film of a run that has frames."""
    frames = [frame for step in run.frames() if (frame := run.frame(step)) is not None]
    fixed = run.fixed()
    if fixed is None or not frames:
        raise BadInput(f"run {run.id} has no frames to make a film of")
    return film_gif(frames, fixed)


def film_gif(frames: list[Arrays], fixed: Arrays, *, milliseconds: int = 120) -> bytes:
    """Return a GIF: the latent map, beside it inputs, reconstructions, samples and the traversal; the step below.

    Args:
        frames: Frames of a run, in their order.
        fixed: The run's fixed images and labels.
        milliseconds: Duration of each picture; the last one stays longer.
    """
    extent = max(float(np.abs(f["xy"].astype(np.float32)).max()) for f in frames) * 1.05 + 1e-6
    pictures = [_picture(frame, fixed, extent) for frame in frames]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer, format="GIF", save_all=True, append_images=pictures[1:] + [pictures[-1]] * 8, duration=milliseconds, loop=0
    )
    return buffer.getvalue()


def _picture(frame: Arrays, fixed: Arrays, extent: float) -> Image.Image:
    """Draw one frame on white."""
    # images on the right: inputs, reconstructions and samples; below them the traversal, where there is one
    grids = [mosaic(np.concatenate([fixed["inputs"], frame["reconstructions"], frame["samples"]]), 16)]
    if len(frame["traversal"]):
        grids.append(mosaic(frame["traversal"], len(frame["traversal"]) // len(frame["units"])))
    scale = max(1, round(WIDTH / grids[0].shape[1]))
    grids = [enlarge(grid, scale) for grid in grids]
    # the map on the left is as high as the images
    height = sum(len(grid) for grid in grids) + GAP * (len(grids) - 1) + LINE
    side = max(height - LINE, 240)
    picture = Image.new("RGB", (side + 16 + grids[0].shape[1], max(height, side + LINE)), "white")
    picture.paste(Image.fromarray(_map(frame, fixed, side, extent)).convert("RGB"), (0, 0))
    top = 0
    for grid in grids:
        image = Image.fromarray(grid)
        picture.paste(image, (side + 16, top), image)
        top += len(grid) + GAP
    ImageDraw.Draw(picture).text((8, picture.height - 20), f"step {int(frame['step']):,}", fill="black", font_size=14)
    return picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64)


def _map(frame: Arrays, fixed: Arrays, side: int, extent: float) -> np.ndarray:
    """Draw the latent map over [−extent, extent]²; its colours are the classes, up to twelve of them."""
    xy, labels = frame["xy"].astype(np.float32), fixed["labels"].astype(int)
    if not len(labels) or len(fixed["class_names"]) > 12:
        labels = np.zeros(len(xy), dtype=int)
    return draw_dots((xy / extent + 1) / 2, value_colours(labels), side, radius=2, background="white")
