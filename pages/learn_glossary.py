"""Glossary: every term of the course, with the lesson that shows it."""

import streamlit as st

from latent_explorer.course.glossary import TERMS, search_terms
from latent_explorer.course.lessons import LESSONS, find_lesson
from latent_explorer.ui import page, widgets
from latent_explorer.ui.state import Glossary

page.start(
    "Glossary", "Every term of the course in a few words, and the lesson that shows it.", parameters=Glossary
)  # fmt: skip
text = widgets.text_input(Glossary.FIND, "Find", placeholder="a word, such as KL", width=320)
names = search_terms(text)
if not names:
    st.info(f"No term contains {text!r}. Clear the field to see all {len(TERMS)} terms.", icon=":material/search_off:")
for name in names:
    term = TERMS[name]
    lesson = find_lesson(term.lesson)
    with st.container(border=True):
        st.markdown(f"**{name}**")
        st.markdown(term.definition)
        st.page_link(lesson.script, label=f"Lesson {LESSONS.index(lesson) + 1}: {lesson.title}", icon=":material/school:")
