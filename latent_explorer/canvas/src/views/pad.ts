/** Two units on a square; behind the pointer, what the square decodes to. */

import { h, number, panel } from "../dom";
import { steps } from "../maths/codes";
import { orderedUnits } from "../points";
import { Sheet } from "../sheet";
import type { Context, View } from "../view";

const SIDE = 9;

export function pad(context: Context): View {
  const { scene, points, model, reach } = context;
  const units = orderedUnits(points, model.latentDim).map((unit) => unit.index);
  let across = units[0];
  let up = units[1] ?? units[0];
  const values = steps(SIDE, reach * (1 - 1 / SIDE)); // the centres of the cells, so that the pointer is on what it decodes
  const sheet = new Sheet(context, SIDE, SIDE, "Two units over the square");
  const surface = sheet.picture.element;
  surface.tabIndex = 0;
  const marker = h("span", { class: "spot" });
  const where = h("output", {});

  const redraw = () => {
    const codes = new Float32Array(SIDE * SIDE * scene.dims);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const start = i * scene.dims;
      codes.set(scene.z, start);
      codes[start + across] = values[i % SIDE];
      codes[start + up] = values[SIDE - 1 - Math.floor(i / SIDE)];
    }
    sheet.show(codes);
  };
  const show = () => {
    const share = (value: number) => 100 * Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
    marker.style.left = `${share(scene.z[across])}%`;
    marker.style.top = `${100 - share(scene.z[up])}%`;
    where.textContent = `z${across + 1} = ${number(scene.z[across])}, z${up + 1} = ${number(scene.z[up])}`;
    surface.setAttribute("aria-label", `Two units over the square, ${where.textContent}`);
  };
  let others = "";
  const follow = () => {
    show();
    const now = Array.from(scene.z, (z, j) => (j === across || j === up ? 0 : z)).join();
    if (now !== others) redraw(); // moving on the square changes nothing behind it
    others = now;
  };

  const go = (right: number, high: number) => {
    const z = scene.z.slice();
    z[across] = Math.min(reach, Math.max(-reach, right));
    z[up] = Math.min(reach, Math.max(-reach, high));
    scene.move(z);
  };
  const drag = (event: PointerEvent) => {
    const box = surface.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    go((2 * x - 1) * reach, (1 - 2 * y) * reach);
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
    go(scene.z[across] + 0.1 * move[0], scene.z[up] + 0.1 * move[1]);
  });
  surface.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && scene.release());

  const axis = (label: string, now: number, change: (unit: number) => void) => {
    const select = h("select", {
      onchange: () => {
        change(units[select.selectedIndex]);
        others = "";
        follow();
      },
    });
    select.append(...units.map((unit) => h("option", {}, `z${unit + 1}`)));
    select.selectedIndex = units.indexOf(now);
    return h("label", {}, `${label} `, select);
  };
  const tools = h("div", { class: "tools" }, axis("Across", across, (unit) => (across = unit)), axis("Up", up, (unit) => (up = unit)), where);
  const square = h("div", { class: "square" }, surface, marker);
  const hint = `Drag to move two units at once, from −${reach} to ${reach}; the others stay.`;
  follow();
  const off = scene.on((change) => (change === "condition" ? redraw() : change === "code" && follow()));
  return { element: panel("pad", "Pad", hint, tools, square, h("p", { class: "caption" }, context.caption)), close: off };
}
