"""The course's words: each in a sentence or two, with the lesson that shows it; CONCEPTS has those with a formula."""

from latent_explorer.ui.concepts import CONCEPTS

# of each concept that has a formula already: its lesson
SHOWN_IN = {
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

WORDS: dict[str, tuple[str, str]] = {
    "autoencoder": (
        "A network that squeezes an image into a code and rebuilds it. Nothing asks codes to lie anywhere in particular.",
        "autoencoder",
    ),
    "VAE": (
        "An autoencoder whose code is a distribution, held to a prior by the KL term, so that the prior can be sampled. "
        "Kingma & Welling 2014 (arXiv 1312.6114).",
        "autoencoder",
    ),
    "latent unit": ("One number of the code z; here z1, z2, … in the order in which the model keeps them.", "encoder"),
    "posterior q(z|x)": (
        "What the encoder answers for one image: a Gaussian with a mean μ and a width σ for each unit.",
        "encoder",
    ),
    "prior p(z)": ("The distribution of codes before any image is seen; what a new image is drawn from.", "kl"),
    "nat": ("The unit of information with the natural logarithm: 1 nat is 1.44 bits.", "elbo"),
    "importance sampling": (
        "Estimates log p(x) with k draws from q(z|x), each weighted by p(x, z)/q(z|x); in expectation it lies between the ELBO "
        "and log p(x), and tightens with k. Burda et al. 2016 (arXiv 1509.00519).",
        "elbo",
    ),
    "β-VAE": (
        "The VAE with the KL weighted by β: above 1 the code says less, in fewer units. Higgins et al. 2017.",
        "beta",
    ),
    "multi-rate VAE": ("One model that is told β, and so holds the whole curve. Bae et al. 2023 (arXiv 2212.03905).", "beta"),
    "KL": (
        "KL(q ‖ p) = E_q[log q − log p], in nats: how far q is from p; never below 0, and 0 only if they are equal.",
        "kl",
    ),
    "rate": ("The KL of q(z|x) to the prior: the nats that an image's code costs.", "beta"),
    "distortion": ("−log p(x|z), in nats: what the decoder still gets wrong once it has the code.", "beta"),
    "total correlation": (
        "How far the units of q(z) are from independent: KL(q(z) ‖ Π q(z_j)), nats. What FactorVAE and β-TCVAE penalize.",
        "disentanglement",
    ),
    "FactorVAE": (
        "Estimates the total correlation with a discriminator. Kim & Mnih 2018 (arXiv 1802.05983).",
        "disentanglement",
    ),
    "β-TCVAE": ("Estimates the total correlation from the batch. Chen et al. 2018 (arXiv 1802.04942).", "disentanglement"),
    "posterior collapse": (
        "A unit, or the whole code, whose posterior is the prior for every image: nothing is said in it.",
        "collapse",
    ),
    "free bits": (
        "A floor λ of KL below which a unit gains nothing by saying less. Kingma et al. 2016 (arXiv 1606.04934).",
        "collapse",
    ),
    "KL annealing": ("The KL's weight rises from 0 while training begins. Bowman et al. 2016 (arXiv 1511.06349).", "collapse"),
    "autoregressive decoder": (
        "Draws a pixel at a time, given those before; strong enough to leave the code unused.",
        "collapse",
    ),
    "VAE-GAN": ("Compares images by a discriminator's features. Larsen et al. 2016 (arXiv 1512.09300).", "blur"),
    "perceptual loss": ("Compares images by the features of a fixed network. Hou et al. 2017 (arXiv 1610.00291).", "blur"),
    "sharpness": ("Here: the variance of the image's Laplacian, beside that of the data.", "blur"),
    "hole": ("A place that the prior draws from and no image is coded at.", "holes"),
    "VampPrior": (
        "A prior made of the posteriors of learned pseudo-images. Tomczak & Welling 2018 (arXiv 1705.07120).",
        "holes",
    ),
    "GAN": ("A generator trained against a discriminator: sharp samples, no likelihood, no encoder.", "families"),
    "diffusion model": (
        "Removes noise step by step: good samples, many passes of the network for each. Ho et al. 2020 (arXiv 2006.11239).",
        "families",
    ),
    "Fréchet distance": (
        "Distance of two Gaussians fitted to features of data and of samples; 0 is best. Heusel et al. 2017 "
        "(arXiv 1706.08500).",
        "families",
    ),
    "precision and recall": (
        "The share of samples that lie among the data, and of data that lies among the samples. Kynkäänniemi et al. 2019 "
        "(arXiv 1904.06991).",
        "families",
    ),
}

TERMS: dict[str, tuple[str, str]] = WORDS | {name: (CONCEPTS[name], slug) for name, slug in SHOWN_IN.items()}


def found(text: str) -> list[str]:
    """Terms that hold the text, in their name or in what is said of them, by name.

    >>> found("vamp")
    ['VampPrior']
    """
    wanted = text.strip().casefold()
    return sorted((name for name, (said, _) in TERMS.items() if wanted in f"{name} {said}".casefold()), key=str.casefold)
