// A reaction: one of a few emoji, or up to 16 characters of one's own.
import {element} from '../shared/dom.js';
import {findEmoji, kEmoji} from '../text/emoji.js';
import {attempt, closeDialog, openDialog} from './dialog.js';
import {button, field} from './fields.js';

const kFew = [
    'thumbsup',
    'heart',
    'joy',
    'tada',
    'eyes',
    'fire',
    'clap',
    'rocket',
    'thinking',
    'cry',
    'hundred',
    'check',
];

// put(content): sends it.
export function openBoostDialog(put) {
    const problem = element('p', {class: 'problem', role: 'alert'});
    const take = (node, content) =>
        attempt(node, problem, async () => {
            await put(content);
            closeDialog();
        });
    const some = element(
        'div',
        {class: 'few', role: 'group', 'aria-label': 'Emoji'},
        ...kFew.map((name) =>
            button(kEmoji.get(name), (node) => take(node, kEmoji.get(name)), {'aria-label': name, title: name})
        )
    );
    const own = field('Or in your own words', {maxlength: '64', autofocus: ''});
    const submit = element('button', {type: 'submit', class: 'main'}, 'Boost');
    const form = element('form', {class: 'stack', 'aria-label': 'Boost', novalidate: ''}, own.node, problem, submit);
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const words = own.input.value.trim();
        const named = /^:?([a-z0-9_]{2,}):?$/.exec(words)?.[1];
        const content = named && words.startsWith(':') ? (findEmoji(named, 1)[0]?.[1] ?? words) : words;
        if (content !== '') take(submit, content);
    });
    openDialog('Boost', some, form);
}
