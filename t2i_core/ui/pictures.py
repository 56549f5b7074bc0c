"""Pictures on a page: a grid whose every picture can be kept, downloaded, and asked for again."""

import secrets
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from t2i_core.errors import T2IError
from t2i_core.generate.gallery import Gallery
from t2i_core.generate.links import together
from t2i_core.generate.mixing import more_like
from t2i_core.generate.request import MAX_SEED, GenerateRequest
from t2i_core.ui.attributes import label
from t2i_core.ui.cards import Card, chosen, describe, shown
from t2i_core.ui.downloads import file_name, zip_of
from t2i_core.ui.draft import use_again
from t2i_core.ui.examples import COUNT
from t2i_core.ui.language import N_, tr
from t2i_core.ui.links import link_to, show_link
from t2i_core.ui.making import Made
from t2i_core.ui.messages import plain, shorten, shown_problems

PROBLEM = "problem of a click"
LINK_HELP = N_("An address that holds the words and settings, to copy and send.")


def show_made(made: Made, slot: str, gallery: Gallery) -> None:
    """Pictures that were just drawn, with their downloads."""
    if made.problem:
        warn_unsaved(made.problem)
    picture_grid(made.cards, slot, None if made.problem else gallery)
    if len(made.cards) > 1:
        with st.container(horizontal=True):
            download_all(made.cards, slot)
            _link_to_all(made.cards, slot)


def _link_to_all(cards: Sequence[Card], slot: str) -> None:
    """The link that draws all the pictures again, where one request made them."""
    request = together([card.request for card in cards])
    if request is not None:
        with st.popover(tr("Link to this result"), icon=":material/link:", key=f"{slot}_link", help=tr(LINK_HELP)):
            show_link(tr("Whoever opens it gets these pictures drawn with the same settings."), link_to(request))


def warn_unsaved(problem: str) -> None:
    """Says why pictures are on the page alone."""
    st.warning(plain(f"{tr('These pictures are not in the gallery.')} {problem}"), icon=":material/folder_off:")


def picture_grid(
    cards: Sequence[Card], slot: str, gallery: Gallery | None, *, captions: Sequence[str] = (), browse: bool = False
) -> None:
    """The pictures with their buttons. Without a gallery none can be kept.

    With `browse` every picture also tells what it shows, and can be deleted; `captions` tell something else.
    """
    told = [shorten(describe(card.request), 48) for card in cards] if browse else captions
    tell_problem()
    kept = gallery.kept([card.id for card in cards]) if gallery else set()
    with st.grid(min_column_width=150, gap="small", key=f"{slot}_grid") as grid:
        for place, card in enumerate(cards):
            with grid.cell(), st.container(gap=None):
                show_png(card.png, card.request)
                if told:
                    st.caption(plain(told[place]))
                _buttons(card, f"{slot}_{place}", gallery, kept=card.id in kept, deletable=browse)


def download_all(cards: Sequence[Card], slot: str) -> None:
    """One ZIP of all pictures, made only when it is asked for."""
    files = [(file_name(card.request, card.id), card.png) for card in cards]
    st.download_button(
        tr("Download all {count} (ZIP)", count=len(cards)),
        partial(zip_of, files),
        "pictures.zip",
        "application/zip",
        key=f"{slot}_zip",
        on_click="ignore",
        icon=":material/folder_zip:",
        help=tr("One archive of these PNG files. Each remembers its settings: the Gallery opens them again."),
    )


def settings_of(request: GenerateRequest) -> None:
    """What a person may want to know of a request, one value a line."""
    varied = {"variation": request.variation, "variation_seed": request.variation_seed} if request.variation else {}
    rest = {"seed": request.seed, "num_steps": request.num_steps, "guidance": request.guidance, **varied}
    moved = {tr("{direction} moved by", direction=name): amount for name, amount in request.moves.items()}
    values = {"prompt": request.prompt, **chosen(request), **moved, **rest}
    said = [(label(name), shown(value)) for name, value in values.items() if value not in ("", None)]
    st.markdown(
        "\n".join(f"- {plain(name)}: **{plain(value)}**" for name, value in [*said, (tr("Model"), request.model)])
    )


def show_png(png: bytes, request: GenerateRequest) -> None:
    """The picture as wide as its place, described for those who cannot see it."""
    st.image(png, width="stretch", output_format="PNG", alt=tr("Generated picture: {words}", words=describe(request)))


def _buttons(card: Card, name: str, gallery: Gallery | None, *, kept: bool, deletable: bool) -> None:
    with st.container(horizontal=True, gap="small", key=f"{name}_buttons"):
        if gallery:
            _keep_button(card, name, gallery, kept)
        st.download_button(
            tr("Download"),
            card.png,
            file_name(card.request, card.id),
            "image/png",
            key=f"{name}_download",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            help=tr("Download; the file remembers its settings"),
        )
        if _icon_button(tr("More like this"), f"{name}_like", ":material/grain:"):
            use_again(more_like(card.request, secrets.randbelow(MAX_SEED + 1), COUNT))
        if _icon_button(tr("Use these settings again"), f"{name}_again", ":material/tune:"):
            use_again(card.request)
        with st.popover(
            tr("Settings"), key=f"{name}_more", icon=":material/info:", type="tertiary", help=tr("Settings")
        ):
            settings_of(card.request)
            show_link(tr("A link to this picture:"), link_to(card.request))
            if gallery and deletable:
                _delete_button(card, name, gallery)


def _icon_button(text: str, key: str, icon: str) -> bool:
    return st.button(text, key=key, icon=icon, type="tertiary", help=text)


def _keep_button(card: Card, name: str, gallery: Gallery, kept: bool) -> None:
    text = tr("No longer keep") if kept else tr("Keep")
    st.button(
        text,
        key=f"{name}_keep",
        on_click=attempt,
        args=(partial(gallery.keep, card.id, not kept),),
        icon=":material/bookmark_added:" if kept else ":material/bookmark:",
        type="tertiary",
        help=text,
    )


def _delete_button(card: Card, name: str, gallery: Gallery) -> None:
    st.button(
        tr("Delete this picture"),
        key=f"{name}_delete",
        on_click=attempt,
        args=(partial(gallery.delete, card.id),),
        icon=":material/delete:",
        help=tr("Removes its file from this studio. It can be drawn again with its link."),
    )


def attempt(action: Callable[[], None]) -> None:
    """Does what a click asks for. It is run before the page is drawn: what goes wrong waits for `tell_problem`."""
    try:
        action()
    except T2IError as problem:
        st.session_state[PROBLEM] = problem


def tell_problem() -> None:
    """Shows what went wrong with the last click."""
    with shown_problems():
        problem = st.session_state.pop(PROBLEM, None)
        if isinstance(problem, T2IError):
            raise problem
