// Publishing, and what became of it. Only what needs a decision gets a row: unknown and rejected publishes.
import {announce} from './shared/announce.js';
import {byId, element, onceAFrame, setText} from './shared/dom.js';
import {count, plural, seconds} from './shared/format.js';
import {preview} from './payload.js';

const kMostRows = 5;
const kNeedsAttention = new Set(['unknown', 'rejected']);
const kHeldBack = 'Not connected: your text stays here until it can be sent';
const encoder = new TextEncoder();

export class ComposerView {
    #outbox;
    #connection;
    #feed;
    #rows = new Map();  // entry → row
    #heldBack = false;  // what the box holds was to be sent, and could not be
    #draw = onceAFrame(() => this.#show());

    constructor({outbox, connection, feed}) {
        this.#outbox = outbox;
        this.#connection = connection;
        this.#feed = feed;
        byId('composer').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#publish();
        });
        byId('message').addEventListener('keydown', (event) => {
            if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return;
            event.preventDefault();
            this.#publish();
        });
        outbox.on('change', this.#draw);
        connection.on('state', this.#draw);
    }

    setTopic(topic) {
        setText(byId('composer-topic'), topic);
        byId('composer-topic').title = topic;
    }

    #publish() {
        const box = byId('message');
        box.focus();
        if (box.value === '') return;
        if (!this.#outbox.publish(this.#feed.topic, encoder.encode(box.value), this.#feed.head)) {
            this.#heldBack = true;
            this.#say(kHeldBack, true);
            return;
        }
        this.#heldBack = false;
        box.value = '';
    }

    #show() {
        const entries = [...this.#outbox.entries];
        const troubled = entries.filter(({state}) => kNeedsAttention.has(state));
        const shown = troubled.slice(-kMostRows);
        for (const [entry, row] of this.#rows) {
            if (shown.includes(entry)) continue;
            if (row.node.contains(document.activeElement)) byId('message').focus();
            row.node.remove();
            this.#rows.delete(entry);
        }
        for (const entry of shown) this.#showRow(entry);
        this.#showRest(troubled.length - shown.length, troubled);
        this.#showOutcome(entries, troubled);
    }

    #showRow(entry) {
        const row = this.#rows.get(entry) ?? this.#makeRow(entry);
        row.node.dataset.state = entry.state;
        setText(row.state, entry.state === 'unknown' ? 'Unknown' : 'Not stored');
        setText(row.why, why(entry));
        row.again.disabled = !this.#connection.isOpen;
    }

    #makeRow(entry) {
        const row = {state: element('strong'), why: element('span', {class: 'why'})};
        const text = preview(entry.payload).text;
        row.again = button('Send again', text, () => this.#outbox.sendAgain(entry));
        const dismiss = button('Dismiss', text, () => this.#outbox.dismiss(entry));
        row.node = element('li', {}, element('span', {class: 'words'}, row.state, ' ', row.why),
            element('bdi', {class: 'text'}, text), row.again, dismiss);
        byId('outbox').append(row.node);
        this.#rows.set(entry, row);
        return row;
    }

    #showRest(more, troubled) {
        const list = byId('outbox');
        list.querySelector('.rest')?.remove();
        if (more <= 0) return;
        const again = element('button', {type: 'button'}, 'Send all again');
        again.addEventListener('click', () => troubled.forEach((entry) => this.#outbox.sendAgain(entry)));
        const dismiss = element('button', {type: 'button', class: 'quiet'}, 'Dismiss all');
        dismiss.addEventListener('click', () => troubled.forEach((entry) => this.#outbox.dismiss(entry)));
        list.append(element('li', {class: 'rest'}, element('span', {class: 'words'}, `and ${count(more)} more`), again, dismiss));
    }

    #showOutcome(entries, troubled) {
        const waiting = entries.filter(({state}) => state === 'waiting').length;
        const durable = entries.findLast(({state}) => state === 'durable');
        if (this.#connection.isOpen || byId('message').value === '') this.#heldBack = false;
        if (this.#heldBack) this.#say(kHeldBack, true);
        else if (waiting > 0) this.#say(`Waiting for ${plural(waiting, 'acknowledgement')}`);
        else if (troubled.length > 0) this.#say(`${plural(troubled.length, 'event')} without an acknowledgement`, true);
        else if (durable) this.#say(`Durable at offset ${count(durable.offset)} in ${seconds(durable.ms / 1000)}`);
        else this.#say('');
    }

    #say(sentence, problem = false) {
        const outcome = byId('outcome');
        outcome.classList.toggle('problem', problem);
        if (outcome.textContent === sentence) return;
        outcome.textContent = sentence;
        if (sentence !== '') announce(() => sentence);
    }
}

function why({state, detail, seenAt}) {
    if (state !== 'unknown') return detail;
    return seenAt === null ? `${detail}: it may be stored or not` : `${detail}; the same is stored at offset ${count(seenAt)}`;
}

function button(label, text, work) {
    const node = element('button', {type: 'button', 'aria-label': `${label}: ${text.slice(0, 60)}`}, label);
    if (label === 'Dismiss') node.classList.add('quiet');
    node.addEventListener('click', work);
    return node;
}
