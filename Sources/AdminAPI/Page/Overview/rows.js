// A table of many things with a state: worst first, a part of them until one asks, the rest of what is known behind each.
import { relay } from "./api.js";
import { append, h, keyed, replace, say } from "./dom.js";

/** Rows shown before one asks for all. */
const SHOWN = 20;

/**
 * `rank(item)` is small for what is worst; within a rank the configuration's order stays, so that rows do not wander.
 * `make(item)` gives `{ cells, update, more }`: elements for the columns, and what is shown below them of an item when opened.
 */
export function table(parent, { id, title, columns, items, rank, make, empty, summary }) {
    const search = h("input", { type: "search", id: `${id}-filter`, placeholder: "Filter by name", "aria-label": `Filter ${id} by name`, hidden: true });
    const told = h("p.note"), none = h("p.empty", {}, empty), all = h("button.quiet", { type: "button", hidden: true });
    const grid = h("table.rows", { id: `${id}-table` }, h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))));
    append(parent, h("section.block", { "aria-label": title }, h("header", {}, h("h2", {}, title), told, search),
        h("div.scroll", {}, grid), none, all));
    let isOpen = false;
    const rows = keyed(grid, (item) => item.name, (item) => {
        const row = make(item), groups = h("div.groups");
        let last = item;
        const open = h("button.opener", { type: "button", "aria-expanded": "false", "aria-label": `More of ${item.name}` });
        const under = h("tr.more", { hidden: true }, h("td", { colspan: columns.length }, groups));
        const fillUnder = () => {
            if (!under.hidden && !groups.contains(document.activeElement)) replace(groups, row.more(last));
        };
        open.addEventListener("click", () => {
            under.hidden = !under.hidden;
            fillUnder();
            open.setAttribute("aria-expanded", String(!under.hidden));
        });
        row.cells[0].prepend(open);
        const cells = row.cells.map((cell, at) => h(at ? "td" : "th", { "data-name": at ? columns[at] : null, scope: at ? null : "row" }, cell));
        return { element: h("tbody", { "data-row": item.name }, h("tr", {}, cells), under), update(next) {
            last = next;
            row.update(next);
            fillUnder();
        } };
    }, grid.tHead);
    const fill = () => {
        if (!relay.status) return;
        const list = items(relay.status);
        // A box that is not shown filters nothing.
        const word = list.length > SHOWN ? search.value.trim().toLowerCase() : "";
        const found = list.filter((item) => item.name.toLowerCase().includes(word));
        const sorted = found.map((item, at) => [rank(item), at, item]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , item]) => item);
        rows(isOpen || word ? sorted : sorted.slice(0, SHOWN));
        search.hidden = list.length <= SHOWN;
        all.hidden = list.length <= SHOWN || Boolean(word);
        say(all, isOpen ? `Show the first ${SHOWN}` : `Show all ${list.length}`);
        none.hidden = list.length > 0;
        grid.hidden = !list.length;
        say(told, summary(list));
    };
    all.addEventListener("click", () => {
        isOpen = !isOpen;
        fill();
    });
    search.addEventListener("input", fill);
    relay.hears.push(fill);
}
