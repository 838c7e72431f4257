// Feeds: where events come from, how fresh they are, and when something may have been missed.
import { facts, h, say, setPill } from "./dom.js";
import { age, ago, clock, count, duration, moment, plural } from "./format.js";
import { table } from "./rows.js";

const kinds = { connected: "ok", unhealthy: "bad", down: "bad" };

function gaps(feed) {
    if (!feed.recentGaps.length) return h("p.note", {}, "No gap since the start.");
    return h("div.scroll", {}, h("table.plain", {},
        h("thead", {}, h("tr", {}, ["From", "To", "For", "Cause"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, feed.recentGaps.map((gap) => h("tr", {},
            h("td", {}, moment(gap.from, clock(gap.from, true))), h("td", {}, moment(gap.to, clock(gap.to, true))),
            h("td.number", {}, duration((Date.parse(gap.to) - Date.parse(gap.from)) / 1000)), h("td", {}, gap.cause))))));
}

function more(feed) {
    const { slice } = feed;
    return [
        h("div.group", {}, h("h3", {}, "Since the start"), facts([
            ["Events in", count(feed.received)], ["Matched by a rule", count(feed.matched)], ["Duplicates left out", count(feed.repeated)],
            ["Malformed", count(feed.malformed)], ["Reconnects", count(feed.reconnects)]])),
        h("div.group", {}, h("h3", {}, "Connection"), facts([
            ["Protocol", feed.protocol], ["URL", h("span.mono", {}, feed.url)],
            ["Last failure", feed.lastFailure ? [moment(feed.lastFailure.at), " ", feed.lastFailure.reason] : "none since the start"],
            ["Refused keys", feed.refusedKeys.length ? feed.refusedKeys.join(", ") : "none"]])),
        slice ? h("div.group", {}, h("h3", {}, "Paid slice"), facts([
            ["State", slice.state], ["Since", moment(slice.since)], ["Why", slice.reason], ["Paid until", slice.paidUntil ? moment(slice.paidUntil) : "–"],
            ["Length", slice.sliceSeconds === null ? null : duration(slice.sliceSeconds)], ["Last price", slice.price]])) : null,
        h("div.group.wide", {}, h("h3", {}, feed.gaps > feed.recentGaps.length ? `The latest ${feed.recentGaps.length} of ${plural(feed.gaps, "gap")}` : "Gaps since the start"), gaps(feed)),
    ];
}

function row(first) {
    const url = h("span.sub.mono"), state = h("span"), why = h("span.sub.why"), connections = h("span"), reading = h("span.sub.bad");
    const last = h("span"), received = h("span"), matched = h("span.sub"), gap = h("span"), gapTime = h("span.sub"), trouble = h("span"), keys = h("span.sub.bad");
    const paid = h("span"), until = h("span.sub");
    return {
        cells: [
            h("div", {}, h("b.name", {}, first.name), url), h("div", {}, state, why), h("div.number", {}, connections, reading), h("div.number", {}, last),
            h("div.number", {}, received, matched), h("div.number", {}, gap, gapTime), h("div.number", {}, trouble, keys), h("div.number", {}, paid, until),
        ],
        more,
        update(feed) {
            say(url, feed.protocol);
            setPill(state, kinds[feed.state], feed.state);
            say(why, `for ${age(feed.since)}${feed.reason ? `: ${feed.reason}` : ""}`);
            say(connections, `${feed.connections} of ${feed.configuredConnections}`);
            say(reading, feed.reading ? "" : "not read");
            say(last, ago(feed.lastMessage));
            say(received, `${count(feed.lastMinute.received)} in`);
            say(matched, `${count(feed.lastMinute.matched)} matched`);
            say(gap, feed.gaps ? plural(feed.gaps, "gap") : "none");
            say(gapTime, feed.gaps ? `${duration(feed.gapTime)} in all` : "");
            say(trouble, `${count(feed.malformed)} malformed`);
            say(keys, feed.refusedKeys.length ? `${plural(feed.refusedKeys.length, "key")} refused` : "");
            say(paid, feed.slice ? feed.slice.state : "free");
            say(until, feed.slice?.paidUntil ? `until ${clock(feed.slice.paidUntil)}` : "");
        },
    };
}

export function feeds(parent) {
    table(parent, {
        id: "feeds", title: "Feeds", empty: "No feed: the relay does not run, or none is configured.",
        columns: ["Feed", "State", "Connections", "Last message", "Last minute", "Gaps", "Faults", "Paid"],
        items: (status) => status.feeds, make: row,
        rank: (feed) => (feed.reading ? ["down", "unhealthy", "connected"].indexOf(feed.state) : 0),
        summary: (list) => `${count(list.filter((feed) => feed.state === "connected").length)} of ${count(list.length)} connected`,
    });
}
