"""The commands of ``python -m vae_core`` and ``latent-explorer``: one module each, with ``add_flags`` and ``run``."""
