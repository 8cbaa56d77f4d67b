"""Computations behind the pages: projections under way, matching of units, inpainting."""

import time

import numpy as np
import pytest
from digit_runs import train_to_end
from run_cases import wait_until

from latent_explorer.background import evaluation_jobs, projection_files, umap_client
from latent_explorer.sections.reconstruct import inpainting
from vae_core.analysis import unit_matching
from vae_core.analysis.atlas import LatentAtlas
from vae_core.analysis.directions import attribute_masks, attribute_vector
from vae_core.common.errors import BadInput
from vae_core.data import load_dataset
from vae_core.evaluation.likelihood.rate_distortion import rate_distortion_curve
from vae_core.latent.projection import Projection, umap
from vae_core.publishing.publish import publish


def test_units_are_matched_in_any_order_and_sign():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 4))
    order, signs = rng.permutation(4), np.array([1, -1, 1, -1])
    other = codes[:, order] * signs
    table = unit_matching.unit_correlations(codes, other)
    assert dict(unit_matching.match_units(table)) == {int(unit): place for place, unit in enumerate(order)}
    np.testing.assert_allclose([table[order[j], j] for j in range(4)], signs, atol=1e-9)
    assert not unit_matching.unit_correlations(np.ones((5, 1)), codes[:5]).any()


def test_models_that_differ_in_their_seed_form_a_group():
    configs = {"a": {"seed": 0, "beta": 1}, "b": {"seed": 1, "beta": 1}, "c": {"seed": 0, "beta": 4}}
    assert unit_matching.seed_groups(configs) == {"a": ["a", "b"]}


def test_shared_rows_of_atlases_hold_the_same_images():
    atlases = [
        LatentAtlas(np.array(index), np.array(index, float)[:, None], np.ones((len(index), 1)), np.zeros(len(index)))
        for index in ([7, 1, 5, 3], [3, 5, 9, 7], [5, 3, 7])
    ]
    rows = unit_matching.shared_rows(*atlases)
    for atlas, shown in zip(atlases, rows):
        assert atlas.mean[shown, 0].tolist() == [3, 5, 7]


def test_inpainting_keeps_known_pixels_and_fills_the_others():
    image = np.random.default_rng(0).random((1, 1, 8, 8)).astype(np.float32)
    known = inpainting.hole((1, 8, 8), 0.5, "lower part")
    assert known.sum() == 32
    mended = inpainting.inpaint(image, known, lambda x: np.full_like(x, 0.25))
    np.testing.assert_array_equal(mended[known], image[known])
    assert (mended[~known] == 0.25).all()
    noisy = inpainting.noisy(image, 0.3, seed=1)
    np.testing.assert_array_equal(noisy, inpainting.noisy(image, 0.3, seed=1))
    assert 0.1 < (noisy - image).std() < 0.3


def test_the_attribute_vector_and_its_groups():
    run = train_to_end(n_steps=3, latent_dim=2)
    from vae_core import embed

    atlas = embed(run.model, run.dataset, n=200)
    groups = attribute_masks(atlas, run.model.about)
    assert list(groups) == [f"class {i}" for i in range(10)]
    mask = groups["class 3"]
    expected = atlas.mean[mask].mean(axis=0) - atlas.mean[~mask].mean(axis=0)
    np.testing.assert_allclose(attribute_vector(atlas.mean, mask), expected, atol=1e-6)


def test_the_multi_rate_curve_is_the_elbo_at_each_beta():
    run = train_to_end(n_steps=20, latent_dim=2, objective={"name": "multi-rate", "beta_low": 0.5, "beta_high": 4.0})
    images = load_dataset("digits", split="test").images[:50]
    curve = rate_distortion_curve(run.model, images, [0.5, 1.0, 4.0])
    assert len(curve) == 3
    import torch

    from vae_core.evaluation.likelihood.elbo import measure_elbo

    plain = measure_elbo(run.model.vae, torch.from_numpy(images))  # nothing told is β = 1
    assert curve[1] == pytest.approx((plain.kl, plain.reconstruction), rel=1e-6)
    with pytest.raises(BadInput, match=r"between 0\.5 and 4"):
        rate_distortion_curve(run.model, images, [5.0])
    with pytest.raises(BadInput, match="one β"):
        rate_distortion_curve(train_to_end(n_steps=2, latent_dim=2).model, images, [1.0])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(projection_files, "CACHE", tmp_path / "projections")
    return tmp_path / "projections"


def test_a_projection_is_sketched_refined_kept_and_found_again(cache):
    codes = np.random.default_rng(0).normal(size=(120, 3)).astype(np.float32)
    made = umap_client.Projector()
    try:
        job = made.request(codes, {"n_neighbors": 5})
        assert made.request(codes, {"n_neighbors": 5}) is job
        bad = made.request(codes, {"n_neighbors": 1})
        assert job.done.wait(120)
        assert bad.done.wait(60)
    finally:
        made.close()
    assert job.failure is None
    sketch = umap(codes, n_neighbors=5, epochs=umap_client.SKETCH)
    np.testing.assert_array_equal(job.sketch.xy, sketch.xy)
    np.testing.assert_array_equal(job.result.xy, umap(codes, n_neighbors=5, epochs=umap_client.REFINED, start=sketch.xy).xy)
    found = projection_files.read_stored(job.key)
    np.testing.assert_allclose(found.xy, job.result.xy, atol=1e-5)
    assert found.epochs == job.result.epochs == umap_client.SKETCH + umap_client.REFINED
    assert "n_neighbors" in bad.failure


def test_a_sketch_comes_before_what_is_only_refined(cache, monkeypatch):
    monkeypatch.setattr(umap_client, "REFINED", 5000)  # longer than this test looks at it
    draw = np.random.default_rng(0)
    made, jobs = umap_client.Projector(), []
    try:
        for _ in range(2):
            jobs.append(made.request(draw.normal(size=(1000, 3)).astype(np.float32), {}))
            wait_until(lambda: jobs[-1].sketch is not None)
        assert not any(job.done.is_set() for job in jobs)
        wait_until(lambda: made.jobs_ahead(jobs[1]) == 1)  # the first one is taken up again
        for job in jobs:
            made.cancel(job)
    finally:
        made.close()
    assert all(job.result is None for job in jobs)


def test_stored_projections_are_bounded_and_broken_ones_ignored(cache, monkeypatch):
    monkeypatch.setattr(projection_files, "MOST_BYTES", 3000)
    drawn = Projection("UMAP", np.random.default_rng(0).normal(size=(100, 2)), 0.9)
    for i in range(6):
        projection_files.store_projection(f"k{i}", drawn)
        time.sleep(0.01)
    assert sum(f.stat().st_size for f in cache.glob("*.npz")) <= 3000
    found = projection_files.read_stored("k5")
    np.testing.assert_allclose(found.xy, drawn.xy, atol=1e-6)
    assert found.trustworthiness == 0.9
    assert projection_files.read_stored("k0") is None
    (cache / "k5.npz").write_bytes(b"PK junk")
    assert projection_files.read_stored("k5") is None


def test_metrics_are_measured_in_a_process_of_their_own(tmp_path):
    run = train_to_end(n_steps=3, latent_dim=2)
    folder = tmp_path / "small"
    publish(run.model, run.dataset.subset(80), run.dataset.subset(60), folder)
    evaluations = evaluation_jobs.Evaluations()
    job = evaluations.start(folder, ("elbo", "sap"))
    with pytest.raises(BadInput, match="being measured already"):
        evaluations.start(folder, ("elbo",))
    for _ in range(1200):
        if job.finished:
            break
        time.sleep(0.1)
    assert job.state == "done", job.failure
    assert job.progress > 0.9
    assert job.metric in ("elbo", "sap")
    assert "sap" in (folder / "metrics.json").read_text()
    failed = evaluations.start(folder, ("nonsense",))
    for _ in range(600):
        if failed.finished:
            break
        time.sleep(0.1)
    assert failed.state == "failed"
    assert "unknown metric 'nonsense'" in failed.failure
