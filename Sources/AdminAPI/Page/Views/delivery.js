// One delivery: what it carries, what was tried, what exactly goes out, and how to send it again or give it up.
import { askText, post, relay } from "./api.js";
import { act, agreed, copy, failure, outcome, raise } from "./dialogs.js";
import { facts, h, keyed, pill, replace, say } from "./dom.js";
import { clock, count, duration, moment, plural } from "./format.js";
import { laidOut, member } from "./json.js";
import { heldBy, stateKinds } from "./deliveries.js";

/** How often a delivery that waits is looked at again while it is shown. */
const AGAIN = 5000;
/** Attempts shown before one asks for all that the relay tells. */
const SHOWN = 50;
const HIDDEN = "(hidden)";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a command; what is secret has to be filled in. */
export function curl(request) {
    return [`curl -X ${request.method} ${quoted(request.url)}`,
        ...request.headers.map(({ name, value }) => `-H ${quoted(`${name}: ${value ?? HIDDEN}`)}`),
        `--data-binary ${quoted(request.body)}`].join(" \\\n  ");
}

const copier = (text, what) => h("button.quiet", { type: "button", onclick: () => copy(text, what) }, "Copy");
const part = (title, tools, ...content) => h("section", { "aria-label": title }, h("header", {}, h("h3", {}, title), h("div.buttons", {}, tools)), content);

/** The attempts: the newest, and the rest on demand; `update` adds what is new and leaves what one reads. */
function attemptsPart() {
    const none = h("p.note", {}, "Nothing has been tried yet."), lost = h("p.note"), all = h("button.quiet", { type: "button" }), list = h("ol.attempts");
    const rows = keyed(list, (one) => `${one.number} ${one.started}`, (one) => ({ element: attempt(one), update() {} }));
    let isOpen = false, last = [];
    const fill = () => {
        rows(isOpen ? last : last.slice(-SHOWN));
        all.hidden = last.length <= SHOWN;
        say(all, isOpen ? `Show the newest ${SHOWN} only` : `Show ${count(last.length - SHOWN)} earlier ${last.length === SHOWN + 1 ? "one" : "ones"}`);
    };
    all.addEventListener("click", () => {
        isOpen = !isOpen;
        fill();
    });
    return { element: part("Attempts", null, none, lost, all, list), update({ history, recorded = history.length }) {
        last = history;
        none.hidden = recorded > 0;
        const missing = recorded - history.length;
        say(lost, missing > 0 ? `${plural(missing, "earlier one is", "earlier ones are")} not shown: the relay tells the newest ${count(history.length)}.` : "");
        fill();
    } };
}

function attempt(one) {
    const isGood = one.status >= 200 && one.status < 300;
    return h("li", {}, h("p", {}, pill(isGood ? "ok" : "bad", one.status === null ? "no answer" : String(one.status)),
        h("b", {}, `Attempt ${count(one.number)}`), moment(one.started, clock(one.started, true)), h("span", {}, `took ${duration(one.duration)}`),
        one.webhookTimestamp === null ? null : h("span.sub", {}, `webhook-timestamp ${one.webhookTimestamp}`)),
    one.error ? h("p.error", {}, one.error) : null,
    one.answer ? h("pre.answer", { tabindex: "0", "aria-label": `The answer to attempt ${one.number}` }, one.answer) : null);
}

/** `latest` gives the request as it was last told: its body stays, while a signature is of its moment. */
function requestPart(latest) {
    const request = latest();
    if (!request) return part("Request", null, h("p.note", {}, "The destination is not configured any longer: there is no request to show."));
    return part("Request", [h("button.quiet", { type: "button", onclick: () => copy(curl(latest()), "The command") }, "Copy as curl"), copier(request.body, "The body")],
        h("p.mono.url", {}, `${request.method} ${request.url}`),
        h("table.plain.headers", {}, h("tbody", {}, request.headers.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name),
            h("td.mono", {}, value === null ? h("i", {}, "hidden: it is a secret") : value))))),
        h("pre.body", { tabindex: "0", "aria-label": "The body as it is sent" }, request.body));
}

/** Opens and closes with the address; `list` is the listing below it, told of changes, and where closing leads to. */
export function delivery(list) {
    let dialog = null, sheet = null, current = null, timer = 0, loaded = null, parts = [], tried = null, latest = null;

    function content(text, one) {
        const data = member(text, "data"), payment = member(text, "payment");
        const change = (verb, told) => (event) => act(event.currentTarget, async () => {
            if (verb === "discard" && !await agreed(`Discard delivery ${one.id}?`, `${one.destination} will not get it. It is kept with the dead ones and can be sent again.`, "Discard", true)) return;
            if (verb === "retry" && one.state === "delivered" && !await agreed(`Send delivery ${one.id} again?`, `${one.destination} has taken it already and gets it once more, under the same webhook-id.`, "Send again")) return;
            const after = await post(`/api/v1/deliveries/${one.id}/${verb}`);
            outcome(`Delivery ${after.id} ${told}`);
            await load(one.id);
            list().refresh();
            relay.refresh();
        });
        const held = heldBy(one);
        // Each with what it is made of: what did not change stays as it stands.
        return [
            [[one.id, one.state], () => h("header", {}, h("h2", { id: "delivery-title" }, `Delivery ${one.id}`), pill(stateKinds[one.state], one.state),
                h("div.buttons", {},
                    h(one.state === "delivered" ? "button" : "button.primary", { type: "button", onclick: change("retry", "is due at once") }, one.state === "pending" ? "Retry now" : one.state === "delivered" ? "Send again" : "Retry"),
                    one.state === "pending" || one.state === "dead" ? h("button.danger", { type: "button", onclick: change("discard", "is discarded") }, "Discard") : null,
                    h("button.quiet", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×")))],
            [[one.lastError, one.state], () => (one.lastError && one.state !== "delivered" ? h("p.error", {}, one.lastError) : null)],
            [[{ ...one, history: null, request: null, data: null, payment: null }, held], () => facts([
                ["Type", one.type], ["Event", [h("span.mono", {}, one.event), " ", h("a", { href: `#/deliveries?event=${one.event}` }, "all its deliveries")]],
                ["Feed", one.feed ?? "the relay itself"], ["Destination", one.destination], ["Rules", one.rules.join(", ") || "none"], ["Format", one.format],
                ["Amount", one.amount], ["Sender", one.sender && h("span.mono", {}, one.sender)], ["Recipient", one.recipient && h("span.mono", {}, one.recipient)],
                ["Event's time", moment(one.timestamp, clock(one.timestamp, true))], ["Received", moment(one.received, clock(one.received, true))],
                held ? ["Held", `${one.destination} is ${held}`] : ["Next attempt", one.next && moment(one.next, clock(one.next, true))],
                ["Ended", one.ended && moment(one.ended, clock(one.ended, true))], ["Attempts", count(one.attempts)]])],
            [["attempts"], () => tried.element],
            [[data], () => (data ? part("Event", copier(data, "The event"), laidOut(data)) : null)],
            [[payment], () => (payment ? part("Its payment", copier(payment, "The payment"), laidOut(payment)) : null)],
            [[one.request && { ...one.request, headers: one.request.headers.map(({ name, value }) => [name, value === null]) }], () => requestPart(() => latest.request)],
        ];
    }

    /** Lays `next` over what is shown, part by part. */
    function lay(next) {
        next.forEach(([source, make], at) => {
            const key = JSON.stringify(source);
            if (parts[at]?.key === key) return;
            const node = make() ?? document.createComment("");
            const before = parts[at]?.node, focused = before?.contains(document.activeElement) ? [...before.querySelectorAll("button, a, pre")].indexOf(document.activeElement) : -1;
            if (before) before.replaceWith(node);
            else sheet.append(node);
            if (focused >= 0) (node.querySelectorAll?.("button, a, pre")[focused] ?? sheet.querySelector("button")).focus();
            parts[at] = { key, node };
        });
    }

    /** The next look; one that falls into a time when nobody looks is left out, and the one after it comes all the same. */
    function again(id) {
        clearTimeout(timer);
        timer = setTimeout(() => (document.hidden ? again(id) : load(id)), AGAIN);
    }

    async function load(id) {
        clearTimeout(timer);
        let text;
        try {
            text = await askText(`/api/v1/deliveries/${encodeURIComponent(id)}`);
        } catch (error) {
            if (current !== id) return;
            if (loaded === id) return again(id);
            dialog.close();
            if (error.status !== 401) failure(error);
            return;
        }
        if (current !== id) return;
        const one = JSON.parse(text);
        if (loaded !== id) {
            sheet.replaceChildren();
            parts = [];
            tried = attemptsPart();
        }
        // A pause is no change of the delivery, but of what is said of it.
        latest = one;
        lay(content(text, one));
        tried.update(one);
        const cells = sheet.querySelectorAll(".headers td");
        one.request?.headers.forEach(({ value }, at) => value !== null && say(cells[at], value));
        if (loaded !== id) sheet.querySelector("button").focus();
        loaded = id;
        if (one.state === "pending") again(id);
    }

    return {
        open(id) {
            if (current === id) return;
            current = id;
            loaded = null;
            if (!dialog) {
                sheet = h("div.sheet");
                dialog = h("dialog.panel", { "aria-labelledby": "delivery-title", onclose: () => {
                    clearTimeout(timer);
                    dialog.remove();
                    dialog = null;
                    current = null;
                    loaded = null;
                    if (location.hash.startsWith("#/deliveries/")) location.hash = list().address;
                } }, sheet);
                raise(dialog);
            }
            replace(sheet, h("header", {}, h("h2", { id: "delivery-title" }, `Delivery ${id}`)), h("p.note", {}, "Looking…"));
            load(id);
        },
        close() {
            dialog?.close();
        },
    };
}
