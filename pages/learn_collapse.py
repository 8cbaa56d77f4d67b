from latent_explorer import lesson

here = lesson.start("collapse")
lesson.end(here)
