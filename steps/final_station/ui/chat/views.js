// Makes all that is shown of the chat, and binds what can be done in it to who does it.
import {announce} from './shared/announce.js';
import {byId, setText} from './shared/dom.js';
import {settings} from './model/settings.js';
import {play} from './model/sounds.js';
import {AdministrationView} from './view/administration_view.js';
import {openBoostDialog} from './view/boost_dialog.js';
import {ComposerView} from './view/composer_view.js';
import {confirm, openDialog, sentence} from './view/dialog.js';
import {copyable} from './view/fields.js';
import {MembersView} from './view/members_view.js';
import {MessageKeys} from './view/message_keys.js';
import {MessagesView} from './view/messages_view.js';
import {visible} from './view/names.js';
import {openProfile} from './view/profile_dialog.js';
import {ProofView} from './view/proof_view.js';
import {RoomDialogs} from './view/room_dialogs.js';
import {RoomsView} from './view/rooms_view.js';
import {SearchView} from './view/search_view.js';
import {Side} from './view/side.js';
import {SwitcherView} from './view/switcher_view.js';

const kWide = '(min-width: 88rem)';  // there is place for the members, too
const kSaidFor = 6000;  // ms
let saying = 0;
const kKinds = {open: 'Open to all', closed: 'Closed', direct: 'Direct'};

export function makeViews({api, people, rooms, typing, changes, conversation}) {
    const side = new Side();
    const dialogs = new RoomDialogs({api, people, rooms, go: (room) => conversation.enter(room)});
    const talk = (user) => dialogs.direct(user).catch((error) => say(sentence(error)));
    const proof = new ProofView({api, side});
    const search = new SearchView({api, rooms, side});
    const membersView = new MembersView({api, people, rooms, side, direct: talk});
    const administration = new AdministrationView({api, people, side});
    const roomsView = new RoomsView({rooms, people});
    const boost = (message, content, on) =>
        changes.boost(message, content, on).catch((error) => say(sentence(error)));
    const messages = new MessagesView({
        people,
        boost,
        prove: (message) => proof.open(message),
        playSound: play,
        again: (entry) => conversation.again(entry),
        discard: (entry) => conversation.discard(entry),
        change: (entry) => {
            conversation.discard(entry);
            composer.takeBack(entry.content);
        },
        older: () => conversation.older(),
        newer: () => conversation.newer(),
        latest: () => conversation.latest(),
        isBusy: () => conversation.isBusy(),
        seen: (id) => conversation.see(id),
    });
    const keys = new MessageKeys({
        people,
        mayRemove: ({creator}) => creator.id === people.me.id || people.isAdministrator,
        actions: {
            announce: (words) => announce(() => words),
            showLink: (link) => openDialog('Link', copyable('The address of the message', link)),
            edit: (message) => composer.edit(message),
            boostDialog: (message) => openBoostDialog((content) => changes.boost(message, content, true)),
            remove: (message) => askToRemove(message, changes),
        },
    });
    const composer = new ComposerView({
        typing,
        people,
        actions: {
            send: (room, content) => conversation.send(room, content),
            save: (message, content) => changes.save(message, content),
            members: () => conversation.members(),
            lastMine: () => messages.lastMine,
            toMessages: () => keys.enter(),
        },
    });
    new SwitcherView({rooms, people, go: (room) => conversation.enter(room), talk});

    const toggle = (what, view) => (side.shows === what ? side.close() : view.open());
    byId('open-search').addEventListener('click', () => toggle('search', search));
    byId('open-members').addEventListener('click', () => {
        settings.set('members', side.shows !== 'members');
        toggle('members', membersView);
    });
    byId('administration').addEventListener('click', () => toggle('administration', administration));
    byId('open-room').addEventListener('click', () => dialogs.room(conversation.room));
    byId('new-room').addEventListener('click', () => dialogs.newRoom());
    byId('new-direct').addEventListener('click', () => dialogs.newDirect());
    byId('profile').addEventListener('click', () =>
        openProfile({api, people, leave: (path) => conversation.leave(path)})
    );
    byId('back').addEventListener('click', () => {
        byId('chat').dataset.shows = 'rooms';
        document.querySelector('.rooms .room[aria-current]')?.focus();
    });
    byId('chat').addEventListener('keydown', (event) => {
        if (event.key === 'Escape' && side.shows !== null && !event.defaultPrevented) side.close();
    });

    const showHead = (room) => {
        setText(byId('room-name'), visible(rooms.nameOf(room)));
        setText(byId('room-facts'), kKinds[room.type]);
    };
    const showMe = (me) => {
        setText(byId('profile'), visible(me.name));
        byId('profile').setAttribute('aria-label', `You: ${visible(me.name)}`);
        for (const id of ['switch', 'profile']) byId(id).hidden = false;
        byId('administration').hidden = me.role !== 'administrator';
    };
    people.on('change', () => people.me && showMe(people.me));
    return {
        messages,
        composer,
        rooms: roomsView,
        say,
        showHead,
        start: showMe,
        enter(room, log, pending) {
            roomsView.setCurrent(room.id);
            messages.setRoom(log, pending);
            composer.setRoom(room, rooms.nameOf(room));
            membersView.setRoom(room);
            showHead(room);
            if (side.shows === null && settings.get('members') && matchMedia(kWide).matches)
                membersView.open({focus: false});
            setText(byId('begin'), `This is where ${visible(rooms.nameOf(room))} begins.`);
            if (matchMedia('(min-width: 56rem)').matches) composer.focus();
            else byId('room-name').focus();
        },
        left() {
            roomsView.setCurrent(null);
            side.close();
        },
    };
}

function askToRemove(message, changes) {
    const words =
        'It leaves everybody\u2019s view, the search and what the server answers. ' +
        'Its bytes stay in the log and in backups: ' +
        'nothing that was recorded can be made not to have been.';
    confirm({title: 'Delete this message?', words, action: 'Delete', work: () => changes.remove(message)});
}

// A sentence that stands for some seconds, about what has no place of its own.
function say(words) {
    const toast = byId('toast');
    clearTimeout(saying);
    toast.hidden = false;
    setText(toast, words);
    saying = setTimeout(() => {
        toast.hidden = true;
        setText(toast, '');
    }, kSaidFor);
}
