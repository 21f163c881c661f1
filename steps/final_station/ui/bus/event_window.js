// A run of the chosen topic's events without a gap: offsets [start, end), with holes for those that are not there any
// more. Bounded in number and in bytes: what is added at one end pushes out at the other, but never what is in sight.
// Items have numbers that stay the same while they are kept; those before the first ever added are negative.
const kMostItems = 5000;
const kMostBytes = 32 << 20;
const kItemCost = 200;  // bytes an item costs beside its payload, about

export class EventWindow {
    #items = [];
    #bytes = 0;
    first = 0;     // number of the oldest item
    start = null;  // null until the place in the topic is known
    end = null;

    get length() {
        return this.#items.length;
    }

    // Number behind the newest item.
    get last() {
        return this.first + this.#items.length;
    }

    at(number) {
        return this.#items[number - this.first];
    }

    // Empty, and at an offset; null: at none yet.
    reset(offset = null) {
        Object.assign(this, {first: 0, start: offset, end: offset});
        this.#items = [];
        this.#bytes = 0;
    }

    // items: events {offset, time, id, payload} and holes {from, to}, from the oldest to the newest, the first where this
    // ends. sight: the numbers [first, last) of what must stay; null: nothing.
    append(items, sight) {
        if (items.length === 0) return;
        for (const item of items) {
            this.#items.push(item);
            this.#bytes += cost(item);
        }
        this.start ??= begin(items[0]);
        this.end = behind(items.at(-1));
        let dropped = 0;
        const most = Math.min(this.length - 1, sight ? sight.first - this.first : Infinity);
        while (dropped < most && this.#isFull(dropped, sight)) this.#bytes -= cost(this.#items[dropped++]);
        if (dropped === 0) return;
        this.#items.splice(0, dropped);
        this.first += dropped;
        this.start = begin(this.#items[0]);
    }

    // The same, of items that end where this starts.
    prepend(items, sight) {
        if (items.length === 0) return;
        this.#items = items.concat(this.#items);
        this.#bytes += items.reduce((sum, item) => sum + cost(item), 0);
        this.first -= items.length;
        this.start = begin(items[0]);
        this.end ??= behind(items.at(-1));
        let dropped = 0;
        while (this.last > Math.max(this.first + 1, sight.last) && this.#isFull(dropped, sight)) {
            this.#bytes -= cost(this.#items.pop());
        }
        this.end = behind(this.#items.at(-1));
    }

    // Whether there is enough beyond a number that it may be scrolled there: so many items, or so many bytes.
    reaches(number, step, items, bytes) {
        for (let seen = 0, size = 0; seen < items && size < bytes; ++seen, number += step) {
            const item = this.at(number);
            if (item === undefined) return false;
            size += cost(item);
        }
        return true;
    }

    // The number of the item that has the offset; of the one behind it where it has none.
    find(offset) {
        let [low, high] = [0, this.#items.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (behind(this.#items[middle]) <= offset) low = middle + 1;
            else high = middle;
        }
        return this.first + low;
    }

    #isFull(dropped, sight) {
        if (this.#items.length - dropped > kMostItems) return true;
        if (this.#bytes <= kMostBytes) return false;
        let seen = 0;
        for (let number = sight?.first ?? 0; number < (sight?.last ?? 0); ++number) seen += cost(this.at(number));
        return this.#bytes > kMostBytes + seen;
    }
}

export function begin(item) {
    return item.from ?? item.offset;
}

export function behind(item) {
    return item.to ?? item.offset + 1n;
}

function cost(item) {
    return kItemCost + (item?.payload?.length ?? 0);
}
