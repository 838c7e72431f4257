// Starts the page: the views, the way between them by the address, and the keys that work everywhere.
import { poll, relay, ask } from "./api.js";
import { tokenEntry } from "./dialogs.js";
import { byId } from "./dom.js";
import { setClock } from "./format.js";
import { header, silence } from "./header.js";
import { standing } from "./standing.js";
import { charts } from "./charts.js";
import { destinations } from "./destinations.js";
import { feeds } from "./feeds.js";
import { deliveries } from "./deliveries.js";
import { delivery } from "./delivery.js";
import { live } from "./live.js";
import { match } from "./match.js";
import { payments } from "./payments.js";

const views = ["overview", "deliveries", "live", "match", "payments"];
const shows = {};
const detail = delivery(() => shows.deliveries);

/** `#/deliveries/123`, `#/deliveries?state=dead`: what the address asks for. */
function follow() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    const [name, id] = path.split("/");
    const view = views.includes(name) ? name : "overview";
    for (const other of views) {
        byId(other).hidden = other !== view;
        const link = document.querySelector(`[data-view="${other}"]`);
        if (other === view) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
        if (other !== view) shows[other]?.leave?.();
    }
    shows[view]?.enter?.(new URLSearchParams(query ?? ""), id);
    if (view === "deliveries" && id) detail.open(id);
    else detail.close();
}

function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
        event.preventDefault();
        if (byId("deliveries").hidden) location.hash = "#/deliveries";
        // At once: the address tells of its change only later, and what is hidden cannot have the focus.
        follow();
        byId("search").focus();
    }
    const link = event.target.closest("nav a");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (link && step) {
        const links = [...document.querySelectorAll("nav a")];
        links[(links.indexOf(link) + step + links.length) % links.length].focus();
        event.preventDefault();
    }
}

header();
standing(byId("overview"));
charts(byId("overview"));
destinations(byId("overview"));
feeds(byId("overview"));
shows.deliveries = deliveries(byId("deliveries"));
shows.live = live(byId("live"));
shows.match = match(byId("match"));
shows.payments = payments(byId("payments"));
tokenEntry();

addEventListener("hashchange", follow);
addEventListener("keydown", keys);
// The address belongs to the views: the link goes to the content without changing it.
document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
});
follow();

relay.refresh = poll(async () => {
    try {
        const status = await ask("/api/v1/status");
        setClock(status.now);
        relay.status = status;
        silence(null);
        relay.hears.forEach((hear) => hear(status));
    } catch (error) {
        silence(error);
    }
}, 2);
poll(async () => {
    try {
        relay.history = await ask("/api/v1/history");
        relay.drawn?.(relay.history);
    } catch (error) {
        relay.undrawn?.(error);
    }
}, 10);
