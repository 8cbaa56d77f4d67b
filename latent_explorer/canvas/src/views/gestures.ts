/** Gestures over the map, from pointer, wheel and key events; the same for mouse, pen and touch. */

export type Tool = "Explore" | "Pan" | "Lasso";

/** The functions that gestures call; positions are in CSS pixels of the element. */
export interface GestureHandlers {
  tool(): Tool;
  hover(px: number, py: number): void;
  leave(): void;
  drag(px: number, py: number): void; // sets the code
  release(): void; // a drag is over
  pan(dx: number, dy: number): void;
  zoom(factor: number, px: number, py: number): void;
  viewChanged(): void; // a pan or zoom is over
  lasso(trail: [number, number][], closed: boolean): void;
  step(right: number, up: number): void; // arrow keys
  clear(): void; // Escape
}

/** Calls ``handlers`` for the gestures over ``element``. */
export function listenForGestures(element: HTMLElement, handlers: GestureHandlers): void {
  const down = new Map<number, [number, number]>();
  let trail: [number, number][] = [];
  let pinched = false;
  let tapped: [number, number] | null = null; // a finger that did not move yet: a second one may follow, for a zoom
  const positionOf = (event: MouseEvent): [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const panning = (event: PointerEvent) => handlers.tool() === "Pan" || event.buttons === 4;

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, positionOf(event));
    pinched = down.size > 1;
    if (pinched) tapped = null;
    if (pinched || panning(event)) return;
    if (handlers.tool() === "Lasso") trail = [positionOf(event)];
    else if (event.pointerType === "touch") tapped = positionOf(event);
    else handlers.drag(...positionOf(event));
  });
  element.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    const now = positionOf(event);
    if (!before) {
      if (event.pointerType !== "touch") handlers.hover(...now);
      return;
    }
    down.set(event.pointerId, now);
    tapped = null;
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)![1];
      const spread = (p: [number, number]) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      handlers.zoom(spread(now) / Math.max(1, spread(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else if (pinched) return;
    else if (panning(event)) handlers.pan(now[0] - before[0], now[1] - before[1]);
    else if (handlers.tool() === "Lasso") handlers.lasso((trail = [...trail, now]), false);
    else handlers.drag(...now);
  });
  const up = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    if (pinched || handlers.tool() === "Pan") handlers.viewChanged();
    else if (handlers.tool() === "Lasso") handlers.lasso(trail, true);
    else {
      if (tapped) handlers.drag(...tapped);
      handlers.release();
    }
    tapped = null;
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => handlers.leave());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      handlers.zoom(Math.exp(-event.deltaY * 0.0015), ...positionOf(event));
      handlers.viewChanged();
    },
    { passive: false },
  );
  element.addEventListener("keydown", (event) => {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const middle: [number, number] = [element.clientWidth / 2, element.clientHeight / 2];
    if (arrow) handlers.step(arrow[0], arrow[1]);
    else if (event.key === "+" || event.key === "=") handlers.zoom(1.25, ...middle);
    else if (event.key === "-") handlers.zoom(0.8, ...middle);
    else if (event.key === "Escape") handlers.clear();
    else return;
    event.preventDefault();
  });
  element.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && handlers.release());
}
