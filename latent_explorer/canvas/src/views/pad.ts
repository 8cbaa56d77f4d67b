/** A square that sets two units at once, in front of the images that its points decode to. */

import { formatNumber, h, panel } from "../dom";
import { ImageGrid } from "../imageGrid";
import { steps } from "../maths/codes";
import { unitsByKl } from "../points";
import type { Context, View } from "../viewContext";

const SIDE = 9; // images per side

export function padView(context: Context): View {
  const { scene, points, model, reach } = context;
  const units = unitsByKl(points, model.latentDim).map((unit) => unit.index);
  let across = units[0];
  let up = units[1] ?? units[0];
  const values = steps(SIDE, reach * (1 - 1 / SIDE)); // at the centres of the cells: the image under the pointer is the pointer's
  const images = new ImageGrid(context, SIDE, SIDE, "Two units over the square");
  const surface = images.picture.element;
  surface.tabIndex = 0;
  const marker = h("span", { class: "pad-marker" });
  const position = h("output", {});

  // the images behind, and the marker in front
  const redraw = () => {
    const codes = new Float32Array(SIDE * SIDE * scene.dims);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const start = i * scene.dims;
      codes.set(scene.z, start);
      codes[start + across] = values[i % SIDE];
      codes[start + up] = values[SIDE - 1 - Math.floor(i / SIDE)];
    }
    images.show(codes);
  };
  const showMarker = () => {
    const percent = (value: number) => 100 * Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
    marker.style.left = `${percent(scene.z[across])}%`;
    marker.style.top = `${100 - percent(scene.z[up])}%`;
    position.textContent = `z${across + 1} = ${formatNumber(scene.z[across])}, z${up + 1} = ${formatNumber(scene.z[up])}`;
    surface.setAttribute("aria-label", `Two units over the square, ${position.textContent}`);
  };
  let drawnFor = ""; // the other units' values that the images are drawn for
  const update = () => {
    showMarker();
    const others = Array.from(scene.z, (z, j) => (j === across || j === up ? 0 : z)).join();
    if (others !== drawnFor) redraw(); // a move on the square changes no image behind it
    drawnFor = others;
  };

  // pointer and keyboard
  const moveTo = (x: number, y: number) => {
    const z = scene.z.slice();
    z[across] = Math.min(reach, Math.max(-reach, x));
    z[up] = Math.min(reach, Math.max(-reach, y));
    scene.moveTo(z);
  };
  const drag = (event: PointerEvent) => {
    const box = surface.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    moveTo((2 * x - 1) * reach, (1 - 2 * y) * reach);
  };
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    drag(event);
  });
  surface.addEventListener("pointermove", (event) => event.buttons && drag(event));
  surface.addEventListener("pointerup", () => scene.release());
  surface.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    moveTo(scene.z[across] + 0.1 * move[0], scene.z[up] + 0.1 * move[1]);
  });
  surface.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && scene.release());

  // the choice of the two units
  const unitSelect = (label: string, selected: number, onChange: (unit: number) => void) => {
    const select = h("select", {
      onchange: () => {
        onChange(units[select.selectedIndex]);
        drawnFor = "";
        update();
      },
    });
    select.append(...units.map((unit) => h("option", {}, `z${unit + 1}`)));
    select.selectedIndex = units.indexOf(selected);
    return h("label", {}, `${label} `, select);
  };
  const tools = h(
    "div",
    { class: "tools" },
    unitSelect("Across", across, (unit) => (across = unit)),
    unitSelect("Up", up, (unit) => (up = unit)),
    position,
  );
  const square = h("div", { class: "square" }, surface, marker);
  const hint = `Drag to move two units at once, from −${reach} to ${reach}; the other units do not change.`;
  update();
  const unsubscribe = scene.subscribe((change) => (change === "condition" ? redraw() : change === "code" && update()));
  return { element: panel("pad", "Pad", hint, tools, square, h("p", { class: "caption" }, context.caption)), close: unsubscribe };
}
