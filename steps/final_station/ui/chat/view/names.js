// Names, wherever they are shown: isolated, so that one that is written from right to left, or that never ends its
// embedding, turns nothing around it; and seen, whatever it consists of.
import {element} from '../shared/dom.js';

const kUnseen = /[\s\p{C}\p{Default_Ignorable_Code_Point}\u2800\u3164]/gu;

export function visible(name) {
    return name.replace(kUnseen, '') === '' ? '(a name that can\u2019t be seen)' : name;
}

export function nameNode(name, attributes = {}) {
    return element('bdi', {class: 'name', ...attributes}, visible(name));
}

// Two letters that stand for a picture; the colour says whose it is, the name beside it does for those who can't see
// it.
export function tile(id, name) {
    const words = visible(name)
        .split(/[\s._-]+/u)
        .filter((word) => /[\p{L}\p{N}]/u.test(word));
    const letters =
        words
            .slice(0, 2)
            .map((word) => [...word.match(/[\p{L}\p{N}]/u)[0]][0].toUpperCase())
            .join('') || '?';
    const hue = Array.from(id).reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 12, 7);
    return element('span', {class: `tile hue-${hue}`, 'aria-hidden': 'true'}, letters);
}
