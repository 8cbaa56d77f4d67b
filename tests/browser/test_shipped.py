"""Every shipped model in the browser: the same numbers as torch, and a notice where the decoder runs on the server."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from browser.server import ROOT

from vae_core.checkpoints.trained_vae import TrainedVAE

pytestmark = pytest.mark.browser

CHECKPOINTS = Path(os.environ.get("LATENT_EXPLORER_CHECKPOINTS", ROOT / "checkpoints"))
SHIPPED = sorted(path.parent for path in CHECKPOINTS.glob("*/config.json"))
AUTOREGRESSIVE = [
    path for path in SHIPPED if json.loads((path / "config.json").read_text())["config"]["network"]["name"] == "pixelcnn"
]
DECODE = """async (canvas, [codes, condition, n]) => {
    while (!canvas.latentCanvas.decoder) await new Promise((resolve) => setTimeout(resolve, 50));
    const columns = condition && Float32Array.from(condition);
    return [...await canvas.latentCanvas.decoder.decode(Float32Array.from(codes), n, columns)];
}"""


@pytest.fixture(scope="module")
def app(serve) -> str:
    return serve(ROOT / "app.py")


@pytest.fixture
def page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


# by default one model of each kind: unconditional of two networks, conditional, multi-rate, learned prior, Gaussian likelihood
DEFAULT = ("digits-2", "mnist-10", "mnist-cvae", "mnist-multirate", "mnist-vamp", "mnist-mse", "sprites32-beta4")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.name in DEFAULT else pytest.mark.slow, id=path.name)
        for path in SHIPPED
        if path not in AUTOREGRESSIVE
    ],
)
def test_the_browser_decodes_the_same_numbers_as_torch(page, app, path):
    """Codes over the range of the sliders; for conditional and multi-rate models also blends of labels and several β."""
    model, n = TrainedVAE.load(path), 50
    rng = np.random.default_rng(0)
    codes, parts = np.float32(rng.uniform(-3, 3, (n, model.latent_dim))), []
    if model.sizes:
        parts += [rng.dirichlet(np.ones(size), n) for size in model.sizes]
    if model.beta_range:
        parts.append(np.tile(np.geomspace(*model.beta_range, 5), n // 5)[:, None])
    condition = np.float32(np.hstack(parts)) if parts else None
    page.goto(f"{app}/traverse?model={path.name}")
    canvas = page.locator(".canvas")
    canvas.wait_for(timeout=60_000)
    found = canvas.evaluate(DECODE, [codes.ravel().tolist(), None if condition is None else condition.ravel().tolist(), n])
    weights = condition[:, : sum(model.sizes)] if model.sizes and condition is not None else None
    if model.beta_range:
        each = [
            model.decode(codes[i : i + 1], None if weights is None else weights[i], beta=float(condition[i, -1]))
            for i in range(n)
        ]
        wanted = np.concatenate(each)
    else:
        wanted = model.decode(codes, weights)
    assert np.abs(np.reshape(found, wanted.shape) - wanted).max() <= 1e-4


@pytest.mark.parametrize("path", AUTOREGRESSIVE, ids=lambda path: path.name)
def test_an_autoregressive_decoder_runs_on_the_server(page, app, path):
    page.goto(f"{app}/traverse?model={path.name}")
    page.wait_for_selector(".canvas[aria-busy=false]", timeout=60_000)
    assert "one pixel after another" in page.locator(".notice").inner_text()
    lit = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 0)"
    for _ in range(120):  # document.querySelector does not search inside the component
        if page.locator(".picture.main").evaluate(lit):
            return
        page.wait_for_timeout(500)
    raise AssertionError("the server decoded nothing")
