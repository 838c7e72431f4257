// The only way onto the page: elements made one by one, and texts that stay texts. What events, receivers and names contain is
// written by others, so nothing here parses markup.

// Characters that are not seen but change what is: controls, and those that turn the direction of a text around.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `text` with what could hide or turn something around made visible. */
export function shown(text) {
    return String(text).replace(unseen, (c) => `‹U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

/** An element: `tag` may carry classes (`p.note.bad`); `on…` are listeners; children are nodes, texts, or nothing. */
export function h(tag, attributes = {}, ...children) {
    const [name, ...classes] = tag.split(".");
    const element = document.createElement(name);
    if (classes.length) element.className = classes.join(" ");
    return fill(element, attributes, children);
}

/** The same within an SVG. */
export function svg(name, attributes = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === "function") element.addEventListener(key.slice(2), value);
        else if (key === "value") element.value = value;
        else element.setAttribute(key, value === true ? "" : shown(value));
    }
    append(element, children);
    return element;
}

export function append(element, children) {
    for (const child of [children].flat(Infinity)) {
        if (child === null || child === undefined || child === false) continue;
        element.append(child instanceof Node ? child : shown(child));
    }
}

export function replace(element, ...children) {
    element.replaceChildren();
    append(element, children);
}

/** Sets a text only where it changes, so that a selection and a screen reader's place survive a refresh. */
export function say(element, text) {
    const next = shown(text);
    if (element.textContent !== next) element.textContent = next;
}

export const byId = (id) => document.getElementById(id);

/**
 * A list whose rows outlive a refresh: `make(item)` gives `{ element, update }` once for each key.
 * Where the focus is inside, the order stays: a row that moves would lose it. They stand behind `after`.
 */
export function keyed(parent, key, make, after = null) {
    const rows = new Map();
    return (items) => {
        const wanted = new Set(items.map(key));
        for (const [name, row] of rows) {
            if (!wanted.has(name)) {
                row.element.remove();
                rows.delete(name);
            }
        }
        const isHeld = parent.contains(document.activeElement);
        let place = after ? after.nextElementSibling : parent.firstElementChild;
        for (const item of items) {
            let row = rows.get(key(item));
            if (!row) {
                row = make(item);
                rows.set(key(item), row);
                parent.insertBefore(row.element, place);
            } else if (row.element === place) {
                place = place.nextElementSibling;
            } else if (!isHeld) {
                parent.insertBefore(row.element, place);
            }
            row.update(item);
        }
    };
}

/** A state as colour, shape and word; `kind` is ok, warn, bad, idle or busy. */
export function pill(kind, text) {
    return h(`span.pill.${kind}`, {}, text);
}

export function setPill(element, kind, text) {
    element.className = `pill ${kind}`;
    say(element, text);
}

/** A bar that is full at 1; `kind` is ok (or nothing), warn or bad; `name` says what of. */
export function gauge(share, kind, name) {
    const filled = h("i");
    filled.style.setProperty("width", `${Math.min(1, share) * 100}%`);
    return h(kind ? `div.gauge.${kind}` : "div.gauge", { role: "meter", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(Math.min(1, share) * 100), "aria-label": name }, filled);
}

/** A list of terms and what they are; pairs without a value are left out. */
export function facts(pairs, style = "dl.list") {
    return h(style, {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(
        ([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}
