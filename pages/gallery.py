"""Everything that was drawn on this machine, to look through and to start again from."""

import streamlit as st

from t2i_core.generate.gallery import Gallery, open_gallery
from t2i_core.generate.picture import Picture
from t2i_core.ui.cards import cards_of, describe
from t2i_core.ui.draft import initial, use_again
from t2i_core.ui.entry import run
from t2i_core.ui.language import tr, tr_many
from t2i_core.ui.messages import plain, shown_problems
from t2i_core.ui.pictures import download_all, picture_grid, settings_of

PAGE = 24


def page() -> None:
    st.title(tr("Gallery"))
    with st.expander(tr("Open a saved picture"), icon=":material/upload_file:"), shown_problems():
        opener()
    with shown_problems():
        browser(open_gallery())


def opener() -> None:
    """An uploaded PNG shows the settings inside it and takes them to the page that draws such pictures."""
    file = st.file_uploader(
        tr("A PNG that was downloaded here remembers how it was made."),
        type=["png", "jpg", "jpeg", "webp", "gif"],
        key="gallery_upload",
        help=tr("Its settings are read here and can be drawn again."),
    )
    if file is None:
        return
    picture = Picture.open(file.getvalue())
    left, right = st.columns([1, 3])
    left.image(picture.image, width="stretch", output_format="PNG", alt=tr("The opened picture"))
    with right:
        st.markdown(plain(describe(picture.request)))
        settings_of(picture.request)
        if st.button(
            tr("Use these settings"),
            type="primary",
            key="gallery_use",
            icon=":material/tune:",
            help=tr("Takes them to the page that draws such pictures, and draws."),
        ):
            use_again(picture.request)


def browser(gallery: Gallery) -> None:
    words, kept_only = search_row()
    found = gallery.count(words, kept_only=kept_only)
    if not found:
        nothing_found(words, kept_only)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(tr_many("{n:,} picture", "{n:,} pictures", found))
        number = page_number(found)
    entries = gallery.search(words, kept_only=kept_only, limit=PAGE, offset=(number - 1) * PAGE)
    cards, lost = cards_of(entries)
    if cards:
        picture_grid(cards, "gallery", gallery, browse=True)
        download_all(cards, "gallery")
    if lost:
        lost_files(gallery, [entry.id for entry in lost])


def search_row() -> tuple[str, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            tr("Search"),
            type="search",
            live=True,
            key=initial("gallery_words", ""),
            placeholder="red shoes",
            persist_state="session",
            help=tr("Words of the title, a model's name, or chosen attributes."),
        )
        kept_only = st.toggle(
            tr("Kept only"),
            key=initial("gallery_kept", False),
            persist_state="session",
            help=tr("Only the pictures you pressed Keep on."),
        )
    return words or "", kept_only


def page_number(found: int) -> int:
    pages = -(-found // PAGE)
    if pages == 1:
        return 1
    if st.session_state.get("gallery_page", 1) > pages:  # fewer are found now than when it was chosen
        del st.session_state["gallery_page"]
    return st.pagination(pages, key="gallery_page", persist_state="session")


def nothing_found(words: str, kept_only: bool) -> None:
    if words.strip() or kept_only:
        st.info(tr("No picture matches. Try fewer words, or switch off “Kept only”."), icon=":material/search_off:")
        return
    st.info(tr("Nothing here yet. Every picture you draw is put here by itself."), icon=":material/photo_library:")
    st.page_link("pages/products.py", label=tr("Draw the first one"), icon=":material/brush:")


def lost_files(gallery: Gallery, ids: list[str]) -> None:
    st.warning(
        tr_many(
            "{n} more is listed, but its file is gone or damaged.",
            "{n} more are listed, but their files are gone or damaged.",
            len(ids),
        ),
        icon=":material/broken_image:",
    )
    if st.button(
        tr("Remove them from the list"),
        key="gallery_forget",
        help=tr("Forgets the entries whose files are gone; pictures that are there stay."),
    ):
        for picture in ids:
            gallery.delete(picture)
        st.rerun()


run(page, __file__)
