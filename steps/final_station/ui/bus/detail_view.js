// One event, whole: its id, its exact time, its payload as JSON, text or bytes.
import {byId, element, setText} from './shared/dom.js';
import {bytes, count, moment, uuid} from './shared/format.js';
import {forms} from './payload.js';

export class DetailView {
    #go;
    #closed;
    #item = null;
    #form = 'JSON';  // the form that was last asked for, kept from event to event
    #root = byId('detail');

    constructor({go, closed}) {
        this.#go = go;
        this.#closed = closed;
        byId('detail-close').addEventListener('click', () => this.close());
        byId('detail-go').addEventListener('click', () => this.#go(this.#item.offset));
        this.#root.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') this.close();
        });
    }

    show(item) {
        this.#item = item;
        this.#root.hidden = false;
        setText(byId('detail-title'), `Event ${count(item.offset)}`);
        const facts = [['Size', bytes(item.payload.length)]];
        if (item.time !== null) facts.push(['Time', moment(item.time)], ['Id', uuid(item.id)]);
        byId('detail-facts').replaceChildren(...facts.map(([name, value]) =>
            element('div', {}, element('dt', {}, name), element('dd', {}, value))));
        const empty = item.payload.length === 0;
        byId('detail-payload').hidden = empty;
        if (empty) this.#showNothing();
        else this.#showForms(forms(item.payload));
        this.#root.focus({preventScroll: true});
        this.#root.scrollIntoView({block: 'nearest'});
    }

    close() {
        if (this.#root.hidden) return;
        const focused = this.#root.contains(document.activeElement);
        this.#root.hidden = true;
        if (focused) byId('events').focus();
        this.#closed();
    }

    #showNothing() {
        byId('detail-forms').replaceChildren();
        setText(byId('detail-payload'), '');
        setText(byId('detail-note'), 'The payload is empty.');
    }

    #showForms(list) {
        const shown = list.find(({name}) => name === this.#form) ?? list[0];
        const buttons = list.map((form) => {
            const button = element('button', {type: 'button', class: 'form', 'aria-pressed': String(form === shown)}, form.name);
            button.addEventListener('click', () => {
                this.#form = form.name;
                this.#showForms(list);
                byId('detail-forms').querySelector('[aria-pressed=true]').focus();
            });
            return button;
        });
        byId('detail-forms').replaceChildren(...buttons);
        setText(byId('detail-payload'), shown.text);
        setText(byId('detail-note'), shown.whole ? '' : 'Only the beginning is shown.');
    }
}
