// A live line chart: the last two minutes, one point a second, a line for each series. The number of now stands beside
// it in words and figures; the drawing has a label for those who can't see it.
import {element, setText, svg} from './shared/dom.js';

const kPoints = 120;
const kWidth = 320;
const kHeight = 84;
const kBottom = 1.5;  // keeps a line at zero visible

export class Chart {
    #values;
    #paths;
    #figures;
    #format;
    #title;
    #drawing;
    #top;

    // series: [{name}], the first one drawn in the accent colour; format(value) gives words.
    constructor({title, series, format}) {
        this.#title = title;
        this.#format = format;
        this.#values = series.map(() => []);
        this.#paths = series.map((_, i) => svg('path', {class: `line line-${i}`}));
        this.#figures = series.map(() => element('span', {class: 'figure'}, '\u2013'));
        this.#top = element('span', {class: 'chart-top'});
        this.#drawing = svg('svg', {viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: 'none', role: 'img'},
            svg('path', {class: 'grid', d: `M0 .5H${kWidth}M0 ${kHeight / 2}H${kWidth}M0 ${kHeight - 0.5}H${kWidth}`}),
            ...[...this.#paths].reverse());
        const legend = element('p', {class: series.length > 2 ? 'legend long' : 'legend'}, ...series.map(({name}, i) =>
            element('span', {class: `key key-${i}`}, this.#figures[i], ' ', element('span', {class: 'key-name'}, name))));
        this.root = element('figure', {class: 'chart'}, element('figcaption', {}, title), legend,
            element('div', {class: 'plot'}, this.#drawing, this.#top));
    }

    // One value for each series; null where there is none.
    push(values) {
        values.forEach((value, i) => {
            this.#values[i].push(value);
            if (this.#values[i].length > kPoints) this.#values[i].shift();
        });
        this.#draw();
    }

    clear() {
        for (const list of this.#values) list.length = 0;
        this.#draw();
    }

    #draw() {
        const known = this.#values.flat().filter((value) => value !== null);
        const top = niceTop(known.length > 0 ? Math.max(...known) : 0);
        this.#paths.forEach((path, i) => path.setAttribute('d', line(this.#values[i], top)));
        const words = this.#values.map((list) => list.at(-1) ?? null).map((v) => (v === null ? null : this.#format(v)));
        this.#figures.forEach((figure, i) => setText(figure, words[i] ?? '\u2013'));
        setText(this.#top, known.length > 0 ? this.#format(top) : '');
        this.root.classList.toggle('empty', known.length === 0);
        const told = words[0] === null ? 'no data' : `now ${words[0]}, highest shown ${this.#format(Math.max(...known))}`;
        this.#drawing.setAttribute('aria-label', `${this.#title}: ${told}`);
    }
}

// The smallest of 1, 2, 5, 10, 20, … that is not below the highest value.
export function niceTop(highest) {
    if (!(highest > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(highest));
    return [1, 2, 5, 10].map((digit) => digit * power).find((top) => top >= highest * (1 - 1e-9));
}

function line(values, top) {
    const x = (i) => kWidth - (values.length - 1 - i) * (kWidth / (kPoints - 1));
    let d = '';
    let drawing = false;
    values.forEach((value, i) => {
        if (value === null) {
            drawing = false;
            return;
        }
        const y = kHeight - kBottom - (value / top) * (kHeight - 2 * kBottom);
        // A lone point is drawn as a dot: a line of no length with round ends.
        d += drawing ? `L${x(i).toFixed(1)} ${y.toFixed(1)}` : `M${x(i).toFixed(1)} ${y.toFixed(1)}h.01`;
        drawing = true;
    });
    return d;
}
