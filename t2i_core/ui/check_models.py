"""The judges as the pages use them."""

import streamlit as st

from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.profile import Profile
from t2i_core.ui.language import Later, tr
from t2i_core.ui.messages import plain


@st.cache_resource(max_entries=1, show_spinner=Later("Loading the judges …"))
def _judges() -> AbuseChecker:
    return AbuseChecker.from_pretrained()


def checker_for(profile: Profile) -> AbuseChecker:
    """Every judge that is here, held to a profile."""
    return _judges().held_to(profile)


def tell_missing(checker: AbuseChecker) -> None:
    """Says which parts of the check do not work on this machine."""
    if checker.out_of_order:
        names = ", ".join(why.partition(":")[0] for why in checker.out_of_order)
        with st.expander(plain(tr("Not judged here: {names}", names=names)), icon=":material/power_off:"):
            for why in checker.out_of_order:
                st.caption(plain(why))
