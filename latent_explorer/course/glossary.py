"""The glossary: definitions of the course's terms, each with the lesson that shows it.

Terms with a formula are defined in ``CONCEPTS``, all others here.
"""

from dataclasses import dataclass

from latent_explorer.ui.concepts import CONCEPTS


@dataclass(frozen=True)
class Term:
    """One term of the glossary."""

    definition: str  # Markdown
    lesson: str  # slug of the lesson that shows it


# lesson of each term in CONCEPTS
CONCEPT_LESSONS = {
    "ELBO": "elbo",
    "KL per unit": "kl",
    "active units": "collapse",
    "aggregate posterior": "holes",
    "PCA": "umap",
    "UMAP": "umap",
    "trustworthiness": "umap",
    "attribute vector": "disentanglement",
    "traversal": "disentanglement",
    "mutual information": "disentanglement",
    "MIG": "disentanglement",
    "reconstruction": "encoder",
    "inpainting": "encoder",
    "rate–distortion": "beta",
    "matched units": "disentanglement",
    "condition": "conditional",
    "temperature": "conditional",
    "leak probe": "conditional",
    "reparameterization": "reparameterization",
}

DEFINITIONS: dict[str, Term] = {
    "autoencoder": Term(
        "A network that compresses an image into a latent code and reconstructs the image from it. Nothing in its loss decides "
        "where the latent codes lie.",
        "autoencoder",
    ),
    "VAE": Term(
        "Variational autoencoder: the latent code of an image is a distribution. The KL term keeps it close to a prior, so "
        "that new images can be drawn from the prior. Kingma & Welling 2014 (arXiv 1312.6114).",
        "autoencoder",
    ),
    "latent code": Term(
        "The numbers z, one per unit, that the encoder computes for an image and the decoder turns back into an image. "
        "In short: code.",
        "autoencoder",
    ),
    "latent space": Term("The space of all latent codes; it has a dimension for each unit.", "autoencoder"),
    "latent unit": Term("One number of the latent code z, in short: unit. They are called z1, z2, … in the model's order.",
        "encoder"),
    "encoder": Term("The network that maps an image to its posterior.", "encoder"),
    "decoder": Term("The network that maps a latent code to a distribution of images, p(x|z).", "encoder"),
    "posterior q(z|x)": Term(
        "The encoder's output for one image: a Gaussian with a mean μ and a standard deviation σ for each unit.",
        "encoder",
    ),
    "prior p(z)": Term(
        "The distribution of latent codes before any image is seen, usually N(0, I). New images are decoded from draws of it.",
        "kl",
    ),
    "nat": Term("The unit of information with the natural logarithm: 1 nat is 1.44 bits.", "elbo"),
    "importance sampling": Term(
        "Estimates log p(x) with k draws from q(z|x), each weighted by p(x, z)/q(z|x). In expectation the estimate lies "
        "between the ELBO and log p(x), and gets closer to log p(x) as k grows. Burda et al. 2016 (arXiv 1509.00519).",
        "elbo",
    ),
    "β-VAE": Term(
        "A VAE whose KL is multiplied by β. Above 1 the latent code carries less information, in fewer units. Higgins et al. "
        "2017.",
        "beta",
    ),
    "multi-rate VAE": Term(
        "One model that gets β as an input, so that it covers the whole rate–distortion curve. Bae et al. 2023 "
        "(arXiv 2212.03905).",
        "beta",
    ),
    "KL": Term(
        "Kullback–Leibler divergence, KL(q ‖ p) = E_q[log q − log p], in nats: how different q is from p. It is never below 0, "
        "and 0 only if both are equal.",
        "kl",
    ),
    "rate": Term("The KL from q(z|x) to the prior, in nats: how much information the latent code of an image costs.", "beta"),
    "distortion": Term("−log p(x|z), in nats: the reconstruction error that remains when the decoder has the latent code.",
        "beta"),
    "total correlation": Term(
        "How far the units of q(z) are from independent: KL(q(z) ‖ Π q(z_j)), nats. FactorVAE and β-TCVAE penalize it.",
        "disentanglement",
    ),
    "FactorVAE": Term(
        "Estimates the total correlation with a discriminator. Kim & Mnih 2018 (arXiv 1802.05983).",
        "disentanglement",
    ),
    "β-TCVAE": Term("Estimates the total correlation from the batch. Chen et al. 2018 (arXiv 1802.04942).", "disentanglement"),
    "posterior collapse": Term(
        "The posterior of a unit, or of all units, equals the prior for every image, so that it carries no information.",
        "collapse",
    ),
    "free bits": Term(
        "A minimum λ of KL per unit: below it, the loss does not fall when the unit carries less information. Kingma et al. "
        "2016 (arXiv 1606.04934).",
        "collapse",
    ),
    "KL annealing": Term(
        "The weight of the KL rises from 0 at the start of training. Bowman et al. 2016 (arXiv 1511.06349).", "collapse"
    ),
    "autoregressive decoder": Term(
        "A decoder that draws one pixel after another, and sees the pixels before. It can be strong enough to ignore the "
        "latent code.",
        "collapse",
    ),
    "VAE-GAN": Term("A VAE that compares images by the features of a discriminator. Larsen et al. 2016 (arXiv 1512.09300).",
        "blur"),
    "perceptual loss": Term("Compares images by the features of a fixed network. Hou et al. 2017 (arXiv 1610.00291).", "blur"),
    "sharpness": Term("Here: the variance of the image's Laplacian, compared with that of the data.", "blur"),
    "hole": Term("A region of the latent space where the prior draws but where no images are encoded.", "holes"),
    "VampPrior": Term(
        "A prior that is the mixture of the posteriors of learned pseudo-images. Tomczak & Welling 2018 (arXiv 1705.07120).",
        "holes",
    ),
    "GAN": Term("A generator trained against a discriminator: sharp samples, no likelihood, no encoder.", "families"),
    "diffusion model": Term(
        "Removes noise step by step: good samples, many network evaluations for each. Ho et al. 2020 (arXiv 2006.11239).",
        "families",
    ),
    "Fréchet distance": Term(
        "Distance of two Gaussians fitted to features of data and of samples; 0 is best. Heusel et al. 2017 "
        "(arXiv 1706.08500).",
        "families",
    ),
    "precision and recall": Term(
        "Precision: the share of samples that lie among the data. Recall: the share of data that lie among the samples. "
        "Kynkäänniemi et al. 2019 (arXiv 1904.06991).",
        "families",
    ),
}  # fmt: skip

TERMS: dict[str, Term] = DEFINITIONS | {name: Term(CONCEPTS[name], slug) for name, slug in CONCEPT_LESSONS.items()}


def search_terms(text: str) -> list[str]:
    """Return the terms that contain the text in their name or definition, in alphabetical order.

    >>> search_terms("vamp")
    ['VampPrior']
    """
    wanted = text.strip().casefold()
    return sorted((name for name, term in TERMS.items() if wanted in f"{name} {term.definition}".casefold()), key=str.casefold)
