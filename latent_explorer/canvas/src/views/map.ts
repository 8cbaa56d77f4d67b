/** The aggregate posterior as a map, and the code's place on it. */

import { button, choice, h, panel, toggle } from "../dom";
import { PointCloud, pointSize } from "../gl";
import { perFrame } from "../latest";
import { fit, pan, toPixel, toPlane, zoom, type Camera } from "../maths/camera";
import { hex } from "../maths/colour";
import { density, type Box } from "../maths/density";
import { drop, inside } from "../maths/plane";
import { explain, pick, place, type Stand } from "../pick";
import type { Points } from "../points";
import type { Context, View } from "../view";
import { listen, type Tool } from "./gestures";
import { ellipse, marker, outline, placeShade, prepare, rings, shade } from "./layers";
import { legend, tints } from "./legend";
import { Peek } from "./peek";

const GRID = 160; // cells of the density's longer side
const ELLIPSES = 300;

export function map(context: Context, points: Points): View {
  const { scene } = context;
  const { plane } = points.projection;
  const ring: [number, number] | null = plane && context.prior.normal ? [drop(plane, new Float32Array(points.dims)).x, drop(plane, new Float32Array(points.dims)).y] : null;
  const shown = { rings: true, ellipses: false, density: false };
  let tool: Tool = "Explore";
  let stand: Stand = "Nearest";
  let colour = points.colours[0] ?? null;
  let camera: Camera | null = null;
  let first = 1;
  let lassoed: [number, number][] = [];
  let heat: { picture: HTMLCanvasElement; box: Box } | null = null;

  const under = h("canvas", { "aria-hidden": "true" });
  const cloud = h("canvas", { "aria-hidden": "true" });
  const over = h("canvas", { tabindex: 0, role: "application", "aria-label": `Map of ${points.n.toLocaleString("en")} encodings` });
  const peek = new Peek(context);
  const field = h("div", { class: "field" }, under, cloud, over, peek.element);
  let gl: PointCloud | null = null;
  try {
    gl = new PointCloud(cloud, points.xy);
    gl.paint(tints(colour, points.n, scene.selection));
  } catch (error) {
    context.failed(error);
  }

  const style = getComputedStyle(field);
  const redraw = perFrame<void>(() => {
    if (!camera) return;
    const [ink, ground] = [style.color, style.getPropertyValue("--ground") || "#fff"];
    const below = prepare(under, camera);
    if (shown.density) placeShade(below, camera, (heat ??= shadeOf(points)).picture, heat.box);
    if (ring && shown.rings) rings(below, camera, ring, style.getPropertyValue("--quiet"));
    gl?.draw(camera, points.n, pointSize(points.n, camera.scale / first));
    top(ink, ground);
    field.dataset.painted = "true";
  });

  function top(ink: string, ground: string): void {
    const to = prepare(over, camera!);
    if (plane && points.std && shown.ellipses) {
      to.strokeStyle = ink;
      to.lineWidth = 0.8;
      const { values, every } = points.std;
      const rows = Math.ceil(points.n / every);
      for (let k = 0; k < rows; k += Math.max(1, Math.floor(rows / ELLIPSES))) {
        const i = k * every;
        ellipse(to, camera!, plane, values.subarray(k * points.dims, (k + 1) * points.dims), points.xy[2 * i], points.xy[2 * i + 1]);
      }
    }
    if (lassoed.length) outline(to, camera!, lassoed, hex("#4e79a7"));
    if (scene.posterior && plane) {
      const { x, y } = place(points, scene.posterior.mean);
      [to.strokeStyle, to.lineWidth] = ["#e15759", 2.5];
      ellipse(to, camera!, plane, scene.posterior.std, x, y);
    }
    const stops = scene.stops.map((z) => place(points, z));
    to.beginPath();
    stops.forEach(({ x, y }) => to.lineTo(...toPixel(camera!, x, y)));
    [to.strokeStyle, to.lineWidth] = [ink, 2];
    to.stroke();
    stops.forEach(({ x, y }, i) => {
      const [px, py] = toPixel(camera!, x, y);
      to.fillStyle = ink;
      to.fillText(String.fromCharCode(65 + i), px + 7, py - 7);
      to.fillRect(px - 3, py - 3, 6, 6);
    });
    const { x, y, exact } = place(points, scene.z);
    marker(to, ...toPixel(camera!, x, y), ink, ground, exact);
  }

  function look(next: Camera): void {
    camera = next;
    redraw();
  }
  const viewport = () => {
    if (!camera) return;
    const [left, topmost] = toPlane(camera, 0, 0);
    const [right, bottom] = toPlane(camera, camera.width, camera.height);
    context.tell("viewport", [left, bottom, right, topmost]);
  };
  let timer = 0;
  const settle = () => {
    clearTimeout(timer);
    timer = window.setTimeout(viewport, 300); // a wheel has no last turn
  };
  const go = (px: number, py: number) => camera && scene.move(pick(points, ...toPlane(camera, px, py), stand).z);

  listen(over, {
    tool: () => tool,
    hover: (px, py) => camera && tool === "Explore" && peek.show(pick(points, ...toPlane(camera, px, py), stand), px, py, camera.width),
    leave: () => peek.hide(),
    drag: (px, py) => {
      peek.hide();
      go(px, py);
    },
    drop: () => scene.release(),
    pan: (dx, dy) => camera && look(pan(camera, dx, dy)),
    zoom: (factor, px, py) => camera && look(zoom(camera, factor, px, py)),
    moved: settle,
    lasso: (trail, closed) => {
      if (!camera) return;
      lassoed = trail.map(([px, py]) => toPlane(camera!, px, py));
      redraw();
      if (closed) finish();
    },
    nudge: (right, up) => {
      const { x, y } = place(points, scene.z);
      if (plane) scene.move(pick(points, x + right * 0.1, y + up * 0.1).z);
      else if (camera) go(...(toPixel(camera, x, y).map((p, i) => p + (i ? -up : right) * 12) as [number, number]));
    },
    escape: () => {
      lassoed = [];
      scene.select(null);
    },
  });

  function finish(): void {
    const rows: number[] = [];
    if (lassoed.length > 2)
      for (let i = 0; i < points.n; i++) if (inside(lassoed, points.xy[2 * i], points.xy[2 * i + 1])) rows.push(i);
    lassoed = rows.length ? lassoed : [];
    scene.select(rows.length ? Uint32Array.from(rows) : null);
  }
  const chosen = h("span", { class: "chosen", role: "status" });
  const recolour = () => {
    gl?.paint(tints(colour, points.n, scene.selection));
    const count = scene.selection?.length;
    chosen.textContent = count ? `${count.toLocaleString("en")} of ${points.n.toLocaleString("en")} selected` : "";
    redraw();
  };

  const key = h("div", {}, legend(colour));
  const colours = h("select", {
    "aria-label": "Colour of the points",
    onchange: () => {
      colour = points.colours[colours.selectedIndex];
      key.replaceChildren(legend(colour));
      recolour();
    },
  });
  colours.append(...points.colours.map(({ name }) => h("option", {}, name)));
  const layer = (name: keyof typeof shown, label: string, title: string) =>
    toggle(label, title, shown[name], (on) => {
      shown[name] = on;
      redraw();
    });
  const whole = () => look(fit(points.xy, field.clientWidth, field.clientHeight, ring));
  const middle = (factor: number) => camera && look(zoom(camera, factor, camera.width / 2, camera.height / 2));
  const tools = h(
    "div",
    { class: "tools" },
    choice<Tool>("Pointer", ["Explore", "Pan", "Lasso"], tool, (next) => {
      tool = next;
      field.dataset.tool = next;
      peek.hide();
    }),
    plane ? null : choice<Stand>("Decode", ["Nearest", "Mean of near"], stand, (next) => (stand = next)),
    points.colours.length > 1 ? h("label", {}, "Colour ", colours) : null,
    ring ? layer("rings", "Prior", "Circles at 1, 2 and 3σ of the prior N(0, I)") : null,
    plane && points.std ? layer("ellipses", "Posteriors", `1σ of up to ${ELLIPSES} posteriors, at true scale`) : null,
    layer("density", "Density", points.dims <= 2 ? "The aggregate posterior q(z): pale is a hole" : "Density of the points as drawn"),
    h("div", { class: "choice", role: "group", "aria-label": "Zoom" }, button("−", "Zoom out", () => middle(0.7)), button("+", "Zoom in", () => middle(1.4)), button("Fit", "Show everything", whole)),
  );
  const trust = points.projection.trust === null ? "" : `, trustworthiness ${points.projection.trust.toFixed(2)}`;
  const about = h("p", { class: "caption" }, `${points.n.toLocaleString("en")} posterior means, ${points.projection.label}${trust} · ${context.caption}`);
  const element = panel("map-panel", "Map", explain(points), tools, field, h("div", { class: "under" }, key, chosen), about);

  const observer = new ResizeObserver(() => {
    if (!field.clientWidth) return;
    const size = { width: field.clientWidth, height: field.clientHeight };
    if (!camera) {
      camera = fit(points.xy, size.width, size.height, ring);
      first = camera.scale;
    }
    look({ ...camera, ...size });
  });
  observer.observe(field);
  const off = scene.on((change) => (change === "selection" ? recolour() : change !== "image" && redraw()));
  return {
    element,
    close() {
      off();
      observer.disconnect();
      clearTimeout(timer);
      gl?.close();
    },
  };
}

/** q(z) itself where the map is the latent space; elsewhere the points, each a little blurred. */
function shadeOf(points: Points): { picture: HTMLCanvasElement; box: Box } {
  const camera = fit(points.xy, 1, 1, null);
  const side = 1.3 / camera.scale;
  const box = { left: camera.x - side / 2, bottom: camera.y - side / 2, width: side, height: side };
  const blur = side / 80;
  const { std, dims } = points;
  const sigma = (row: number): [number, number] => {
    if (!std || dims !== 2 || !points.projection.plane) return [blur, blur];
    const at = 2 * Math.floor(row / std.every);
    return [std.values[at], std.values[at + 1]];
  };
  const values = density(points.xy, sigma, box, GRID, GRID, std?.every ?? 1);
  return { picture: shade(values, GRID, GRID, hex("#e8a33d")), box };
}
