// One delivery: what it carries, what was tried, what exactly goes out, and how to send it again or give it up.
import { askText, post, relay } from "./api.js";
import { act, agreed, copy, failure, outcome, raise } from "./dialogs.js";
import { facts, h, pill, replace } from "./dom.js";
import { clock, count, duration, moment } from "./format.js";
import { laidOut, member } from "./json.js";
import { stateKinds } from "./deliveries.js";

/** How often a delivery that waits is looked at again while it is shown. */
const AGAIN = 2000;
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

function attempts(history) {
    if (!history.length) return h("p.note", {}, "Nothing has been tried yet.");
    return h("ol.attempts", {}, history.map((one) => {
        const isGood = one.status >= 200 && one.status < 300;
        return h("li", {}, h("p", {}, pill(isGood ? "ok" : "bad", one.status === null ? "no answer" : String(one.status)),
            h("b", {}, `Attempt ${count(one.number)}`), moment(one.started, clock(one.started, true)), h("span", {}, `took ${duration(one.duration)}`),
            one.webhookTimestamp === null ? null : h("span.sub", {}, `webhook-timestamp ${one.webhookTimestamp}`)),
            one.error ? h("p.error", {}, one.error) : null,
            one.answer ? h("pre.answer", { tabindex: "0", "aria-label": `The answer to attempt ${one.number}` }, one.answer) : null);
    }));
}

function requestPart(request) {
    if (!request) return part("Request", null, h("p.note", {}, "The destination is not configured any longer: there is no request to show."));
    return part("Request", [h("button.quiet", { type: "button", onclick: () => copy(curl(request), "The command") }, "Copy as curl"), copier(request.body, "The body")],
        h("p.mono.url", {}, `${request.method} ${request.url}`),
        h("table.plain.headers", {}, h("tbody", {}, request.headers.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name),
            h("td.mono", {}, value === null ? h("i", {}, "hidden: it is a secret") : value))))),
        h("pre.body", { tabindex: "0", "aria-label": "The body as it is sent" }, request.body));
}

/** Opens and closes with the address; `list` is the listing below it, told of changes, and where closing leads to. */
export function delivery(list) {
    let dialog = null, sheet = null, current = null, timer = 0, loaded = null, lastText = null;

    function content(text) {
        const one = JSON.parse(text);
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
        return [
            h("header", {}, h("h2", { id: "delivery-title" }, `Delivery ${one.id}`), pill(stateKinds[one.state], one.state),
                h("div.buttons", {},
                    h(one.state === "delivered" ? "button" : "button.primary", { type: "button", onclick: change("retry", "is due at once") }, one.state === "pending" ? "Retry now" : one.state === "delivered" ? "Send again" : "Retry"),
                    one.state === "pending" || one.state === "dead" ? h("button.danger", { type: "button", onclick: change("discard", "is discarded") }, "Discard") : null,
                    h("button.quiet", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×"))),
            one.lastError && one.state !== "delivered" ? h("p.error", {}, one.lastError) : null,
            facts([["Type", one.type], ["Event", [h("span.mono", {}, one.event), " ", h("a", { href: `#/deliveries?event=${one.event}` }, "all its deliveries")]],
                ["Feed", one.feed ?? "the relay itself"], ["Destination", one.destination], ["Rules", one.rules.join(", ") || "none"], ["Format", one.format],
                ["Amount", one.amount], ["Sender", one.sender && h("span.mono", {}, one.sender)], ["Recipient", one.recipient && h("span.mono", {}, one.recipient)],
                ["Event's time", moment(one.timestamp, clock(one.timestamp, true))], ["Received", moment(one.received, clock(one.received, true))],
                ["Next attempt", one.next && moment(one.next, clock(one.next, true))], ["Ended", one.ended && moment(one.ended, clock(one.ended, true))],
                ["Attempts", count(one.attempts)]]),
            part("Attempts", null, attempts(one.history)),
            data ? part("Event", copier(data, "The event"), laidOut(data)) : null,
            payment ? part("Its payment", copier(payment, "The payment"), laidOut(payment)) : null,
            requestPart(one.request),
        ];
    }

    async function load(id) {
        clearTimeout(timer);
        let text;
        try {
            text = await askText(`/api/v1/deliveries/${encodeURIComponent(id)}`);
        } catch (error) {
            if (current !== id) return;
            if (loaded === id) {
                timer = setTimeout(load, AGAIN * 5, id);
                return;
            }
            dialog.close();
            if (error.status !== 401) failure(error);
            return;
        }
        if (current !== id) return;
        // What is being read stays as it is until it changes.
        if (loaded !== id || lastText !== text) {
            const place = dialog.scrollTop, focused = [...sheet.querySelectorAll("button, a, pre")].indexOf(document.activeElement);
            replace(sheet, content(text));
            lastText = text;
            if (loaded === id) {
                dialog.scrollTop = place;
                sheet.querySelectorAll("button, a, pre")[focused]?.focus();
            } else sheet.querySelector("button").focus();
            loaded = id;
        }
        if (JSON.parse(text).state === "pending" && !document.hidden) timer = setTimeout(load, AGAIN, id);
    }

    return {
        open(id) {
            if (current === id) return;
            current = id;
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
