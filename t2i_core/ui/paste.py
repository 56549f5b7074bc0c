"""Pictures from the clipboard: what is pasted anywhere on the page goes into a file uploader, as if chosen there."""

import streamlit as st

SCRIPT = """
export default function ({ data }) {
    const onPaste = (event) => {
        const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
        const input = document.querySelector(`.st-key-${data.uploader} input[type=file]`);
        if (!file || !input) return;
        event.preventDefault();
        const files = new DataTransfer();
        files.items.add(file);
        input.files = files.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
}
"""


def paste_into(uploader: str) -> None:
    """From here on Ctrl-V fills the uploader with this key."""
    st.components.v2.component("t2i_paste", js=SCRIPT)(key=f"{uploader}_paste", data={"uploader": uploader}, height=1)
