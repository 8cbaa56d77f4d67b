"""Publishing a finished training: a checkpoint folder with weights, atlas, measured numbers and model card."""

import dataclasses
from pathlib import Path

from torch import Tensor

from vae_core.analysis.atlas import CODES, embed
from vae_core.checkpoints.trained_vae import TrainedVAE
from vae_core.common.files import write_folder
from vae_core.data.dataset import Dataset
from vae_core.evaluation import Result, evaluate, save_results
from vae_core.latent.projection import project
from vae_core.publishing.model_card import render_model_card


def publish(
    model: TrainedVAE,
    train_set: Dataset,
    test_set: Dataset,
    path: str | Path,
    *,
    umap: bool = False,
    codes: int = CODES,
    about: str = "",
    state: dict[str, Tensor] | None = None,
    replace: bool = False,
) -> dict[str, Result]:
    """Measure the model, encode its training images, and write the checkpoint folder in one step.

    Args:
        model: The trained model.
        train_set: Images of the atlas.
        test_set: Images that the ELBO is measured on.
        path: The folder.
        umap: Store a UMAP of the codes in the atlas.
        codes: Largest number of images in the atlas.
        about: A sentence for the model card.
        state: ``Training.state()``, with which the training can be continued.
        replace: Replace a folder that exists.

    Returns:
        The measured numbers.
    """
    path = Path(path)
    results = evaluate(model, test_set, ["elbo"])
    atlas = embed(model, train_set, n=codes)
    if umap and model.latent_dim > 2:
        atlas = dataclasses.replace(atlas, xy=project(atlas.mean, "umap").xy)

    def fill(folder: Path) -> None:
        model.write_files(folder, state)
        atlas.save(folder / "atlas.npz")
        save_results(folder, results)
        flags = ["--umap"] * umap + ["--codes", str(codes)] * (codes != CODES)
        flags += ["--no-state"] * (state is None) + ["--about", about] * bool(about)
        (folder / "README.md").write_text(render_model_card(path.name, model, results, about=about, flags=flags))

    write_folder(path, fill, replace=replace)
    return results
