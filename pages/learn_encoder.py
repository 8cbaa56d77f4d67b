from latent_explorer import lesson

here = lesson.start("encoder")
lesson.end(here)
