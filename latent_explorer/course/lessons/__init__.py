"""The course: what each lesson asks, and which terms it explains. A lesson's page is pages/learn_<slug>.py; what it computes is
latent_explorer/lessons/<slug>.py, where it computes anything of its own."""

from dataclasses import dataclass

LADDER = {beta: f"sprites32-beta{beta}" for beta in (1, 2, 4, 8, 16)}  # shipped models, alike but for β


@dataclass(frozen=True)
class Lesson:
    """One question, answered by one figure."""

    slug: str
    title: str
    question: str
    terms: tuple[str, ...]  # of ``concepts.CONCEPTS``

    @property
    def script(self) -> str:
        return f"pages/learn_{self.slug}.py"

    @property
    def address(self) -> str:
        return f"learn_{self.slug}"  # the script's own name: a fresh server looks for that one first


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "autoencoder",
        "Autoencoder and VAE",
        "What does a VAE's code have that an autoencoder's has not?",
        ("aggregate posterior",),
    ),
    Lesson(
        "encoder",
        "The encoder's answer",
        "Why does the encoder say two numbers for each unit?",
        ("reconstruction", "KL per unit"),
    ),
    Lesson(
        "reparameterization", "Reparameterization", "How does a gradient pass through a random draw?", ("reparameterization",)
    ),
    Lesson("kl", "The KL term", "What does it cost to leave the prior?", ("KL per unit",)),
    Lesson("elbo", "The ELBO", "How far below log p(x) is the bound?", ("ELBO",)),
    Lesson("beta", "β", "What does one gain by raising the price of the code?", ("rate–distortion",)),
    Lesson("disentanglement", "Disentanglement", "Which unit is which factor?", ("mutual information", "MIG")),
    Lesson("collapse", "Posterior collapse", "When does a model stop using its code?", ("active units",)),
    Lesson("blur", "Blur", "Why are a VAE's images soft?", ("reconstruction",)),
    Lesson("holes", "Holes", "Where does the prior draw what no image ever coded?", ("aggregate posterior",)),
    Lesson("conditional", "Conditional generation", "What is left for the code once the label is told?", ("condition",)),
    Lesson("families", "VAE, GAN, diffusion", "What does each family give, and what does it cost?", ("ELBO",)),
    Lesson("umap", "Reading UMAP", "Which distances on the map mean something?", ("UMAP", "trustworthiness")),
)


def lesson_of(slug: str) -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.slug == slug)
