"""The visitor's identity, and the runs that belong to it."""

import hashlib
import re
import secrets

import streamlit as st

from latent_explorer.ui import state
from vae_core.common.errors import BadInput
from vae_core.runs.run import Run, all_runs

YEAR = 31_536_000  # seconds


def visitor_id() -> str:
    """Return the hash of a random token in the visitor's cookie; a run stores the hash, which does not reveal the token."""
    cookie = st.context.cookies.get("visitor")
    if not (isinstance(cookie, str) and re.fullmatch(r"[0-9a-f]{32}", cookie)):
        cookie = None
    token = state.VISITOR_TOKEN.get() or cookie or secrets.token_hex(16)
    state.VISITOR_TOKEN.set(token)
    if cookie != token:
        script = f"document.cookie = 'visitor={token}; path=/; max-age={YEAR}; SameSite=Strict'"
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def visitor_runs(owner: str) -> list[Run]:
    """Return the visitor's runs, newest first; of a race only the first lane."""
    found = []
    for run in all_runs():
        try:
            metadata = run.metadata
        except BadInput:
            continue
        if metadata.get("owner") == owner and metadata.get("lane") == 0:
            found.append(run)
    return found
