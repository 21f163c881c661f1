// What the list shows of the chosen topic: a window of its events around a place. It either follows what comes (the
// feed brings it), or stays where one went, and reads on at either end as one gets near it. Emits
//   event   {event, live}   one that was not in the window; live: the feed has brought it
//   change  the window holds something else
//   restart {offset}        another place: nothing shown before goes on. The offset gone to; null: the end
//   state   after anything else has changed
import {begin, behind, EventWindow} from './event_window.js';
import {readEvents} from './history.js';
import {Emitter} from './shared/emitter.js';

const kPage = 400;         // events asked for at once
const kFirstPage = 100;    // the same, where nothing is shown until they are there
const kBudget = 4 << 20;   // characters of a page after which it ends, however few events they are
const kNear = 400;         // items that should lie beyond what is in sight, at either end,
const kNearBytes = 8 << 20;  // unless they are as large as this
const kGoOn = 1000n;       // events that may have come meanwhile for the list to be continued, when it follows again
const kEarliest = 10n ** 17n;  // nanoseconds, in 1973: what is less the server takes for a coarser unit, and refuses
const kLatest = 2n ** 63n - 1n;  // nanoseconds: what is more is no i64

export class Timeline extends Emitter {
    #feed;
    #sight = {first: 0, last: 0};  // numbers of the items in sight
    #goal = null;         // where to go next
    #reading = null;      // an AbortController: one request at a time
    #failed = false;      // the last request was in vain: the feed's next word tries again, not the next frame
    #pageSize = kPage;    // less where events are large
    window = new EventWindow();

    constructor(feed) {
        super();
        this.#feed = feed;
        feed.on('event', (event) => this.#add([event]));
        feed.on('hole', (hole) => this.#add([hole]));
        feed.on('restart', () => this.#restart(null));
        feed.on('state', () => {
            this.#failed = false;
            this.emit('state');
            this.#read();
        });
    }

    get following() {
        return this.#feed.following;
    }

    // True while a place is looked up, or events near the one in sight are.
    get busy() {
        return this.#reading !== null || (this.seeking && this.#feed.reachable);
    }

    get seeking() {
        return this.#goal !== null;
    }

    // The offset of the topmost event in sight, or where it would be.
    get place() {
        const item = this.window.at(this.#sight.first);
        return this.following ? this.#feed.head : item ? begin(item) : this.window.end;
    }

    // How many events lie between what is in sight and live.
    get behind() {
        if (this.following) return this.#feed.behind;
        const next = this.window.at(this.#sight.last);
        const seen = next ? begin(next) : this.window.end;
        return seen === null || seen > this.#feed.head ? 0n : this.#feed.head - seen;
    }

    choose(topic) {
        this.#feed.choose(topic);
        this.#restart(null);
    }

    follow() {
        if (this.following) return;
        const {end} = this.window;
        const goesOn = end !== null && !this.seeking && this.#feed.head - end <= kGoOn;
        if (goesOn) this.#stopReading();
        else this.#restart(null);
        this.#feed.follow(goesOn ? {offset: end} : 'tail');
        this.emit('change');
    }

    stay() {
        if (!this.following) return;
        this.#feed.stay();
        this.emit('change');
    }

    // to: {offset: BigInt} or {time: BigInt}. What is shown stays until the place is there.
    go(to) {
        this.stay();
        this.#goal = to;
        if (this.#reading?.goal === undefined) this.#stopReading();  // another place is shown first, and this one after it
        this.emit('state');
        this.#read();
    }

    // False where the topic's first event is in the window already.
    toStart() {
        const away = this.window.start === null || this.window.start > this.#feed.first;
        if (away) this.go({offset: this.#feed.first});
        return away;
    }

    // The items [first, last) are in sight. What should lie beyond them is read one frame after the other.
    see(first, last) {
        this.#sight = {first, last};
        this.#read();
    }

    #add(items, live = true) {
        this.window.append(items, this.following ? null : this.#sight);
        this.#tell(items, live);
    }

    #tell(items, live) {
        for (const event of items) {
            if (event.payload !== undefined) this.emit('event', {event, live});
        }
        this.emit('change');
    }

    // Another place, at an offset; null: where the feed begins.
    #restart(offset, goal = null) {
        this.#stopReading();
        this.#goal = goal;
        this.#pageSize = kPage;
        this.window.reset(offset);
        this.#sight = {first: 0, last: 0};
        this.emit('restart', {offset});
    }

    #stopReading() {
        this.#reading?.abort();
        this.#reading = null;
    }

    #read() {
        if (this.#reading !== null || this.#failed || this.following || !this.#feed.reachable) return;
        if (this.window.start === null) this.#goal ??= {offset: this.#feed.head};  // who stays before anything has come
        if (this.#goal !== null) this.#goTo(this.#goal);
        else if (this.window.start > this.#feed.first && this.#isNear(this.#sight.first - 1, -1)) this.#readOlder();
        else if (this.window.end < this.#feed.head && this.#isNear(this.#sight.last, 1)) this.#readNewer();
    }

    #isNear(number, step) {
        return !this.window.reaches(number, step, kNear, kNearBytes);
    }

    async #goTo(goal) {
        const {first, head} = this.#feed;
        const last = head > first ? head - 1n : first;
        const wanted = goal.time < kEarliest ? first : goal.offset;
        const offset = wanted === undefined ? null : within(wanted, first, last);
        const from = offset === null ? `time:${within(goal.time, kEarliest, kLatest)}` : `offset:${offset}`;
        const page = await this.#request({from, limit: kFirstPage, goal});
        if (!page) return;
        this.#restart(offset ?? page.at, this.#goal === goal ? null : this.#goal);
        if (offset !== null && page.at > offset) page.items.unshift({from: offset, to: page.at});
        this.#add(page.items, false);
        if (this.#goal !== null) this.#read();
    }

    async #readOlder() {
        const {start} = this.window;
        const back = BigInt(this.#pageSize);
        const from = start - back > this.#feed.first ? start - back : this.#feed.first;
        const page = await this.#request({from: `offset:${from}`, limit: this.#pageSize});
        if (!page) return;
        const items = page.items.filter((item) => begin(item) < start);
        if (page.cut && this.#pageSize > 1 && items.length === page.items.length) {
            this.#pageSize = Math.max(1, Math.min(this.#pageSize >> 1, items.length));
            return this.#read();
        }
        if (page.at > from) items.unshift({from, to: page.at < start ? page.at : start});
        closeUp(items, from, start);
        this.window.prepend(items, this.#sight);
        this.#pageSize = Math.min(kPage, this.#pageSize * 2);
        this.#tell(items, false);
    }

    async #readNewer() {
        const {end} = this.window;
        const page = await this.#request({from: `offset:${end}`, limit: kPage});
        if (!page) return;
        if (page.at > end) page.items.unshift({from: end, to: page.at});
        if (page.items.length > 0) this.#add(page.items, false);
        else this.#failed = true;
    }

    // Null where something else is wanted by now, or where there is no whole answer.
    async #request({from, limit, goal}) {
        const reading = Object.assign(new AbortController(), {goal});
        this.#reading = reading;
        this.emit('state');
        let page = null;
        try {
            page = await readEvents({topic: this.#feed.topic, from, limit, budget: kBudget, signal: reading.signal});
        } catch {
            this.#failed = this.#reading === reading;
        }
        if (this.#reading !== reading) return null;
        this.#reading = null;
        this.emit('state');
        return page;
    }
}

function within(value, least, most) {
    return value < least ? least : value > most ? most : value;
}

// Whatever of [from, to) the items end without is a hole.
function closeUp(items, from, to) {
    const last = items.at(-1);
    const end = last === undefined ? from : behind(last);
    if (end < to) items.push({from: end, to});
    else if (end > to) last.to = to;
}
