// The deliveries: one box that finds by whatever one has at hand, filters, and pages back through the outbox.
import { ask, query, relay } from "./api.js";
import { act, failure } from "./dialogs.js";
import { append, h, replace, say, setPill } from "./dom.js";
import { ago, clock, count, moment, now, plural, zoneNote } from "./format.js";
import { replay } from "./replay.js";

const PAGE = 50;
/** A rare wallet is looked for over many pages; past this many empty ones in a row one is asked whether to go on. */
const EMPTY_PAGES = 50;
export const stateKinds = { pending: "busy", delivered: "ok", dead: "bad", discarded: "idle" };

/** The state of a destination that holds `one` back; null where its attempts go on. */
export function heldBy(one) {
    const to = relay.status?.destinations.find((other) => other.name === one.destination)?.state;
    return one.state === "pending" && to && !["active", "down"].includes(to) ? to : null;
}

/** What a search is taken for: `[the parameter, its value, what is said of it]`. */
export function taken(text) {
    const word = text.trim();
    if (!word) return null;
    const said = /^(event|delivery|wallet|payment)\s*[:=]\s*(.+)$/i.exec(word);
    if (said) return [said[1].toLowerCase(), said[2]];
    if (word.startsWith("evt_")) return ["event", word];
    if (/^\d+$/.test(word)) return ["delivery", word];
    if (/^0x[0-9a-f]{40}$/i.test(word) || /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(word)) return ["wallet", word];
    return ["payment", word];
}

const hints = {
    event: "taken for an event's id", delivery: "taken for a delivery's number: Enter opens it", wallet: "taken for a wallet",
    payment: "taken for a payment's id",
};

export function deliveries(parent) {
    const field = (id, label, element) => h("div.field", {}, h("label", { for: id }, label), element);
    const search = h("input", { id: "search", type: "search", placeholder: "evt_…, number, wallet or payment", spellcheck: "false", autocomplete: "off", "aria-describedby": "search-hint" });
    const hint = h("p.hint", { id: "search-hint", "aria-live": "polite" });
    const destination = h("select", { id: "by-destination" }), rule = h("input", { id: "by-rule", list: "rule-names", placeholder: "any", autocomplete: "off" });
    const names = h("datalist", { id: "rule-names" });
    const state = h("select", { id: "by-state" }, h("option", { value: "" }, "any"), Object.keys(stateKinds).map((one) => h("option", { value: one }, one)));
    const since = h("input", { id: "by-since", placeholder: "2h, 7d, 2026-01-31", autocomplete: "off" });
    const until = h("input", { id: "by-until", placeholder: "now", autocomplete: "off" });
    const fields = { destination, state, rule, since, until };
    const told = h("p.note", { id: "deliveries-told", role: "status" }), body = h("tbody"), older = h("button", { type: "button", id: "older", hidden: true }, "Older");
    let cursor = null, listed = 0, running = null, isShown = false, filter = {};

    const values = () => {
        const found = Object.fromEntries(Object.entries(fields).map(([key, element]) => [key, element.value.trim()]));
        const word = taken(search.value);
        if (word && word[0] !== "delivery") found[word[0]] = word[1];
        return found;
    };

    function row(one) {
        const mark = h("span");
        setPill(mark, stateKinds[one.state], one.state);
        const held = heldBy(one);
        const next = one.state === "pending" ? held ? `held: ${held}` : (one.next ? (Date.parse(one.next) > now() ? `next ${clock(one.next)}` : "due") : "behind another") : one.ended ? `ended ${clock(one.ended)}` : "";
        return h("tr", { "data-id": one.id }, h("th", { scope: "row" }, h("a", { href: `#/deliveries/${one.id}` }, one.id)),
            h("td", { "data-name": "Event" }, h("span.clip", {}, one.type), h("span.sub.mono", {}, one.event)),
            h("td", { "data-name": "Destination" }, one.destination, h("span.sub", {}, one.rules.join(", "))),
            h("td", { "data-name": "State" }, mark, h("span.sub", {}, next)),
            h("td.number", { "data-name": "Attempts" }, count(one.attempts)),
            h("td", { "data-name": "Received" }, moment(one.received), h("span.sub", {}, ago(one.received))),
            h("td.wide", { "data-name": "Last error" }, h("span.clip", {}, one.lastError ?? "–")));
    }

    /** The next page; also a short or an empty one has a cursor where there is more. */
    async function page() {
        running?.abort();
        const mine = running = new AbortController();
        older.hidden = true;
        try {
            for (let pages = 0, found = 0; found === 0; pages += 1) {
                if (pages === EMPTY_PAGES) break;
                say(told, cursor ? `Looking back from delivery ${cursor}…` : "Looking…");
                const answer = await ask(`/api/v1/deliveries${query({ ...filter, limit: String(PAGE), cursor })}`, { signal: mine.signal });
                if (mine.signal.aborted) return;
                found = answer.deliveries.length;
                listed += found;
                cursor = answer.cursor;
                append(body, answer.deliveries.map(row));
                if (!cursor) break;
            }
            say(told, listed ? `${plural(listed, "delivery", "deliveries")}${cursor ? ", and there are older ones" : ", that is all"}, as of ${clock(now())}.`
                : cursor ? `None back to delivery ${cursor}; older ones have not been looked at yet.` : "No delivery fits.");
            older.hidden = !cursor;
        } catch (error) {
            if (mine.signal.aborted) return;
            say(told, "");
            older.hidden = !cursor;
            if (error.status !== 401) failure(error);
        }
    }

    function refresh() {
        if (!isShown) return;
        // What is typed later counts from the next look on, not in the middle of a listing.
        filter = values();
        cursor = null;
        listed = 0;
        body.replaceChildren();
        return page();
    }

    /** Puts the filters into the address, so that a search can be handed on; the address brings the page. */
    function look() {
        const word = taken(search.value);
        if (word?.[0] === "delivery") location.hash = `#/deliveries/${encodeURIComponent(word[1])}`;
        else {
            const next = `#/deliveries${query(values())}`;
            if (location.hash === next) refresh();
            else location.hash = next;
        }
    }

    search.addEventListener("input", () => {
        const word = taken(search.value);
        say(hint, word ? hints[word[0]] : "");
    });
    for (const element of [search, rule, since, until]) element.addEventListener("keydown", (event) => { if (event.key === "Enter") look(); });
    for (const element of [destination, state]) element.addEventListener("change", look);
    older.addEventListener("click", () => act(older, page));

    append(parent, [
        h("div.block", {},
            h("header", {}, h("h1", {}, "Deliveries"),
                h("div.buttons", {}, h("button", { type: "button", id: "replay", onclick: () => replay(values(), refresh) }, "Send again…"))),
            h("div.filters", { role: "search" },
                h("div.field.wide", {}, h("label", { for: "search" }, "Find ", h("kbd", {}, "/")), search, hint),
                field("by-destination", "Destination", destination), field("by-state", "State", state), field("by-rule", "Rule", h("div", {}, rule, names)),
                field("by-since", "Received since", since), field("by-until", "until", until),
                h("div.buttons", {}, h("button.primary", { type: "button", id: "look", onclick: look }, "Look"),
                    h("button.quiet", { type: "button", id: "clear", onclick: () => {
                        if (location.hash === "#/deliveries") refresh();
                        else location.hash = "#/deliveries";
                        search.value = "";
                        say(hint, "");
                    } }, "Clear")),
                h("p.hint", { id: "zone" }, zoneNote())),
            told,
            h("div.scroll", {}, h("table.rows", { id: "deliveries-table" }, h("thead", {}, h("tr", {},
                ["Number", "Event", "Destination", "State", "Attempts", "Received", "Last error"].map((name) => h("th", { scope: "col" }, name)))), body)),
            older),
    ]);

    let known = "";
    relay.hears.push((status) => {
        const next = [...status.destinations.map((one) => one.name), "\n", ...status.rules.map((one) => one.name)].join("\t");
        if (next === known) return;
        known = next;
        const was = destination.value || destination.dataset.wanted || "";
        replace(destination, h("option", { value: "" }, "any"), status.destinations.map((one) => h("option", { value: one.name }, one.name)));
        destination.value = was;
        replace(names, status.rules.map((one) => h("option", { value: one.name })));
    });

    let asked = null;
    return {
        refresh,
        /** An address with a delivery in it opens that one over the list as it is. */
        enter(parameters, id) {
            const next = parameters.toString();
            const isNew = !isShown || next !== asked;
            isShown = true;
            if (id !== undefined) return asked === null ? ((asked = ""), refresh()) : undefined;
            if (!isNew) return;
            asked = next;
            for (const [key, element] of Object.entries(fields)) element.value = parameters.get(key) ?? "";
            // The list of destinations comes with the first status: until then a select cannot hold a name.
            destination.dataset.wanted = parameters.get("destination") ?? "";
            if (destination.value !== destination.dataset.wanted) {
                append(destination, h("option", { value: destination.dataset.wanted }, destination.dataset.wanted));
                destination.value = destination.dataset.wanted;
            }
            const word = ["event", "wallet", "payment"].find((key) => parameters.get(key));
            search.value = word ? (taken(parameters.get(word))[0] === word ? "" : `${word}:`) + parameters.get(word) : "";
            search.dispatchEvent(new Event("input"));
            refresh();
        },
        leave() {
            isShown = false;
            running?.abort();
        },
        /** Where the detail returns to. */
        get address() { return `#/deliveries${asked ? `?${asked}` : ""}`; },
    };
}
