"""Gallery: every trained model, with images drawn from its own prior and its map."""

import streamlit as st

from latent_explorer import models
from latent_explorer.sections.gallery import card, library_changes
from latent_explorer.ui import page, state, widgets
from latent_explorer.ui.state import Gallery

FIRST_CARDS = 8  # the others open on request: each costs a decoded grid and a map

page.start(
    "Gallery",
    "None of these pictures is a photograph or a drawing: each model made its own from random numbers.",
    concepts=("ELBO", "active units", "aggregate posterior"),
    parameters=Gallery,
)
library_changes.show_message()

# search, data set and import in one line
entries = models.entries()
with st.container(horizontal=True, vertical_alignment="bottom"):
    search = widgets.text_input(
        Gallery.SEARCH, "Search", placeholder="name, data, objective …", width=260, icon=":material/search:"
    )
    datasets = sorted({entry.dataset for entry in entries.values()} - {""})
    dataset = widgets.optional_choice(Gallery.DATA, "Data", datasets) if len(datasets) > 1 else None
    if not widgets.hidden("import"):
        library_changes.import_popover()
models.require_models()

# the models that match
matching = [name for name, entry in entries.items() if entry.matches(search, dataset)]
if not matching:
    st.info(f"No model matches; there are {len(entries)} in all.", icon=":material/search_off:")
    st.stop()
shown = matching if state.ALL_CARDS.get() else matching[:FIRST_CARDS]
for start in range(0, len(shown), 2):
    for column, name in zip(st.columns(2, gap="medium"), shown[start : start + 2]):
        with column.container(border=True):
            card.show_card(models.open(name))
if len(shown) < len(matching):
    st.button(f"Show all {len(matching)}", width="stretch", on_click=state.ALL_CARDS.set, args=(True,))

# a card's button has named the page to go to; the search's own parameters stay behind
if script := state.NEXT_PAGE.pop():
    st.switch_page(script, query_params={state.MODEL.key: state.MODEL.get() or ""})
