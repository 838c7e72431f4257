// The last hour in four plots, and the same as a table: a picture is not for everybody.
import { relay } from "./api.js";
import { append, h, replace, say } from "./dom.js";
import { clock, count, duration, now } from "./format.js";
import { plot } from "./plot.js";

/** Destinations with a line of their own; the others are summed. */
const LINES = 5;
/** Steps in a row of the table: five minutes. */
const ROW = 30;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const most = (values) => values.reduce((top, value) => (value !== null && value > top ? value : top), 0);

/** A time in few signs, for the axis: its steps are round numbers. */
const short = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : seconds < 100 ? `${seconds} s` : seconds < 3600 ? `${+(seconds / 60).toFixed(1)} min` : `${+(seconds / 3600).toFixed(1)} h`);

/** The lines of those with the most, one for the rest, and what waits in all; null where the outbox could not be read. */
function backlog(history, length) {
    const all = Object.entries(history.backlog).map(([name, values]) => ({ name, values, last: values.at(-1) ?? 0, most: most(values) }));
    all.sort((a, b) => b.last - a.last || b.most - a.most);
    const shown = all.slice(0, LINES).map(({ name, values }, at) => ({ name, values, style: `line-${at + 1}` }));
    const at = (list, step) => {
        const values = list.map((one) => one.values[step]);
        return values.includes(null) ? null : sum(values);
    };
    const steps = Array.from({ length }, (_, step) => step);
    // A relay of before has no such column: then it is the sum of the others.
    const totals = history.waiting ?? steps.map((step) => at(all, step));
    const rest = steps.map((step) => {
        const drawn = at(shown, step);
        return totals[step] === null || drawn === null ? null : Math.max(0, totals[step] - drawn);
    });
    if (most(rest) > 0) shown.push({ name: "Others", values: rest, style: "line-rest" });
    return { shown, totals };
}

function rows(history, until, interval, latency, totals) {
    const found = [];
    const { length } = history.received;
    for (let end = length; end > 0; end -= ROW) {
        const begin = Math.max(0, end - ROW);
        const cut = (values) => values.slice(begin, end);
        const at = (step) => clock(until - (length - step) * interval * 1000);
        const slowest = cut(latency).filter((value) => value !== null);
        found.push([`${at(begin)}–${at(end)}`, ...["received", "matched", "delivered", "failed"].map((key) => count(sum(cut(history[key])))),
            slowest.length ? duration(most(slowest)) : "–", totals[end - 1] === null ? "–" : count(totals[end - 1])]);
    }
    return found;
}

export function charts(parent) {
    const plots = {
        events: plot({ title: "Events", unit: "per 10 s", format: count, least: 2 }),
        deliveries: plot({ title: "Deliveries", unit: "per 10 s", format: count, least: 2 }),
        latency: plot({ title: "Latency", unit: "receipt to delivery, about", format: duration, tick: short, least: 0.01 }),
        backlog: plot({ title: "Waiting", unit: "by destination", format: count, least: 2 }),
    };
    const told = h("p.note"), body = h("tbody");
    append(parent, h("section.block", { "aria-label": "The last hour", id: "hour" },
        h("header", {}, h("h2", {}, "The last hour"), told),
        h("div.plots", {}, Object.values(plots).map((one) => one.element)),
        h("details", {}, h("summary", {}, "The same as a table"), h("div.scroll", {}, h("table.plain", {},
            h("thead", {}, h("tr", {}, ["Time", "In", "Matched", "Delivered", "Failed attempts", "Slowest p95", "Waiting at the end"].map((name) => h("th", { scope: "col" }, name)))),
            body)))));
    relay.undrawn = (error) => say(told, `Not refreshed: ${error.message}.`);
    relay.drawn = (history) => {
        const interval = Number(history.interval), { length } = history.received;
        const until = length ? Date.parse(history.until) : now();
        const seconds = (values) => values.map((value) => (value === null ? null : Number(value)));
        const p50 = seconds(history.latency.p50), p95 = seconds(history.latency.p95);
        const { shown, totals } = backlog(history, length);
        say(told, !length ? "No figures yet: the first step ends ten seconds after the start." : length * interval < 3600 ? `${duration(length * interval)} of it: the relay began to count at ${clock(until - length * interval * 1000)}.` : `Until ${clock(until)}, in steps of ${duration(interval)}.`);
        const common = { until, interval };
        const total = (key) => count(sum(history[key]));
        plots.events.draw({ ...common, note: `${total("received")} in, ${total("matched")} matched; at most ${count(most(history.received))} in a step.`,
            series: [{ name: "In", style: "in", values: history.received }, { name: "Matched", style: "matched", values: history.matched }] });
        plots.deliveries.draw({ ...common, note: `${total("delivered")} delivered, ${total("failed")} attempts failed.`,
            series: [{ name: "Delivered", style: "delivered", values: history.delivered }, { name: "Failed attempts", style: "failed", values: history.failed }] });
        const slowest = p95.filter((value) => value !== null);
        plots.latency.draw({ ...common, note: slowest.length ? `95 of 100 arrived within about ${duration(most(slowest))} even in the slowest step.` : "Nothing was delivered.",
            series: [{ name: "p50", style: "p50", values: p50 }, { name: "p95", style: "p95", values: p95 }] });
        const waiting = totals.length ? totals.at(-1) : 0;
        const holes = totals.map((value) => value === null);
        plots.backlog.draw({ ...common, holes, note: `${waiting === null ? "How many wait now is not known: the outbox could not be read" : `${count(waiting)} wait now`}; at most ${count(most(totals))} did.`,
            series: shown.length ? shown : [{ name: "Waiting", style: "line-1", values: totals }] });
        replace(body, rows(history, until, interval, p95, totals).map((row) => h("tr", {}, row.map((cell, at) => h(at ? "td.number" : "th", { scope: at ? null : "row" }, cell)))));
    };
}
