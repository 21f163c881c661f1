// Payloads as text for people. Whatever the bytes are, what comes out is harmless to show: control characters and those
// that turn the direction of writing are made visible.
import {pretty} from './shared/json.js';

const kPreviewBytes = 320;
const kShownText = 64 << 10;  // characters
const kShownHex = 4 << 10;    // bytes
const kLargestJson = 1 << 20;

// C0 but tab and line ends, DEL and C1, invisible and direction characters, line separators, BOM.
const kInvisible = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function visible(text) {
    return text.replace(kInvisible, (character) => {
        const code = character.charCodeAt(0);
        if (code < 0x20) return String.fromCharCode(0x2400 + code);
        return `\u27e8${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
    });
}

// The text of a UTF-8 payload; null where it is not UTF-8, or mostly control characters and so no text either.
function decode(bytes, part) {
    let text;
    try {
        text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes, {stream: part});
    } catch {
        return null;
    }
    const controls = text.match(/[\u0000-\u0008\u000e-\u001f]/g)?.length ?? 0;
    return controls * 4 > text.length ? null : text;
}

function hexBytes(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
}

// One line for the list: its words, and what kind they are: 'text', 'binary', or 'empty' where there are no bytes.
export function preview(payload) {
    if (payload.length === 0) return {text: '(empty)', kind: 'empty'};
    const head = payload.subarray(0, kPreviewBytes);
    const text = decode(head, head.length < payload.length);
    const more = head.length < payload.length ? ' \u2026' : '';
    if (text === null) return {text: hexBytes(head.subarray(0, 64)).join(' ') + more, kind: 'binary'};
    return {text: visible(text.replace(/\s*\n\s*/g, ' \u21b5 ')) + more, kind: 'text'};
}

// The forms a payload can be looked at in, the best first: {name, text(), note}.
export function forms(payload) {
    const text = decode(payload, false);
    const list = [];
    if (text !== null) {
        const json = payload.length <= kLargestJson ? pretty(text, kShownText) : null;
        if (json) list.push({name: 'JSON', text: visible(json.text), whole: json.whole});
        list.push({name: 'Text', text: visible(text.slice(0, kShownText)), whole: text.length <= kShownText});
    }
    const dump = {name: 'Hex', text: hexDump(payload.subarray(0, kShownHex)), whole: payload.length <= kShownHex};
    list.push(dump);
    return list;
}

function hexDump(bytes) {
    const lines = [];
    for (let at = 0; at < bytes.length; at += 16) {
        const row = bytes.subarray(at, at + 16);
        const hex = hexBytes(row).join(' ').padEnd(47);
        const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
        lines.push(`${at.toString(16).padStart(6, '0')}  ${hex}  ${text}`);
    }
    return lines.join('\n');
}
