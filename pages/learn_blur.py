from latent_explorer import lesson

here = lesson.start("blur")
lesson.end(here)
