// The room's messages. Only the stretch that the log holds exists as elements; it moves as one scrolls. Whoever is at
// the end stays there as messages come; elsewhere what is read stays where it is.
import {byId, element, onceAFrame, setText} from '../shared/dom.js';
import {plural} from '../shared/format.js';
import {MessageView, PendingView} from './message_view.js';
import {dateOf, dayName, sameDay} from './moments.js';

const kNear = 900;  // pixels from an end at which more is read
const kEnd = 48;  // pixels from the end within which one is at it
const kTogether = 300000000000n;  // nanoseconds between two messages that stand under one name

export class MessagesView {
    #context;
    #scroller = byId('scroller');
    #list = byId('messages');
    #views = new Map();  // key → view; keys are ids, and client_message_ids of what is pending
    #days = new Map();
    #log = null;
    #pending = () => [];
    #following = true;
    #goal = null;  // id of the message to go to
    #unreadFrom = null;  // id of the first message that was unread when the room was opened
    #lastSent = null;
    draw = onceAFrame(() => this.#draw());

    // context: what MessageView wants, and older(), newer(), latest(), seen(id), isBusy()
    constructor(context) {
        this.#context = context;
        this.#scroller.addEventListener('scroll', () => this.#scrolled(), {passive: true});
        byId('newer').addEventListener('click', () => this.toEnd());
        new ResizeObserver(() => {
            if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
        }).observe(this.#scroller);
    }

    // pending(): the entries not settled yet.
    setRoom(log, pending) {
        this.clear();
        this.#log = log;
        this.#pending = pending;
        this.draw();
    }

    clear() {
        this.#log = null;
        this.#following = true;
        this.#goal = null;
        this.#unreadFrom = null;
        this.#views.clear();
        this.#days.clear();
        this.#list.replaceChildren();
    }

    get atEnd() {
        return this.#following && this.#log?.atEnd === true;
    }

    markUnread(count) {
        const others = this.#log.messages.filter(({creator}) => creator.id !== this.#context.people.me.id);
        this.#unreadFrom = count > 0 ? ((others.at(-count) ?? others[0])?.id ?? null) : null;
        this.draw();
    }

    sent(id) {
        this.#lastSent = id;
        this.#following = true;
        this.draw();
    }

    goTo(id) {
        this.#goal = id;
        this.#following = false;
        this.draw();
    }

    async toEnd() {
        if (!this.#log.atEnd) await this.#context.latest();
        this.#following = true;
        this.draw();
        byId('message').focus();
    }

    follow() {
        this.#following = true;
        this.draw();
    }

    // The newest message of one's own that can be edited.
    get lastMine() {
        return this.#log?.messages.findLast(
            ({creator, sound}) => creator.id === this.#context.people.me.id && !sound
        );
    }

    #draw() {
        const log = this.#log;
        if (log === null || !this.#context.people.me) return;
        const anchor = this.#following ? null : this.#anchor();
        const wanted = this.#wanted();
        this.#place(wanted);
        byId('begin').hidden = !log.atStart || log.size === 0;
        const hasNone = log.size === 0 && wanted.length === 0;
        byId('empty').hidden = !hasNone;
        setText(byId('empty'), log.atStart && log.atEnd ? 'Nothing was written here yet.' : 'Reading\u2026');
        if (this.#goal !== null && this.#views.has(this.#goal)) this.#reveal();
        else if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
        else if (anchor) this.#scroller.scrollTop += anchor.node.getBoundingClientRect().top - anchor.top;
        this.#following ||= this.#isAtEnd;
        this.#drawEnds();
        this.#readOn();
    }

    // The elements in their order.
    #wanted() {
        const nodes = [];
        let above = null;
        for (const message of this.#log.messages) {
            const date = dateOf(message.created_at);
            const newDay = above === null || !sameDay(dateOf(above.created_at), date);
            if (newDay) nodes.push(this.#day(date));
            if (message.id === this.#unreadFrom) nodes.push(this.#divider());
            const continues =
                !newDay &&
                message.id !== this.#unreadFrom &&
                above.creator.id === message.creator.id &&
                BigInt(message.created_at) - BigInt(above.created_at) < kTogether;
            const view = this.#view(message.id, () => new MessageView(this.#context));
            view.show(message, continues, message.id === this.#lastSent);
            nodes.push(view.node);
            above = message;
        }
        if (!this.#log.atEnd && this.#log.size > 0) return nodes;
        for (const entry of this.#pending()) {
            const view = this.#view(entry.key, () => new PendingView(entry, this.#context));
            view.show();
            nodes.push(view.node);
        }
        return nodes;
    }

    #view(key, make) {
        if (!this.#views.has(key)) this.#views.set(key, make());
        return this.#views.get(key);
    }

    #day(date) {
        const key = date.toDateString();
        if (!this.#days.has(key)) this.#days.set(key, element('li', {class: 'day'}, element('span', {})));
        const node = this.#days.get(key);
        setText(node.firstChild, dayName(date));
        return node;
    }

    #divider() {
        if (!this.#days.has('new'))
            this.#days.set('new', element('li', {class: 'unread-from'}, element('span', {}, 'New')));
        return this.#days.get('new');
    }

    // Moves only what is not where it should be: focus and selections stay.
    #place(nodes) {
        const wanted = new Set(nodes);
        for (const [key, {node}] of this.#views) {
            if (!wanted.has(node)) this.#views.delete(key);
        }
        for (const [key, node] of this.#days) {
            if (!wanted.has(node)) this.#days.delete(key);
        }
        const losesFocus =
            this.#list.contains(document.activeElement) &&
            !nodes.some((node) => node.contains(document.activeElement));
        for (const node of [...this.#list.children]) {
            if (!wanted.has(node)) node.remove();
        }
        let next = this.#list.firstChild;
        for (const node of nodes) {
            if (node === next) next = next.nextSibling;
            else this.#list.insertBefore(node, next);
        }
        if (losesFocus) this.#scroller.focus({preventScroll: true});
    }

    // The topmost message in sight, which should stay where it is.
    #anchor() {
        const {top} = this.#scroller.getBoundingClientRect();
        for (const node of this.#list.children) {
            const box = node.getBoundingClientRect();
            if (node.classList.contains('message') && box.bottom > top) return {node, top: box.top};
        }
        return null;
    }

    #reveal() {
        const {node} = this.#views.get(this.#goal);
        this.#goal = null;
        node.scrollIntoView({block: 'center'});
        node.classList.add('sought');
        node.focus({preventScroll: true});
        setTimeout(() => node.classList.remove('sought'), 3000);
    }

    #scrolled() {
        if (this.#log === null) return;
        this.#following = this.#isAtEnd;
        this.#drawEnds();
        this.#readOn();
    }

    // At the end of what is held and of what there is: the one alone is no reason to follow.
    get #isAtEnd() {
        const {scrollTop, scrollHeight, clientHeight} = this.#scroller;
        return this.#goal === null && this.#log.atEnd && scrollHeight - clientHeight - scrollTop < kEnd;
    }

    #drawEnds() {
        const button = byId('newer');
        const {newer, atEnd} = this.#log;
        const isAway = !this.#following || !atEnd;
        if (!isAway && document.activeElement === button) byId('message').focus();
        button.hidden = !isAway || this.#log.size === 0;
        setText(button, newer > 0 ? `${plural(newer, 'newer message')} \u2193` : 'Newest \u2193');
        this.#scroller.setAttribute('aria-busy', String(this.#context.isBusy()));
        if (this.atEnd && this.#log.size > 0) this.#context.seen(this.#log.messages.at(-1).id);
    }

    #readOn() {
        const {scrollTop, scrollHeight, clientHeight} = this.#scroller;
        if (this.#log.size === 0 || this.#goal !== null) return;
        if (scrollTop < kNear) this.#context.older();
        if (scrollHeight - clientHeight - scrollTop < kNear) this.#context.newer();
    }
}
