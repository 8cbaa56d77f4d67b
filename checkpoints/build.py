"""Train the shipped checkpoints again: ``python checkpoints/build.py [NAME ...] [--out DIR]``; without names, all of them.

Each is one command of ``python -m vae_core``, printed before it runs and kept in the model's card. On one x86 core a model
takes between one and twenty minutes. MNIST is read as the commands read it: from $LATENT_EXPLORER_DATA, else from ``data/``.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

SPRITES = "train --dataset sprites32 --network conv --latent-dim 10 --learning-rate 2e-3 --umap --no-state"
MNIST = "train --dataset mnist --no-state"
CONV = f"{MNIST} --network conv --hidden 64 --learning-rate 2e-3"
PLANE = f"{MNIST} --network conv --learning-rate 2e-3 --latent-dim 2 --steps 6000 --clip-norm none"
PIXELS = (
    "train --dataset digits --network pixelcnn --channels 8 --hidden 32 --features 64 --depth 6 --binarize true --latent-dim 6"
    " --learning-rate 2e-3 --steps 800 --no-state"
)
SIXTEEN = f"{CONV} --latent-dim 16 --steps 4000 --codes 2000"
SHARP = f"{SIXTEEN} --likelihood gaussian"

# name: (command, the sentence of its card)
RECIPES = {
    "classifiers": ("classifier --dataset mnist", ""),
    "digits-2": (
        "train --dataset digits --latent-dim 2 --steps 5000 --learning-rate 3e-3 --network mlp --hidden 128 --layers 2"
        " --likelihood gaussian --learned-sigma true --no-state",
        "Real 8×8 digits in two units; a Gaussian likelihood with one learned σ keeps them sharp.",
    ),
    "mnist-2": (
        f"{PLANE} --objective vae",
        "MNIST in two units: the latent space is a plane, so the map and the decoded images can be shown side by side.",
    ),
    "mnist-ae2": (
        f"{PLANE} --objective ae",
        "The autoencoder twin of mnist-2: the same network, batches and steps, without noise and without the KL term.",
    ),
    "mnist-10": (
        f"{MNIST} --network conv --learning-rate 2e-3 --latent-dim 10 --steps 6000 --clip-norm none --umap",
        "MNIST in ten units: sharper digits, but its map needs a projection to two dimensions.",
    ),
    "mnist-mlp20": (
        f"{MNIST} --network mlp --latent-dim 20 --steps 8000 --learning-rate 2e-3 --umap",
        "The twin of mnist-vamp: the same network and steps under the standard normal prior.",
    ),
    "mnist-vamp": (
        f"{MNIST} --network mlp --latent-dim 20 --steps 8000 --learning-rate 2e-3 --prior vamp --components 100 --umap",
        "A VampPrior of 100 pseudo-images: the prior is learned and moves towards the codes.",
    ),
    "mnist-cvae": (
        f"{CONV} --conditional labels --latent-dim 5 --steps 6000",
        "A conditional VAE: the label enters encoder and decoder, so that z describes the style only.",
    ),
    "mnist-multirate": (
        f"{CONV} --objective multi-rate --beta-low 0.1 --beta-high 10 --latent-dim 16 --steps 8000",
        "One model for every β from 0.1 to 10 (Bae et al. 2023).",
    ),
    "digits-ar-collapsed": (
        f"{PIXELS} --objective vae",
        "An autoregressive decoder predicts each pixel from those before it, and ignores the latent code.",
    ),
    "digits-ar-freebits": (
        f"{PIXELS} --objective vae --free-bits 0.5",
        "The twin of digits-ar-collapsed with half a nat of KL free for each unit.",
    ),
    "mnist-mse": (
        f"{SHARP} --objective vae",
        "Squared error on grey pixels: the decoder predicts the mean of all possible images, which is blurred.",
    ),
    "mnist-laplace": (
        f"{SIXTEEN} --objective vae --likelihood laplace",
        "Absolute error on grey pixels: the decoder predicts the median of all possible images.",
    ),
    "mnist-vae-gan": (
        f"{SHARP} --objective vae-gan --critic-channels 16",
        "A loss on a discriminator's features as well as on pixels: sharper strokes, but a higher squared error.",
    ),
    "mnist-perceptual": (
        f"{SHARP} --objective perceptual --feature-weight 1000",
        "A loss on a classifier's features as well as on pixels: sharper strokes, but a higher squared error.",
    ),
    "mnist-gan": ("baseline gan --dataset mnist --channels 16 --steps 1500", ""),
    "mnist-diffusion": ("baseline diffusion --dataset mnist --channels 16 --learning-rate 1e-3 --steps 2000", ""),
    **{
        f"sprites32-beta{beta}": (
            f"{SPRITES} --steps 10000 --objective beta-vae --beta {beta}",
            f"One of five models that differ only in β, here β = {beta}.",
        )
        for beta in (1, 2, 4, 8, 16)
    },
    **{
        f"sprites32-beta4-seed{seed}": (
            f"{SPRITES} --steps 10000 --objective beta-vae --beta 4 --seed {seed}",
            "The model with β = 4 trained with another seed: does it learn the same units?",
        )
        for seed in (1, 2)
    },
    "sprites32-factor": (
        f"{SPRITES} --steps 6000 --objective factor-vae --gamma 10 --critic-width 256 --critic-layers 4",
        "FactorVAE with γ = 10: the total correlation is penalized by a discriminator, the rest of the KL is not.",
    ),
    "sprites32-tc": (
        f"{SPRITES} --steps 6000 --objective beta-tcvae --beta 4",
        "β-TCVAE with β = 4 on the total correlation alone, estimated from the batch.",
    ),
}


def command(name: str, out: Path) -> list[str]:
    """Return the words after ``python -m vae_core``."""
    words, about = RECIPES[name]
    return [*shlex.split(words), "--out", str(out / name), *(["--about", about] if about else [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (default: all): {', '.join(RECIPES)}")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, metavar="DIR", help="where (default: beside this file)"
    )
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - RECIPES.keys()):
        parser.error(f"there is no recipe {', '.join(unknown)}; there are {', '.join(RECIPES)}")
    for name in args.names or RECIPES:
        words = command(name, args.out)
        print("python -m vae_core", shlex.join(words), flush=True)
        subprocess.run([sys.executable, "-m", "vae_core", *words], check=True)


if __name__ == "__main__":
    main()
