from collections import Counter
from collections.abc import Iterable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ElementTree, parse_tree_from_messages

Place = tuple[int, ...]


def page() -> None:
    import streamlit as st

    from t2i_core.ui.redrawing import redrawn

    st.write("before")
    redrawn(lambda: st.write("a part"), 10, "part")
    with st.container():
        st.write("after")


def test_a_part_that_is_drawn_anew_before_the_page_was_sent_leaves_no_hole_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[ForwardMsg] = []

    def listens(messages: list[ForwardMsg]) -> ElementTree:
        sent[:] = messages
        return parse_tree_from_messages(messages)

    monkeypatch.setattr("streamlit.testing.v1.local_script_runner.parse_tree_from_messages", listens)
    AppTest.from_function(page).run()
    parts = {message.delta.fragment_id for message in sent if message.delta.fragment_id}
    assert len(parts) == 1
    queue = ForwardMsgQueue()
    for message in sent:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=list(parts))  # what the start of a redrawing does
    places = [tuple(message.metadata.delta_path) for message in queue.flush() if message.HasField("delta")]
    assert len(places) > 2
    assert list(too_early(places)) == []


def too_early(places: Iterable[Place]) -> Iterable[Place]:
    """Those that the browser has no room for yet: their left neighbour is missing."""
    children: Counter[Place] = Counter()
    for place in places:
        *parent, index = place
        if len(parent) > 1 and not children[tuple(parent[:-1])] > parent[-1]:
            yield place
        if index > children[tuple(parent)]:
            yield place
        children[tuple(parent)] = max(children[tuple(parent)], index + 1)
