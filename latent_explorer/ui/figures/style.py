"""Colours and layout that all figures share."""

from latent_explorer.ui.pictures import COLOURS

FAINT = "rgba(128,128,128,0.28)"  # of grid lines, on light and dark backgrounds
GREY = "#94a4a2"  # what is not highlighted
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "itemsizing": "constant", "font": {"size": 13}}
MARGIN = {"l": 0, "r": 0, "t": 8, "b": 0}


def colour(i: int) -> str:
    """Return the colour of class or trace ``i``; after the last one the colours repeat."""
    return COLOURS[i % len(COLOURS)]
