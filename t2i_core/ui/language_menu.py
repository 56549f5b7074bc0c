"""The choice of a language, in the top bar of every page."""

import streamlit as st

from t2i_core.ui.language import KEY, LANGUAGES, language, tr

CHOSEN = "language_menu"
# The menu lies in the top bar, so that it takes no room of the page; what Streamlit shows there moves aside.
STYLE = """<style>
:has(> .st-key-languages) { position: fixed; top: 0.6rem; right: 1rem; width: 8.5rem; z-index: 999990; }
[data-testid="stToolbar"] { padding-right: 9.5rem; }
.st-key-lang { display: none; }
</style>"""


def language_menu() -> None:
    """A list of the languages. The address keeps the one that was chosen, from page to page: `?lang=ko`."""
    with st.container(key="languages", gap=None):
        # Nobody sees this field: bound to the address, it brings the code in and writes it back. The list below could
        # not be bound itself, since an address would then hold the language's name.
        st.text_input(KEY, key=KEY, bind="query-params", max_chars=8, help=tr("The language of the pages."))
        st.session_state[CHOSEN] = language()
        st.selectbox(
            tr("Language"),
            list(LANGUAGES),
            key=CHOSEN,
            format_func=lambda code: LANGUAGES[code],
            label_visibility="collapsed",
            on_change=_choose,
            help=tr("The language of the pages."),
        )
        # Screen readers and fonts go by the language that a document says it is in.
        script = f"<script>document.documentElement.lang = '{language()}'</script>"
        st.html(STYLE + script, unsafe_allow_javascript=True)


def _choose() -> None:
    st.session_state[KEY] = st.session_state[CHOSEN]
