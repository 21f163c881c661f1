// What one has chosen in this browser. Emits 'change'.
import {Emitter} from '../shared/emitter.js';

const kKey = 'station.chat.settings';
const kFirst = {notifications: false, sounds: true, members: true};

class Settings extends Emitter {
    #values = {...kFirst, ...load()};

    get(name) {
        return this.#values[name];
    }

    set(name, value) {
        this.#values[name] = value;
        try {
            localStorage.setItem(kKey, JSON.stringify(this.#values));
        } catch {
            // storage is full or switched off: it lasts as long as the page
        }
        this.emit('change');
    }
}

function load() {
    try {
        return JSON.parse(localStorage.getItem(kKey)) ?? {};
    } catch {
        return {};
    }
}

export const settings = new Settings();
