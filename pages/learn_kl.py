from latent_explorer import lesson

here = lesson.start("kl")
lesson.end(here)
