// Numbers, times and sizes as people read them. Amounts are no business of this file: they are shown as they come.
import { h } from "./dom.js";

const grouped = new Intl.NumberFormat("en-US");
export const count = (number) => grouped.format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

export function bytes(number) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (number >= 1024 && unit < 4) {
        number /= 1024;
        unit += 1;
    }
    return `${unit && number < 100 ? number.toFixed(1).replace(/\.0$/, "") : Math.round(number)} ${units[unit]}`;
}

/** Seconds, also as the API's decimal strings; the two largest units. */
export function duration(seconds) {
    if (seconds === null || seconds === undefined) return "–";
    const value = Math.max(0, Number(seconds));
    if (value < 1) return `${Math.round(value * 1000)} ms`;
    if (value < 10) return `${value.toFixed(2).replace(/\.?0+$/, "")} s`;
    if (value < 60) return `${Math.floor(value)} s`;
    const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const first = parts.findIndex(([size]) => value >= size);
    const [size, unit] = parts[first];
    const [nextSize, nextUnit] = parts[first + 1];
    const rest = Math.floor((value % size) / nextSize);
    return `${Math.floor(value / size)} ${unit}${rest ? ` ${rest} ${nextUnit}` : ""}`;
}

// The relay's clock, not this machine's: ages stay true where the two differ.
let relayTime = Date.now();
let heardAt = performance.now();

export function setClock(iso) {
    relayTime = Date.parse(iso);
    heardAt = performance.now();
}

export const now = () => relayTime + performance.now() - heardAt;
export const secondsSince = (iso) => Math.max(0, (now() - Date.parse(iso)) / 1000);
/** Whole seconds from 1 on: what changes with each look need not flicker in its digits. */
export const age = (iso) => (secondsSince(iso) < 1 ? "under 1 s" : duration(Math.floor(secondsSince(iso))));
export const ago = (iso) => (iso ? `${age(iso)} ago` : "never");

const two = (number) => String(number).padStart(2, "0");

/** The time of day here; with the date where it is another day. */
export function clock(moment, withMilliseconds = false) {
    const date = new Date(moment);
    const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    const rest = withMilliseconds ? `.${String(date.getMilliseconds()).padStart(3, "0")}` : "";
    const isToday = date.toDateString() === new Date(now()).toDateString();
    return `${isToday ? "" : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `}${time}${rest}`;
}

/** What a typed moment means beside the shown ones: the API reads it in UTC, and the page shows this machine's time. */
export function zoneNote() {
    const offset = -new Date().getTimezoneOffset(), size = Math.abs(offset);
    const here = offset ? `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}` : "UTC";
    return `A date or moment typed without a zone is UTC; times on this page are ${here}${offset ? "" : " too"}.`;
}

/** A moment with its exact UTC form, as logs have it, one pointer's rest away. */
export function moment(iso, text = clock(iso)) {
    return iso ? h("time", { datetime: iso, title: iso }, text) : "–";
}
