"""The list of lessons: title, question and terms of each.

The page of a lesson is ``pages/learn_<slug>.py``. Its computations and figures are in
``latent_explorer/course/lessons/<slug>.py``.
"""

from dataclasses import dataclass

# shipped models of the sprites that differ only in β
BETA_MODELS = {beta: f"sprites32-beta{beta}" for beta in (1, 2, 4, 8, 16)}


@dataclass(frozen=True)
class Lesson:
    """One question, answered by one figure."""

    slug: str
    title: str
    question: str
    terms: tuple[str, ...]  # of ``concepts.CONCEPTS``

    @property
    def script(self) -> str:
        """Path of the page's script."""
        return f"pages/learn_{self.slug}.py"

    @property
    def url_path(self) -> str:
        """Path of the page in the URL: the script's name, which a fresh server looks up first."""
        return f"learn_{self.slug}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "autoencoder",
        "Autoencoder and VAE",
        "What does a VAE's latent space have that an autoencoder's doesn't?",
        ("aggregate posterior",),
    ),
    Lesson(
        "encoder",
        "The encoder's output",
        "Why does the encoder give two numbers for each unit?",
        ("reconstruction", "KL per unit"),
    ),
    Lesson(
        "reparameterization",
        "Reparameterization",
        "How does a gradient pass through a random draw?",
        ("reparameterization",),
    ),
    Lesson("kl", "The KL term", "How much KL does it cost to leave the prior?", ("KL per unit",)),
    Lesson("elbo", "The ELBO", "How far below log p(x) is the bound?", ("ELBO",)),
    Lesson("beta", "β", "What do we gain when the KL weighs more?", ("rate–distortion",)),
    Lesson("disentanglement", "Disentanglement", "Which unit encodes which factor?", ("mutual information", "MIG")),
    Lesson("collapse", "Posterior collapse", "When does a model stop using its latent code?", ("active units",)),
    Lesson("blur", "Blur", "Why are a VAE's images blurry?", ("reconstruction",)),
    Lesson("holes", "Holes", "Where does the prior draw latent codes that no image has?", ("aggregate posterior",)),
    Lesson(
        "conditional",
        "Conditional generation",
        "What does the latent code still have to encode when the label is given?",
        ("condition",),
    ),
    Lesson(
        "families", "VAE, GAN, diffusion", "What are the strengths and costs of each family of generative models?", ("ELBO",)
    ),
    Lesson("umap", "Reading UMAP", "Which distances on the map mean something?", ("UMAP", "trustworthiness")),
)


def find_lesson(slug: str) -> Lesson:
    """Return the lesson with this slug."""
    return next(lesson for lesson in LESSONS if lesson.slug == slug)
