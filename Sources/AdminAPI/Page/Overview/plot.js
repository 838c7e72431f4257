// One plot, drawn by hand: an hour of steps, an axis that can be read, and a read-out for pointer and keys alike.
import { h, replace, say, svg } from "./dom.js";
import { clock } from "./format.js";

/** What is shown, in seconds, with the minutes between notches: an hour, or less while a young relay has no more to tell. */
const SPANS = [[600, 2], [1800, 5], [3600, 10]];
const HEIGHT = 168, LEFT = 46, RIGHT = 10, TOP = 10, BOTTOM = 22;

/** The next of 1, 2, 5, 10… from `value` on, at least `least`. */
function ceiling(value, least) {
    const goal = Math.max(value, least);
    const power = 10 ** Math.floor(Math.log10(goal));
    return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= goal * 0.999);
}

/**
 * `draw({ until, interval, series, note })`: `until` in ms is the end of the last step; a series is `{ name, style, values }`,
 * `null` where there is no value; `holes` says which steps could not be looked at, where a plot has such; `note` is what the plot
 * says in words. `least` is the smallest top of the axis, `tick` a short
 * form for it.
 */
export function plot({ title, unit, format, tick = format, least }) {
    const picture = svg("svg", { height: HEIGHT, role: "slider", tabindex: 0, "aria-label": `${title}: arrow keys read it step by step`, "aria-valuemin": 1 });
    const legend = h("ul.legend"), when = h("span.when"), note = h("p.note");
    const element = h("figure.plot", {}, h("figcaption", {}, h("h3", {}, title), h("span.unit", {}, unit), when), legend, picture, note);
    let data = null, chosen = null, width = 0, cursor = null, span = 3600;

    const steps = () => data.series[0]?.values.length ?? 0;
    const start = (step) => data.until - (steps() - step) * data.interval * 1000;
    const x = (ms) => LEFT + (1 - (data.until - ms) / (span * 1000)) * (width - LEFT - RIGHT);

    function read() {
        const at = chosen ?? steps() - 1;
        const isNow = chosen === null;
        say(when, steps() ? `${isNow ? "last step " : ""}${clock(start(at))}–${clock(start(at + 1))}` : "");
        const values = data.series.map(({ name, style, values }) => {
            const value = values[at];
            return [name, style, value === null || value === undefined ? "–" : format(value)];
        });
        if (legend.children.length !== values.length) legend.replaceChildren(...values.map(() => h("li", {}, h("i"), h("span"), h("b"))));
        values.forEach(([name, style, value], row) => {
            const [swatch, label, figure] = legend.children[row].children;
            swatch.className = style;
            say(label, name);
            say(figure, value);
        });
        picture.setAttribute("aria-valuemax", Math.max(1, steps()));
        picture.setAttribute("aria-valuenow", at + 1);
        picture.setAttribute("aria-valuetext", `${when.textContent}: ${values.map(([name, , value]) => `${name} ${value}`).join(", ")}`);
        if (!cursor) return;
        cursor.setAttribute("visibility", isNow ? "hidden" : "visible");
        if (!isNow) {
            const place = x((start(at) + start(at + 1)) / 2);
            cursor.setAttribute("x1", place);
            cursor.setAttribute("x2", place);
        }
    }

    /** A line through the steps that have a value; one alone is a dash. */
    function line(values, y) {
        let path = "", isDown = false;
        values.forEach((value, step) => {
            if (value === null || value === undefined) {
                isDown = false;
                return;
            }
            const place = `${x((start(step) + start(step + 1)) / 2).toFixed(1)} ${y(value).toFixed(1)}`;
            path += isDown ? `L${place}` : `M${x(start(step)).toFixed(1)} ${y(value).toFixed(1)}L${place}`;
            isDown = true;
        });
        return path;
    }

    function paint() {
        width = Math.max(220, picture.parentElement.clientWidth);
        picture.setAttribute("width", width);
        picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
        if (!data) return;
        const bottom = HEIGHT - BOTTOM;
        const top = ceiling(Math.max(0, ...data.series.flatMap(({ values }) => values.filter((value) => value !== null))), least);
        const y = (value) => bottom - (value / top) * (bottom - TOP);
        const parts = [];
        for (const value of [0, top / 2, top]) {
            parts.push(svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
                svg("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, tick(value)));
        }
        const room = SPANS.find(([seconds]) => steps() * data.interval < seconds * 0.9) ?? SPANS.at(-1);
        span = room[0];
        const spacing = room[1] * 60000 * (width < 420 ? 2 : 1);
        for (let ms = Math.ceil((data.until - span * 1000) / spacing) * spacing; ms <= data.until; ms += spacing) {
            const place = x(ms);
            if (place < LEFT + 12 || place > width - RIGHT - 12) continue;
            parts.push(svg("line", { class: "notch", x1: place, x2: place, y1: bottom, y2: bottom + 4 }),
                svg("text", { class: "tick", x: place, y: HEIGHT - 5, "text-anchor": "middle" }, clock(ms).slice(-8, -3)));
        }
        // Before the start there is nothing to show, and nothing is not zero.
        const begin = steps() ? x(start(0)) : width - RIGHT;
        if (begin > LEFT + 1) {
            parts.push(svg("rect", { class: "missing", x: LEFT, y: TOP, width: begin - LEFT, height: bottom - TOP }));
            if (begin - LEFT > 190) parts.push(svg("text", { class: "tick", x: (LEFT + begin) / 2, y: (TOP + bottom) / 2, "text-anchor": "middle" }, "no figures: before the start"));
        }
        data.holes?.forEach((isHole, step) => {
            if (isHole) parts.push(svg("rect", { class: "missing", x: x(start(step)), y: TOP, width: x(start(step + 1)) - x(start(step)), height: bottom - TOP }));
        });
        for (const { style, values } of data.series) parts.push(svg("path", { class: `curve ${style}`, d: line(values, y) }));
        cursor = svg("line", { class: "cursor", y1: TOP, y2: bottom, visibility: "hidden" });
        replace(picture, parts, cursor);
        read();
    }

    function choose(step) {
        chosen = step === null || !steps() ? null : Math.min(Math.max(step, 0), steps() - 1);
        if (data) read();
    }

    picture.addEventListener("pointermove", (event) => {
        if (!data) return;
        const share = (event.clientX - picture.getBoundingClientRect().left - LEFT) / (width - LEFT - RIGHT);
        choose(Math.floor(steps() - ((1 - share) * span) / data.interval));
    });
    picture.addEventListener("pointerleave", () => choose(null));
    picture.addEventListener("blur", () => choose(null));
    picture.addEventListener("keydown", (event) => {
        const at = chosen ?? (data ? steps() : 0);
        const next = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at - 30, PageDown: at + 30, Home: 0, End: Infinity, Escape: null };
        if (!(event.key in next)) return;
        choose(next[event.key]);
        event.preventDefault();
    });
    new ResizeObserver(paint).observe(element);
    return {
        element,
        draw(next) {
            data = next;
            if (chosen !== null) choose(chosen);
            say(note, next.note);
            paint();
        },
    };
}
