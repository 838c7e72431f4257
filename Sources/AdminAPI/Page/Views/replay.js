// Sending many again: the dead ones one by one, so that nothing that arrived goes out twice; or everything of a time, in one go.
import { ask, post, query, relay } from "./api.js";
import { act, outcome, show } from "./dialogs.js";
import { h, say } from "./dom.js";
import { count, plural } from "./format.js";

const PAGE = 500;
/** Retries asked for at once: enough to be quick, few enough to leave the relay's connections to others. */
const AT_ONCE = 4;

/** Retries every dead delivery that `filter` takes; `told(done)` follows it, `signal` stops it. */
async function retryDead(filter, told, signal) {
    let cursor = null, done = 0, refused = 0;
    do {
        // Oldest first, as they were accepted: receivers get them in that order as far as they are free.
        const page = await ask(`/api/v1/deliveries${query({ ...filter, state: "dead", order: "oldest", limit: String(PAGE), cursor })}`, { signal });
        cursor = page.cursor;
        const left = page.deliveries.map((one) => one.id).reverse();
        const work = async () => {
            while (left.length && !signal.aborted) {
                try {
                    await post(`/api/v1/deliveries/${left.pop()}/retry`);
                    done += 1;
                } catch (error) {
                    // Somebody else brought it back, or it is gone by now: the others still want it.
                    if (error.status !== 404 && error.status !== 409) throw error;
                    refused += 1;
                }
                told(done);
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
    } while (cursor && !signal.aborted);
    return { done, refused };
}

/** Asks what to send again, beginning with what the list is filtered by. */
export function replay(filter, changed) {
    const names = relay.status?.destinations.map((one) => one.name) ?? [];
    const destination = h("select", { id: "replay-destination" }, h("option", { value: "" }, "all destinations"), names.map((name) => h("option", { value: name }, name)));
    destination.value = names.includes(filter.destination) ? filter.destination : "";
    const rule = h("input", { id: "replay-rule", value: filter.rule ?? "", list: "rule-names", placeholder: "any rule" });
    const since = h("input", { id: "replay-since", value: filter.since ?? "", placeholder: "2h, 7d, 2026-01-31T12:00:00Z" });
    const until = h("input", { id: "replay-until", value: filter.until ?? "", placeholder: "now" });
    const dead = h("input", { type: "radio", name: "what", id: "replay-dead", checked: true });
    const all = h("input", { type: "radio", name: "what", id: "replay-all" });
    const told = h("p.note", { role: "status" }), stop = new AbortController();
    const values = () => Object.fromEntries(Object.entries({ destination, rule, since, until }).map(([key, element]) => [key, element.value.trim()]).filter(([, value]) => value));
    const go = (event) => act(event.currentTarget, async () => {
        if (all.checked) {
            const { replayed } = await post("/api/v1/replay", JSON.stringify(values()));
            outcome(`${plural(replayed, "delivery is", "deliveries are")} sent again`);
        } else {
            const { done, refused } = await retryDead(values(), (done) => say(told, `${count(done)} so far… Close to stop.`), stop.signal);
            outcome(`${plural(done, "dead delivery is", "dead deliveries are")} sent again${refused ? `; ${count(refused)} were no longer dead` : ""}`);
        }
        dialog.close();
    });
    const choice = (input, id, title, text) => h("div.choice", {}, input, h("label", { for: id }, h("b", {}, title), h("span", {}, text)));
    const field = (id, label, element) => h("div.field", {}, h("label", { for: id }, label), element);
    const dialog = h("dialog.question", { "aria-labelledby": "replay-title", onclose: () => {
        stop.abort();
        changed();
        relay.refresh();
    } },
    h("h2", { id: "replay-title" }, "Send again"),
    choice(dead, "replay-dead", "Dead ones only", "What was given up. Nothing that arrived goes out twice."),
    choice(all, "replay-all", "Everything, delivered and dead", "For a receiver that lost what it had. It needs at least one of the fields below, and receivers see the same webhook-id again."),
    h("div.filters", {}, field("replay-destination", "Destination", destination), field("replay-rule", "Rule", rule),
        field("replay-since", "Received since", since), field("replay-until", "until", until)),
    told,
    h("div.buttons", {}, h("button", { type: "button", onclick: () => dialog.close() }, "Close"), h("button.primary", { type: "button", id: "replay-go", onclick: go }, "Send again")));
    stop.signal.addEventListener("abort", () => say(told, ""));
    show(dialog);
}

