// The answer in ten seconds: a sentence, six figures, and what needs somebody, worst first, each with what mends it.
import { relay } from "./api.js";
import { append, h, keyed, pill, replace, say } from "./dom.js";
import { age, bytes, count, plural } from "./format.js";
import { resume } from "./destinations.js";

/** Points that are shown before one asks for all. */
const SHOWN = 8;

/** What needs somebody: `{ key, kind, what, why, act }`, worst first. */
export function points(status) {
    const found = [];
    const add = (kind, key, what, why, act = null) => found.push({ kind, key, what, why, act });
    const { outbox, payments } = status;
    const share = outbox.maxSize ? outbox.size / outbox.maxSize : 0;
    if (!status.running) add("bad", "stopped", "The relay is not running", "this is what its outbox holds");
    if (outbox.trouble) add("bad", "outbox", "The outbox cannot be written", outbox.trouble);
    if (outbox.pressed) {
        add("bad", "pressed", "The feeds are not read", `the outbox cannot take more: ${bytes(outbox.size)} of ${bytes(outbox.maxSize)} are in use, ${bytes(outbox.keptSize)} of it have to be kept`);
    } else if (share >= 0.8) {
        add("warn", "full", `The outbox is ${Math.floor(share * 100)} % full`, `${bytes(outbox.size)} of ${bytes(outbox.maxSize)}; ${bytes(outbox.keptSize)} of it have to be kept; at its limit the feeds are no longer read`);
    }
    for (const feed of status.feeds) {
        const name = `feed:${feed.name}`;
        if (feed.state === "down") add("bad", name, `Feed ${feed.name} is down`, sofar(feed));
        else if (feed.state === "unhealthy") add("bad", name, `Feed ${feed.name} is unhealthy`, sofar(feed));
        else if (!feed.reading && !outbox.pressed) add("bad", name, `Feed ${feed.name} is not read`, "its events wait at the vendor");
        else if (feed.connections < feed.configuredConnections) {
            add("warn", name, `Feed ${feed.name} has ${feed.connections} of ${feed.configuredConnections} connections`, feed.lastFailure?.reason ?? "");
        }
        if (feed.slice && !["paid", "paying"].includes(feed.slice.state)) {
            add("bad", `slice:${feed.name}`, `Feed ${feed.name} is not paid: ${feed.slice.state}`, feed.slice.reason ?? "", { text: "Payments", href: "#/payments" });
        }
    }
    for (const to of status.destinations) {
        const waiting = to.pending ? `${plural(to.pending, "delivery waits", "deliveries wait")}${to.oldestPending ? `, the oldest for ${age(to.oldestPending)}` : ""}` : "nothing waits";
        const name = `destination:${to.name}`;
        const why = `${sofar(to)}${to.reason || to.since ? "; " : ""}${waiting}`;
        const mend = { text: "Resume", destination: to };
        if (to.state === "disabled") add("bad", name, `${to.name} is disabled`, why, mend);
        else if (to.state === "down") add("bad", name, `${to.name} is down`, why, { text: "Look", href: link(to.name, "pending") });
        else if (to.state === "paused") add("warn", name, `${to.name} is paused`, why, mend);
        else if (to.state === "removed") add("warn", name, `${to.name} is no longer configured`, waiting, { text: "Look", href: link(to.name, "pending") });
        else if (isLate(to)) add("warn", name, `${to.name} is behind`, `${waiting}${to.lastFailure ? `; last failure ${age(to.lastFailure.at)} ago: ${to.lastFailure.reason}` : ""}`, { text: "Look", href: link(to.name, "pending") });
        if (to.dead) add("note", `dead:${to.name}`, `${plural(to.dead, "dead delivery", "dead deliveries")} for ${to.name}`, "given up and kept; sent again when you say so", { text: "Look", href: link(to.name, "dead") });
    }
    if (payments?.unresolved) add("warn", "unresolved", `${plural(payments.unresolved, "payment")} without a known outcome`, "nothing is signed anew before the chain has decided", { text: "Payments", href: "#/payments" });
    const order = ["bad", "warn", "note"];
    return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

const sofar = (one) => [one.since ? `for ${age(one.since)}` : "", one.reason ?? ""].filter(Boolean).join(": ");

/** Waiting for longer than a retry or two takes. */
export const isLate = (to) => to.oldestPending !== null && Date.parse(to.oldestPending) < Date.parse(relay.status.now) - 120000;

const link = (destination, state) => `#/deliveries?${new URLSearchParams({ destination, state })}`;
const words = { bad: "Trouble", warn: "Attention", note: "Note" };

function verdict(status, found) {
    const bad = found.filter((point) => point.kind === "bad").length;
    const isUp = (feed) => feed.state !== "down" && feed.reading;
    const up = status.feeds.filter(isUp).length;
    const received = status.feeds.reduce((sum, feed) => sum + feed.lastMinute.received, 0);
    if (!status.running) return ["bad", "The relay is not running"];
    if (!up) return ["bad", "No events flow"];
    if (up < status.feeds.length) return ["bad", `Events flow from ${up} of ${status.feeds.length} feeds`];
    if (bad) return ["bad", received ? "Events flow, but not all of them arrive" : "Something is stuck"];
    if (!status.ready) return ["bad", "The relay is not ready"];
    if (!received) return ["ok", "All is well, and quiet: no event in the last minute"];
    return found.some((point) => point.kind === "warn") ? ["warn", "Events flow; something wants a look"] : ["ok", "Events flow"];
}

function point(item) {
    const mark = h("span"), what = h("b"), why = h("span.why"), place = h("div.act");
    let shownAct = null;
    const element = h("li.point", {}, mark, h("div.text", {}, what, " ", why), place);
    return {
        element,
        update(next) {
            replace(mark, pill(next.kind === "note" ? "idle" : next.kind, words[next.kind]));
            say(what, next.what);
            say(why, next.why);
            const act = next.act ? `${next.act.text} ${next.act.href}` : null;
            if (act === shownAct) return;
            shownAct = act;
            replace(place, !next.act ? null : next.act.href
                ? h("a.button", { href: next.act.href, "aria-label": `${next.act.text}: ${next.what}` }, next.act.text)
                : h("button.primary", { type: "button", "aria-label": `${next.act.text} ${next.act.destination.name}`, onclick: (event) => resume(event.currentTarget, next.act.destination.name) }, next.act.text));
        },
    };
}

const figures = [
    ["received", "Events in", "last minute", (s) => s.feeds.reduce((sum, f) => sum + f.lastMinute.received, 0)],
    ["matched", "Matched", "last minute", (s) => s.feeds.reduce((sum, f) => sum + f.lastMinute.matched, 0)],
    ["delivered", "Delivered", "last minute", (s) => s.destinations.reduce((sum, d) => sum + d.lastMinute.delivered, 0)],
    ["failed", "Failed attempts", "last minute", (s) => s.destinations.reduce((sum, d) => sum + d.lastMinute.failed, 0)],
    ["waiting", "Waiting", "", (s) => s.destinations.reduce((sum, d) => sum + d.pending, 0)],
    ["dead", "Dead", "kept in the outbox", (s) => s.destinations.reduce((sum, d) => sum + d.dead, 0)],
];

export function standing(parent) {
    const title = h("h1", {}, "Asking the relay…"), reasons = h("ul.reasons"), list = h("ul.points"), more = h("button.quiet", { type: "button", hidden: true });
    const card = h("div.verdict", { role: "status" }, title, reasons);
    const tiles = new Map(figures.map(([key, name, note]) => [key, { value: h("dd", { id: `figure-${key}` }, "–"), note: h("dd.note", {}, note), name }]));
    append(parent, [
        card,
        h("dl.figures", {}, [...tiles].map(([key, tile]) => h(`div.${key}`, {}, h("dt", {}, tile.name), tile.value, tile.note))),
        h("section.attention", { "aria-label": "What needs you" }, list, more),
    ]);
    const rows = keyed(list, (item) => item.key, point);
    let isOpen = false, last = [];
    const fill = () => {
        rows(isOpen ? last : last.slice(0, SHOWN));
        more.hidden = last.length <= SHOWN;
        say(more, isOpen ? "Show fewer" : `Show all ${last.length}`);
    };
    more.addEventListener("click", () => {
        isOpen = !isOpen;
        fill();
    });
    relay.hears.push((status) => {
        last = points(status);
        const [kind, text] = verdict(status, last);
        card.className = `verdict ${kind}`;
        say(title, text);
        if (reasons.dataset.text !== status.reasons.join("\n")) {
            reasons.dataset.text = status.reasons.join("\n");
            replace(reasons, status.reasons.slice(0, 12).map((reason) => h("li", {}, reason)),
                status.reasons.length > 12 ? h("li", {}, `and ${status.reasons.length - 12} more`) : null);
        }
        for (const [key, , , sum] of figures) {
            const value = sum(status);
            say(tiles.get(key).value, count(value));
            tiles.get(key).value.parentElement.classList.toggle("some", value > 0);
        }
        const oldest = status.destinations.map((to) => to.oldestPending).filter(Boolean).sort()[0];
        say(tiles.get("waiting").note, oldest ? `oldest for ${age(oldest)}` : "nothing waits");
        fill();
    });
}
