"""The commands of ``python -m vae_core``, a module each with ``add_flags`` and ``run``."""
