"""The common part of all disentanglement metrics: codes of images with known factors, and the checks on them.

As disentanglement_lib evaluates them (Locatello et al. 2019, arXiv 1811.12359): posterior means, 10,000 images to train and
5,000 to test. One rule is added here: a collapsed unit (variance of its mean ≤ ``threshold``) is left out of every score.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.common.seeds import rng
from vae_core.data import DATASETS
from vae_core.data.sprites import SpriteGrid
from vae_core.evaluation.context import EvaluationContext, encode
from vae_core.evaluation.disentanglement.factors import Factors, Partners, factors_of, rank_factors
from vae_core.evaluation.metric import Metric
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units

OWN_IMAGES = "the data set's own images"


@dataclass(frozen=True)
class FactorCodes:
    """Codes (N, D) with the factors (N, K) of their images."""

    codes: Float[np.ndarray, "n latent"]
    factors: Int[np.ndarray, "n factors"]
    names: tuple[str, ...]


def sprite_grid(context: EvaluationContext) -> SpriteGrid | None:
    """Return the sprite grid that the data set is a sample of; None for any other data set."""
    return getattr(DATASETS.get(context.dataset.name), "grid", None)


def factor_codes(context: EvaluationContext, n: int, seed: int) -> FactorCodes:
    """Encode n images with known factors to posterior means.

    The images are drawn from the whole sprite grid if the data set belongs to one, otherwise from the data set itself.
    """

    def compute() -> FactorCodes:
        if grid := sprite_grid(context):
            index = rng(seed, "grid").choice(len(grid), size=min(n, len(grid)), replace=False)
            return FactorCodes(encode(context.trained_vae, grid.render(index)).mean, grid.factors(index), grid.factor_names)
        factors = known_factors(context, n, seed)
        return FactorCodes(context.codes(n, seed).mean, factors.values, factors.names)

    return context.cached(("factor codes", n, seed), compute)


def known_factors(context: EvaluationContext, n: int, seed: int) -> Factors:
    """Return the factors of a seeded subset of n images.

    Raises:
        BadInput: the data set has neither factors nor labels.
    """
    factors = factors_of(context.dataset.subset(n, seed=seed))
    if factors is None:
        raise BadInput(f"data set {context.dataset.name!r} has neither factors nor labels")
    return factors


@dataclass(frozen=True)
class FactorMetric(Metric):
    """A score of codes against factors; subclasses define ``score``."""

    family: ClassVar[str] = "disentanglement"
    min_factors: ClassVar[int] = 1
    n_images: int = option(15_000, "images measured; a third of them is held out for testing where the score needs it", low=100)
    threshold: float = option(ACTIVE_VARIANCE, "units whose mean varies less are collapsed and left out", low=0)
    seed: int = option(0, "decides the images, the split and all random draws", low=0)

    def refusal(self, context: EvaluationContext) -> str | None:
        factors = factors_of(context.dataset)
        if factors is None:
            return f"data set {context.dataset.name!r} has neither factors nor labels"
        if (n := len(factors.names)) < self.min_factors:
            has = f"data set {context.dataset.name!r} has {n}, the {factors.names[0]}"
            return f"it needs at least {self.min_factors} factors; {has}"
        if sprite_grid(context):
            return None  # images are drawn as needed, so that there are enough of every value
        try:
            self.check_factors(known_factors(context, self.n_images, self.seed).values)
        except BadInput as error:
            return str(error)
        return None

    def check_factors(self, factors: Int[np.ndarray, "n factors"]) -> None:
        """Check that the score is defined for these factors.

        Raises:
            BadInput: there are too few images, or a factor is constant.
        """
        rank_factors(factors)

    def settings(self, context: EvaluationContext) -> dict[str, Any]:
        grid = sprite_grid(context)
        source = f"all {len(grid):,} combinations of the sprite grid" if grid else OWN_IMAGES
        return super().settings(context) | {"representation": "posterior mean", "drawn_from": source}

    def measure(self, context: EvaluationContext, progress: Progress) -> dict[str, Any]:
        points = factor_codes(context, self.n_images, self.seed)
        active = active_units(points.codes, self.threshold)
        values = self.score(points.codes, points.factors, progress)
        progress(1.0)
        return values | {"factors": points.names, "active_units": int(active.sum()), "n_measured": len(points.codes)}

    def score(
        self, codes: Float[np.ndarray, "n latent"], factors: Int[np.ndarray, "n factors"], progress: Progress
    ) -> dict[str, Any]:
        """Compute the score and its matrix, each by its name."""
        raise TypeError(f"{type(self).__name__} does not define score()")


class PairMetric(FactorMetric):
    """A score of groups of images that share a factor's value: each value needs at least two images."""

    min_factors: ClassVar[int] = 2

    def check_factors(self, factors: Int[np.ndarray, "n factors"]) -> None:
        Partners(rank_factors(factors))
