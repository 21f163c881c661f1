// What the last start found in each topic's files, and what it did about it.
import {byId, element} from './shared/dom.js';
import {bytes, count, plural, seconds} from './shared/format.js';

export class RecoveryView {
    #shown = '';

    // topics: as GET /api/topics has them. A report never changes while the server runs: it is drawn once.
    show(topics) {
        const told = JSON.stringify(topics.map(({name, recovery, problem}) => [name, recovery, problem]));
        if (told === this.#shown) return;
        this.#shown = told;
        byId('recovery').replaceChildren(...topics.map(({name, recovery, problem}) =>
            problem ? drawUnreadable(name, problem) : drawTopic(name, recovery)));
    }
}

function drawUnreadable(name, problem) {
    const summary = element('summary', {}, element('span', {class: 'name'}, name),
        element('span', {class: 'verdict bad'}, 'Could not be opened'));
    const details = element('details', {}, summary, element('p', {}, problem));
    details.open = true;
    return element('li', {}, details);
}

function drawTopic(name, report) {
    if (!report) return element('li', {}, element('p', {}, `${name}: no report`));
    const [verdict, kind] = judge(report);
    const summary = element('summary', {}, element('span', {class: 'name'}, name), element('span', {class: `verdict ${kind}`}, verdict));
    const facts = [
        ['Ended', report.clean ? 'with a clean close' : 'without a clean close'],
        ['Scanned', `${bytes(report.scanned_bytes)} in ${count(report.scanned_segments)} of ${plural(report.segments, 'segment')}`],
        ['Took', seconds(report.duration_seconds)],
    ];
    if (report.rebuilt_indexes > 0) facts.push(['Indexes', `${count(report.rebuilt_indexes)} made again from the log`]);
    if (report.cut_from) {
        facts.push(['Cut', `${bytes(report.cut_bytes)} of ${report.cut_from} at byte ${count(report.cut_at)}: a write the end cut short`]);
        facts.push(['Kept in', report.cut_into]);
    }
    if (report.set_aside?.length > 0) facts.push(['Set aside', report.set_aside.join(', ')]);
    if (report.damage?.length > 0) facts.push(['Writes', 'refused until the folder is mended']);
    for (const damage of report.damage ?? []) facts.push(['Damage', describe(damage)]);
    const list = element('dl', {}, ...facts.map(([term, words]) =>
        element('div', {}, element('dt', {}, term), element('dd', {}, words))));
    const details = element('details', {}, summary, list);
    details.open = kind === 'bad';
    return element('li', {}, details);
}

function judge(report) {
    if (report.damage?.length > 0) return ['Damaged', 'bad'];
    if (report.cut_bytes > 0) return [`Torn end cut, ${bytes(report.cut_bytes)}`, 'warn'];
    if (report.segments === 0) return ['Empty', 'fine'];
    return [report.clean ? 'Clean' : 'Recovered', 'fine'];
}

function describe(damage) {
    const place = `${damage.file}, bytes ${count(damage.from)} to ${count(damage.to)}`;
    return `${place}: ${damage.reason}. Offsets ${count(damage.first_offset)} to ${count(BigInt(damage.next_offset) - 1n)} are lost`;
}
