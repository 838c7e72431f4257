// Questions, outcomes and the token: what is asked of the person, and what came of what they did.
import { token } from "./api.js";
import { byId, h } from "./dom.js";

/** Outcomes shown at once; older ones give way. */
const OUTCOMES = 4;

/** Tells what came of something; a failure stays until it is put away. */
export function outcome(text, isBad = false, details = []) {
    const list = byId("outcomes");
    const note = h(`div.outcome.${isBad ? "bad" : "ok"}`, {},
        h("div", {}, h("p", {}, text), details.length ? h("ul", {}, details.slice(0, 20).map((one) => h("li", {}, one))) : null),
        h("button.quiet", { type: "button", "aria-label": "Close this message", onclick: () => note.remove() }, "×"));
    list.append(note);
    while (list.children.length > OUTCOMES) list.firstElementChild.remove();
    if (!isBad) setTimeout(() => note.remove(), 8000);
}

/** A modal dialog makes all else inert: what is told has to be within the topmost one. */
function carryOutcomes() {
    const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
    if (byId("outcomes").parentNode !== host) host.append(byId("outcomes"));
}
document.addEventListener("close", carryOutcomes, true);

/** Opens `dialog` over all else. */
export function raise(dialog) {
    document.body.append(dialog);
    dialog.showModal();
    carryOutcomes();
}

export const failure = (error) => outcome(error.message, true, error.faults);

/** Does `work` once however often its button is pressed, and tells why where it fails. */
export async function act(button, work) {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
        await work();
    } catch (error) {
        failure(error);
    } finally {
        button.removeAttribute("aria-busy");
    }
}

/** Shows `dialog`, made for this once, and takes it away when it closes. */
export function show(dialog) {
    const before = document.activeElement;
    dialog.addEventListener("close", () => {
        dialog.remove();
        if (before?.isConnected) before.focus();
    });
    raise(dialog);
    return dialog;
}

/** Asks before something that cannot be taken back, or that many will feel; true where it was agreed to. */
export function agreed(title, text, action, isDanger = false) {
    return new Promise((resolve) => {
        let answer = false;
        const dialog = h("dialog.question", { "aria-labelledby": "question", onclose: () => resolve(answer) },
            h("h2", { id: "question" }, title), h("p", {}, text),
            h("div.buttons", {},
                h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "Cancel"),
                h(isDanger ? "button.danger" : "button.primary", {
                    type: "button", onclick: () => { answer = true; dialog.close(); },
                }, action)));
        show(dialog);
    });
}

/** Asks for the token whenever the relay does. */
export function tokenEntry() {
    token.wanted((wasWrong) => {
        const field = h("input", {
            type: "password", id: "token", autocomplete: "current-password", autofocus: true, required: true, spellcheck: "false",
        });
        // The form is for password stores and the Enter key: it is sent nowhere, and the page's policy would not let it.
        const form = h("form", { onsubmit: (event) => {
            event.preventDefault();
            if (!field.value.trim()) return;
            token.set(field.value.trim());
            dialog.close();
        } }, h("input", { type: "text", autocomplete: "username", value: "x402-relay", hidden: true }), h("label", { for: "token" }, "Token"), field, h("div.buttons", {}, h("button.primary", { type: "submit" }, "Enter")));
        const dialog = h("dialog.question", { "aria-labelledby": "token-title", oncancel: (event) => event.preventDefault() },
            h("h2", { id: "token-title" }, wasWrong ? "This token is not taken" : "This relay asks for a token"),
            h("p", {}, "It is the value of admin.token in the relay's configuration. It is kept in this tab only, until it is closed."), form);
        show(dialog);
    });
    const forget = byId("forget");
    forget.addEventListener("click", () => token.set(null));
    const update = () => { forget.hidden = !token.isSet; };
    token.changed(update);
    update();
}

/** Puts `text` on the clipboard, also where the page is not served over TLS. */
export async function copy(text, what) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const area = h("textarea.unseen", { value: text, "aria-hidden": "true" });
        (document.querySelector("dialog[open]:last-of-type") ?? document.body).append(area);
        area.select();
        const isDone = document.execCommand("copy");
        area.remove();
        if (!isDone) return outcome(`${what} cannot be copied here: select it by hand`, true);
    }
    outcome(`${what} copied`);
}
