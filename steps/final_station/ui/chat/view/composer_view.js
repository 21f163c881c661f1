// Writing: a message, or the new text of one. What was begun stays with its room.
import {byId, setText} from '../shared/dom.js';
import {Completions} from './completions.js';
import {attempt} from './dialog.js';
import {visible} from './names.js';

export class ComposerView {
    #box = byId('message');
    #drafts = null;
    #typing;
    #people;
    #actions;
    #completions;
    #room = null;
    #editing = null;  // the message whose text is in the box

    // actions: {send(room, content), save(message, content), lastMine(), toMessages(), members()}
    constructor({typing, people, actions}) {
        this.#typing = typing;
        this.#people = people;
        this.#actions = actions;
        this.#completions = new Completions({people, members: () => actions.members()});
        byId('composer').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit();
        });
        this.#box.addEventListener('keydown', (event) => this.#key(event));
        this.#box.addEventListener('input', () => this.#changed());
        byId('stop-editing').addEventListener('click', () => this.stopEditing());
        typing.on('change', ({room}) => room === this.#room?.id && this.showTyping());
    }

    setDrafts(drafts) {
        this.#drafts = drafts;
    }

    setRoom(room, name) {
        if (this.#editing) this.stopEditing();
        this.#typing.stop();
        const isOther = this.#room?.id !== room.id;
        this.#room = room;
        this.#box.placeholder = `Write to ${visible(name)}`;
        if (isOther) this.#setText(this.#drafts.get(room.id));
        setText(byId('composer-problem'), '');
        this.showTyping();
    }

    focus() {
        this.#box.focus({preventScroll: true});
    }

    edit(message) {
        if (this.#editing === null) this.#drafts.set(this.#room.id, this.#box.value);
        this.#editing = message;
        byId('editing').hidden = false;
        byId('send').textContent = 'Save';
        this.#setText(message.content);
        this.focus();
    }

    stopEditing() {
        this.#editing = null;
        byId('editing').hidden = true;
        byId('send').textContent = 'Send';
        setText(byId('composer-problem'), '');
        this.#setText(this.#drafts.get(this.#room.id));
        this.focus();
    }

    // The message that is being edited is gone.
    removed(id) {
        if (this.#editing?.id === id) this.stopEditing();
    }

    // A text that was refused comes back, in front of what has been begun since.
    takeBack(content) {
        this.#setText(this.#box.value === '' ? content : `${content}\n${this.#box.value}`);
        this.#drafts.set(this.#room.id, this.#box.value);
        this.focus();
    }

    showTyping() {
        const names = this.#typing
            .in(this.#room.id)
            .filter((id) => id !== this.#people.me.id)
            .map((id) => visible(this.#people.nameOf(id)));
        const who =
            names.length > 2
                ? `${names.length} people are`
                : names.length === 2
                  ? `${names[0]} and ${names[1]} are`
                  : `${names[0]} is`;
        setText(byId('typing'), names.length === 0 ? '' : `${who} typing\u2026`);
    }

    #setText(text) {
        this.#box.value = text;
        this.#box.setSelectionRange(text.length, text.length);
        this.#completions.close();
    }

    #changed() {
        this.#completions.look();
        setText(byId('composer-problem'), '');
        if (this.#editing !== null) return;
        this.#drafts.set(this.#room.id, this.#box.value);
        if (this.#box.value.trim() === '') this.#typing.stop();
        else this.#typing.start(this.#room.id);
    }

    #key(event) {
        if (event.isComposing) return;
        if (this.#completions.key(event)) {
            event.preventDefault();
            event.stopPropagation();
        } else if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            this.#submit();
        } else if (event.key === 'ArrowUp' && this.#box.value === '' && !event.altKey) {
            event.preventDefault();
            const last = this.#actions.lastMine();
            if (event.shiftKey || !last) this.#actions.toMessages();
            else this.edit(last);
        } else if (event.key === 'Escape' && this.#editing !== null) {
            event.stopPropagation();
            this.stopEditing();
        }
    }

    async #submit() {
        const content = this.#box.value;
        this.focus();
        if (content.trim() === '') return;
        if (this.#editing !== null) return this.#save(content);
        this.#typing.stop();
        this.#setText('');
        this.#drafts.set(this.#room.id, '');
        this.#actions.send(this.#room.id, content);
    }

    async #save(content) {
        const message = this.#editing;
        const saved =
            content === message.content ||
            (await attempt(byId('send'), byId('composer-problem'), () => this.#actions.save(message, content)));
        if (saved && this.#editing === message) this.stopEditing();
    }
}
