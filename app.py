"""Entry script of the app: ``streamlit run app.py``, or ``latent-explorer`` where the package is installed."""

import sys

import streamlit as st

from latent_explorer import home, models
from latent_explorer.course.lessons import LESSONS
from latent_explorer.models import projection_cache
from latent_explorer.ui import page
from vae_core.common.plugins import load_plugins

# Streamlit's event loop yields after every message it sends, and then waits until a script releases the interpreter. With
# Python's interval of 5 ms and a class of visitors these waits add up to a second
sys.setswitchinterval(0.0005)

# the icon is a file: Streamlit would fetch a named one from another server
ICON = home.PACKAGE / "icon.png"
st.set_page_config(page_title="Latent-space explorer", page_icon=str(ICON), layout="wide")

# the default page has the address /, whatever its path; open_gallery below opens it at /gallery too
gallery = st.Page("pages/gallery.py", title="Gallery", icon=":material/grid_view:", url_path="home", default=True)
latent_map = st.Page("pages/latent_map.py", title="Latent map", icon=":material/scatter_plot:")
traverse = st.Page("pages/traverse.py", title="Traverse", icon=":material/tune:")
reconstruct = st.Page("pages/reconstruct.py", title="Reconstruct", icon=":material/flip:")
conditional = st.Page("pages/conditional.py", title="Conditional", icon=":material/label:")
compare = st.Page("pages/compare.py", title="Compare", icon=":material/compare:")
evaluate = st.Page("pages/evaluate.py", title="Evaluate", icon=":material/straighten:")
train = st.Page("pages/train.py", title="Train", icon=":material/play_circle:")
race = st.Page("pages/race.py", title="β race", icon=":material/sports_score:")

lessons = [
    st.Page(lesson.script, title=f"{i}. {lesson.title}", url_path=lesson.url_path) for i, lesson in enumerate(LESSONS, 1)
]
glossary = st.Page("pages/learn_glossary.py", title="Glossary", icon=":material/dictionary:")
teach = st.Page("pages/learn_teach.py", title="Teaching", icon=":material/co_present:")

groups = {
    "Look": [gallery, latent_map, traverse, reconstruct, conditional],
    "Judge": [compare, evaluate],
    "Make": [train, race],
    "Learn": [*lessons, glossary, teach],
}


def open_gallery() -> None:
    """Open the gallery at /gallery too, with every URL parameter."""
    st.switch_page(gallery, query_params=st.query_params.to_dict())


groups["Look"].append(st.Page(open_gallery, title="Gallery", url_path="gallery", visibility="hidden"))
chosen = st.navigation(groups)
for failure in load_plugins():
    st.warning(failure[0].upper() + failure[1:] + ". The rest of the app works.")
projection_cache.warm_up()
page.begin_run()
with page.show_errors():
    if chosen in (latent_map, traverse, reconstruct, evaluate):
        models.pick()
    elif chosen is conditional:
        models.pick(conditional=True)
    chosen.run()
