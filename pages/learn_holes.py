from latent_explorer import lesson

here = lesson.start("holes")
lesson.end(here)
