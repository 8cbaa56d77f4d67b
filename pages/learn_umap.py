from latent_explorer import lesson

here = lesson.start("umap")
lesson.end(here)
