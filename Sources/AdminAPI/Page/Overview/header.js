// The line at the top: which relay, whether it is ready, and how old what is shown is.
import { relay } from "./api.js";
import { byId, gauge, replace, say, setPill } from "./dom.js";
import { age, bytes, clock } from "./format.js";
import { keptShare, pressure } from "./standing.js";

/** Answers older than this are said to be old: three looks that brought nothing. */
const OLD_SECONDS = 7;
const themes = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
let lastAnswer = null;
let trouble = null;

/** Notes an answer, or why there was none. */
export function silence(error) {
    trouble = error;
    if (!error) lastAnswer = performance.now();
    tick();
}

// A frozen figure looks like a quiet relay: past a few seconds the page says so, and greys what it shows.
function tick() {
    const status = relay.status;
    const seconds = lastAnswer === null ? null : (performance.now() - lastAnswer) / 1000;
    const isStale = (trouble && trouble.status !== 401) || (seconds !== null && seconds > OLD_SECONDS && !document.hidden);
    const banner = byId("stale");
    banner.hidden = !isStale;
    document.body.classList.toggle("stale", Boolean(isStale));
    if (isStale) {
        const since = status ? ` since ${clock(Date.parse(status.now))}` : "";
        const below = status ? " Everything below is as it was then." : "";
        say(banner, `No answer${since}: ${trouble?.message ?? "the relay is silent"}.${below} Trying again.`);
        setPill(byId("ready"), "bad", "NO ANSWER");
        document.title = "No answer · x402-relay";
    }
    if (seconds !== null) say(byId("refreshed"), seconds < 3 ? "just now" : `${Math.floor(seconds)} s ago`);
}

function update(status) {
    say(byId("version"), status.version);
    setPill(byId("ready"), status.ready ? "ok" : "bad", status.ready ? "READY" : "NOT READY");
    document.title = `${status.ready ? "" : "NOT READY · "}x402-relay`;
    say(byId("up"), status.running && status.startedAt ? age(status.startedAt) : "not running");
    byId("up").title = status.startedAt ?? "";
    const { size, keptSize, maxSize } = status.outbox, share = keptShare(status.outbox);
    say(byId("outbox"), `${bytes(size)} of ${bytes(maxSize)} in use, ${bytes(keptSize)} must be kept`);
    replace(byId("outbox-bar"), gauge(share, pressure(share), "Share of the outbox that must be kept"));
    tick();
}

export function header() {
    const button = byId("theme");
    let theme = "auto";
    try {
        theme = localStorage.getItem("x402-relay-theme") ?? "auto";
    } catch {
        // Storage is off: the theme is the system's.
    }
    const apply = () => {
        if (!(theme in themes)) theme = "auto";
        document.documentElement.dataset.theme = theme;
        say(button, themes[theme]);
    };
    button.addEventListener("click", () => {
        const names = Object.keys(themes);
        theme = names[(names.indexOf(theme) + 1) % names.length];
        apply();
        try {
            localStorage.setItem("x402-relay-theme", theme);
        } catch {
            // As above.
        }
    });
    apply();
    relay.hears.push(update);
    setInterval(tick, 1000);
}

