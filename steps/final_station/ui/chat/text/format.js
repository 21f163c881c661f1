// What a message's text says: plain data that message_nodes.js makes into elements. Any text ends up as some pieces
// whose texts, put together, are the message but for the marks; nothing in it is ever markup. Takes time in
// proportion to the text.
//
//   {kind: 'text' | 'code' | 'fence' | 'emoji', text}   {kind: 'bold' | 'italic', parts}
//   {kind: 'link', text, href}   {kind: 'mention', text, user}
import {kEmoji} from './emoji.js';

const kFence = /^```[^\n`]*\n([\s\S]*?)\n?^```[ \t]*$\n?/gm;
// Tried at each place where one of them may begin. A mark hugs its text on both sides, and stands at a word's edge.
const kCode = /`([^`\n]+)`/y;
const kBold = /\*(?=[^\s*])([^*\n]{0,2000}[^\s*])\*(?![\p{L}\p{N}*])/uy;
const kItalic = /_(?=[^\s_])([^_\n]{0,2000}[^\s_])_(?![\p{L}\p{N}_])/uy;
const kLink = /(?:https?:\/\/|mailto:)[^\s<>"'`\p{Cc}\p{Cf}]+/iuy;
const kName = /:([a-z0-9_]{1,20}):/y;
const kAt = /@([A-Za-z0-9._+@-]{1,64})/y;
const kBegins = /[`*_:@]|https?:\/\/|mailto:/gi;
const kWordBefore = /[\p{L}\p{N}_]$/u;
const kAddressBefore = /[A-Za-z0-9.@]/;  // so that an e-mail address calls nobody; as the server has it
// A flag, a key's cap, or a picture with its skin and what is joined to it.
const kPicture = '(?:\\p{Emoji_Presentation}|\\p{Extended_Pictographic})[\\p{Emoji_Modifier}\\uFE0F]*';
const kOneEmoji = `\\p{RI}\\p{RI}|\\p{Emoji}\\uFE0F?\\u20E3|${kPicture}(?:\\u200D${kPicture})*`;
const kFewEmoji = new RegExp(`^(?:\\s*(?:${kOneEmoji})\\s*){1,3}$`, 'u');
const kSchemes = new Set(['http:', 'https:', 'mailto:']);

// findUser: from a login, as it was written, to a user, or undefined.
export function parse(content, findUser = () => undefined) {
    const pieces = [];
    let from = 0;
    for (const match of content.matchAll(kFence)) {
        pieces.push(...inline(content.slice(from, match.index).replace(/\n$/, ''), findUser), {
            kind: 'fence',
            text: match[1],
        });
        from = match.index + match[0].length;
    }
    pieces.push(...inline(content.slice(from), findUser));
    return pieces;
}

function inline(text, findUser) {
    const pieces = [];
    let plainFrom = 0;
    let at = 0;
    const take = (piece, length) => {
        if (at > plainFrom) pieces.push({kind: 'text', text: text.slice(plainFrom, at)});
        pieces.push(piece);
        at += length;
        plainFrom = at;
    };
    for (;;) {
        kBegins.lastIndex = at;
        const next = kBegins.exec(text);
        if (next === null) break;
        at = next.index;
        const found = pieceAt(text, at, findUser);
        if (found) take(found.piece, found.length);
        else at += 1;
    }
    if (plainFrom < text.length) pieces.push({kind: 'text', text: text.slice(plainFrom)});
    return pieces;
}

function pieceAt(text, at, findUser) {
    const letter = text[at];
    if (letter === '`') return match(kCode, text, at, ([, code]) => ({kind: 'code', text: code}));
    if (letter === ':')
        return match(
            kName,
            text,
            at,
            ([whole, name]) => kEmoji.has(name) && {kind: 'emoji', text: kEmoji.get(name), name: whole}
        );
    if (letter === '@') return kAddressBefore.test(text[at - 1] ?? ' ') ? null : mentionAt(text, at, findUser);
    if (kWordBefore.test(text.slice(Math.max(0, at - 2), at))) return null;
    if (letter === '*')
        return match(kBold, text, at, ([, inner]) => ({kind: 'bold', parts: inline(inner, findUser)}));
    if (letter === '_')
        return match(kItalic, text, at, ([, inner]) => ({kind: 'italic', parts: inline(inner, findUser)}));
    return linkAt(text, at);
}

function match(pattern, text, at, make) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const piece = found && make(found);
    return piece ? {piece, length: found[0].length} : null;
}

// A login may be followed by a stop: '@anna.' is Anna where nobody is called 'anna.'.
function mentionAt(text, at, findUser) {
    kAt.lastIndex = at;
    const found = kAt.exec(text);
    if (!found) return null;
    for (let login = found[1]; login !== ''; login = login.slice(0, -1)) {
        const user = findUser(login);
        if (user) return {piece: {kind: 'mention', text: `@${login}`, user}, length: login.length + 1};
        if (/[A-Za-z0-9]$/.test(login)) return null;
    }
    return null;
}

function linkAt(text, at) {
    kLink.lastIndex = at;
    const found = kLink.exec(text);
    if (!found) return null;
    const address = withoutStops(found[0]);
    const href = safeHref(address);
    return href === null ? null : {piece: {kind: 'link', text: address, href}, length: address.length};
}

// What ends a sentence is no part of an address; a bracket is where it was opened within.
function withoutStops(address) {
    let end = address.length;
    let open = count(address, '(') - count(address, ')');
    for (; end > 0; --end) {
        const last = address[end - 1];
        if (last === ')' && open < 0) open += 1;
        else if (!'.,;:!?*_]}\u2026'.includes(last)) break;
    }
    return address.slice(0, end);
}

function count(text, letter) {
    return text.split(letter).length - 1;
}

// The address as the browser would take it, or null where it is none of the schemes that a message may link to.
export function safeHref(address) {
    try {
        const url = new URL(address);
        return kSchemes.has(url.protocol) && url.href.length > url.protocol.length + 2 ? url.href : null;
    } catch {
        return null;
    }
}

// Up to three emoji and nothing else are shown large.
export function isFewEmoji(pieces) {
    const text = pieces.map((piece) => piece.text ?? 'x').join('');
    return text.length <= 40 && kFewEmoji.test(text);
}
