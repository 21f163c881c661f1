// The page: one connection, one chosen topic, and the views that show them. All state lives in Connection, Feed,
// Timeline and Outbox; the views only draw it.
import {AccessView} from './access_view.js';
import {announce, hush} from './shared/announce.js';
import {ComposerView} from './composer_view.js';
import {Connection} from './connection.js';
import {ConnectionView} from './shared/connection_view.js';
import {DetailView} from './detail_view.js';
import {byId, onceAFrame} from './shared/dom.js';
import {EventsView} from './events_view.js';
import {Feed} from './feed.js';
import {count, plural} from './shared/format.js';
import {GraphsView} from './graphs_view.js';
import {Outbox} from './outbox.js';
import {preview} from './payload.js';
import {Poll} from './poll.js';
import {PositionView} from './position_view.js';
import {staying} from './prometheus.js';
import {RecoveryView} from './recovery_view.js';
import {ReplayView} from './replay_view.js';
import {SeveralFeed} from './several_feed.js';
import {SeveralView} from './several_view.js';
import {startTheme} from './shared/theme.js';
import {Timeline} from './timeline.js';
import {TopicsView} from './topics_view.js';
import {keepUnsettled} from './unsettled.js';

const kDefaultTopic = 'lobby';

// Beside the page, wherever a proxy has put it: https://example.org/station/ has its WebSocket at .../station/ws.
const socketAddress = new URL('ws', document.baseURI);
socketAddress.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
socketAddress.hash = '';

const connection = new Connection(socketAddress.href);
const feed = new Feed(connection);
const outbox = new Outbox(connection);
const timeline = new Timeline(feed);
const poll = new Poll(connection);

new AccessView(connection);
const connectionView = new ConnectionView(connection);
const position = new PositionView({feed, timeline, connection});
const replay = new ReplayView({feed, timeline});
const detail = new DetailView({go: (offset) => timeline.go({offset}), closed: () => events.resume()});
const events = new EventsView({timeline, show: (item) => detail.show(item)});
const composer = new ComposerView({outbox, connection, feed});
const graphs = new GraphsView({outbox});
const recovery = new RecoveryView();
const topics = new TopicsView({choose});

const severalFeed = new SeveralFeed(connection);
const several = new SeveralView({feed: severalFeed, choose});

let chosen = null;  // a topic, or a pattern
let arrived = 0;  // since the last sentence about it
let listed = [];  // the topics, as last heard

const drawPosition = onceAFrame(() => {
    position.draw();
    replay.show();
});

function sayArrived() {
    const {window} = timeline;
    const last = window.at(window.last - 1);
    const sentence = `${plural(arrived, 'new event')} in ${feed.topic}${last?.payload ? `, the last one: ${preview(last.payload).text.slice(0, 100)}` : ''}`;
    arrived = 0;
    return sentence;
}

timeline.on('event', ({event, live}) => {
    outbox.compare(feed.topic, event);
    if (live && event.offset >= feed.joined) arrived += 1;
    if (feed.live && arrived > 0) announce(sayArrived);
    replay.suggest(event.time);
});
timeline.on('restart', ({offset}) => {
    arrived = 0;
    hush(sayArrived);
    detail.close();
    if (offset !== null) announce(() => `Event ${count(offset)} of ${feed.topic}, ${plural(timeline.behind, 'event')} behind live`);
});
for (const news of ['change', 'restart', 'state']) timeline.on(news, drawPosition);

poll.on('topics', (list) => {
    topics.show(list);
    recovery.show(list);
    listed = list;
    feed.listed(entryOf(feed.topic));
    severalFeed.listed(list);
});
poll.on('metrics', (reading) => {
    graphs.push(reading);
    connectionView.showCount(staying(reading.now));
});

outbox.on('latency', () => {
    if (feed.missing) poll.soon();  // it is there now
});

function entryOf(topic) {
    return listed.find(({name}) => name === topic);
}

function choose(topic) {
    if (topic === chosen) return;
    chosen = topic;
    topics.mark(topic);
    const isPattern = topic.includes('*');
    several.show(isPattern ? topic : null);
    if (isPattern) {
        timeline.stay();
        graphs.setTopic(undefined);  // of all
        severalFeed.follow(topic);
    } else {
        severalFeed.leave();
        composer.setTopic(topic);
        graphs.setTopic(topic);
        timeline.choose(topic);
        if (entryOf(topic)) feed.listed(entryOf(topic));
    }
    history.replaceState(null, '', `#${topic}`);
    poll.soon();
}

byId('skip').addEventListener('click', (event) => {
    event.preventDefault();  // the fragment of the address names the topic
    byId('message').focus();
});
addEventListener('hashchange', () => choose(location.hash.slice(1) || kDefaultTopic));
startTheme();
keepUnsettled(outbox);
choose(location.hash.slice(1) || kDefaultTopic);
connection.start();
