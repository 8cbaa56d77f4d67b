"""Reading of uploaded files: limits before decoding, no pickles, no paths from inside an archive."""

from vae_core.data.untrusted.archives import open_zip, rejection_reason
from vae_core.data.untrusted.limits import Limits
from vae_core.data.untrusted.npy import Header, StoredArray, stored_arrays

__all__ = ["Header", "Limits", "StoredArray", "open_zip", "rejection_reason", "stored_arrays"]
