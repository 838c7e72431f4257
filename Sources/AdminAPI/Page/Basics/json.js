// JSON that keeps its text. JSON.parse would turn 0.10 into 0.1 and 9007199254740993 into ...992: an amount on this page has
// the digits that the feed sent, so what is shown is cut from the answer's own text.
import { h, shown } from "./dom.js";

/** Characters of a value that are laid out; what is longer is cut here and can be copied whole. */
const LAID_OUT = 262144;
/** Levels that are indented: an event may nest 512 deep. */
const INDENTED = 32;

function endOfString(text, start) {
    for (let at = start + 1; ; at += 1) {
        at = text.indexOf('"', at);
        if (at < 0) return text.length;
        let back = at - 1;
        while (text[back] === "\\") back -= 1;
        if ((at - back) % 2 === 1) return at + 1;
    }
}

/** The tokens of a JSON text, as `[start, end]`. */
function* tokens(text) {
    const plain = /[^\s{}[\],:"]+/y;
    for (let at = 0; at < text.length;) {
        const c = text[at];
        let end = at + 1;
        if (c === " " || c === "\n" || c === "\t" || c === "\r") {
            at = end;
            continue;
        }
        if (c === '"') end = endOfString(text, at);
        else if (!"{}[],:".includes(c)) {
            plain.lastIndex = at;
            plain.exec(text);
            end = Math.max(plain.lastIndex, end);
        }
        yield [at, end];
        at = end;
    }
}

/** The members of an object's text in their order, as `[key, value's text]`. */
export function members(text) {
    const found = [];
    let depth = 0, key = null, begin = -1, end = -1;
    const close = () => {
        if (key !== null && begin >= 0) found.push([key, text.slice(begin, end)]);
        key = null;
        begin = -1;
    };
    for (const [start, stop] of tokens(text)) {
        const c = text[start];
        if (c === "}" || c === "]") depth -= 1;
        if (depth === 0) close();
        else if (depth === 1 && c === ",") close();
        else if (depth === 1 && key === null && c === '"') key = JSON.parse(text.slice(start, stop));
        else if (!(depth === 1 && begin < 0 && c === ":")) {
            if (begin < 0) begin = start;
            end = stop;
        }
        if (c === "{" || c === "[") depth += 1;
    }
    return found;
}

/** One member's text; null where it is not there or is null. */
export function member(text, name) {
    const value = members(text).find(([key]) => key === name)?.[1];
    return value === undefined || value === "null" ? null : value;
}

/** A JSON text laid out for reading, each token as it stands. */
export function laidOut(text) {
    const block = h("pre.json", { tabindex: "0" });
    if (text.length > LAID_OUT) {
        block.append(shown(text.slice(0, LAID_OUT)));
        return h("div", {}, block, h("p.note", {}, `The first ${LAID_OUT} of ${text.length} characters; Copy takes all.`));
    }
    let depth = 0, before = "", isKey = true;
    const stack = [];
    const line = () => "\n" + "  ".repeat(Math.min(depth, INDENTED));
    for (const [start, stop] of tokens(text)) {
        const c = text[start];
        const part = text.slice(start, stop);
        if (c === "}" || c === "]") {
            depth -= 1;
            stack.pop();
            block.append((before === "{" || before === "[" ? "" : line()) + part);
        } else {
            if (before === "{" || before === "[" || before === ",") block.append(line());
            if (before === "{" || before === ",") isKey = stack.at(-1) === "{";
            if (c === "{" || c === "[") {
                depth += 1;
                stack.push(c);
                block.append(part);
            } else if (c === ":") {
                isKey = false;
                block.append(": ");
            } else if (c === ",") {
                block.append(",");
            } else {
                const kind = c === '"' ? (isKey && stack.at(-1) === "{" ? "key" : "string") : /[-0-9]/.test(c) ? "number" : "word";
                block.append(h(`span.${kind}`, {}, part));
            }
        }
        before = c;
    }
    return block;
}
