"""Active units: those whose posterior mean varies over the data."""

import numpy as np
from jaxtyping import Bool, Float

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016 (arXiv 1509.00519), section 5.2


def active_units(codes: Float[np.ndarray, "n latent"], threshold: float = ACTIVE_VARIANCE) -> Bool[np.ndarray, "latent"]:
    """Mark the units whose posterior mean varies more than ``threshold`` over the data; the others are collapsed.

    A collapsed unit's mean still moves by 1e-4 or so. Bins over its [min, max], or a z-score, would amplify that.
    """
    return codes.astype(np.float64).var(axis=0) > threshold
