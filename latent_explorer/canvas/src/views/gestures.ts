/** Pointers, wheel and keys over the map, as what they mean; mouse, pen and touch alike. */

export type Tool = "Explore" | "Pan" | "Lasso";

export interface Meaning {
  tool(): Tool;
  hover(px: number, py: number): void;
  leave(): void;
  drag(px: number, py: number): void; // the code follows
  drop(): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, px: number, py: number): void;
  moved(): void; // pan or zoom is over
  lasso(trail: [number, number][], closed: boolean): void;
  nudge(right: number, up: number): void;
  escape(): void;
}

export function listen(element: HTMLElement, meaning: Meaning): void {
  const down = new Map<number, [number, number]>();
  let trail: [number, number][] = [];
  let pinched = false;
  let tapped: [number, number] | null = null; // a finger that has not moved yet: a second one may follow, and mean zoom
  const at = (event: MouseEvent): [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const panning = (event: PointerEvent) => meaning.tool() === "Pan" || event.buttons === 4;

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    pinched = down.size > 1;
    if (pinched) tapped = null;
    if (pinched || panning(event)) return;
    if (meaning.tool() === "Lasso") trail = [at(event)];
    else if (event.pointerType === "touch") tapped = at(event);
    else meaning.drag(...at(event));
  });
  element.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    const now = at(event);
    if (!before) {
      if (event.pointerType !== "touch") meaning.hover(...now);
      return;
    }
    down.set(event.pointerId, now);
    tapped = null;
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)![1];
      const spread = (p: [number, number]) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      meaning.zoom(spread(now) / Math.max(1, spread(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else if (pinched) return;
    else if (panning(event)) meaning.pan(now[0] - before[0], now[1] - before[1]);
    else if (meaning.tool() === "Lasso") meaning.lasso((trail = [...trail, now]), false);
    else meaning.drag(...now);
  });
  const up = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    if (pinched || meaning.tool() === "Pan") meaning.moved();
    else if (meaning.tool() === "Lasso") meaning.lasso(trail, true);
    else {
      if (tapped) meaning.drag(...tapped);
      meaning.drop();
    }
    tapped = null;
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => meaning.leave());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      meaning.zoom(Math.exp(-event.deltaY * 0.0015), ...at(event));
      meaning.moved();
    },
    { passive: false },
  );
  element.addEventListener("keydown", (event) => {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const middle: [number, number] = [element.clientWidth / 2, element.clientHeight / 2];
    if (arrow) meaning.nudge(arrow[0], arrow[1]);
    else if (event.key === "+" || event.key === "=") meaning.zoom(1.25, ...middle);
    else if (event.key === "-") meaning.zoom(0.8, ...middle);
    else if (event.key === "Escape") meaning.escape();
    else return;
    event.preventDefault();
  });
  element.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && meaning.drop());
}
