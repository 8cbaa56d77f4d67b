"""Helper processes of this server, one of each for all visitors."""

import streamlit as st

from latent_explorer.background.evaluation_jobs import Evaluations
from vae_core.runs.worker_process import WarmWorker


@st.cache_resource
def evaluations() -> Evaluations:
    """The evaluations under way."""
    return Evaluations()


@st.cache_resource
def warm_worker() -> WarmWorker:
    """One training worker that has imported torch already, for the next run."""
    return WarmWorker()
