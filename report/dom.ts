type Child = Node | string | undefined | false;
type Attributes = { readonly [name: string]: string | number | boolean | undefined };

/** An HTML element with attributes and children; text is text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(
    ...children.filter((child): child is Node | string => child !== undefined && child !== false),
  );
  return element;
}

/** The same of SVG. */
export function s<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  setAttributes(element, attributes);
  element.append(
    ...children.filter((child): child is Node | string => child !== undefined && child !== false),
  );
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
}

/** A part of the page with a heading of its own. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return h(
    "section",
    { "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, title),
    ...children,
  );
}

/** A table whose first row is its header; `right` are columns of numbers. A wide one scrolls by itself. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
  right: readonly number[] = [],
): HTMLElement {
  const side = (column: number) => (right.includes(column) ? { class: "right" } : {});
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, ...head.map((text, i) => h("th", { scope: "col", ...side(i) }, text)))),
      h(
        "tbody",
        {},
        ...rows.map((row) =>
          h(
            "tr",
            {},
            ...row.map((cell, i) => (i === 0 ? h("th", { scope: "row" }, cell) : h("td", side(i), cell))),
          ),
        ),
      ),
    ),
  );
}

/** A canvas that is as sharp as the screen, drawn anew when its size changes. */
export function canvas(
  label: string,
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
) {
  const element = h("canvas", { role: "img", "aria-label": label });
  const redraw = (): void => {
    const { clientWidth: width, clientHeight: height } = element;
    if (width === 0 || height === 0) return;
    const scale = window.devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    const context = element.getContext("2d");
    if (!context) return;
    context.scale(scale, scale);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  new ResizeObserver(redraw).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return { element, redraw };
}

/** A colour of the page's style sheet. */
export function themed(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const tip = h("div", { class: "tip", role: "status", hidden: true });

/** Shows a few lines beside the pointer; none hides them. */
export function showTip(event: MouseEvent, lines: readonly string[]): void {
  if (!tip.isConnected) document.body.append(tip);
  tip.hidden = lines.length === 0;
  if (lines.length === 0) return;
  tip.replaceChildren(...lines.map((line, i) => h(i === 0 ? "strong" : "span", {}, line)));
  const { innerWidth } = window;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${event.clientY + 16}px`;
}
