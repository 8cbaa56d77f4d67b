from latent_explorer import lesson

here = lesson.start("disentanglement")
lesson.end(here)
