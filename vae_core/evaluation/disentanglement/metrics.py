"""The disentanglement metrics of a model: codes beside factors, handed to the pure functions.

As disentanglement_lib evaluates them (Locatello et al. 2019, arXiv 1811.12359): posterior means, 10,000 images to train and
5,000 to test. One thing is ours: a unit that the model has shut (variance of its mean ≤ ``threshold``) counts nowhere.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from vae_core.common.errors import BadInput
from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.common.seeds import rng
from vae_core.data import DATASETS
from vae_core.evaluation.context import EvaluationContext, encode
from vae_core.evaluation.disentanglement import classifier_scores, mutual_information, paired_scores
from vae_core.evaluation.disentanglement.factors import Partners, factors_of, rank_factors
from vae_core.evaluation.metric import Metric
from vae_core.latent.active_units import ACTIVE_VARIANCE, active_units

ALL_ROWS = "the data set's own images"


@dataclass(frozen=True)
class FactorCodes:
    """Codes (N, D) beside the factors (N, K) of their images."""

    codes: Float[np.ndarray, "n latent"]
    factors: Int[np.ndarray, "n factors"]
    names: tuple[str, ...]


def sprite_grid(context: EvaluationContext):
    """The sprite grid that the data set is a sample of; None for any other."""
    return getattr(DATASETS.get(context.dataset.name), "grid", None)


def factor_codes(context: EvaluationContext, n: int, seed: int) -> FactorCodes:
    """Posterior means of n images with known factors: drawn from the whole grid where there is one, else the data set's own."""

    def make() -> FactorCodes:
        if grid := sprite_grid(context):
            index = rng(seed, "grid").choice(len(grid), size=min(n, len(grid)), replace=False)
            return FactorCodes(encode(context.model, grid.render(index)).mean, grid.factors(index), grid.factor_names)
        subset = context.dataset.subset(n, seed=seed)
        factors = factors_of(subset)
        return FactorCodes(context.codes(n, seed).mean, factors.values, factors.names)

    return context.cached(("factor codes", n, seed), make)


@dataclass(frozen=True)
class FactorMetric(Metric):
    """A score of codes against factors."""

    n_images: int = option(15_000, "images measured; where a part is held out for testing it is a third", low=100)
    threshold: float = option(ACTIVE_VARIANCE, "units whose mean varies less are dead and never count", low=0)
    seed: int = option(0, "decides the images, the split and whatever is drawn", low=0)
    min_factors: ClassVar[int] = 1

    def refusal(self, context: EvaluationContext) -> str | None:
        factors = factors_of(context.dataset)
        if factors is None:
            return f"data set {context.dataset.name!r} has neither factors nor labels"
        if (n := len(factors.names)) < self.min_factors:
            has = f"data set {context.dataset.name!r} has {n}, the {factors.names[0]}"
            return f"it needs at least {self.min_factors} factors; {has}"
        if sprite_grid(context):
            return None  # drawn as they are needed, enough of every value
        try:
            self.check_factors(factors_of(context.dataset.subset(self.n_images, seed=self.seed)).values)
        except BadInput as error:
            return str(error)
        return None

    def check_factors(self, factors: np.ndarray) -> None:
        """Refuse factors that the score cannot be taken of."""
        rank_factors(factors)

    def settings(self, context: EvaluationContext) -> dict:
        grid = sprite_grid(context)
        source = f"all {len(grid):,} combinations of the sprite grid" if grid else ALL_ROWS
        return super().settings(context) | {"representation": "posterior mean", "drawn_from": source}

    def measure(self, context: EvaluationContext, progress: Progress) -> dict:
        points = factor_codes(context, self.n_images, self.seed)
        active = active_units(points.codes, self.threshold)
        values = self.score(points.codes, points.factors, progress)
        progress(1.0)
        return values | {"factors": points.names, "active_units": int(active.sum()), "n_measured": len(points.codes)}

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        """The score under its name, and its matrix; each docstring below is its function's."""
        raise TypeError(f"{type(self).__name__} scores nothing")


@dataclass(frozen=True)
class MIG(FactorMetric):
    """mean_k (I_1 − I_2)/H(v_k); Chen et al. 2018 (arXiv 1802.04942). ``mutual_information`` is (D, K), nats.

    ``ceiling`` is the score of the factors themselves under the same bins.
    """

    headline: ClassVar[dict[str, str]] = {"mig": "MIG"}
    n_images: int = option(10_000, "images measured", low=100)
    bins: int = option(20, "bins of equal width per unit", low=2, high=1000)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = mutual_information.mig(codes, factors, bins=self.bins, threshold=self.threshold)
        ceiling = mutual_information.mig(factors.astype(np.float64), factors, bins=self.bins, threshold=0)
        return {"mig": found.value, "ceiling": ceiling.value, "mutual_information": found.matrix}


@dataclass(frozen=True)
class Modularity(FactorMetric):
    """1 − (Σ_k m² − max m²)/(max m² (K−1)), mean over active units; Ridgeway & Mozer 2018 (arXiv 1802.05312).

    ``modularity_over_all_units`` counts dead units as 0, as disentanglement_lib does.
    """

    headline: ClassVar[dict[str, str]] = {"modularity": "modularity"}
    n_images: int = option(10_000, "images measured", low=100)
    bins: int = option(20, "bins of equal width per unit", low=2, high=1000)
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = mutual_information.modularity(codes, factors, bins=self.bins, threshold=self.threshold)
        active = active_units(codes, self.threshold)
        return {
            "modularity": found.value,
            "modularity_over_all_units": found.value * float(active.mean()),
            "mutual_information": found.matrix,
        }


class PairMetric(FactorMetric):
    """A score of images drawn so that they share a factor's value: each value needs two images."""

    min_factors: ClassVar[int] = 2

    def check_factors(self, factors: np.ndarray) -> None:
        Partners(rank_factors(factors))


@dataclass(frozen=True)
class FactorVAEScore(PairMetric):
    """Accuracy of a majority vote on the unit that varies least while a factor is held; Kim & Mnih 2018 (arXiv 1802.05983).

    ``votes`` is (D, K). Units below a standard deviation of ``min_std`` have no vote, as in print.
    """

    headline: ClassVar[dict[str, str]] = {"factor_vae": "FactorVAE score"}
    threshold: float = option(0.05**2, "variance below which a unit has no vote: a standard deviation of 0.05", low=0)
    batch: int = option(64, "images that share the factor, per vote", low=2, high=1024)
    n_train: int = option(10_000, "votes that make the majority map", low=1)
    n_test: int = option(5000, "votes that test it", low=1)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = paired_scores.factor_vae(
            codes,
            factors,
            batch=self.batch,
            n_train=self.n_train,
            n_test=self.n_test,
            min_std=self.threshold**0.5,
            seed=self.seed,
            progress=progress,
        )
        return {"factor_vae": found.value, "chance": 1 / factors.shape[1], "votes": found.matrix}


@dataclass(frozen=True)
class BetaVAEScore(PairMetric):
    """Accuracy of a linear classifier on mean |z_a − z_b| over pairs that share a factor; Higgins et al. 2017.

    ``coefficients`` is (D, K), mean absolute.
    """

    headline: ClassVar[dict[str, str]] = {"beta_vae": "BetaVAE score"}
    batch: int = option(64, "pairs per point", low=1, high=1024)
    n_train: int = option(10_000, "points that train the classifier", low=10)
    n_test: int = option(5000, "points that test it", low=1)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = paired_scores.beta_vae(
            codes,
            factors,
            batch=self.batch,
            n_train=self.n_train,
            n_test=self.n_test,
            threshold=self.threshold,
            seed=self.seed,
            progress=progress,
        )
        return {"beta_vae": found.value, "chance": 1 / factors.shape[1], "coefficients": found.matrix}


@dataclass(frozen=True)
class IRS(FactorMetric):
    """Interventional robustness score; Suter et al. 2019 (arXiv 1811.00007). ``matrix`` is (D, K)."""

    headline: ClassVar[dict[str, str]] = {"irs": "IRS"}
    n_images: int = option(10_000, "images measured", low=100)
    quantile: float = option(0.99, "of the deviations within a group, instead of their maximum", above=0, high=1)
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = paired_scores.irs(codes, factors, quantile=self.quantile, threshold=self.threshold)
        return {"irs": found.value, "matrix": found.matrix}


@dataclass(frozen=True)
class DCIBoosting(FactorMetric):
    """Disentanglement, completeness, informativeness by gradient boosting, as in print; Eastwood & Williams 2018.

    Minutes on sprites: a hundred rounds of one tree for each of up to 40 values. ``importance`` is (D, K).
    """

    headline: ClassVar[dict[str, str]] = {
        "disentanglement": "DCI disentanglement",
        "completeness": "DCI completeness",
        "informativeness": "DCI informativeness",
    }
    quick: ClassVar[bool] = False
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        return self.values(codes, factors, classifier_scores.boosting, progress)

    def values(self, codes: np.ndarray, factors: np.ndarray, fit: classifier_scores.Fit, progress: Progress) -> dict:
        found = classifier_scores.dci(codes, factors, fit=fit, threshold=self.threshold, seed=self.seed, progress=progress)
        return {
            "disentanglement": found.disentanglement,
            "completeness": found.completeness,
            "informativeness": found.informativeness,
            "informativeness_train": found.informativeness_train,
            "importance": found.matrix,
        }


@dataclass(frozen=True)
class DCIForest(DCIBoosting):
    """The same three numbers from random forests: much faster, and not comparable with published DCI."""

    quick: ClassVar[bool] = True

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        return self.values(codes, factors, classifier_scores.forest, progress)


@dataclass(frozen=True)
class SAP(FactorMetric):
    """Gap of the two units that predict a factor best by a linear SVM; Kumar et al. 2018. ``accuracies`` is (D, K)."""

    headline: ClassVar[dict[str, str]] = {"sap": "SAP"}

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = classifier_scores.sap(codes, factors, threshold=self.threshold, seed=self.seed, progress=progress)
        return {"sap": found.value, "accuracies": found.matrix}


@dataclass(frozen=True)
class Explicitness(FactorMetric):
    """Macro one-vs-rest ROC-AUC of a linear classifier per factor; Ridgeway & Mozer 2018. ``coefficients`` is (D, K)."""

    headline: ClassVar[dict[str, str]] = {"explicitness": "explicitness"}

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict:
        found = classifier_scores.explicitness(codes, factors, threshold=self.threshold, seed=self.seed, progress=progress)
        return {"explicitness": found.value, "chance": 0.5, "coefficients": found.matrix}
