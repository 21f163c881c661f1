// Labelled inputs for forms and dialogs.
import {element} from '../shared/dom.js';

let made = 0;

// {node, input}: a label above an input; attributes are the input's.
export function field(label, attributes = {}, name = 'input') {
    const id = `field-${++made}`;
    const input = element(name, {id, autocomplete: 'off', ...attributes});
    return {input, node: element('div', {class: 'labelled'}, element('label', {for: id}, label), input)};
}

export function choice(label, options, chosen) {
    const id = `field-${++made}`;
    const input = element('select', {id}, ...options.map(([value, words]) => element('option', {value}, words)));
    input.value = chosen;
    return {input, node: element('div', {class: 'labelled'}, element('label', {for: id}, label), input)};
}

export function check(label, checked, changed) {
    const input = element('input', {type: 'checkbox'});
    input.checked = checked;
    input.addEventListener('change', () => changed(input.checked, input));
    return element('label', {class: 'check'}, input, ` ${label}`);
}

export function button(label, work, attributes = {}) {
    const node = element('button', {type: 'button', ...attributes}, label);
    node.addEventListener('click', () => work(node));
    return node;
}

// A text to be given away: shown in a field, with a button that copies it.
export function copyable(label, text) {
    const {node, input} = field(label, {readonly: '', spellcheck: 'false'});
    input.value = text;
    input.addEventListener('focus', () => input.select());
    const copy = button(
        'Copy',
        async () => {
            const copied =
                (await navigator.clipboard?.writeText(text).then(
                    () => true,
                    () => false
                )) ?? false;
            if (!copied) input.select();
            copy.textContent = copied ? 'Copied' : 'Press Ctrl+C';
        },
        {'aria-label': `Copy: ${label}`}
    );
    input.remove();
    node.append(element('div', {class: 'field'}, input, copy));
    return node;
}
