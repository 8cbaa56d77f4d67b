from latent_explorer import lesson

here = lesson.start("reparameterization")
lesson.end(here)
