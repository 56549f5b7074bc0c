"""What the theme in .streamlit/config.toml cannot say. Fixed text only: nothing a user wrote ever comes in here.

Streamlit sets `color-scheme` on the app, which is what `light-dark()` goes by.
"""

STYLE = """<style>
:root {
    --t2i-edge: light-dark(#e3e9e9, #3a4749);
    --t2i-track: light-dark(#e9eeee, #2c383a);
    --t2i-ink: light-dark(#1c2527, #e7eded);
    --t2i-small: light-dark(#4a5a5d, #b4c2c4);
}

/* Less empty room above the title. */
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; }

/* In the dark the main colour is a light one, and white letters on it could not be read. */
[data-testid="stBaseButton-primary"]:enabled, [data-testid="stBaseButton-primaryFormSubmit"]:enabled,
[data-testid="stMultiSelect"] :is(span[title], span[title] ~ *) {
    color: light-dark(#ffffff, #06201d);
}

/* Streamlit fades small print until it is a shade too light to read easily. */
[data-testid="stCaptionContainer"], [data-testid="stImageCaption"] { color: var(--t2i-small); opacity: 1; }

/* On a phone “Press Enter to submit” covers what was typed, and labels and buttons need every pixel. */
@media (max-width: 640px) {
    [data-testid="InputInstructions"] { display: none; }
    [class*="st-key-cells_"] [data-testid="stCaptionContainer"] p { font-size: 0.7rem; }
    [class*="_buttons"] { column-gap: 0.6rem !important; }
}

/* A model card's own headings, below the page's. */
[data-testid="stExpander"] h1 { font-size: 1.4rem; }
[data-testid="stExpander"] h2 { font-size: 1.15rem; }

/* Products are drawn on white: without an edge a picture would melt into the page. */
:is([class*="st-key-cell_"], [class*="_grid"]) img { border: 1px solid var(--t2i-edge); border-radius: 0.5rem; }

/* Small buttons under a picture: the label is for screen readers, the icon for everyone else. */
[class*="_buttons"] button [data-testid="stMarkdownContainer"] {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}

/* The words of a sentence, each as strong as it counts. */
.word-chips { display: flex; flex-wrap: wrap; gap: 0.3rem; }
.word-chips span { padding: 0.1rem 0.5rem; border-radius: 0.5rem; overflow-wrap: anywhere; }

/* Streamlit's pictures cannot be clicked: each cell of a grid has a button laid over its picture. */
[class*="st-key-cell_"] { position: relative; }
[class*="st-key-cell_"] [data-testid="stElementToolbar"] { display: none; }
[class*="st-key-open_cell_"] { position: absolute; inset: 0; z-index: 1; }
[class*="st-key-open_cell_"],
[class*="st-key-open_cell_"] :is(div, span):has(button),
[class*="st-key-open_cell_"] button { width: 100% !important; height: 100% !important; }
[class*="st-key-open_cell_"] button { opacity: 0; background: rgb(255 255 255 / 60%); color: #0b5d57; }
[class*="st-key-open_cell_"] button:is(:hover, :focus-visible) { opacity: 1; }

/* A rule's score as a bar, its threshold as a mark on it. */
.rule-bars h4 { margin: 0.9rem 0 0.2rem; font-size: 0.85rem; font-weight: 600; }
.rule-bars .rule { display: grid; grid-template-columns: 9rem 1fr 2.4rem; align-items: center; gap: 0.6rem; }
.rule-bars :is(span, em) { font-size: 0.8rem; font-style: normal; color: var(--t2i-small); }
.rule-bars .track { position: relative; height: 0.5rem; border-radius: 0.25rem; background: var(--t2i-track); }
.rule-bars .track i { display: block; height: 100%; border-radius: 0.25rem; }
.rule-bars .track b { position: absolute; top: -0.15rem; height: 0.8rem; width: 2px; background: var(--t2i-ink); }
</style>"""
