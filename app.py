"""streamlit run app.py"""

import streamlit as st

from latent_explorer import session

st.set_page_config(page_title="Latent-space explorer", page_icon=":material/scatter_plot:", layout="wide")

gallery = st.Page("pages/gallery.py", title="Gallery", icon=":material/grid_view:", default=True)
latent_map = st.Page("pages/latent_map.py", title="Latent map", icon=":material/scatter_plot:")
traverse = st.Page("pages/traverse.py", title="Traverse", icon=":material/tune:")
compare = st.Page("pages/compare.py", title="Compare", icon=":material/compare:")
train = st.Page("pages/train.py", title="Train", icon=":material/play_circle:")

page = st.navigation({"Look": [gallery, latent_map, traverse, compare], "Make": [train]})
if page in (latent_map, traverse):
    session.pick_model()
page.run()
