"""For who stands in front: links to lessons, large type, a class on one machine."""

import streamlit as st

from latent_explorer.course.lessons import LESSONS
from latent_explorer.ui import page
from vae_core.runs.server_limits import ServerLimits

page.start("Teaching", "The lessons in order, how to hand them out, and how a class shares this machine.")
st.subheader("Lessons", anchor=False)
st.markdown(
    "Each takes five to ten minutes: read the question aloud, let the class guess, move the figure, press what most say (or "
    "*show me*) and read the answer: what would tell it waits for that. What you set is in the address: copy it from the "
    "browser, and a lesson opens for everybody as you left it."
)
for i, lesson in enumerate(LESSONS, 1):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(lesson.script, label=f"{i}. {lesson.title}", icon=":material/school:", width=320)
        st.markdown(lesson.question)

st.subheader("Presenter mode", anchor=False)
st.markdown("Large type, no side bar. It holds until you leave it; a link that ends in `?present=1` opens with it.")
if st.button("Present", icon=":material/present_to_all:", disabled=page.presenting(), key="begin presenting"):
    page.present()
    st.switch_page(LESSONS[0].script)

st.subheader("A class on one machine", anchor=False)
st.markdown(
    "Start it with `streamlit run app.py --server.address 0.0.0.0` and hand out the address. Dragging runs in each visitor's "
    "own browser, and looking takes milliseconds here; training takes the processor, so it waits in line. On this server: "
    + ServerLimits.from_environment().description
)
st.markdown("Set it before the hour, for example to two jobs at once and short runs:")
st.code("LATENT_EXPLORER_AT_ONCE=2 LATENT_EXPLORER_MAX_STEPS=5000 LATENT_EXPLORER_MAX_MINUTES=5 streamlit run app.py")
st.markdown(
    "A visitor sees only their own runs. A run has a link, on the Train page under *Link*: who has it can watch and steer."
)
st.page_link("pages/train.py", label="The Train page", icon=":material/play_circle:")
