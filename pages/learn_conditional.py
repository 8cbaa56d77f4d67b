from latent_explorer import lesson

here = lesson.start("conditional")
lesson.end(here)
