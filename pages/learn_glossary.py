"""Every term of the course, and the lesson that shows it."""

import streamlit as st

from latent_explorer.course.glossary import TERMS, found
from latent_explorer.course.lessons import LESSONS, lesson_of
from latent_explorer.ui import page

page.start("Glossary", "Every term of the course in a few words, and the lesson in which one sees it.")
text = st.text_input("Find", key="find", bind="query-params", placeholder="a word, such as KL", width=320, max_chars=60)
names = found(text)
if not names:
    st.info(f"No term holds {text!r}; clear the field to see all {len(TERMS)}.", icon=":material/search_off:")
for name in names:
    said, slug = TERMS[name]
    lesson = lesson_of(slug)
    with st.container(border=True):
        st.markdown(f"**{name}**")
        st.markdown(said)
        st.page_link(lesson.script, label=f"Lesson {LESSONS.index(lesson) + 1}: {lesson.title}", icon=":material/school:")
