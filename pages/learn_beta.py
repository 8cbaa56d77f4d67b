from latent_explorer import lesson

here = lesson.start("beta")
lesson.end(here)
