// Times as one reads them in a conversation. Times are nanoseconds, as the server sends them.

const kTime = new Intl.DateTimeFormat('en', {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
const kDay = new Intl.DateTimeFormat('en', {weekday: 'long', day: 'numeric', month: 'long'});
const kOldDay = new Intl.DateTimeFormat('en', {day: 'numeric', month: 'long', year: 'numeric'});
const kWhole = new Intl.DateTimeFormat('en', {dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23'});

export function dateOf(nanoseconds) {
    return new Date(Number(BigInt(nanoseconds) / 1000000n));
}

export function timeOfDay(date) {
    return kTime.format(date);
}

export function wholeMoment(date) {
    return kWhole.format(date);
}

export function sameDay(a, b) {
    return a.toDateString() === b.toDateString();
}

export function dayName(date, now = new Date()) {
    if (sameDay(date, now)) return 'Today';
    const yesterday = new Date(now);
    yesterday.setDate(now.getDate() - 1);
    if (sameDay(date, yesterday)) return 'Yesterday';
    return (date.getFullYear() === now.getFullYear() ? kDay : kOldDay).format(date);
}

// For lists: the time of today's, the day of others.
export function shortMoment(date, now = new Date()) {
    return sameDay(date, now) ? timeOfDay(date) : dayName(date, now);
}
