"""Arrays → Plotly figures; no streamlit calls, no torch."""

from latent_explorer.ui.figures.maps import add_class_dots, class_maps, class_scatter, decoded_plane
from latent_explorer.ui.figures.scores import class_counts, heat_map, label_leaks, rate_distortion_plane
from latent_explorer.ui.figures.style import COLOURS, FAINT, GREY, LEGEND, MARGIN, colour
from latent_explorer.ui.figures.training import training_curves, unit_kl_curves
from latent_explorer.ui.figures.units import image_kl_bars, kl_bars, unit_table, variance_shares

__all__ = [
    "COLOURS",
    "FAINT",
    "GREY",
    "LEGEND",
    "MARGIN",
    "add_class_dots",
    "class_counts",
    "class_maps",
    "class_scatter",
    "colour",
    "decoded_plane",
    "heat_map",
    "image_kl_bars",
    "kl_bars",
    "label_leaks",
    "rate_distortion_plane",
    "training_curves",
    "unit_kl_curves",
    "unit_table",
    "variance_shares",
]
