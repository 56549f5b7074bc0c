"""Measures with their intervals, and the size of a chart that fits, from photos and a stated height."""

from collections.abc import Mapping
from hashlib import sha256

import pandas as pd
import streamlit as st

from t2i_core.images import open_image
from t2i_core.tryon.outline import View
from t2i_core.tryon.person import Person
from t2i_core.tryon.size import CLOTHES, SHORTEST, SURE, TALLEST, Clothes, Estimate, estimate
from t2i_core.tryon.size_chart import EXAMPLE, Advice, Chart, advise, chart_of_bytes, example_chart
from t2i_core.ui.language import N_, tr
from t2i_core.ui.messages import plain
from t2i_core.ui.tryon_photo import MAX_UPLOAD, load_dresser

FIT: Mapping[Clothes, str] = {"close": N_("Close to the body"), "usual": N_("As usual"), "loose": N_("Loose")}
HOW = N_(
    "Best: one photo from the front and one quite from the side, head to feet, arms and legs a little apart, in close "
    "clothes, before a plain wall, the camera upright at the height of your chest."
)


def show_size(person: Person) -> None:
    """The tab: asks for height, clothes, chart and more photos, and says what follows from them. Raises a T2IError for
    what won't do."""
    st.caption(tr(HOW))
    asked, told = st.columns([2, 3], gap="medium")
    with asked:
        height = st.number_input(
            tr("Your height, barefoot, in cm"),
            SHORTEST,
            TALLEST,
            None,
            0.5,
            placeholder=tr("for example 170"),
            key="tryon_height",
            help=tr("All measures are told from it: a centimetre off here is half a percent off everywhere."),
        )
        clothes = st.segmented_control(
            tr("Your clothes in the photos"),
            list(CLOTHES),
            default="usual",
            format_func=lambda kind: tr(FIT[kind]),
            key="tryon_clothes",
            required=True,
            help=tr("Loose clothes hide the body, so the estimates are given wider limits."),
        )
        side = st.file_uploader(
            tr("A photo of you from the side"),
            key="tryon_side",
            max_upload_size=MAX_UPLOAD,
            help=tr("Shows how deep you are, which a photo from the front cannot: girths become half as uncertain."),
        )
        more = st.file_uploader(
            tr("More from the front: up to two"),
            accept_multiple_files=True,
            key="tryon_more",
            max_upload_size=MAX_UPLOAD,
            help=tr("Each further photo makes the estimates a little surer."),
        )
        file = st.file_uploader(
            tr("A shop's size chart (CSV)"),
            key="tryon_chart",
            max_upload_size=1,
            help=tr("A column size, and pairs such as chest_min and chest_max in centimetres."),
        )
        st.caption(tr("Without one, an example chart of this studio's own, which is no shop's."))
        st.download_button(
            tr("The example, as a form to fill in"),
            EXAMPLE.read_bytes(),
            "sizes.csv",
            "text/csv",
            help=tr("A chart to open in a spreadsheet and fill in."),
        )
    chart = chart_of_bytes(file.getvalue(), file.name) if file else example_chart()
    if height is None:
        told.info(tr("Enter your height, and your measures and size appear here."), icon=":material/straighten:")
        return
    front = [person, *(_seen(one.getvalue()) for one in more or [])]
    sides = [_seen(side.getvalue())] if side else []
    views: list[View] = [*["front"] * len(front), *["side"] * len(sides)]  # type: ignore[list-item]
    found = estimate([*front, *sides], float(height), clothes=clothes, views=views)
    with told:
        _show(found, advise(found, chart), chart)


def _seen(given: bytes) -> Person:
    """The person of a further photo, looked at once in a session."""
    kept: dict[str, Person] = st.session_state.setdefault("tryon_more_seen", {})
    digest = sha256(given).hexdigest()
    if digest not in kept:
        with st.spinner(tr("Looking at the photo …")):
            kept[digest] = load_dresser().see(open_image(given))
    return kept[digest]


def _show(found: Estimate, advice: Advice, chart: Chart) -> None:
    by = tr("the example chart") if chart.name == EXAMPLE.name else plain(chart.name)
    st.metric(tr("Size by {chart}", chart=by), advice.size or tr("none of the chart"))
    table = pd.DataFrame(
        [(tr(name.capitalize()), one.value, one.low, one.high) for name, one in found.measures.items()],
        columns=[tr("Measure"), tr("Likeliest, cm"), tr("From"), tr("To")],
    )
    st.dataframe(table, hide_index=True, width="stretch")
    st.caption(tr("Each lies between “From” and “To” about {share:.0%} of the time.", share=SURE))
    chances = {name: share for name, share in advice.chances.items() if share >= 0.01}
    st.bar_chart(pd.Series(chances, name=tr("How likely")), horizontal=True, height=40 + 32 * len(chances), sort=False)
    for note in (*found.notes, *advice.notes):
        st.caption(plain(note))
    with st.expander(tr("What no photo tells")):
        for line in found.unknown:
            st.markdown(f"- {plain(line)}")
