"""Links to pages: what they restore, what falls back to the default, what they hide."""

import numpy as np
import pytest
from page_cases import ROOT, has_figure, text_of
from streamlit.testing.v1 import AppTest

from latent_explorer.ui import url_state
from vae_core import LatentAtlas

pytestmark = pytest.mark.usefixtures("warm_server")


def test_a_link_restores_selection_and_latent_code(small_models):
    atlas = LatentAtlas.load(small_models / "deep" / "atlas.npz")
    rows = np.arange(10, 30)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "deep"
    app.run()
    app.query_params["sel"] = url_state.write_rows(rows, len(atlas))
    app.query_params["z"] = "0.5,-1,0.25"
    app.switch_page("pages/latent_map.py").run()
    assert not app.exception
    assert f"20 of {len(atlas)} images selected" in text_of(app)
    assert app.session_state["given z map deep"][0].tolist() == [0.5, -1, 0.25]
    assert len(app.dataframe[0].value) == 20


def test_invalid_parameters_in_a_link_are_ignored(small_models):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    for name, value in {"sel": "%%%", "z": "a,b", "c": "1,2", "a": "x", "tab": "nowhere", "projection": "tsne"}.items():
        app.query_params[name] = value
    app.switch_page("pages/latent_map.py").run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("compare.py", {"seed": "inf"}),
        ("compare.py", {"seed": "1e400", "by": ""}),
        ("traverse.py", {"part": "", "pixels": "nan"}),
        ("reconstruct.py", {"number": "1e400", "noise": "-inf", "task": ""}),
        ("reconstruct.py", {"number": "12345678901234567890", "image": "nowhere"}),
        ("latent_map.py", {"tab": "", "projection": "", "neighbours": "1e9", "strength": "nan"}),
        ("conditional.py", {"from": "inf", "ask": "", "temperature": "x", "text": "y" * 500}),
        ("evaluate.py", {"show": "", "matrix": ""}),
        ("gallery.py", {"q": "z" * 1000, "data": ""}),
    ],
)
def test_a_parameter_outside_its_range_falls_back_to_the_default(small_models, page, parameters):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "labelled" if page == "conditional.py" else "deep"
    app.run()
    for name, value in parameters.items():
        app.query_params[name] = value
    if page == "gallery.py":
        app.run()
    else:
        app.switch_page(f"pages/{page}").run()
    assert not app.exception
    assert not app.error
    assert has_figure(app)


def test_hide_removes_named_controls_and_keeps_their_values(small_models):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["model"] = "deep"
    app.run()
    app.query_params["hide"] = "image,task,noise,model,sample"
    app.query_params["image"] = "Made by the model"
    app.query_params["sample"] = "3"
    app.switch_page("pages/reconstruct.py").run()
    assert not app.exception
    keys = {element.key for element in (*app.slider, *app.number_input, *app.selectbox)}
    assert not keys & {"noise", "sample", "model"}
    assert "sample of the model's own prior" in text_of(app)
