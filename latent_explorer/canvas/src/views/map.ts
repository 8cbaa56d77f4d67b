/** The aggregate posterior as a map of its encodings, with the position of the current code. */

import { button, buttonGroup, h, panel, toggle } from "../dom";
import { fitCamera, panCamera, toPixel, toPlane, zoomCamera, type Camera } from "../maths/camera";
import { hex } from "../maths/colour";
import { density, type Box } from "../maths/density";
import { insidePolygon, projectCode } from "../maths/plane";
import { describeProjection, pickCode, placeCode, type MapInverse } from "../pick";
import { PointCloud, pointSize } from "../pointCloud";
import type { Points } from "../points";
import type { Scene } from "../scene";
import { oncePerFrame } from "../throttle";
import type { Context, View } from "../viewContext";
import { listenForGestures, type Tool } from "./gestures";
import { HoverPreview } from "./hoverPreview";
import { drawDensity, drawEllipse, drawMarker, drawOutline, drawPriorRings, prepareCanvas, renderDensity } from "./layers";
import { legendOf, pointColours } from "./legend";

const GRID = 160; // cells along each side of the density
const MAX_ELLIPSES = 300;

export function mapView(context: Context, points: Points): View {
  const { scene } = context;
  const { plane } = points.projection;
  const origin = plane && projectCode(plane, new Float32Array(points.dims));
  const ring: [number, number] | null = origin && context.prior.normal ? [origin.x, origin.y] : null; // centre of the prior
  const shown = { rings: true, ellipses: false, density: false };
  let tool: Tool = "Explore";
  let inverse: MapInverse = "Nearest";
  let colour = points.colours[0] ?? null;
  let camera: Camera | null = null; // until the map has a size
  let firstScale = 1;
  let lasso: [number, number][] = [];
  let densityImage: { picture: HTMLCanvasElement; box: Box } | null = null;

  // three layers of canvas elements: under the points, the points, over them
  const under = h("canvas", { "aria-hidden": "true" });
  const cloud = h("canvas", { "aria-hidden": "true" });
  const over = h("canvas", { tabindex: 0, role: "application", "aria-label": `Map of ${points.n.toLocaleString("en")} encodings` });
  const hoverPreview = new HoverPreview(context);
  const field = h("div", { class: "field" }, under, cloud, over, hoverPreview.element);
  let pointCloud: PointCloud | null = null;
  try {
    pointCloud = new PointCloud(cloud, points.xy);
    pointCloud.setColours(pointColours(colour, points.n, scene.selection));
  } catch (error) {
    context.reportError(error);
  }

  const style = getComputedStyle(field);
  const redraw = oncePerFrame<void>(() => {
    if (!camera) return;
    const below = prepareCanvas(under, camera);
    if (shown.density) drawDensity(below, camera, (densityImage ??= densityOf(points)).picture, densityImage.box);
    if (ring && shown.rings) drawPriorRings(below, camera, ring, style.getPropertyValue("--quiet"));
    pointCloud?.draw(camera, points.n, pointSize(points.n, camera.scale / firstScale));
    const above = prepareCanvas(over, camera);
    if (shown.ellipses) drawPosteriors(above, camera, points, style.color);
    if (lasso.length) drawOutline(above, camera, lasso, hex("#4e79a7"));
    drawScene(above, camera, points, scene, style.color, style.getPropertyValue("--ground") || "#fff");
    field.dataset.painted = "true";
  });

  // the camera; Python receives the visible part after it stopped changing
  function setCamera(next: Camera): void {
    camera = next;
    redraw();
  }
  const reportViewport = () => {
    if (!camera) return;
    const [left, top] = toPlane(camera, 0, 0);
    const [right, bottom] = toPlane(camera, camera.width, camera.height);
    context.reportState("viewport", [left, bottom, right, top]);
  };
  let timer = 0;
  const reportViewportLater = () => {
    clearTimeout(timer);
    timer = window.setTimeout(reportViewport, 300); // a mouse wheel has no last event
  };

  // gestures
  const codeAt = (px: number, py: number) => pickCode(points, ...toPlane(camera!, px, py), inverse);
  const moveToPixel = (px: number, py: number) => camera && scene.moveTo(codeAt(px, py).z);
  listenForGestures(over, {
    tool: () => tool,
    hover: (px, py) => camera && tool === "Explore" && hoverPreview.show(codeAt(px, py), px, py, camera.width),
    leave: () => hoverPreview.hide(),
    drag: (px, py) => {
      hoverPreview.hide();
      moveToPixel(px, py);
    },
    release: () => scene.release(),
    pan: (dx, dy) => camera && setCamera(panCamera(camera, dx, dy)),
    zoom: (factor, px, py) => camera && setCamera(zoomCamera(camera, factor, px, py)),
    viewChanged: reportViewportLater,
    lasso: (trail, closed) => {
      if (!camera) return;
      lasso = trail.map(([px, py]) => toPlane(camera!, px, py));
      redraw();
      if (closed) selectInLasso();
    },
    step: (right, up) => {
      const { x, y } = placeCode(points, scene.z);
      if (plane) scene.moveTo(pickCode(points, x + right * 0.1, y + up * 0.1).z);
      else if (camera) moveToPixel(...(toPixel(camera, x, y).map((p, i) => p + (i ? -up : right) * 12) as [number, number]));
    },
    clear: () => {
      lasso = [];
      scene.selectRows(null);
    },
  });

  // the selection, and the colours
  function selectInLasso(): void {
    const rows: number[] = [];
    if (lasso.length > 2)
      for (let i = 0; i < points.n; i++) if (insidePolygon(lasso, points.xy[2 * i], points.xy[2 * i + 1])) rows.push(i);
    lasso = rows.length ? lasso : [];
    scene.selectRows(rows.length ? Uint32Array.from(rows) : null);
  }
  const selectionStatus = h("span", { class: "chosen", role: "status" });
  const recolour = () => {
    pointCloud?.setColours(pointColours(colour, points.n, scene.selection));
    const count = scene.selection?.length;
    selectionStatus.textContent = count ? `${count.toLocaleString("en")} of ${points.n.toLocaleString("en")} selected` : "";
    redraw();
  };
  const legend = h("div", {}, legendOf(colour));
  const colourSelect = h("select", {
    "aria-label": "Colour of the points",
    onchange: () => {
      colour = points.colours[colourSelect.selectedIndex];
      legend.replaceChildren(legendOf(colour));
      recolour();
    },
  });
  colourSelect.append(...points.colours.map(({ name }) => h("option", {}, name)));

  // the buttons above the map
  const layerToggle = (name: keyof typeof shown, label: string, title: string) =>
    toggle(label, title, shown[name], (on) => {
      shown[name] = on;
      redraw();
    });
  const zoomBy = (factor: number) => camera && setCamera(zoomCamera(camera, factor, camera.width / 2, camera.height / 2));
  const zoomButtons = [
    button("−", "Zoom out", () => zoomBy(0.7)),
    button("+", "Zoom in", () => zoomBy(1.4)),
    button("Fit", "Show all points", () => setCamera(fitCamera(points.xy, field.clientWidth, field.clientHeight, ring))),
  ];
  const tools = h(
    "div",
    { class: "tools" },
    buttonGroup<Tool>("Pointer", ["Explore", "Pan", "Lasso"], tool, (next) => {
      tool = next;
      field.dataset.tool = next;
      hoverPreview.hide();
    }),
    plane ? null : buttonGroup<MapInverse>("Decode", ["Nearest", "Mean of nearest"], inverse, (next) => (inverse = next)),
    points.colours.length > 1 ? h("label", {}, "Colour ", colourSelect) : null,
    ring ? layerToggle("rings", "Prior", "Circles at 1, 2 and 3σ of the prior N(0, I)") : null,
    plane && points.std ? layerToggle("ellipses", "Posteriors", `1σ ellipses of up to ${MAX_ELLIPSES} posteriors, at true scale`) : null,
    layerToggle("density", "Density", points.dims <= 2 ? "The aggregate posterior q(z); holes are pale" : "Density of the points on the map"),
    h("div", { class: "choice", role: "group", "aria-label": "Zoom" }, ...zoomButtons),
  );
  const { label, trust } = points.projection;
  const trustworthiness = trust === null ? "" : `, trustworthiness ${trust.toFixed(2)}`;
  const about = `${points.n.toLocaleString("en")} posterior means, ${label}${trustworthiness} · ${context.caption}`;
  const footer = h("div", { class: "under" }, legend, selectionStatus);
  const element = panel("map-panel", "Map", describeProjection(points), tools, field, footer, h("p", { class: "caption" }, about));

  // the size: the first one fits the camera to the points
  const observer = new ResizeObserver(() => {
    if (!field.clientWidth) return;
    const size = { width: field.clientWidth, height: field.clientHeight };
    if (!camera) {
      camera = fitCamera(points.xy, size.width, size.height, ring);
      firstScale = camera.scale;
    }
    setCamera({ ...camera, ...size });
  });
  observer.observe(field);
  const unsubscribe = scene.subscribe((change) => (change === "selection" ? recolour() : change !== "image" && redraw()));
  return {
    element,
    close() {
      unsubscribe();
      observer.disconnect();
      clearTimeout(timer);
      pointCloud?.close();
    },
  };
}

/** Draws 1σ ellipses of some hundred posteriors, evenly chosen from those that have a deviation. */
function drawPosteriors(to: CanvasRenderingContext2D, camera: Camera, points: Points, ink: string): void {
  const { plane } = points.projection;
  if (!plane || !points.std) return;
  to.strokeStyle = ink;
  to.lineWidth = 0.8;
  const { values, every } = points.std;
  const rows = Math.ceil(points.n / every);
  for (let k = 0; k < rows; k += Math.max(1, Math.floor(rows / MAX_ELLIPSES))) {
    const i = k * every;
    drawEllipse(to, camera, plane, values.subarray(k * points.dims, (k + 1) * points.dims), points.xy[2 * i], points.xy[2 * i + 1]);
  }
}

/** Draws the posterior of the drawn image, the path with its letters, and the marker of the current code. */
function drawScene(to: CanvasRenderingContext2D, camera: Camera, points: Points, scene: Scene, ink: string, background: string): void {
  const { plane } = points.projection;
  if (scene.posterior && plane) {
    const { x, y } = placeCode(points, scene.posterior.mean);
    [to.strokeStyle, to.lineWidth] = ["#e15759", 2.5];
    drawEllipse(to, camera, plane, scene.posterior.std, x, y);
  }
  const stops = scene.stops.map((z) => placeCode(points, z));
  to.beginPath();
  stops.forEach(({ x, y }) => to.lineTo(...toPixel(camera, x, y)));
  [to.strokeStyle, to.lineWidth] = [ink, 2];
  to.stroke();
  stops.forEach(({ x, y }, i) => {
    const [px, py] = toPixel(camera, x, y);
    to.fillStyle = ink;
    to.fillText(String.fromCharCode(65 + i), px + 7, py - 7);
    to.fillRect(px - 3, py - 3, 6, 6);
  });
  const { x, y, exact } = placeCode(points, scene.z);
  drawMarker(to, ...toPixel(camera, x, y), ink, background, exact);
}

/** The density as an image: q(z) where the map is the latent space itself, elsewhere the points with a small blur. */
function densityOf(points: Points): { picture: HTMLCanvasElement; box: Box } {
  const camera = fitCamera(points.xy, 1, 1, null);
  const side = 1.3 / camera.scale;
  const box = { left: camera.x - side / 2, bottom: camera.y - side / 2, width: side, height: side };
  const blur = side / 80;
  const { std, dims } = points;
  const sigma = (row: number): [number, number] => {
    if (!std || dims !== 2 || !points.projection.plane) return [blur, blur];
    const start = 2 * Math.floor(row / std.every);
    return [std.values[start], std.values[start + 1]];
  };
  const values = density(points.xy, sigma, box, GRID, GRID, std?.every ?? 1);
  return { picture: renderDensity(values, GRID, GRID, hex("#e8a33d")), box };
}
