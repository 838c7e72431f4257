// What the page asks of the relay: one request of a kind at a time, problems in the relay's own words, the token in this tab only.

const KEY = "x402-relay-token";
/** Beyond this a relay counts as silent. */
const PATIENCE = 15000;
let tokenNow = null;
try {
    tokenNow = sessionStorage.getItem(KEY);
} catch {
    // Storage is off: the token lasts as long as the page.
}
const listeners = { token: [], wanted: [] };
let isWanted = false;

export const token = {
    get isSet() { return tokenNow !== null; },
    set(value) {
        tokenNow = value;
        isWanted = false;
        try {
            if (value === null) sessionStorage.removeItem(KEY);
            else sessionStorage.setItem(KEY, value);
        } catch {
            // As above.
        }
        listeners.token.forEach((listener) => listener());
    },
    /** Called whenever it is set or forgotten. */
    changed(listener) { listeners.token.push(listener); },
    /** Called when the relay asks for one. */
    wanted(listener) { listeners.wanted.push(listener); },
};

/** A request that was not answered as asked; `status` is 0 where there was no answer at all. */
export class Refusal extends Error {
    constructor(status, message, faults = []) {
        super(message);
        this.status = status;
        this.faults = faults;
    }
}

/** The response of a request that the relay grants; `signal` ends it. */
export async function request(path, { method = "GET", body, signal, patience = PATIENCE } = {}) {
    const headers = { accept: "application/json" };
    if (tokenNow !== null) headers.authorization = `Bearer ${tokenNow}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const signals = [patience ? AbortSignal.timeout(patience) : null, signal].filter(Boolean);
    let response;
    try {
        response = await fetch(path, {
            method, body, headers, cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.any(signals),
        });
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new Refusal(0, error.name === "TimeoutError" ? `no answer within ${PATIENCE / 1000} s` : "the relay cannot be reached");
    }
    if (response.ok) return response;
    let problem = {};
    try {
        problem = await response.json();
    } catch {
        // No problem details: the status alone has to do.
    }
    if (response.status === 401 && !isWanted) {
        isWanted = true;
        listeners.wanted.forEach((listener) => listener(tokenNow !== null));
    }
    throw new Refusal(response.status, problem.detail ?? `the relay answered ${response.status}`, problem.faults ?? []);
}

/** The answer's text: what keeps its digits is cut from it. */
export async function askText(path, options) {
    const response = await request(path, options);
    try {
        return await response.text();
    } catch (error) {
        if (options?.signal?.aborted) throw error;
        throw new Refusal(0, "the relay's answer broke off");
    }
}

export const ask = async (path, options) => JSON.parse(await askText(path, options));
export const post = (path, body) => ask(path, { method: "POST", body, patience: 60000 });

/** A query without what is empty. */
export function query(values) {
    const text = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
    return text ? `?${text}` : "";
}

/** Repeats `work` while the page is seen and no token is asked for; the next begins when the one before has ended. */
export function poll(work, seconds) {
    let isRunning = false, timer = 0;
    const turn = async () => {
        clearTimeout(timer);
        if (isRunning || document.hidden || isWanted) return;
        isRunning = true;
        try {
            await work();
        } finally {
            isRunning = false;
            timer = setTimeout(turn, seconds * 1000);
        }
    };
    document.addEventListener("visibilitychange", turn);
    token.changed(turn);
    turn();
    return turn;
}

/** What the relay last said of itself, and who wants to hear it. */
export const relay = {
    status: null,
    history: null,
    hears: [],
    /** Looks at once rather than at the next turn. */
    refresh: () => {},
};
