"""Configure a small model, train it here, watch it learn."""

import time

import numpy as np
import streamlit as st

from latent_explorer import figures, forms, page, pictures, session, words
from vae_core.config import TrainConfig
from vae_core.data import DATASETS, load_dataset
from vae_core.fields import options
from vae_core.likelihoods import LIKELIHOODS
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES
from vae_core.presets import live
from vae_core.publish import publish
from vae_core.training import Diverged, train

REDRAW = 0.7  # seconds between pictures: often enough to watch, seldom enough to leave the cores to training

page.start("Train", "Choose what to train, press the button, and watch the ELBO rise and the images form.")
fields = {opt.name: opt for opt in options(TrainConfig)}

with st.sidebar:
    available = session.trainable_datasets()
    dataset = st.selectbox("Data", available, available.index("digits"), key="train data", help="Those on this machine.")
    preset = live(dataset, DATASETS[dataset].shape)
    latent_dim = st.slider("Latent units", 1, 32, preset.latent_dim, key="train units")
    objective = forms.ask_part("objective", OBJECTIVES, "vae")
    with st.expander("More settings"):
        fitting = [name for name in NETWORKS if name != "burgess" or DATASETS[dataset].shape[1:] == (64, 64)]
        network = forms.ask_part("network", NETWORKS, words.name_of("network", preset.network), names=fitting)
        likelihood = forms.ask_part("likelihood", LIKELIHOODS, "bernoulli")
        steps = st.number_input("Steps", 10, 50_000, preset.n_steps, step=100, key="train steps")
        rates = [1e-4, 3e-4, 1e-3, 2e-3, 4e-3, 8e-3]
        learning_rate = st.select_slider("Learning rate", rates, preset.learning_rate, key="train rate")
        batch_size = forms.ask(fields["batch_size"], "train batch", label="Batch")
        seed = forms.ask(fields["seed"], "train seed", label="Seed")
        n_images = st.number_input("Images, at most", 100, 60_000, 10_000, step=1000, key="train images")
    go = st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train")

if go:
    with page.explained():
        config = TrainConfig(
            dataset=dataset, n_images=int(n_images), network=network, latent_dim=latent_dim, likelihood=likelihood,
            objective=objective, batch_size=batch_size, n_steps=int(steps), learning_rate=learning_rate, seed=seed,
        )  # fmt: skip
        train_set, test_set = (load_dataset(dataset, split=split, n_images=config.n_images) for split in ("train", "test"))
        st.session_state["training"] = train(config, train_set, test_set, measure_every=max(1, int(steps) // 60))
        st.session_state["test set"] = test_set

training = st.session_state.get("training")
if training is None:
    names = session.model_names()
    if not names:
        st.stop()
    example = st.session_state.get("model", names[0])
    history = session.load_model(example).history if example in names else []
    st.markdown(f"**How {example} was trained.** Yours appears here once you press *Train*.")
    left, right = st.columns(2, gap="large")
    left.plotly_chart(
        figures.curves(history), key="example", config={"displayModeBar": False}, alt=f"ELBO of {example} over steps"
    )
    right.plotly_chart(
        figures.unit_curves(history), key="units", config={"displayModeBar": False}, alt=f"KL per unit of {example} over steps"
    )
    st.caption(words.summary(session.load_model(example)))
    st.stop()

test_set, config = st.session_state["test set"], training.config
status, buttons = st.empty(), st.empty()
left, right = st.columns(2, gap="large")
chart, units = left.empty(), right.empty()
seen, made = left.empty(), right.empty()
inputs = test_set.images[np.random.default_rng(0).permutation(len(test_set))[:16]]


def draw() -> None:
    """The state of the run: one line, two charts, reconstructions and samples."""
    speed = training.step * config.batch_size / max(training.seconds, 1e-9)
    text = f"{training.step:,} of {config.n_steps:,} steps · {speed:,.0f} images/s on {training.device}"
    if measured := [line["held_out"] for line in training.history if "held_out" in line]:
        now = measured[-1]
        text += f" · ELBO {now['elbo']:.2f} = −{now['reconstruction']:.2f} − {now['kl']:.2f} nats on held-out images"
        text += f" · {now['active_units']} of {config.latent_dim} units active"
    if training.step < config.n_steps:
        text += f" · {training.seconds / max(training.step, 1) * (config.n_steps - training.step):.0f} s left"
    status.progress(training.step / config.n_steps, text)
    plain = {"displayModeBar": False}
    curve = figures.curves(training.history, steps=config.n_steps)
    chart.plotly_chart(curve, key=f"curve {training.step}", config=plain, alt="ELBO over steps")
    units.plotly_chart(
        figures.unit_curves(training.history), key=f"units {training.step}", config=plain, alt="KL per unit over steps"
    )
    model = training.model
    scale = max(2, 64 // model.shape[-1])
    pairs = np.concatenate([inputs / 255, model.decode(model.encode(inputs)[0])])
    with seen.container():
        st.image(pictures.enlarge(pictures.mosaic(pairs, 16), scale), width="stretch", alt="inputs and their reconstructions")
        st.caption(f"Held-out images, and below each its reconstruction at step {training.step:,}")
    with made.container():
        samples = model.sample(32, seed=0)
        st.image(pictures.enlarge(pictures.mosaic(samples, 16), scale), width="stretch", alt="samples from the prior")
        st.caption(f"32 samples from the prior, always the same codes, at step {training.step:,}")


# any click reruns the script and so ends this loop; the run stays in the session and can go on
unfinished = training.step < config.n_steps
if unfinished and (go or buttons.button("Go on", icon=":material/play_arrow:", key="resume")):
    buttons.button("Pause", icon=":material/pause:", key="pause")
    drawn = 0.0
    try:
        for _ in training:
            if time.monotonic() - drawn > REDRAW:
                draw()
                drawn = time.monotonic()
    except Diverged as error:
        st.error(f"{str(error).capitalize()}.", icon=":material/error:")
        st.stop()
    buttons.empty()
draw()
if training.step == config.n_steps:
    with st.form("keep"):
        st.markdown("**Keep this model?** It then appears in the gallery and on every page.")
        name = st.text_input("Name", f"{dataset}-{words.name_of('objective', config.objective)}-{config.latent_dim}")
        if st.form_submit_button("Keep", icon=":material/save:"):
            with page.explained(), st.spinner("Measuring and mapping"):
                publish(training.model, training.dataset, test_set, session.checkpoint_path(name), state=training.state())
            st.success(f"Kept as {name}.", icon=":material/check:")
