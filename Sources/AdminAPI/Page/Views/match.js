// Why did this event go there, or why did it not? The rules' own answer, for an event that is pasted here.
import { askText, query, relay } from "./api.js";
import { act } from "./dialogs.js";
import { append, h, pill, replace, say } from "./dom.js";
import { count, plural } from "./format.js";
import { members } from "./json.js";

/** Rules that are shown before one filters or asks for all. */
const SHOWN = 50;

export function match(parent) {
    const feed = h("select", { id: "match-feed" });
    const text = h("textarea", { id: "match-event", rows: 14, spellcheck: "false", placeholder: '{"type":"payment","paymentId":"…","amount":"1.50",…}', "aria-describedby": "match-hint" });
    const judge = h("button.primary", { type: "button", id: "match-go" }, "Judge");
    const told = h("p.verdict-line", { id: "match-told", role: "status" }), list = h("ul.rules", { id: "match-rules" });
    const filter = h("input", { type: "search", placeholder: "Filter by rule", "aria-label": "Filter by rule", hidden: true });
    const all = h("button.quiet", { type: "button", hidden: true });
    let rules = [], isOpen = false;

    function draw() {
        const word = filter.value.trim().toLowerCase();
        const found = rules.filter(([name]) => name.toLowerCase().includes(word));
        const shown = isOpen ? found : found.slice(0, SHOWN);
        const where = new Map(relay.status?.rules.map((rule) => [rule.name, rule.deliverTo]));
        replace(list, shown.map(([name, reason]) => h(`li.${reason === null ? "yes" : "no"}`, {},
            pill(reason === null ? "ok" : "idle", reason === null ? "matches" : "no match"), h("b", {}, name),
            h("span", {}, reason ?? `→ ${where.get(name)?.join(", ") ?? ""}`))));
        filter.hidden = rules.length <= SHOWN;
        all.hidden = found.length <= SHOWN;
        say(all, isOpen ? "Show fewer" : `Show all ${count(found.length)}`);
    }

    const go = () => act(judge, async () => {
        if (!text.value.trim()) return say(told, "Paste an event first: the JSON that the feed sends.");
        const answer = await askText(`/api/v1/match${query({ feed: feed.value })}`, { method: "POST", body: text.value });
        // A rule may be called 7, or __proto__: the order and the names come from the answer's text.
        const parts = new Map(members(answer));
        rules = members(parts.get("rules")).map(([name, reason]) => [name, JSON.parse(reason)]);
        rules.sort((a, b) => (a[1] !== null) - (b[1] !== null));
        const matched = rules.filter(([, reason]) => reason === null).length;
        say(told, `${matched ? plural(matched, "rule takes", "rules take") : "No rule takes"} it${rules.length > matched ? `, ${plural(rules.length - matched, "does", "do")} not` : ""}, as if it came from ${JSON.parse(parts.get("feed"))}.`);
        isOpen = false;
        draw();
    });
    judge.addEventListener("click", go);
    text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go(); });
    filter.addEventListener("input", draw);
    all.addEventListener("click", () => {
        isOpen = !isOpen;
        draw();
    });
    append(parent, [h("div.block", {}, h("header", {}, h("h1", {}, "Match")),
        h("p.note", { id: "match-hint" }, "Nothing is sent and nothing is kept. A settlement is judged with the payment that the outbox remembers."),
        h("div.match", {},
            h("div", {}, h("div.field", {}, h("label", { for: "match-event" }, "Event, as the feed sends it"), text),
                h("div.filters", {}, h("div.field", {}, h("label", { for: "match-feed" }, "As if it came from"), feed), h("div.buttons", {}, judge, h("span.note", {}, "or Ctrl + Enter")))),
            h("div.answer", {}, told, filter, list, all)))]);
    let known = "";
    relay.hears.push((status) => {
        const names = status.feeds.map((one) => one.name);
        if (names.join() === known) return;
        known = names.join();
        const was = feed.value;
        replace(feed, names.map((name) => h("option", { value: name }, name)));
        if (names.includes(was)) feed.value = was;
    });
    return {};
}
