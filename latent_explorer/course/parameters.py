"""URL parameters of the lessons, each with its allowed range; the guess is one of them."""

from latent_explorer.course.lessons import BETA_MODELS, elbo, families
from latent_explorer.course.lessons.beta import SHORT_NAMES
from latent_explorer.course.lessons.disentanglement import ANGLES
from latent_explorer.ui.parameters import Choice, Flag, Number, Parameters

SHOW = "show me"  # instead of a guess
BETAS = tuple(map(str, BETA_MODELS))
DIGITS = tuple(map(str, range(10)))


def guess_of(answers: tuple[str, ...]) -> Choice:
    """Return the parameter that holds a visitor's guess: one of the answers, or *show me*."""
    return Choice("guess", (*answers, SHOW))


class Autoencoder(Parameters):
    ANSWERS = ("about 1%", "about 10%", "about half")
    GUESS = guess_of(ANSWERS)
    SOURCE = Choice("source", ("the prior N(0, I)", "a Gaussian fitted to the codes"))
    FROM = Choice("from", DIGITS, "0")
    TO = Choice("to", DIGITS, "7")


class Encoder(Parameters):
    ANSWERS = ("about 1", "about a third", "below a tenth")
    GUESS = guess_of(ANSWERS)
    IMAGE = Number("image", 0, 0, 100_000_000)
    SPREAD = Number("spread", 1.0, 0.0, 20.0, 0.5)


class Reparameterization(Parameters):
    ANSWERS = ("about 2 times", "about 50 times", "1,000 times or more")
    GUESS = guess_of(ANSWERS)
    MU = Number("mu", 1.5, -3.0, 3.0, 0.1)
    SIGMA = Number("sd", 0.4, 0.05, 2.0, 0.05)
    DIGIT = Choice("digit", DIGITS, "3")


class KL(Parameters):
    ANSWERS = ("as large", "about half", "almost nothing")
    GUESS = guess_of(ANSWERS)
    MU = Number("mu", 1.5, -3.0, 3.0, 0.1)
    SIGMA = Number("sd", 0.3, 0.05, 2.0, 0.05)
    IMAGES = Choice("images")


class ELBO(Parameters):
    ANSWERS = ("less than half a nat", "a few nats", "more than ten nats")
    GUESS = guess_of(ANSWERS)
    MODEL = Choice("which", ("trained on the ELBO (β = 1)", "trained with β = 16"))
    IMAGE = Number("image", 1, 1, elbo.IMAGES)
    SAMPLES = Choice("k", tuple(map(str, elbo.KS)))


class Beta(Parameters):
    ANSWERS = ("it rises", "it stays the same", "it falls")
    GUESS = guess_of(ANSWERS)
    REDUCTION = Choice("reduction", tuple(SHORT_NAMES.values()), "means")
    BETA = Choice("b", ("0.01", "0.04", "0.1", "0.5", "1.0", "2.0", "4.0", "8.0", "16.0"), "4.0")


class Disentanglement(Parameters):
    ANSWERS = ("all five", "two to four", "one or none")
    GUESS = guess_of(ANSWERS)
    MODEL = Choice("which", (*(f"β = {beta}" for beta in BETA_MODELS), "FactorVAE", "β-TCVAE"), "β = 16")
    ANGLE = Choice("angle", tuple(f"{angle}°" for angle in ANGLES), "30°")


class Collapse(Parameters):
    ANSWERS = ("the one that uses its latent code", "the one that ignores it")
    GUESS = guess_of(ANSWERS)
    BETA = Choice("beta", BETAS, "1")
    RANK = Choice("rank")
    IMAGE = Number("image", 1, 1, 100_000_000)


class Blur(Parameters):
    ANSWERS = ("the most likely of them", "one of them at random", "their mean")
    GUESS = guess_of(ANSWERS)
    BETA = Choice("beta", BETAS, "16")
    IMAGE = Number("image", 8, 1, 1000)


class Holes(Parameters):
    ANSWERS = ("almost none", "about one in ten", "about one in four", "more than half")
    GUESS = guess_of(ANSWERS)
    DEPTH = Number("depth", 1.0, 0.5, 4.0, 0.5)


class Conditional(Parameters):
    ANSWERS = ("almost always", "clearly more often than chance", "no more often than chance")
    GUESS = guess_of(ANSWERS)
    BESIDE = Choice("beside", ("mnist-10", "mnist-2"))


class Families(Parameters):
    ANSWERS = ("VAE", "VAE, VampPrior", "VAE-GAN", "GAN", "diffusion")
    GUESS = guess_of(ANSWERS)
    STEPS = Choice("steps", tuple(map(str, families.STEPS)), "8")
    SEED = Number("seed", 0, 0, 99)


class UMAP(Parameters):
    ANSWERS = ("which points are neighbours", "which neighbour is nearer", "how far classes lie apart")
    GUESS = guess_of(ANSWERS)
    SECOND = Flag("second")
    NEIGHBOURS = Number("neighbours", 50, 5, 100, 5)
    DISTANCE = Number("distance", 0.5, 0.0, 0.9, 0.1)
    SEED = Number("umapseed", 1, 0, 99)
