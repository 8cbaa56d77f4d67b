/** Small builders of HTML elements. */

type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

/** Creates an element. Attributes with a function add a listener (``onclick``); false and undefined are left out. */
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

/** A section with its heading and a sentence of explanation. */
export function panel(name: string, title: string, hint: string, ...children: Node[]): HTMLElement {
  const heading = h("h3", {}, title);
  return h("section", { class: `panel ${name}`, "aria-label": title }, heading, h("p", { class: "hint" }, hint), ...children);
}

export function button(label: string, title: string, onClick: () => void): HTMLButtonElement {
  return h("button", { type: "button", title, onclick: onClick }, label);
}

/** A button with two states, on and off. */
export function toggle(label: string, title: string, on: boolean, onChange: (on: boolean) => void): HTMLButtonElement {
  const element = button(label, title, () => {
    const pressed = element.getAttribute("aria-pressed") !== "true";
    element.setAttribute("aria-pressed", String(pressed));
    onChange(pressed);
  });
  element.setAttribute("aria-pressed", String(on));
  return element;
}

/** A choice of one option, as a row of buttons. */
export function buttonGroup<T extends string>(label: string, options: T[], selected: T, onChange: (value: T) => void): HTMLElement {
  const group = h("div", { class: "choice", role: "group", "aria-label": label });
  const markSelected = (option: T) => {
    for (const child of group.children) child.setAttribute("aria-pressed", String(child.textContent === option));
  };
  for (const option of options)
    group.append(
      button(option, `${label}: ${option}`, () => {
        markSelected(option);
        onChange(option);
      }),
    );
  markSelected(selected);
  return group;
}

/** A canvas element with the image's own number of pixels; CSS enlarges it without blurring. */
export class Picture {
  readonly element: HTMLCanvasElement;
  readonly data: ImageData;
  private readonly context: CanvasRenderingContext2D;

  constructor(width: number, height: number, label: string, className = "picture") {
    this.element = h("canvas", { width, height, role: "img", "aria-label": label, class: className });
    this.context = this.element.getContext("2d")!;
    this.data = this.context.createImageData(width, height);
  }

  /** Paints ``data``. */
  show(): void {
    this.context.putImageData(this.data, 0, 0);
  }
}

/** A number with fixed decimals and a real minus sign. */
export const formatNumber = (value: number, digits = 2): string => value.toFixed(digits).replace("-", "−");
