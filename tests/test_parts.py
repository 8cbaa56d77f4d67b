"""Every likelihood, objective, prior and network in one contract: trains, learns, saves, loads, continues bit for bit.

Not every combination, but every pair of choices appears in some case: a fault of two parts together is found.
"""

import functools
import itertools
import json

import numpy as np
import pytest
import torch
from digit_runs import digits_with_factors, enlarged_digits, start_quick_run

from vae_core.checkpoints.checkpoint_files import load_training_state
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.errors import BadInput
from vae_core.common.tensors import select_prefix
from vae_core.config import PARTS

SMALL = {  # narrow parts, so that hundreds of steps take seconds
    "network": {"mlp": {"hidden": 16}, "conv": {"channels": 4, "hidden": 8}, "patch": {"channels": 4, "hidden": 8},
                "pixelcnn": {"channels": 4, "hidden": 8, "features": 4, "depth": 1, "first_kernel": 3}},
    "prior": {"mixture": {"components": 3}, "vamp": {"components": 5}, "flow": {"transforms": 1, "flow_hidden": 8}},
    "objective": {"factor-vae": {"critic_width": 8, "critic_layers": 2}, "iwae": {"samples": 2},
                  "vae-gan": {"critic_channels": 4}},
}  # fmt: skip


def allowed(case: dict[str, str]) -> bool:
    """An autoencoder takes no learned prior and no schedule, IWAE no schedule, features no pixel-by-pixel decoder."""
    plain = case.get("prior") in (None, "standard-normal"), case.get("schedule") in (None, "constant")
    ahead = case.get("network") == "pixelcnn"
    fits = {"ae": all(plain), "iwae": plain[1], "vae-gan": not ahead, "perceptual": not ahead}
    return fits.get(case.get("objective"), True)


def pairs_of(case: dict[str, str]) -> set:
    return set(itertools.combinations(case.items(), 2))


def cases() -> list[dict[str, str]]:
    """Cases that cover all pairs: each next one is the one of a seeded hundred that covers most pairs not yet seen."""
    rng = np.random.default_rng(0)
    names = {part: [name for name in registry if name != "burgess"] for part, registry in PARTS.items()}
    pairs = {
        ((a, x), (b, y))
        for a, b in itertools.combinations(names, 2)
        for x in names[a]
        for y in names[b]
        if allowed({a: x, b: y})
    }
    chosen = [dict(zip(PARTS, ("burgess", "bernoulli", "vamp", "beta-tcvae", "linear", "labels")))]  # 64×64: once is enough
    while pairs:
        (a, x), (b, y) = min(pairs)
        candidates = [{part: str(rng.choice(names[part])) for part in PARTS} | {a: x, b: y} for _ in range(100)]
        best = max((case for case in candidates if allowed(case)), key=lambda case: len(pairs & pairs_of(case)))
        pairs -= pairs_of(best)
        chosen.append(best)
    return chosen


def fields(case: dict[str, str]) -> dict:
    return {part: {"name": name} | SMALL.get(part, {}).get(name, {}) for part, name in case.items()}


@pytest.fixture(scope="module", autouse=True)
def quick_classifier():
    """Classifiers of the perceptual cases train for 3 steps: their accuracy is not tested here."""
    from vae_core.parts.objectives import perceptual

    with pytest.MonkeyPatch.context() as patch:
        known = functools.partial(perceptual.train_classifier, n_steps=3)
        patch.setattr(perceptual, "train_classifier", known)
        yield


@pytest.mark.parametrize("case", cases(), ids=lambda case: " ".join(case.values()))
def test_contract(case, tmp_path):
    data, size = (enlarged_digits(64, 16), 4) if case["network"] == "burgess" else (digits_with_factors(200), 8)
    settings = {"batch_size": size, "ema": 0.9, **fields(case)}
    if case["network"] == "mlp" and case["conditional"] != "none":
        settings["conditional"]["inject"] = "concat"
    run = start_quick_run(data, **settings)
    before = [p.clone() for p in run.vae.parameters()]
    records = [run.advance() for _ in range(2)]
    state, history = run.state(), list(run.history)
    records += [run.advance() for _ in range(2)]
    assert all(np.isfinite([r.loss, r.reconstruction, r.kl, *r.terms.values()]).all() for r in records)
    unmoved = [name for (name, p), q in zip(run.vae.named_parameters(), before) if torch.equal(p, q)]
    assert not unmoved, "no gradient reached these weights"
    model = run.model
    model.save(tmp_path / "model", training=state)
    assert json.loads((tmp_path / "model" / "config.json").read_text())["config"] == model.config.to_json()
    loaded = TrainedVAE.load(tmp_path / "model")
    mean, std = loaded.encode(data.images[:2])
    np.testing.assert_array_equal(mean, model.encode(data.images[:2])[0])
    assert (std > 0).all()
    if case["network"] != "pixelcnn" or case["likelihood"] == "bernoulli":  # pixel by pixel takes its time
        decoded = loaded.sample(2, seed=0)
        np.testing.assert_array_equal(decoded, model.sample(2, seed=0))
        assert decoded.shape == (2, *data.shape)
        assert 0 <= decoded.min() <= decoded.max() <= 1
    again = start_quick_run(data, **settings)
    again.restore(load_training_state(tmp_path / "model"), history)
    assert [again.advance().loss for _ in range(2)] == [r.loss for r in records[2:]]
    for name, value in run.state().items():
        assert torch.equal(value, again.state()[name]), name
    assert select_prefix(state, "weights.")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"objective": {"name": "beta-vae", "beta": -1}}, "beta must be a number ≥ 0"),
        ({"objective": {"name": "capacity", "capacity": -1}}, "capacity must be a number ≥ 0"),
        ({"objective": {"name": "info-vae", "alpha": 0, "lambda_mmd": 0.5}}, "at least 1"),
        ({"objective": {"name": "multi-rate", "beta_low": 2, "beta_high": 1}}, "beta_low must be below beta_high"),
        ({"objective": "ae", "prior": "vamp"}, "choose prior 'standard-normal'"),
        ({"objective": "ae", "free_bits": 0.1}, "set free_bits to 0"),
        ({"objective": "iwae", "schedule": "linear"}, "choose schedule 'constant'"),
        ({"objective": "beta-tcvae", "free_bits": 0.1}, "set free_bits to 0"),
        ({"objective": "beta-tcvae", "batch_size": 1}, "at least 2 images"),
        ({"network": {"name": "mlp", "layers": 0}, "conditional": "labels"}, "choose 'concat'"),
        ({"objective": "vae-gan", "network": "pixelcnn"}, "choose network 'conv'"),
        ({"free_bits": -0.5}, "free_bits must be a number ≥ 0"),
    ],
)
def test_bad_input_is_refused_before_training(settings, words):
    with pytest.raises(BadInput, match=words):
        start_quick_run(**settings)


def test_conditional_needs_labels():
    plain = digits_with_factors(50)
    unlabelled = type(plain)("plain", plain.images)
    for conditional, lacks in (("labels", "class labels"), ("factors", "known factors")):
        with pytest.raises(BadInput, match=f"needs {lacks}.*choose 'none'"):
            start_quick_run(unlabelled, conditional=conditional)
