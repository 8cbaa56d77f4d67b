"""Every value that lives in the URL or in the visitor's session, declared once, with its type and allowed range.

URL parameters that widgets are bound to are grouped by page. Values that the canvas reports (a latent code, selected points, a
condition) are read and written by ``url_state.py``; their names are declared here too.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from latent_explorer.ui.parameters import Choice, Choices, Flag, Number, Parameters, Text

T = TypeVar("T")


@dataclass(frozen=True)
class SessionValue(Generic[T]):
    """A value in the visitor's session, with its default."""

    key: str
    default: T

    def get(self) -> T:
        return st.session_state.get(self.key, self.default)

    def set(self, value: T) -> None:
        st.session_state[self.key] = value

    def clear(self) -> None:
        """Forget the value."""
        st.session_state.pop(self.key, None)

    def pop(self) -> T:
        """Return the value and forget it."""
        return st.session_state.pop(self.key, self.default)


# --- the visitor's session -------------------------------------------------------------------------------------------------
PAGE: SessionValue[str] = SessionValue("page", "")  # title of the page that ran last
ARRIVED: SessionValue[bool] = SessionValue("arrived", False)  # the visitor comes from another page
RUN_BEGUN: SessionValue[bool] = SessionValue("run begun", False)  # app.py has started this page run
OPENED: SessionValue[dict | None] = SessionValue("opened models", None)  # models opened in this page run, by name
PRESENTING: SessionValue[bool] = SessionValue("presenting", False)  # large type, no navigation
HIDDEN: SessionValue[frozenset[str]] = SessionValue("hidden controls", frozenset())
MODEL: SessionValue[str | None] = SessionValue("model", None)  # the picked model; bound to the URL as ?model=
MISSING_MODEL: SessionValue[str | None] = SessionValue("missing model", None)  # a link named it, and it is not here
NEXT_PAGE: SessionValue[str | None] = SessionValue("open", None)  # script of the page to switch to after this run
LIBRARY_MESSAGE: SessionValue[tuple[str, str] | None] = SessionValue("library message", None)  # (kind, text) of the last change
ALL_CARDS: SessionValue[bool] = SessionValue("all cards", False)  # the gallery shows every card
UMAP_FAILED: SessionValue[tuple[Any, str] | None] = SessionValue("umap failed", None)  # (what was asked, why it failed)
MEASURED: SessionValue[int | None] = SessionValue("measured", None)  # id of the evaluation whose end was shown
VISITOR_TOKEN: SessionValue[str | None] = SessionValue("visitor", None)  # in a cookie too; its hash is the owner of runs
VIEW: SessionValue[str | None] = SessionValue("view", None)  # id of this visitor's live view
LAST_RUN: SessionValue[str | None] = SessionValue("run", None)  # id of the run that the Train page showed last
LAST_RACE: SessionValue[str | None] = SessionValue("race run", None)  # the same for the β race page

# --- values of the URL that the canvas reports ------------------------------------------------------------------------------
LATENT_CODE, SELECTION, CONDITION = "z", "sel", "c"
STORED_CODES = ("a", "b", "c")  # of the arithmetic on the Latent map
PRESENT, HIDE = "present", "hide"

# names that ``?hide=`` takes beside the keys of the parameters below
CONTROLS = ("model", "import", "duplicate", "delete", "download", "measure", "train", "link")


class Gallery(Parameters):
    SEARCH = Text("q")
    DATA = Choice("data")


class LatentMap(Parameters):
    PROJECTION = Choice("projection", ("PCA", "UMAP"), "PCA")
    NEIGHBOURS = Number("neighbours", 15, 5, 100)
    DISTANCE = Number("distance", 0.1, 0.0, 0.99)
    UMAP_SEED = Number("umapseed", 0, 0, 999)
    SECOND = Flag("second")
    NEIGHBOURS_2 = Number("neighbours2", 15, 5, 100)
    DISTANCE_2 = Number("distance2", 0.1, 0.0, 0.99)
    UMAP_SEED_2 = Number("umapseed2", 1, 0, 999)
    BESIDE = Choice("beside", ("Interpolate", "Two units"))
    SECTION = Choice("tab", ("Selection", "Neighbours", "Arithmetic", "Plane", "Projection"), "Selection")
    ATTRIBUTE = Choice("attribute")
    STRENGTH = Number("strength", 1.5, 0.5, 3.0, 0.5)


class Traverse(Parameters):
    SECTION = Choice("part", ("Units", "Scores", "Download"), "Units")
    FACTOR = Choice("factor")
    GUESS = Choice("guess")
    SHOWN = Flag("shown")
    ROWS = Choice("rows")
    PIXELS = Choice("pixels", ("1", "2", "4", "8"), "4")


class Reconstruct(Parameters):
    SOURCE = Choice("image", ("Held-out image", "Made by the model", "Upload", "Draw"))
    INVERT = Flag("invert")
    NUMBER = Number("number", 7, 0, 10_000_000)
    SAMPLE = Number("sample", 7, 0, 1000)
    SECTION = Choice("task", ("Through the code", "Repair"), "Through the code")
    NOISE = Number("noise", 1.0, 0.0, 3.0, 0.1)
    DAMAGE = Choice("damage", ("noise", "hole"), "noise")
    SIGMA = Number("sigma", 0.3, 0.0, 1.0, 0.05)
    PLACE = Choice("place", ("lower part", "upper part", "left part", "middle"), "lower part")
    SHARE = Number("share", 0.4, 0.1, 0.7, 0.05)


class Conditional(Parameters):
    SECTION = Choice("ask", ("Random styles", "Transfer a style", "Write a number", "Leak probe"), "Random styles")
    TEMPERATURE = Number("temperature", 1.0, 0.0, 2.0, 0.1)
    STYLE_SEED = Number("styleseed", 0, 0, 9999)
    UNLABELLED = Flag("unlabelled", True)
    IMAGE = Number("from", 5, 0, 10_000_000)
    TEXT = Text("text", "1789", 24)


class Compare(Parameters):
    DATA = Choice("of")
    SEED = Number("seed", 0, 0, 9999)
    SECTION = Choice("by", ("Images", "Rate and distortion", "Units", "Maps", "β slider", "Seeds"), "Images")
    ROWS_FOLLOW = Choice("one")
    MATCHED = Choice("two")
    BETA = Choice("beta")

    @staticmethod
    def models(dataset: str) -> Choices:
        """The chosen models; each data set has its own choice."""
        return Choices(f"models-{dataset}")


class Evaluate(Parameters):
    SECTION = Choice("show", ("Numbers", "Matrices", "Measure", "Published"), "Numbers")
    MATRIX = Choice("matrix")


class LiveRun(Parameters):
    """Train and β race."""

    RUN = Choice("run")


class Lesson(Parameters):
    """Every lesson; a lesson's own parameters are in ``LESSONS``."""

    GUESS = Choice("guess")


class Glossary(Parameters):
    FIND = Text("find", "", 60)
