"""What a batch found: counts, filters, a page of rows to agree or disagree with, reports to take away."""

import base64
from functools import partial

import streamlit as st

from t2i_core.abuse.profile import Profile
from t2i_core.abuse.report import NAMED, RANKS, counts, csv_report, html_report
from t2i_core.abuse.results import Result, Results
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.store import Opinions, open_opinions
from t2i_core.ui.language import N_, tr, tr_many
from t2i_core.ui.messages import plain, shorten
from t2i_core.ui.pictures import attempt, tell_problem
from t2i_core.ui.verdicts import badge, told

ROWS = 20
REPORTS = {
    "CSV": N_("A row a picture, for a spreadsheet: its verdict, the rules it breaks, their scores."),
    "HTML report": N_("One file with small pictures, to look at or to send."),
}

SAID = {
    "error": N_("refused"),
    "warning": N_("doubtful"),
    "note": N_("noted"),
    "ok": N_("fine"),
}  # report.NAMED, word for word


def results_table(results: Results, profile: Profile) -> None:
    """Everything that was found, the worst first."""
    found = counts(results)
    total = tr_many("{n:,} picture", "{n:,} pictures", len(results))
    st.markdown(f"**{total}**: " + ", ".join(f"{found[name]:,} {tr(SAID[name])}" for name in NAMED))
    places = _filtered(results, found)
    _reports(results, profile)
    if not places:
        st.info(tr("No picture matches."), icon=":material/search_off:")
        return
    shown = [results[place] for place in places[_first(len(places)) :][:ROWS]]
    opinions = open_opinions()
    said = opinions.of([one.id for one in shown])
    tell_problem()
    for number, result in enumerate(shown):
        with st.container(border=True, key=f"abuse_row_{number}"):
            _row(result, number, opinions, said.get(result.id))


def _filtered(results: Results, found: dict[str, int]) -> list[int]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        severities = st.pills(
            tr("Show"),
            list(NAMED),
            selection_mode="multi",
            key="abuse_severities",
            format_func=lambda name: f"{tr(SAID[name]).capitalize()} ({found[name]:,})",
            help=tr("How serious the worst finding of a picture is. None chosen: all."),
        )
        broken = results.rules()
        rule = st.selectbox(
            tr("Rule"),
            ["", *broken],
            key="abuse_rule",
            format_func=lambda one: f"{tr(RULES[one].label)} ({broken[one]:,})" if one else tr("any"),
            help=tr("Only pictures that break this rule."),
        )
        words = st.text_input(
            tr("Title or file"),
            key="abuse_words",
            type="search",
            placeholder="red shoes",
            help=tr("Only pictures whose title or file name holds these words."),
        )
    return results.select([RANKS[name] for name in severities], rule, words or "")


def _first(found: int) -> int:
    """Where the page that was chosen begins."""
    pages = -(-found // ROWS)
    if pages <= 1:
        return 0
    if st.session_state.get("abuse_page", 1) > pages:
        del st.session_state["abuse_page"]
    return (st.pagination(pages, key="abuse_page") - 1) * ROWS


def _reports(results: Results, profile: Profile) -> None:
    makers = {
        "CSV": (partial(csv_report, results), "check.csv", "text/csv", ":material/table:"),
        N_("HTML report"): (
            partial(html_report, results, profile),
            "check.html",
            "text/html",
            ":material/description:",
        ),
    }
    with st.container(horizontal=True):
        for name, (make, file, kind, icon) in makers.items():
            st.download_button(
                tr(name), make, file, kind, key=f"abuse_{file}", on_click="ignore", icon=icon, help=tr(REPORTS[name])
            )


def _row(result: Result, number: int, opinions: Opinions, agrees: bool | None) -> None:
    picture, words, buttons = st.columns([1, 5, 2], vertical_alignment="center")
    with picture:
        if result.thumbnail:
            st.image(base64.b64decode(result.thumbnail), width=96, alt=shorten(result.title or result.name, 120))
        else:
            st.markdown(":material/broken_image:")
    with words:
        title = f"**{plain(shorten(result.title, 160))}**  \n" if result.title else ""
        size = f" · {result.size[0]:,} × {result.size[1]:,}" if any(result.size) else ""
        st.markdown(f"{title}:small[{plain(shorten(result.name, 160))}{size}]")
        st.markdown(_reasons(result))
    with buttons:
        _agree(result, number, opinions, agrees)


def _reasons(result: Result) -> str:
    if not result.verdict.findings:
        return f":green-badge[{tr('fine')}]"
    return "\n".join(f"- {badge(one)} {plain(told(one))}" for one in result.verdict.findings)


def _agree(result: Result, number: int, opinions: Opinions, agrees: bool | None) -> None:
    """Two buttons; the one that was pressed is filled."""
    with st.container(horizontal=True, gap="small"):
        for text, agree, icon in ((N_("Agree"), True, "thumb_up"), (N_("Disagree"), False, "thumb_down")):
            st.button(
                tr(text),
                key=f"abuse_{number}_{text.lower()}",
                icon=f":material/{icon}:",
                type="primary" if agrees is agree else "secondary",
                on_click=attempt,
                args=(partial(opinions.say, result, agree=agree),),
                help=tr("Your word on this verdict. `t2i check --refit` sets thresholds by it."),
            )
