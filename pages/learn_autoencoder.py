from latent_explorer import lesson

here = lesson.start("autoencoder")
lesson.end(here)
