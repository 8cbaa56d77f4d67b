from latent_explorer import lesson

here = lesson.start("families")
lesson.end(here)
