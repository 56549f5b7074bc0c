"""The browser's side of the mask's brush: a canvas over the photo. It tells strokes, as shares of the photo's sides."""

from html import escape

from t2i_core.ui.language import tr

HTML = """
<div class="tools" role="toolbar" aria-label="{brush}">
  <button type="button" data-do="add" aria-pressed="true">{add}</button>
  <button type="button" data-do="erase" aria-pressed="false">{erase}</button>
  <label>{size} <input type="range" min="1" max="20" value="5" aria-label="{size_of_brush}"></label>
  <button type="button" data-do="undo">{undo}</button>
  <button type="button" data-do="clear">{clear}</button>
</div>
<canvas aria-label="{canvas}"></canvas>
<p class="hint">{hint}</p>
"""

CSS = """
.tools { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-bottom: .5rem;
  font-family: var(--st-font); font-size: .875rem; color: var(--st-text-color); }
button { font: inherit; color: inherit; background: transparent; cursor: pointer; padding: .3rem .7rem;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-button-radius, .5rem); }
button[aria-pressed="true"] { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:focus-visible, input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
label { display: inline-flex; gap: .4rem; align-items: center; }
input { width: 7rem; accent-color: var(--st-primary-color); }
canvas { display: block; width: 100%; max-width: 480px; touch-action: none; cursor: crosshair; border-radius: .5rem; }
.hint { margin: .4rem 0 0; font-family: var(--st-font); font-size: .8rem; color: var(--st-text-color); opacity: .75; }
"""

SCRIPT = """
const load = (address) => new Promise((resolve, reject) => {
  const image = new Image();
  image.onload = () => resolve(image);
  image.onerror = reject;
  image.src = address;
});

const layer = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

function paint(kept, canvas) {
  const { width, height } = canvas;
  const mask = layer(width, height), pen = mask.getContext("2d");
  pen.drawImage(kept.mask, 0, 0, width, height);
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of kept.strokes) {
    pen.globalCompositeOperation = stroke.mode === "erase" ? "destination-out" : "source-over";
    pen.lineWidth = Math.max(1, stroke.size * width);
    pen.beginPath();
    pen.moveTo(stroke.points[0][0] * width, stroke.points[0][1] * height + .01);
    for (const [x, y] of stroke.points) pen.lineTo(x * width, y * height);
    pen.stroke();
  }
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = "#ff008c";
  pen.fillRect(0, 0, width, height);
  const shown = canvas.getContext("2d");
  shown.globalAlpha = 1;
  shown.drawImage(kept.photo, 0, 0, width, height);
  shown.globalAlpha = .45;
  shown.drawImage(mask, 0, 0);
}

export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  const size = parentElement.querySelector("input");
  const buttons = [...parentElement.querySelectorAll("button")];
  const kept = parentElement.kept ??= { id: null, mode: "add", strokes: [] };
  let drawing = null;

  const tell = () => setStateValue("drawn", { id: kept.id, strokes: kept.strokes });
  const show = () => kept.photo && kept.mask && paint(kept, canvas);
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const round = (value) => Math.round(value * 10000) / 10000;
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)];
  };

  if (kept.id !== data.id) {
    Object.assign(kept, { id: data.id, strokes: [], photo: null, mask: null });
    Promise.all([load(data.photo), load(data.mask)]).then(([photo, mask]) => {
      if (kept.id !== data.id) return;
      Object.assign(kept, { photo, mask });
      Object.assign(canvas, { width: data.width, height: data.height });
      show();
    });
  } else {
    show();
  }

  const begin = (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = { mode: kept.mode, size: Number(size.value) / 100, points: [place(event)] };
    kept.strokes = [...kept.strokes, drawing];
    show();
  };
  const move = (event) => {
    if (!drawing || drawing.points.length > 3000) return;
    drawing.points.push(place(event));
    show();
  };
  const end = () => {
    if (!drawing) return;
    drawing = null;
    tell();
  };
  const press = (event) => {
    const what = event.currentTarget.dataset.do;
    if (what === "undo") kept.strokes = kept.strokes.slice(0, -1);
    else if (what === "clear") kept.strokes = [];
    else kept.mode = what;
    mark();
    if (what === "undo" || what === "clear") { show(); tell(); }
  };
  const mark = () => buttons.forEach((button) => {
    const pressed = String(button.dataset.do === kept.mode);
    if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", pressed);
  });
  mark();

  const heard = [[canvas, "pointerdown", begin], [canvas, "pointermove", move], [canvas, "pointerup", end],
    [canvas, "pointercancel", end], ...buttons.map((button) => [button, "click", press])];
  heard.forEach(([on, what, then]) => on.addEventListener(what, then));
  return () => heard.forEach(([on, what, then]) => on.removeEventListener(what, then));
}
"""


def brush_html() -> str:
    """The brush's page in the visitor's language."""
    texts = {
        "brush": tr("Brush"),
        "add": tr("Add"),
        "erase": tr("Erase"),
        "size": tr("Size"),
        "size_of_brush": tr("Size of the brush"),
        "undo": tr("Undo"),
        "clear": tr("Start again"),
        "canvas": tr("Your photo with what may be edited in pink. Draw on it to change that."),
        "hint": tr("Pink may be edited. Draw to change it; without a mouse, use the slider above or a file."),
    }
    return HTML.format_map({name: escape(text) for name, text in texts.items()})
