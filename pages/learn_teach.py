"""Teaching: links to the lessons, presenter mode, and how a class shares one server."""

import streamlit as st

from latent_explorer.course.lessons import LESSONS
from latent_explorer.ui import page
from vae_core.runs.server_limits import ServerLimits

page.start("Teaching", "The lessons in order, how to share them with a class, and how a class works on one server.")
st.subheader("Lessons", anchor=False)
st.markdown(
    "Each lesson takes five to ten minutes. Read the question aloud, let the class guess, and change the figure together. Then "
    "press the most frequent guess (or *show me*) and read the answer; figures that would give it away appear only then. Your "
    "settings are in the URL: copy it from the browser, and the lesson opens for everyone as you left it."
)
for i, lesson in enumerate(LESSONS, 1):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(lesson.script, label=f"{i}. {lesson.title}", icon=":material/school:", width=320)
        st.markdown(lesson.question)

st.subheader("Links for a class", anchor=False)
st.markdown(
    "Add `?hide=` and the names of controls to a link, separated by commas, to remove these controls: for example "
    "`learn_kl?hide=mu,sd` fixes the first figure of *The KL term*. The name of a control is its parameter in the URL."
)

st.subheader("Presenter mode", anchor=False)
st.markdown("Large type, without the side bar. It stays on until you leave it; a link that ends in `?present=1` starts it.")
if st.button("Present", icon=":material/present_to_all:", disabled=page.presenting(), key="begin presenting"):
    page.present()
    st.switch_page(LESSONS[0].script)

st.subheader("A class on one server", anchor=False)
st.markdown(
    "Start the server with `streamlit run app.py --server.address 0.0.0.0` and give its address to the class. Dragging runs in "
    "each visitor's own browser, and the other figures take milliseconds on the server. Training uses the processor, so "
    "trainings wait in a job queue. On this server: " + ServerLimits.from_environment().description
)
st.markdown("Set the limits before the lesson, for example to two jobs at once and short runs:")
st.code("LATENT_EXPLORER_AT_ONCE=2 LATENT_EXPLORER_MAX_STEPS=5000 LATENT_EXPLORER_MAX_MINUTES=5 streamlit run app.py")
st.markdown(
    "A visitor sees only their own runs. Each run has a link, on the Train page under *Link*: anyone with this link can view "
    "and control the run."
)
st.page_link("pages/train.py", label="The Train page", icon=":material/play_circle:")
