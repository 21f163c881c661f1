// Everything behind the entrance: the room one is in, and how what happens reaches what shows it.
import {announce} from './shared/announce.js';
import {ConnectionView} from './shared/connection_view.js';
import {byId} from './shared/dom.js';
import {Changes} from './model/changes.js';
import {Drafts} from './model/drafts.js';
import {Following} from './model/following.js';
import {History} from './model/history.js';
import {Notify} from './model/notify.js';
import {Outbox} from './model/outbox.js';
import {People} from './model/people.js';
import {placeOf, readPlace} from './model/place.js';
import {Rooms} from './model/rooms.js';
import {Seen} from './model/seen.js';
import {settings} from './model/settings.js';
import {Socket} from './model/socket.js';
import {play} from './model/sounds.js';
import {Typing} from './model/typing.js';
import {keepUnsettled} from './model/unsettled.js';
import {makeViews} from './views.js';
import {visible} from './view/names.js';

const kSignedOut = 4001;  // why the server closes a WebSocket whose session has ended

export class Conversation {
    #api;
    #people;
    #rooms;
    #socket;
    #following;
    #history;
    #outbox;
    #typing;
    #seen;
    #views;
    #room = null;  // id of the one in sight
    #opening = null;  // {room, unread}: the room just gone to, until its messages are there
    #ended;
    #wasAway = false;  // there was no connection for a while
    isRunning = false;
    isLeaving = false;  // what ends now was meant to

    // ended(): one has left.
    constructor({api, ended}) {
        this.#api = api;
        this.#ended = ended;
        this.#people = new People(api);
        this.#rooms = new Rooms(api, this.#people);
        this.#socket = new Socket({
            followed: () => this.#following.places,
            hasSession: () => api.hasSession(),
        });
        this.#following = new Following(this.#socket);
        this.#history = new History(api);
        this.#outbox = new Outbox(this.#socket);
        this.#typing = new Typing(this.#socket);
        this.#seen = new Seen(this.#socket);
        new ConnectionView(this.#socket);
        new Notify({
            people: this.#people,
            rooms: this.#rooms,
            api,
            following: this.#following,
            socket: this.#socket,
            isSeen: (room) => this.#isSeen(room),
            open: (room, message) => (location.hash = placeOf(room, message)),
        });
        this.#views = makeViews({
            api,
            people: this.#people,
            rooms: this.#rooms,
            typing: this.#typing,
            changes: new Changes(api, this.#following),
            conversation: this,
        });
        this.#listen();
    }

    async start(me) {
        this.#people.me = me;
        byId('chat').hidden = false;
        byId('connection').hidden = false;
        this.#views.start(me);
        this.#views.composer.setDrafts(new Drafts(me.id));
        await Promise.all([this.#people.load(), this.#rooms.load()]);
        this.isRunning = true;
        keepUnsettled(this.#outbox, me.id);
        this.#socket.start();
        this.goTo(readPlace(location.hash));
    }

    stop() {
        this.isRunning = false;
    }

    // path: 'session' for this one, 'sessions' for all.
    async leave(path) {
        this.isLeaving = true;
        try {
            await this.#api.delete(path);
        } catch (error) {
            this.isLeaving = false;
            throw error;
        }
        this.#ended();
    }

    get room() {
        return this.#rooms.get(this.#room);
    }

    // Where the address says, or where there is anything.
    goTo({room, message}) {
        if (room === undefined) return this.#goSomewhere();
        if (!this.#rooms.get(room)) {
            announce(() => 'You are not in that room');
            return this.#goSomewhere('That room is not there, or you are not in it.');
        }
        if (room !== this.#room) this.#enter(room, message);
        if (message) this.goToMessage(message);
        byId('chat').dataset.shows = 'conversation';
    }

    enter(room) {
        if (location.hash === placeOf(room)) this.goTo({room, message: null});
        else location.hash = placeOf(room);
    }

    async goToMessage(id) {
        const room = this.#room;
        const log = this.#following.log(room);
        try {
            if (!log.get(id) && !(await this.#history.around(room, log, id)))
                throw new Error('it was deleted, or it is elsewhere');
            if (room === this.#room) this.#views.messages.goTo(id);
        } catch (error) {
            this.#views.say(`That message can\u2019t be shown: ${error.message}`);
            if (log.size === 0) this.latest().catch(() => {});
        }
    }

    // What the message list asks for.
    older() {
        this.#history.older(this.#room, this.#log)?.catch(() => {});
    }

    newer() {
        this.#history.newer(this.#room, this.#log)?.catch(() => {});
    }

    latest() {
        return this.#history.latest(this.#room, this.#log);
    }

    isBusy() {
        return this.#history.isBusy(this.#log);
    }

    see(message) {
        if (!this.#isSeen(this.#room)) return;
        this.#seen.note(this.#room, message);
        this.#rooms.setUnread(this.#room, 0);
    }

    members() {
        return this.#rooms.members(this.#room);
    }

    send(room, content) {
        this.#outbox.send(room, content);
        if (!this.#log.atEnd && this.#log.size > 0) {
            this.latest().catch(() =>
                this.#views.say('The newest messages can\u2019t be read: yours stands at the end of the room')
            );
        }
        this.#views.messages.follow();
    }

    again(entry) {
        this.#outbox.sendAgain(entry);
    }

    discard(entry) {
        this.#outbox.discard(entry);
    }

    get #log() {
        return this.#following.log(this.#room);
    }

    #isSeen(room) {
        return (
            room === this.#room &&
            document.visibilityState === 'visible' &&
            document.hasFocus() &&
            this.#views.messages.atEnd
        );
    }

    #goSomewhere(why = '') {
        const [first] = this.#views.rooms.listed;
        if (why !== '') this.#views.say(why);
        if (!first) return this.#showNowhere();
        if (this.room) return;
        history.replaceState(null, '', placeOf(first.id));
        this.#enter(first.id, null);
    }

    #enter(id, message) {
        const room = this.#rooms.get(id);
        this.#room = id;
        byId('nowhere').hidden = true;
        byId('conversation').hidden = false;
        const log = this.#following.follow(id);
        this.#opening = {room: id, unread: room.unread};
        this.#views.enter(room, log, () => this.#outbox.in(id));
        if (log.size > 0) this.#opened(id);
        if (!message && log.size > 0 && !log.atEnd) this.latest().catch(() => {});
    }

    // Its messages are there: what was unread until now stands under a line.
    #opened(id) {
        if (this.#opening?.room !== id || id !== this.#room) return;
        this.#views.messages.markUnread(this.#opening.unread);
        this.#opening = null;
    }

    #showNowhere() {
        this.#room = null;
        this.#views.messages.clear();
        byId('conversation').hidden = true;
        byId('nowhere').hidden = false;
        byId('chat').dataset.shows = 'rooms';
    }

    #listen() {
        const {messages} = this.#views;
        const socket = this.#socket;
        this.#following.on('live', ({message, isNew}) => this.#arrived(message, isNew));
        this.#following.on('missed', ({message}) => this.#outbox.compare(message));
        this.#following.on('removed', ({id}) => this.#views.composer.removed(id));
        this.#following.on('ready', ({room}) => {
            if (room !== this.#room) return;
            messages.draw();
            this.#opened(room);
        });
        this.#following.on('followed', ({log}) => log.on('change', () => log === this.#log && messages.draw()));
        this.#outbox.on('change', ({room}) => room === this.#room && messages.draw());
        this.#outbox.on('sent', ({message}) => {
            const log = this.#following.log(message.room);
            log?.arrive(message);
            if (message.room === this.#room) messages.sent(message.id);
        });
        socket.on('state', ({phase}) => phase === 'locked' && this.#api.emit('ended'));
        socket.on('lost', ({code}) => {
            this.#wasAway = true;
            if (code === kSignedOut) this.#api.emit('ended');
        });
        socket.on('told welcome', ({me}) => {
            this.#people.update(Object.assign(this.#people.me, me));
            this.#caughtUp();
        });
        socket.on('told presence', ({users}) => this.#people.presence(users));
        socket.on(
            'told unread',
            ({room, count, mentions}) => !this.#isSeen(room) && this.#rooms.setUnread(room, count, mentions)
        );
        socket.on('told room', ({room}) => this.#rooms.update(room));
        socket.on('told room_removed', ({room}) => this.#rooms.remove(room));
        this.#rooms.on('gone', ({id}) => this.#gone(id));
        this.#rooms.on('change', () => {
            if (this.room) this.#views.showHead(this.room);
            else if (this.isRunning && this.#room === null) this.#goSomewhere();
        });
        for (const news of ['visibilitychange', 'focus']) {
            (news === 'focus' ? globalThis : document).addEventListener(
                news,
                () => this.#room !== null && messages.draw()
            );
        }
    }

    // Whatever changed while there was no connection, but for messages, which come by themselves.
    #caughtUp() {
        if (!this.#wasAway) return;
        this.#wasAway = false;
        this.#rooms.load().catch(() => {});
        this.#people.load().catch(() => {});
    }

    #arrived(message, isNew) {
        this.#outbox.compare(message);
        this.#typing.ended(message.room, message.creator.id);
        if (!this.#people.get(message.creator.id)) this.#people.soon();
        if (!isNew) return;
        if (message.sound && message.room === this.#room && settings.get('sounds')) play(message.sound);
        const room = this.#rooms.get(message.room);
        if (room) room.last_message_at = message.created_at;
        if (message.creator.id === this.#people.me.id) return;
        if (!this.#isSeen(message.room)) this.#rooms.count(message);
        if (message.room !== this.#room) return;
        announce(() => `${visible(message.creator.name)}: ${message.content.slice(0, 200)}`);
    }

    #gone(id) {
        this.#following.leave(id);
        if (id !== this.#room) return;
        this.#room = null;
        this.#views.left();
        history.replaceState(null, '', location.pathname + location.search);
        this.#goSomewhere('You are not in that room any more.');
    }
}
