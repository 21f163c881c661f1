// A message's text as elements: text/format.js says what it holds, and here each piece becomes a node with a text.
import {element} from '../shared/dom.js';
import {isFewEmoji, parse} from '../text/format.js';

// me: whose mentions stand out.
export function contentNode(content, {people, me}) {
    const pieces = parse(content, (login) => people.byLogin(login));
    const node = element('div', {class: 'content', dir: 'auto'}, ...pieces.map((piece) => pieceNode(piece, me)));
    if (isFewEmoji(pieces)) node.classList.add('large');
    return node;
}

function pieceNode(piece, me) {
    const inner = () => piece.parts.map((part) => pieceNode(part, me));
    switch (piece.kind) {
        case 'bold':
            return element('strong', {}, ...inner());
        case 'italic':
            return element('em', {}, ...inner());
        case 'code':
            return element('code', {}, piece.text);
        case 'fence':
            return element(
                'pre',
                {tabindex: '0', role: 'region', 'aria-label': 'Code'},
                element('code', {dir: 'ltr'}, piece.text)
            );
        case 'emoji':
            return element('span', {role: 'img', 'aria-label': piece.name, title: piece.name}, piece.text);
        case 'mention':
            return element(
                'bdi',
                {class: piece.user.id === me ? 'mention mine' : 'mention', title: piece.user.name},
                piece.text
            );
        case 'link':
            return element(
                'a',
                {href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr'},
                piece.text
            );
        default:
            return document.createTextNode(piece.text);
    }
}

// The text as it was written, with what a search found marked. highlights: [[from, to], …] in UTF-16 units.
export function highlighted(content, highlights) {
    const node = element('span', {class: 'content', dir: 'auto'});
    let at = 0;
    for (const [from, to] of highlights) {
        if (from < at || to <= from || to > content.length) continue;
        node.append(content.slice(at, from), element('mark', {}, content.slice(from, to)));
        at = to;
    }
    node.append(content.slice(at));
    return node;
}
