// What the last start found in each topic's files, and what it did about it.
import {byId, element, setText} from './shared/dom.js';
import {bytes, count, plural, seconds} from './shared/format.js';

export class RecoveryView {
    #topics = new Map();  // name → {told, kind, verdict, draw, node}; node: once it has been drawn
    #found = '';
    #root = byId('last-start');

    constructor() {
        this.#root.addEventListener('toggle', () => this.#draw());
    }

    // topics: as GET /api/topics has them. A report never changes while the server runs: it is drawn once. What the
    // reader has folded or unfolded stays so, unless something else was found.
    show(topics) {
        const before = this.#topics;
        this.#topics = new Map();
        let changed = topics.length !== before.size;
        for (const {name, recovery, problem} of topics) {
            const told = JSON.stringify([recovery, problem]);
            const known = before.get(name);
            const same = known?.told === told;
            changed ||= !same;
            const draw = () => drawTopic(name, recovery, problem);
            this.#topics.set(name, same ? known : {told, ...judge(recovery, problem), draw});
        }
        if (changed) this.#tell();
    }

    #tell() {
        const found = [...this.#topics].filter(([, {kind}]) => kind !== 'fine');
        const told = JSON.stringify(found.map(([name, {told: report}]) => [name, report]));
        if (told !== this.#found) this.#root.open = found.length > 0;
        this.#found = told;
        const verdict = byId('last-start-verdict');
        const worst = found.find(([, {kind}]) => kind === 'bad') ?? found[0];
        verdict.className = `verdict ${worst?.[1].kind ?? 'fine'}`;
        const alone = worst?.[1].verdict ?? 'Nothing found';
        setText(verdict, found.length > 1 ? `${count(found.length)} findings` : alone);
        this.#draw();
    }

    // Only what is looked at is made: there may be a thousand topics. What was found comes first.
    #draw() {
        if (!this.#root.open) return;
        const weight = {bad: 0, warn: 1, fine: 2};
        const rank = ([, {kind}]) => weight[kind];
        const ordered = [...this.#topics].sort((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1));
        const list = byId('recovery');
        for (const [, topic] of ordered) topic.node ??= topic.draw();
        const nodes = ordered.map(([, {node}]) => node);
        if (nodes.length === list.children.length && nodes.every((node, i) => node === list.children[i])) return;
        list.replaceChildren(...nodes);
    }
}

function drawTopic(name, report, problem) {
    const {verdict, kind} = judge(report, problem);
    const summary = element('summary', {}, element('span', {class: 'name', title: name}, name),
        element('span', {class: `verdict ${kind}`}, verdict));
    const details = element('details', {}, summary, problem ? element('p', {}, problem) : drawFacts(report));
    details.open = kind === 'bad';
    return element('li', {}, details);
}

function drawFacts(report) {
    if (!report) return element('p', {}, 'The server has no report of it.');
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
    return element('dl', {}, ...facts.map(([term, words]) =>
        element('div', {}, element('dt', {}, term), element('dd', {}, words))));
}

function judge(report, problem) {
    if (problem) return {verdict: 'Could not be opened', kind: 'bad'};
    if (!report) return {verdict: 'No report', kind: 'fine'};
    if (report.damage?.length > 0) return {verdict: 'Damaged', kind: 'bad'};
    if (report.cut_bytes > 0) return {verdict: `Torn end cut, ${bytes(report.cut_bytes)}`, kind: 'warn'};
    if (report.segments === 0) return {verdict: 'Empty', kind: 'fine'};
    return {verdict: report.clean ? 'Clean' : 'Recovered', kind: 'fine'};
}

function describe(damage) {
    const place = `${damage.file}, bytes ${count(damage.from)} to ${count(damage.to)}`;
    return `${place}: ${damage.reason}. Offsets ${count(damage.first_offset)} to ${count(BigInt(damage.next_offset) - 1n)} are lost`;
}
