"""Disentanglement metrics of a model; each computes its score by a function of codes and factors."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vae_core.common.fields import option
from vae_core.common.progress import Progress
from vae_core.evaluation.disentanglement import classifier_scores, mutual_information, paired_scores
from vae_core.evaluation.disentanglement.factor_metric import FactorMetric, PairMetric
from vae_core.latent.active_units import active_units


@dataclass(frozen=True)
class MIG(FactorMetric):
    """Mutual information gap: how much more the best unit knows about a factor than the second best, from 0 to 1.

    mean_k (I_1 − I_2)/H(v_k); Chen et al. 2018 (arXiv 1802.04942). ``mutual_information`` is (D, K), nats. ``ceiling`` is
    the score of the factors themselves under the same bins.
    """

    title: ClassVar[str] = "MIG"
    headline: ClassVar[dict[str, str]] = {"mig": "MIG"}
    n_images: int = option(10_000, "images measured", low=100)
    bins: int = option(20, "bins of equal width per unit", low=2, high=1000)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        found = mutual_information.mig(codes, factors, bins=self.bins, threshold=self.threshold)
        ceiling = mutual_information.mig(factors.astype(np.float64), factors, bins=self.bins, threshold=0)
        return {"mig": found.value, "ceiling": ceiling.value, "mutual_information": found.matrix}


@dataclass(frozen=True)
class Modularity(FactorMetric):
    """Modularity: whether each unit knows about one factor only, from 0 to 1.

    1 − (Σ_k m² − max m²)/(max m² (K−1)), mean over active units; Ridgeway & Mozer 2018 (arXiv 1802.05312).
    ``modularity_over_all_units`` counts collapsed units as 0, as disentanglement_lib does.
    """

    title: ClassVar[str] = "modularity"
    headline: ClassVar[dict[str, str]] = {"modularity": "modularity"}
    n_images: int = option(10_000, "images measured", low=100)
    bins: int = option(20, "bins of equal width per unit", low=2, high=1000)
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        found = mutual_information.modularity(codes, factors, bins=self.bins, threshold=self.threshold)
        active = active_units(codes, self.threshold)
        return {
            "modularity": found.value,
            "modularity_over_all_units": found.value * float(active.mean()),
            "mutual_information": found.matrix,
        }


@dataclass(frozen=True)
class FactorVAEScore(PairMetric):
    """Accuracy with which the unit that varies least identifies the constant factor of a group of images, from chance to 1.

    Accuracy of a majority vote; Kim & Mnih 2018 (arXiv 1802.05983). ``votes`` is (D, K). Units with a standard deviation
    below ``min_std`` have no vote, as in the paper.
    """

    title: ClassVar[str] = "FactorVAE score"
    headline: ClassVar[dict[str, str]] = {"factor_vae": "FactorVAE score"}
    threshold: float = option(0.05**2, "variance below which a unit has no vote (a standard deviation of 0.05)", low=0)
    batch: int = option(64, "images that share the factor, per vote", low=2, high=1024)
    n_train: int = option(10_000, "votes that make the majority map", low=1)
    n_test: int = option(5000, "votes that test it", low=1)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
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
    """Accuracy with which a linear classifier finds the factor that pairs of images share, from chance to 1.

    Accuracy on mean |z_a − z_b| over the pairs; Higgins et al. 2017. ``coefficients`` is (D, K), mean absolute.
    """

    title: ClassVar[str] = "BetaVAE score"
    headline: ClassVar[dict[str, str]] = {"beta_vae": "BetaVAE score"}
    batch: int = option(64, "pairs per point", low=1, high=1024)
    n_train: int = option(10_000, "points that train the classifier", low=10)
    n_test: int = option(5000, "points that test it", low=1)

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
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
    """Interventional robustness score: how little a unit moves while its factor is constant and all others change.

    Suter et al. 2019 (arXiv 1811.00007). ``matrix`` is (D, K).
    """

    title: ClassVar[str] = "IRS"
    headline: ClassVar[dict[str, str]] = {"irs": "IRS"}
    n_images: int = option(10_000, "images measured", low=100)
    quantile: float = option(0.99, "quantile of the deviations within a group, in place of their maximum", above=0, high=1)
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        found = paired_scores.irs(codes, factors, quantile=self.quantile, threshold=self.threshold)
        return {"irs": found.value, "matrix": found.matrix}


@dataclass(frozen=True)
class DCIBoosting(FactorMetric):
    """Disentanglement, completeness and informativeness by gradient boosting, as published.

    Eastwood & Williams 2018. It takes minutes on sprites: a hundred rounds of one tree for each of up to 40 values.
    ``importance`` is (D, K).
    """

    title: ClassVar[str] = "DCI"
    headline: ClassVar[dict[str, str]] = {
        "disentanglement": "DCI disentanglement",
        "completeness": "DCI completeness",
        "informativeness": "DCI informativeness",
    }
    quick: ClassVar[bool] = False
    min_factors: ClassVar[int] = 2

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        return self.dci_values(codes, factors, classifier_scores.boosting, progress)

    def dci_values(
        self, codes: np.ndarray, factors: np.ndarray, fit: classifier_scores.Fit, progress: Progress
    ) -> dict[str, Any]:
        """Compute the three scores with the classifier ``fit``."""
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
    """Disentanglement, completeness and informativeness by random forests: faster, but not comparable with published DCI."""

    title: ClassVar[str] = "DCI by forests"
    quick: ClassVar[bool] = True

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        return self.dci_values(codes, factors, classifier_scores.forest, progress)


@dataclass(frozen=True)
class SAP(FactorMetric):
    """Gap between the best and the second best unit at predicting a factor, by a linear classifier.

    Accuracy gap of linear SVMs; Kumar et al. 2018. ``accuracies`` is (D, K).
    """

    title: ClassVar[str] = "SAP"
    headline: ClassVar[dict[str, str]] = {"sap": "SAP"}

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        found = classifier_scores.sap(codes, factors, threshold=self.threshold, seed=self.seed, progress=progress)
        return {"sap": found.value, "accuracies": found.matrix}


@dataclass(frozen=True)
class Explicitness(FactorMetric):
    """Quality of linear classifiers that read all factors from the code: the area under the ROC curve, from 0.5 to 1.

    Macro one-vs-rest average over the values of each factor; Ridgeway & Mozer 2018. ``coefficients`` is (D, K).
    """

    title: ClassVar[str] = "explicitness"
    headline: ClassVar[dict[str, str]] = {"explicitness": "explicitness"}

    def score(self, codes: np.ndarray, factors: np.ndarray, progress: Progress) -> dict[str, Any]:
        found = classifier_scores.explicitness(codes, factors, threshold=self.threshold, seed=self.seed, progress=progress)
        return {"explicitness": found.value, "chance": 0.5, "coefficients": found.matrix}
