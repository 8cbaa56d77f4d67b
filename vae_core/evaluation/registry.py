"""The registry of metrics. To add one, write a class with ``measure`` and add one entry here."""

from vae_core.evaluation.disentanglement.metrics import (
    IRS,
    MIG,
    SAP,
    BetaVAEScore,
    DCIBoosting,
    DCIForest,
    Explicitness,
    FactorVAEScore,
    Modularity,
)
from vae_core.evaluation.latent.collapse import Collapse
from vae_core.evaluation.latent.decomposition import KLDecomposition
from vae_core.evaluation.latent.holes import HoleScore
from vae_core.evaluation.likelihood.log_likelihood import Elbo, ImportanceNLL
from vae_core.evaluation.likelihood.reconstruction import Reconstruction
from vae_core.evaluation.metric import Metric
from vae_core.evaluation.samples.conditional import AskedLabel
from vae_core.evaluation.samples.metrics import SampleScores, UnsureSamples

METRICS: dict[str, type[Metric]] = {
    "elbo": Elbo,
    "nll": ImportanceNLL,
    "decomposition": KLDecomposition,
    "collapse": Collapse,
    "holes": HoleScore,
    "reconstruction": Reconstruction,
    "asked_label": AskedLabel,
    "unsure": UnsureSamples,
    "samples": SampleScores,
    "mig": MIG,
    "factor_vae": FactorVAEScore,
    "beta_vae": BetaVAEScore,
    "dci": DCIBoosting,
    "dci_forest": DCIForest,
    "sap": SAP,
    "modularity": Modularity,
    "explicitness": Explicitness,
    "irs": IRS,
}
