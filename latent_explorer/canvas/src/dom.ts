/** Elements in one expression. */

type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A section with its heading; what it means is one line below. */
export function panel(name: string, title: string, hint: string, ...children: Node[]): HTMLElement {
  const heading = h("h3", {}, title);
  return h("section", { class: `panel ${name}`, "aria-label": title }, heading, h("p", { class: "hint" }, hint), ...children);
}

export function button(label: string, title: string, click: () => void): HTMLButtonElement {
  return h("button", { type: "button", title, onclick: click }, label);
}

/** A button that stays down. */
export function toggle(label: string, title: string, on: boolean, change: (on: boolean) => void): HTMLButtonElement {
  const element = button(label, title, () => {
    const now = element.getAttribute("aria-pressed") !== "true";
    element.setAttribute("aria-pressed", String(now));
    change(now);
  });
  element.setAttribute("aria-pressed", String(on));
  return element;
}

/** One of a few, as a row of buttons. */
export function choice<T extends string>(label: string, options: T[], now: T, change: (value: T) => void): HTMLElement {
  const group = h("div", { class: "choice", role: "group", "aria-label": label });
  for (const option of options)
    group.append(
      button(option, `${label}: ${option}`, () => {
        for (const other of group.children) other.setAttribute("aria-pressed", String(other.textContent === option));
        change(option);
      }),
    );
  for (const other of group.children) other.setAttribute("aria-pressed", String(other.textContent === now));
  return group;
}

/** A canvas in the image's own pixels; CSS makes it large without blurring it. */
export class Picture {
  readonly element: HTMLCanvasElement;
  readonly data: ImageData;
  private readonly context: CanvasRenderingContext2D;

  constructor(width: number, height: number, label: string, className = "picture") {
    this.element = h("canvas", { width, height, role: "img", "aria-label": label, class: className });
    this.context = this.element.getContext("2d")!;
    this.data = this.context.createImageData(width, height);
  }

  show(): void {
    this.context.putImageData(this.data, 0, 0);
  }
}

export const number = (value: number, digits = 2): string => value.toFixed(digits).replace("-", "−");
