// The answer in ten seconds: a sentence, six figures, and what needs somebody, worst first, each with what mends it.
import { relay } from "./api.js";
import { append, h, keyed, pill, replace, say } from "./dom.js";
import { age, bytes, count, plural } from "./format.js";
import { resume } from "./destinations.js";

/** Points that are shown before one asks for all. */
const SHOWN = 8;

/**
 * From where on something needs somebody: the CLI's own limits, so that `status` and this page judge alike
 * (RelayCommand/Control/Standing/Screen: DestinationScreen.patience, StatusScreen's isNearlyFull; PaymentText.pressure).
 */
export const LIMITS = {
    /** Seconds that a delivery may wait: the second attempt of the usual schedule has failed by then. */
    late: 300,
    /** Share of what has to be kept of `outbox.maxSize`, and of what is spent of a limit. */
    full: 0.8,
};

/** How much a share presses, as the state of a bar. */
export const pressure = (share) => (share >= 1 ? "bad" : share >= LIMITS.full ? "warn" : "");

/** What has to be kept fills an outbox: delivered history goes by itself to make room. */
export const keptShare = (outbox) => (outbox.maxSize ? outbox.keptSize / outbox.maxSize : 0);

/** Something waits for longer than a retry or two takes. */
export const isLate = (to, now = relay.status.now) => to.oldestPending !== null && Date.parse(now) - Date.parse(to.oldestPending) > LIMITS.late * 1000;

/** Nothing at all arrived in the last minute, and of what was tried most failed: the rest is on its way. */
export const isRefusing = (to) => to.state === "active" && to.lastMinute.delivered === 0 && to.lastMinute.failed > to.inFlight;

const isOut = (to) => ["down", "disabled", "removed"].includes(to.state);
const isRead = (feed) => feed.state !== "down" && feed.reading;

/** A payment whose outcome is not known takes nothing away while the slice before it goes on. */
const isCovered = (slice, now) => ["paid", "paying"].includes(slice.state)
    || (slice.state === "unresolved" && slice.paidUntil !== null && Date.parse(now) < Date.parse(slice.paidUntil));

/** What needs somebody: `{ key, kind, what, why, act }`, worst first. */
export function points(status) {
    const found = [];
    const add = (kind, key, what, why, act = null) => found.push({ kind, key, what, why, act });
    const { outbox, payments } = status;
    const share = keptShare(outbox), inUse = `${bytes(outbox.size)} of ${bytes(outbox.maxSize)} are in use, ${bytes(outbox.keptSize)} of it must be kept`;
    if (!status.running) add("bad", "stopped", "The relay is not running", "this is what its outbox holds");
    if (outbox.trouble) add("bad", "outbox", "The outbox cannot be written", outbox.trouble);
    if (outbox.pressed) add("bad", "pressed", "The feeds are not read", `the outbox cannot take more: ${inUse}`);
    else if (share >= LIMITS.full) add("warn", "full", `What must be kept fills ${Math.floor(share * 100)} % of the outbox`, `${inUse}; at its limit the feeds are no longer read`);
    for (const feed of status.feeds) {
        const name = `feed:${feed.name}`;
        if (feed.state === "down") add("bad", name, `Feed ${feed.name} is down`, sofar(feed));
        else if (!feed.reading && !outbox.pressed) add("warn", name, `Feed ${feed.name} is not read`, "a vendor ends a connection that is not read, and events are then missed");
        else if (feed.state === "unhealthy") add("warn", name, `Feed ${feed.name} is unhealthy`, sofar(feed));
        else if (feed.connections < feed.configuredConnections) {
            add("warn", name, `Feed ${feed.name} has ${feed.connections} of ${feed.configuredConnections} connections`, feed.lastFailure?.reason ?? "");
        }
        if (feed.refusedKeys.length) add("warn", `keys:${feed.name}`, `Feed ${feed.name} refuses ${plural(feed.refusedKeys.length, "key")}`, feed.refusedKeys.join(", "));
        if (feed.slice && !isCovered(feed.slice, status.now)) {
            add("bad", `slice:${feed.name}`, `Feed ${feed.name} is not paid: ${feed.slice.state}`, feed.slice.reason ?? "", { text: "Payments", href: "#/payments" });
        }
    }
    for (const to of status.destinations) {
        const waiting = to.pending ? `${plural(to.pending, "delivery waits", "deliveries wait")}${to.oldestPending ? `, the oldest for ${age(to.oldestPending)}` : ""}` : "nothing waits";
        const name = `destination:${to.name}`;
        const why = `${sofar(to)}${to.reason || to.since ? "; " : ""}${waiting}`;
        const last = to.lastFailure ? `; last failure ${age(to.lastFailure.at)} ago: ${to.lastFailure.reason}` : "";
        const mend = { text: "Resume", destination: to }, look = { text: "Look", href: link(to.name, "pending") };
        const { delivered, failed } = to.lastMinute;
        if (to.state === "disabled") add("bad", name, `${to.name} is disabled`, why, mend);
        else if (to.state === "down") add("bad", name, `${to.name} is down`, why, look);
        else if (to.state === "paused") add("warn", name, `${to.name} is paused`, why, mend);
        else if (to.state === "removed") {
            if (to.pending) add("warn", name, `${to.name} is no longer configured`, waiting, look);
        } else if (isRefusing(to)) add("bad", name, `${to.name} takes nothing`, `${plural(failed, "attempt")} failed in the last minute and none succeeded; ${waiting}${last}`, look);
        else if (isLate(to, status.now)) add("warn", name, `${to.name} is behind`, `${waiting}${last}`, look);
        else if (failed) add("warn", name, `Attempts at ${to.name} fail`, `${count(failed)} failed in the last minute, ${count(delivered)} delivered; ${waiting}${last}`, look);
        if (to.dead) add("warn", `dead:${to.name}`, `${plural(to.dead, "dead delivery", "dead deliveries")} for ${to.name}`, "given up and kept; sent again when you say so", { text: "Look", href: link(to.name, "dead") });
    }
    if (payments?.unresolved) add("warn", "unresolved", `${plural(payments.unresolved, "payment")} without a known outcome`, "nothing is signed anew before the chain has decided", { text: "Payments", href: "#/payments" });
    return found.sort((a, b) => (a.kind === "warn") - (b.kind === "warn"));
}

const sofar = (one) => [one.since ? `for ${age(one.since)}` : "", one.reason ?? ""].filter(Boolean).join(": ");
const link = (destination, state) => `#/deliveries?${new URLSearchParams({ destination, state })}`;
const words = { bad: "Trouble", warn: "Attention" };

/** The sentence, as `[kind, text]`: never calmer than the worst of the points `found`, and never against the figures below it. */
export function verdict(status, found) {
    const { feeds, destinations, outbox } = status;
    const read = feeds.filter(isRead).length;
    const received = feeds.reduce((sum, feed) => sum + feed.lastMinute.received, 0);
    if (!status.running) return ["bad", "The relay is not running"];
    if (outbox.trouble) return ["bad", "The outbox cannot be written"];
    if (outbox.pressed) return ["bad", "The outbox is full, and the feeds are not read"];
    if (!read) return ["bad", "No events flow now"];
    const kind = status.ready ? found[0]?.kind ?? "ok" : "bad";
    const flow = received ? "Events flow" : "No event in the last minute";
    if (read < feeds.length) return [kind, `${read} of ${feeds.length} feeds ${read === 1 ? "is" : "are"} read${received ? "" : "; no event in the last minute"}`];
    if (destinations.some((to) => isLate(to, status.now) || isRefusing(to) || (isOut(to) && to.pending))) {
        return [kind, received ? "Events flow, but not all of them arrive" : "Not all events arrive"];
    }
    if (!status.ready) return ["bad", "The relay is not ready"];
    if (kind === "bad") return [kind, `${flow}; something needs you`];
    if (destinations.some((to) => to.lastMinute.failed)) return [kind, received ? "Events flow, but some attempts fail" : "Some attempts fail"];
    if (kind === "warn") return [kind, `${flow}; something wants a look`];
    return [kind, received ? flow : "All is well, and quiet: no event in the last minute"];
}

function point(item) {
    const mark = h("span"), what = h("b"), why = h("span.why"), place = h("div.act");
    let shownAct = null;
    const element = h("li.point", {}, mark, h("div.text", {}, what, " ", why), place);
    return {
        element,
        update(next) {
            replace(mark, pill(next.kind, words[next.kind]));
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
