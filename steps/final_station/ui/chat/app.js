// The chat's page: what it knows and does is in model/, what it shows in view/, and here they are put together.
import {byId, setText} from './shared/dom.js';
import {startTheme} from './shared/theme.js';
import {Api} from './model/api.js';
import {readPlace} from './model/place.js';
import {inTab} from './model/stored.js';
import {startDialog} from './view/dialog.js';
import {EntranceView} from './view/entrance_view.js';
import {Conversation} from './conversation.js';

const kRetry = 3000;  // ms
const kLeft = 'station.chat.left';  // why one is at the entrance

const api = new Api();
const entrance = new EntranceView({api, entered: () => begin({entered: true})});
let conversation = null;

// The session is asked for first: everything else depends on whose it is.
// A code is another's account, perhaps, and is asked about even where there is a session.
async function begin({entered = false} = {}) {
    const place = readPlace(location.hash);
    if (place.code !== undefined && !entered) return showEntrance('');
    const comesIn = place.setup !== undefined || place.join !== undefined || place.code !== undefined;
    try {
        const me = await api.get('me');
        entrance.hide();
        // The code was for once, or is known.
        if (comesIn) history.replaceState(null, '', location.pathname + location.search);
        await start(me);
    } catch (error) {
        if (error.status === 401) return showEntrance('');
        setText(byId('connections'), 'The server can\u2019t be reached');
        setTimeout(() => begin({entered}), kRetry);
    }
}

async function start(me) {
    setText(byId('connections'), '');
    conversation ??= new Conversation({api, ended: () => leave('You have logged out')});
    await conversation.start(me);
}

// Whoever comes next in this browser sees nothing of what was there: the page begins anew.
function leave(why) {
    if (conversation?.isRunning) {
        conversation.stop();
        inTab.write(kLeft, why);
        location.reload();
    } else {
        showEntrance(why);
    }
}

function showEntrance(why) {
    const left = why === '' ? (inTab.read(kLeft) ?? '') : why;
    inTab.write(kLeft, null);
    byId('chat').hidden = true;
    byId('connection').hidden = true;
    setText(byId('connections'), '');
    entrance.show(readPlace(location.hash), left);
}

api.on('ended', () => conversation?.isRunning && !conversation.isLeaving && leave('Your session has ended'));
addEventListener('hashchange', () => {
    const place = readPlace(location.hash);
    if (conversation?.isRunning) conversation.goTo(place);
    else if (!byId('entrance').hidden) entrance.show(place);
});
byId('skip').addEventListener('click', (event) => {
    event.preventDefault();  // the fragment of the address says where one is
    byId('message').focus();
});
startTheme();
startDialog();
begin();
