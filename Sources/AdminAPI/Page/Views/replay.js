// Sending many again: the dead ones alone, so that nothing that arrived goes out twice; or everything of a time.
import { post, relay } from "./api.js";
import { act, outcome, show } from "./dialogs.js";
import { h } from "./dom.js";
import { plural, zoneNote } from "./format.js";

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
    const values = () => Object.fromEntries(Object.entries({ destination, rule, since, until }).map(([key, element]) => [key, element.value.trim()]).filter(([, value]) => value));
    const go = (event) => act(event.currentTarget, async () => {
        const body = all.checked ? values() : { ...values(), state: "dead" };
        const { replayed } = await post("/api/v1/replay", JSON.stringify(body));
        const many = all.checked ? ["delivery is", "deliveries are"] : ["dead delivery is", "dead deliveries are"];
        outcome(`${plural(replayed, ...many)} sent again`);
        dialog.close();
    });
    const choice = (input, id, title, text) => h("div.choice", {}, input, h("label", { for: id }, h("b", {}, title), h("span", {}, text)));
    const field = (id, label, element) => h("div.field", {}, h("label", { for: id }, label), element);
    const dialog = h("dialog.question", { "aria-labelledby": "replay-title", onclose: () => {
        changed();
        relay.refresh();
    } },
    h("h2", { id: "replay-title" }, "Send again"),
    choice(dead, "replay-dead", "Dead ones only", "What was given up. Nothing that arrived goes out twice."),
    choice(all, "replay-all", "Everything, delivered and dead", "For a receiver that lost what it had. It needs at least one of the fields below, and receivers see the same webhook-id again."),
    h("div.filters", {}, field("replay-destination", "Destination", destination), field("replay-rule", "Rule", rule),
        field("replay-since", "Received since", since), field("replay-until", "until", until), h("p.hint", {}, zoneNote())),
    h("div.buttons", {}, h("button", { type: "button", onclick: () => dialog.close() }, "Close"), h("button.primary", { type: "button", id: "replay-go", onclick: go }, "Send again")));
    show(dialog);
}

