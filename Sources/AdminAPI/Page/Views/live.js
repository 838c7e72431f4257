// Events as they pass. Read with fetch rather than EventSource, which could not carry the token.
import { request, token } from "./api.js";
import { append, h, say, setPill } from "./dom.js";
import { bytes, clock, count, moment, plural } from "./format.js";
import { copy } from "./dialogs.js";
import { laidOut, member } from "./json.js";

/** Events kept on the page; older ones go. */
const KEPT = 200;
/** The relay says something every 15 s: past this it is gone without a word. */
const SILENCE = 40000;
const WAITS = [1, 2, 5, 10, 30];

/** The frames of a stream of server-sent events, as `[event, data]`; a comment is `["", ""]`. */
export async function* frames(response, patience = SILENCE) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
        yield* framesOf(reader, patience);
    } finally {
        // A silent connection stays open otherwise, one of the few that a browser grants.
        reader.cancel().catch(() => {});
    }
}

async function* framesOf(reader, patience) {
    let rest = "", looked = 0;
    for (;;) {
        let timer = 0;
        const silent = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("the relay fell silent")), patience); });
        const { value, done } = await Promise.race([reader.read(), silent]).finally(() => clearTimeout(timer));
        if (done) return;
        rest += value.replaceAll("\r", "");
        for (let end; (end = rest.indexOf("\n\n", looked)) >= 0;) {
            let event = "";
            const data = [];
            for (const line of rest.slice(0, end).split("\n")) {
                const value = line.slice(line.indexOf(":") + 1).replace(/^ /, "");
                if (line.startsWith("event:")) event = value;
                else if (line.startsWith("data:")) data.push(value);
            }
            rest = rest.slice(end + 2);
            looked = 0;
            yield [event, data.join("\n")];
        }
        // A large event comes in pieces: what was looked through is not looked through again.
        looked = Math.max(0, rest.length - 1);
    }
}

function row(text) {
    const one = JSON.parse(text);
    const under = h("div.under");
    const element = h("li", { "data-event": one.id }, h("details", { ontoggle: (event) => {
        if (!event.currentTarget.open || under.firstChild) return;
        const data = member(text, "data"), payment = member(text, "payment");
        append(under, [h("p.buttons", {}, h("span.mono", {}, one.id), h("a.button.quiet", { href: `#/deliveries?event=${one.id}` }, "Its deliveries"),
            data ? h("button.quiet", { type: "button", onclick: () => copy(data, "The event") }, "Copy") : null),
        data ? laidOut(data) : h("p.note", {}, `Its ${bytes(one.size)} are too much to pass on here: its deliveries have them.`), payment ? [h("h3", {}, "Its payment"), laidOut(payment)] : null]);
    } }, h("summary", {}, h("span.time", {}, moment(one.received, clock(one.received, true))), h("b.type", {}, one.type), h("span.feed", {}, one.feed ?? "relay"),
        h("span.amount", {}, one.amount ?? ""), h("span.chips", {}, one.rules.map((rule) => h("span.chip", {}, rule))),
        h("span.to", {}, one.destinations.length ? `→ ${one.destinations.join(", ")}` : "→ nobody")), under));
    return element;
}

export function live(parent) {
    const list = h("ol.events", { id: "live-list" }), mark = h("span.pill", { id: "live-state", role: "status" }), told = h("p.note", { id: "live-told" });
    const pause = h("button", { type: "button", id: "live-pause", "aria-pressed": "false" }, "Pause");
    const clear = h("button.quiet", { type: "button", id: "live-clear" }, "Clear");
    const none = h("p.empty", {}, "Nothing has passed since this was opened. Events that no rule takes are not shown: see Match for why.");
    append(parent, [h("div.block", {}, h("header", {}, h("h1", {}, "Live events"), mark, h("div.buttons", {}, pause, clear)), told, none, list)]);
    let controller = null, waiting = [], passed = 0, skipped = 0, isPaused = false, drawing = 0;

    function draw() {
        drawing = 0;
        const held = isPaused ? waiting.length : 0;
        if (!isPaused && waiting.length) {
            list.prepend(...waiting.map(row).reverse());
            waiting = [];
            while (list.children.length > KEPT) list.lastElementChild.remove();
        }
        none.hidden = list.children.length > 0;
        say(told, `${count(passed)} passed${passed > KEPT ? `, the latest ${KEPT} are kept` : ""}${skipped ? `; ${count(skipped)} were left out, as this page did not keep up` : ""}${held ? `; ${plural(held, "newer one waits", "newer ones wait")} while paused` : ""}.`);
    }

    function take(event, data) {
        if (event === "skipped") skipped += JSON.parse(data).count;
        else if (event === "event") {
            passed += 1;
            waiting.push(data);
            if (waiting.length > KEPT) waiting.shift();
        }
        // However fast they come, the page draws a few times a second.
        drawing ||= setTimeout(draw, 200);
    }

    const pausedOr = (kind, text) => setPill(mark, isPaused ? "warn" : kind, isPaused ? "paused" : text);

    async function follow(mine) {
        for (let failures = 0; !mine.signal.aborted;) {
            let why = "the relay closed it";
            try {
                pausedOr("busy", "connecting");
                const response = await request("/api/v1/events", { signal: mine.signal, patience: 0 });
                pausedOr("ok", "following");
                for await (const [event, data] of frames(response)) {
                    failures = 0;
                    take(event, data);
                }
            } catch (error) {
                if (mine.signal.aborted) return;
                why = error.message;
                if (error.status === 401) return;
            }
            if (mine.signal.aborted) return;
            const wait = WAITS[Math.min(failures, WAITS.length - 1)];
            failures += 1;
            setPill(mark, "bad", `not connected: ${why}; again in ${wait} s`);
            await new Promise((resolve) => {
                const end = () => {
                    clearTimeout(timer);
                    mine.signal.removeEventListener("abort", end);
                    resolve();
                };
                const timer = setTimeout(end, wait * 1000);
                mine.signal.addEventListener("abort", end);
            });
        }
    }

    function start() {
        stop();
        controller = new AbortController();
        follow(controller);
    }

    function stop() {
        controller?.abort();
        controller = null;
    }

    pause.addEventListener("click", () => {
        isPaused = !isPaused;
        pause.setAttribute("aria-pressed", String(isPaused));
        say(pause, isPaused ? "Go on" : "Pause");
        pausedOr("ok", "following");
        draw();
    });
    clear.addEventListener("click", () => {
        list.replaceChildren();
        waiting = [];
        passed = skipped = 0;
        draw();
    });
    token.changed(() => { if (!parent.hidden) start(); });
    return {
        enter() { if (!controller) start(); },
        leave: stop,
    };
}
