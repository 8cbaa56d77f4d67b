"""Compare: models of the same data side by side, on the same images, latent codes and seed."""

import streamlit as st

from latent_explorer import models
from latent_explorer.sections.compare import beta_slider, images, maps, rate_distortion, seeds, units
from latent_explorer.sections.compare.choice import by_dataset, default_choice, offered_datasets
from latent_explorer.ui import page, widgets
from latent_explorer.ui.state import Compare

page.start(
    "Compare",
    "The same images through each model, and samples drawn with the same seed.",
    concepts=("ELBO", "rate–distortion", "KL per unit", "matched units"),
    parameters=Compare,
)
models.require_models()
groups, unreadable = by_dataset()
if not groups:
    st.error(next(iter(unreadable.values())), icon=":material/error:")
    st.stop()

# data, models and seed in one line
data_column, models_column, seed_column = st.columns([2, 7, 1.5], vertical_alignment="bottom")
dataset = widgets.selectbox(
    Compare.DATA, "Data", offered_datasets(groups), place=data_column, help="Only models of the same images can be compared."
)
names = widgets.multiselect(
    Compare.models(dataset), "Models", groups[dataset], default=default_choice(groups[dataset]), place=models_column, wrap=True
)
seed = int(widgets.number_input(Compare.SEED, "Seed", place=seed_column, help="Decides the inputs and the samples."))
chosen, wrong = models.open_readable(names)
for name, problem in (unreadable | wrong).items():
    st.warning(f"{name} is left out: {problem}", icon=":material/error:")
if not chosen:
    st.info("Choose one or more models above.", icon=":material/info:")
    st.stop()

sections = [s for s in Compare.SECTION.options if s != beta_slider.TITLE or any(model.beta_range for model in chosen)]
section = widgets.segmented_control(Compare.SECTION, "Compare", sections)
if section == "Images":
    images.show_images_of(chosen, seed)
elif section == "Rate and distortion":
    rate_distortion.show_plane(chosen, groups[dataset])
elif section == "Units":
    units.show_units(chosen)
elif section == "Maps":
    maps.show_maps(chosen)
elif section == beta_slider.TITLE:
    beta_slider.show_beta(chosen, seed)
else:
    seeds.show_seeds(groups[dataset])
