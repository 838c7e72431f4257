// Money: what was spent beside what may be, what is not settled yet, and the ledger. Amounts are shown as they come: they are
// decimal strings, and only the length of a bar is computed from them.
import { ask, query, relay } from "./api.js";
import { act, failure } from "./dialogs.js";
import { append, facts, gauge, h, pill, replace, say } from "./dom.js";
import { count, moment, plural } from "./format.js";
import { pressure } from "./standing.js";

const PAGE = 50;
const kinds = { signed: "busy", sent: "busy", settled: "ok", refused: "warn", unknown: "warn", expired: "idle" };

function budget(name, spent, limit) {
    const share = limit === null ? 0 : Number(limit) ? Number(spent) / Number(limit) : 1;
    return h("div.budget", {}, h("h3", {}, name), h("p", {}, h("b.amount", {}, spent), limit === null ? " spent, no limit" : ` of ${limit}`),
        limit === null ? null : gauge(share, pressure(share), `${name}: ${spent} of ${limit} spent`),
        limit === null ? null : h("p.note", {}, share >= 1 ? "Limit reached: nothing more is signed" : `${Math.floor(share * 100)} % used`));
}

function row(one) {
    const detail = h("details", {}, h("summary", { "aria-label": `More of payment ${one.id}` }, "More"), facts([
        ["Stream", one.stream], ["Recipient", one.recipient], ["Payer", one.payer], ["Asset", one.asset], ["Network", one.network], ["Memo", one.memo],
        ["Blockhash", one.blockhash], ["Atomic units", one.atomic], ["Times sent", count(one.sends)], ["Last sent", one.sentAt && moment(one.sentAt)],
        ["Ended", one.endedAt && moment(one.endedAt)], ["Transaction", one.transaction]], "dl.list.mono"));
    return h("tr", { "data-id": one.id }, h("th", { scope: "row" }, one.id), h("td", { "data-name": "Signed" }, moment(one.at)),
        h("td", { "data-name": "Feed" }, one.feed, h("span.sub", {}, one.purpose)), h("td.number", { "data-name": "Amount" }, one.amount),
        h("td", { "data-name": "State" }, pill(kinds[one.state] ?? "idle", one.state), h("span.sub", {}, one.served === null ? "" : one.served ? "served" : "not served")),
        h("td.wide", { "data-name": "Reason" }, one.reason ?? "–", detail));
}

export function payments(parent) {
    const told = h("p.note", { role: "status" }), budgets = h("div.budgets"), known = h("div"), body = h("tbody");
    const state = h("select", { id: "payments-state" }, h("option", { value: "" }, "any"), Object.keys(kinds).map((one) => h("option", { value: one }, one)));
    const feed = h("input", { id: "payments-feed", placeholder: "any", autocomplete: "off" });
    const older = h("button", { type: "button", id: "payments-older", hidden: true }, "Older"), listedNote = h("p.note", { id: "payments-told" });
    const again = h("button", { type: "button", id: "payments-look" }, "Look");
    let cursor = null, listed = 0, running = null, filter = {};
    append(parent, [
        h("div.block", {}, h("header", {}, h("h1", {}, "Payments and budget")), told, budgets, known),
        h("div.block", {}, h("header", {}, h("h2", {}, "Ledger")),
            h("div.filters", {}, h("div.field", {}, h("label", { for: "payments-state" }, "State"), state), h("div.field", {}, h("label", { for: "payments-feed" }, "Feed"), feed), h("div.buttons", {}, again)),
            listedNote,
            h("div.scroll", {}, h("table.rows", { id: "payments-table" }, h("thead", {}, h("tr", {}, ["Payment", "Signed", "Feed", "Amount", "State", "Reason"].map((name) => h("th", { scope: "col" }, name)))), body)), older)]);

    function draw(spend) {
        if (!spend) {
            say(told, "Payments are not configured: the relay signs nothing and spends nothing.");
            budgets.replaceChildren();
            known.replaceChildren();
            return;
        }
        say(told, spend.unresolved ? `${plural(spend.unresolved, "payment")} without a known outcome: only the same bytes are sent again until the chain has decided.` : "Every payment has a known outcome.");
        const { spent, limits } = spend;
        replace(budgets, budget("In the last hour", spent.hour, limits.perHour), budget("In the last day", spent.day, limits.perDay), budget("In all", spent.total, limits.total));
        replace(known, facts([["Wallet", h("span.mono", {}, spend.wallet ?? "not known while the relay is down")], ["Limit for one payment", limits.perPayment ?? "none"],
            ["Unresolved", count(spend.unresolved)], ["In the ledger", Object.entries(spend.ledger).map(([name, number]) => `${count(number)} ${name}`).join(", ")]]));
    }

    async function page() {
        running?.abort();
        const mine = running = new AbortController();
        try {
            const answer = await ask(`/api/v1/payments${query({ ...filter, limit: String(PAGE), cursor })}`, { signal: mine.signal });
            cursor = answer.cursor;
            listed += answer.payments.length;
            append(body, answer.payments.map(row));
            draw(answer.spend);
            older.hidden = !cursor;
            say(listedNote, listed ? `${plural(listed, "payment")}${cursor ? ", and there are older ones" : ", that is all"}.` : cursor ? "None on this page; there are older ones." : "No payment fits.");
        } catch (error) {
            if (!mine.signal.aborted && error.status !== 401) failure(error);
        }
    }

    function refresh() {
        // What is typed later counts from the next look on, not in the middle of a listing.
        filter = { state: state.value, feed: feed.value.trim() };
        cursor = null;
        listed = 0;
        body.replaceChildren();
        return page();
    }
    older.addEventListener("click", () => act(older, page));
    again.addEventListener("click", () => act(again, refresh));
    state.addEventListener("change", refresh);
    feed.addEventListener("keydown", (event) => { if (event.key === "Enter") refresh(); });
    relay.hears.push((status) => { if (!parent.hidden) draw(status.payments); });
    return { enter: refresh, leave: () => running?.abort() };
}
