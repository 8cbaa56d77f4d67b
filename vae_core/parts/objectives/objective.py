"""What an objective is: named terms whose weighted sum is the loss."""

from typing import ClassVar

from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable
from vae_core.data.dataset import Dataset
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.term import Term


class Objective(Configurable):
    """A recipe for the loss; its fields are its hyperparameters."""

    deterministic: ClassVar[bool] = False  # z is the mean itself, not a sample: an autoencoder
    annealable: ClassVar[bool] = True  # has terms that a schedule can scale
    has_rate: ClassVar[bool] = True  # has the KL itself as a term, which free bits can floor
    trains_prior: ClassVar[bool] = True  # its gradient reaches the weights of a learned prior
    needs_mean: ClassVar[bool] = False  # looks at E[x|z] as an image, which an autoregressive decoder does not have
    min_batch: ClassVar[int] = 1

    @property
    def beta_range(self) -> tuple[float, float] | None:
        """The range of β that the model is conditioned on; None for a model of one β."""
        return None

    def draw_beta(self, seed: int, step: int) -> float | None:
        """The β of one step, where the model is conditioned on it."""
        return None

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        """The terms of one batch. ``n_train`` is the size of the training set, which some estimators of q(z) need."""
        raise TypeError(f"{type(self).__name__} defines no terms")

    def critic(self, latent_dim: int, dataset: Dataset) -> Critic | None:
        """A network beside the model that contributes terms of its own, such as a discriminator."""
        return None

    def check(self, batch_size: int, n_train: int) -> None:
        """Refuse what the objective cannot be computed on."""
        size = min(batch_size, n_train)
        if size < self.min_batch:
            raise BadInput(f"objective {type(self).__name__} needs batches of at least {self.min_batch} images, got {size}")
