from latent_explorer import lesson

here = lesson.start("elbo")
lesson.end(here)
