"use strict";
// Zoom and pan by the picture's viewBox, so that it stays sharp and nothing needs a style; and a filter of the table.
(() => {
  const view = document.querySelector(".view");
  const picture = view.querySelector("svg");
  const [width, height] = picture.getAttribute("viewBox").split(" ").slice(2).map(Number);
  const shown = { x: 0, y: 0, width, height };
  const level = document.querySelector("[data-level]");

  const draw = () => {
    picture.setAttribute("viewBox", `${shown.x} ${shown.y} ${shown.width} ${shown.height}`);
    level.textContent = `${Math.round(scale() * 100)} %`;
  };
  const scale = () => view.clientWidth / shown.width;
  const fit = (wholeWidth) => {
    const ratio = view.clientHeight / view.clientWidth;
    shown.width = wholeWidth ? Math.max(width, Math.min(view.clientWidth, width * 2)) : Math.max(width, height / ratio);
    shown.height = shown.width * ratio;
    shown.x = (width - shown.width) / 2;
    shown.y = wholeWidth ? 0 : (height - shown.height) / 2;
    draw();
  };
  const zoom = (factor, place) => {
    const ends = Math.min(Math.max(shown.width * factor, view.clientWidth / 8), Math.max(width, height) * 4);
    const change = ends / shown.width;
    const box = view.getBoundingClientRect();
    const across = place ? (place.clientX - box.left) / box.width : 0.5;
    const down = place ? (place.clientY - box.top) / box.height : 0.5;
    shown.x += shown.width * across * (1 - change);
    shown.y += shown.height * down * (1 - change);
    shown.width *= change;
    shown.height *= change;
    draw();
  };
  const move = (x, y) => {
    shown.x += x / scale();
    shown.y += y / scale();
    draw();
  };
  // Whether there is more of the picture that way; if not, the wheel is the page's.
  const hasMore = (x, y) =>
    (x < 0 && shown.x > 0) || (x > 0 && shown.x + shown.width < width) ||
    (y < 0 && shown.y > 0) || (y > 0 && shown.y + shown.height < height);

  const actions = {
    in: () => zoom(0.8),
    out: () => zoom(1.25),
    whole: () => fit(false),
    reset: () => fit(true),
  };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", actions[button.dataset.do]);
  }
  const keys = {
    "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.whole, 1: actions.reset,
    ArrowLeft: () => move(-60, 0), ArrowRight: () => move(60, 0), ArrowUp: () => move(0, -60), ArrowDown: () => move(0, 60),
  };
  view.addEventListener("keydown", (event) => {
    if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  view.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY / 300), event);
      return;
    }
    const [x, y] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    if (!hasMore(x, y)) return;
    event.preventDefault();
    move(x, y);
  }, { passive: false });

  const pointers = new Map();
  const spread = () => {
    const [one, other] = [...pointers.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };
  view.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
    view.classList.add("dragged");
  });
  view.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (pointers.size === 2) {
      const apart = spread();
      pointers.set(event.pointerId, event);
      zoom(apart / Math.max(spread(), 1), event);
      return;
    }
    pointers.set(event.pointerId, event);
    move(before.clientX - event.clientX, before.clientY - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    view.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      if (!pointers.size) view.classList.remove("dragged");
    });
  }

  const rows = [...document.querySelectorAll("tbody tr")];
  document.querySelector("[type=search]").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  });
  addEventListener("afterprint", draw);
  addEventListener("resize", () => {
    shown.height = (shown.width * view.clientHeight) / view.clientWidth;
    draw();
  });

  document.body.classList.add("ready");
  fit(true);
})();
