"""Base class of objectives: named terms with weights; their weighted sum is the loss."""

from typing import ClassVar

from vae_core.common.errors import BadInput
from vae_core.common.fields import Configurable
from vae_core.data.dataset import Dataset
from vae_core.parts.forward import Forward
from vae_core.parts.objectives.critic import Critic
from vae_core.parts.objectives.term import Term


class Objective(Configurable):
    """Recipe of a loss; its fields are its hyperparameters."""

    deterministic: ClassVar[bool] = False  # z is the mean itself, not a sample: an autoencoder
    annealable: ClassVar[bool] = True  # has terms that a schedule can scale
    has_rate: ClassVar[bool] = True  # has the KL itself as a term, which free bits can bound from below
    trains_prior: ClassVar[bool] = True  # its gradient reaches the weights of a learned prior
    needs_mean: ClassVar[bool] = False  # uses E[x|z] as an image, which an autoregressive decoder does not have
    min_batch: ClassVar[int] = 1

    @property
    def beta_range(self) -> tuple[float, float] | None:
        """Return the range of β that the model is conditioned on; None for a model of one β."""
        return None

    def draw_beta(self, seed: int, step: int) -> float | None:
        """Draw the β of one step; None if the model is not conditioned on it."""
        return None

    def terms(self, forward: Forward, *, step: int, n_train: int) -> dict[str, Term]:
        """Return the terms of one batch.

        Args:
            forward: The pass over the batch.
            step: The optimizer step, counted from 0.
            n_train: The size of the training set, which some estimators of q(z) need.
        """
        raise TypeError(f"{type(self).__name__} defines no terms")

    def critic(self, latent_dim: int, dataset: Dataset) -> Critic | None:
        """Return a network beside the model that adds terms of its own, such as a discriminator; None without one."""
        return None

    def check(self, batch_size: int, n_train: int) -> None:
        """Check that the objective can be computed on batches of this size.

        Raises:
            BadInput: The batch is too small.
        """
        size = min(batch_size, n_train)
        if size < self.min_batch:
            raise BadInput(f"objective {type(self).__name__} needs batches of at least {self.min_batch} images, got {size}")
