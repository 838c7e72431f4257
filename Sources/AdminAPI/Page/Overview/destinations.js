// Destinations: where webhooks go, how each stands, and the three things one does to them.
import { post, relay } from "./api.js";
import { act, agreed, outcome } from "./dialogs.js";
import { facts, h, say, setPill } from "./dom.js";
import { age, ago, count, duration, moment, plural } from "./format.js";
import { table } from "./rows.js";
import { isLate, isRefusing } from "./standing.js";

const kinds = { active: "ok", down: "bad", disabled: "bad", paused: "warn", removed: "idle" };
const path = (name, verb) => `/api/v1/destinations/${encodeURIComponent(name)}/${verb}`;

/** Lets deliveries go on; asked first where many are let go at once. */
export function resume(button, name) {
    return act(button, async () => {
        const to = relay.status.destinations.find((one) => one.name === name);
        if (to?.pending && !await agreed(`Resume ${name}?`, `${plural(to.pending, "delivery waits", "deliveries wait")}, to be sent as its concurrency and rate allow.`, "Resume")) return;
        const after = await post(path(name, "resume"));
        outcome(`${name} is ${after.state} again`);
        relay.refresh();
    });
}

function pause(button, name) {
    return act(button, async () => {
        if (!await agreed(`Pause ${name}?`, "Nothing more is sent to it, also after a restart, until it is resumed. Its events are kept and new ones join them.", "Pause")) return;
        const after = await post(path(name, "pause"));
        outcome(`${name} is ${after.state}`);
        relay.refresh();
    });
}

function test(button, name) {
    return act(button, async () => {
        if (!await agreed(`Send a test to ${name}?`, "It gets one signed webhook of the type relay.test, which its receiver sees as any other.", "Send test")) return;
        const delivery = await post(path(name, "test"));
        outcome(`A test is on its way to ${name}: delivery ${delivery.id}`);
        location.hash = `#/deliveries/${delivery.id}`;
        relay.refresh();
    });
}

const quantiles = (one) => (one.count ? `${duration(one.p50)} · ${duration(one.p95)} · ${duration(one.p99)}` : "–");

function more(to) {
    const { sinceStart: since } = to;
    const listed = (state) => h("a", { href: `#/deliveries?${new URLSearchParams({ destination: to.name, state })}` }, count(to[state]));
    return [
        h("div.group", {}, h("h3", {}, "Since the start"), facts([
            ["Accepted", count(since.accepted)], ["Delivered", count(since.delivered)], ["Dead", count(since.dead)], ["Discarded", count(since.discarded)],
            ["Attempts that succeeded", count(since.attempts.succeeded)], ["Attempts refused by an answer", count(since.attempts.refused)],
            ["Attempts without an answer", count(since.attempts.unanswered)]])),
        h("div.group", {}, h("h3", {}, "In the outbox"), facts([
            ["Pending", listed("pending")], ["Delivered", listed("delivered")], ["Dead", listed("dead")], ["Discarded", listed("discarded")],
            ["In flight", count(to.inFlight)]])),
        h("div.group", {}, h("h3", {}, "Time, half · 95 % · 99 % within about"), facts([
            ["From receipt to delivery", quantiles(since.latency)], ["One attempt", quantiles(since.attemptDuration)],
            ["Last success", to.lastSuccess ? moment(to.lastSuccess) : "none since the start"],
            ["Last failure", to.lastFailure ? [moment(to.lastFailure.at), " ", to.lastFailure.reason] : "none since the start"]])),
        h("div.group", {}, h("h3", {}, "Where"), facts([["URL", h("span.mono", {}, to.url ?? "not configured")]])),
    ];
}

function row(first) {
    const name = first.name;
    const url = h("span.sub.mono"), state = h("span"), why = h("span.sub.why"), pending = h("a"), oldest = h("span.sub");
    const flight = h("span"), minute = h("span"), failed = h("span.sub"), latency = h("span"), dead = h("a");
    const button = (text, work, style = "button") => h(style, { type: "button", "aria-label": `${text} ${name}`, onclick: (event) => work(event.currentTarget, name) }, text);
    const stop = button("Pause", pause), go = button("Resume", resume, "button.primary"), probe = button("Test", test);
    pending.href = `#/deliveries?${new URLSearchParams({ destination: name, state: "pending" })}`;
    dead.href = `#/deliveries?${new URLSearchParams({ destination: name, state: "dead" })}`;
    return {
        cells: [
            h("div", {}, h("b.name", {}, name), url), h("div", {}, state, why), h("div.number", {}, pending, oldest), h("div.number", {}, flight),
            h("div.number", {}, minute, failed), h("div.number", {}, latency), h("div.number", {}, dead), h("div.buttons", {}, stop, go, probe),
        ],
        more,
        update(to) {
            say(url, to.url ?? "not configured");
            setPill(state, kinds[to.state], to.state);
            const last = to.lastFailure;
            say(why, to.state !== "active" ? `${to.since ? `for ${age(to.since)}` : ""}${to.reason ? `: ${to.reason}` : ""}`
                : last && (to.lastMinute.failed || isLate(to)) ? `${ago(last.at)}: ${last.reason}` : "");
            say(pending, count(to.pending));
            say(oldest, to.oldestPending ? `oldest ${age(to.oldestPending)}` : "");
            say(flight, count(to.inFlight));
            say(minute, `${count(to.lastMinute.delivered)} delivered`);
            say(failed, `${count(to.lastMinute.failed)} failed`);
            failed.classList.toggle("bad", to.lastMinute.failed > 0);
            const { latency: time } = to.sinceStart;
            say(latency, time.count ? `${duration(time.p50)} · ${duration(time.p95)}` : "–");
            say(dead, count(to.dead));
            dead.classList.toggle("bad", to.dead > 0);
            stop.hidden = !["active", "down"].includes(to.state);
            go.hidden = !["paused", "disabled"].includes(to.state);
            probe.hidden = to.state === "removed";
        },
    };
}

export function destinations(parent) {
    const rank = (to) => {
        const at = ["disabled", "down"].indexOf(to.state);
        if (at >= 0) return at;
        return isRefusing(to) ? 2 : to.state === "paused" || (to.state === "removed" && to.pending) ? 3 : isLate(to) ? 4 : to.lastMinute.failed ? 5 : to.dead ? 6 : 7;
    };
    table(parent, {
        id: "destinations", title: "Destinations", empty: "No destination is configured.",
        columns: ["Destination", "State", "Waiting", "In flight", "Last minute", "Latency p50 · p95", "Dead", "Actions"],
        items: (status) => status.destinations, rank, make: row,
        summary: (list) => `${count(list.filter((to) => to.state === "active").length)} of ${count(list.length)} active`,
    });
}
