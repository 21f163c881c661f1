// A QR code as a drawing: dark on light in either theme, since that is how it is read.
import {svg} from '../shared/dom.js';
import {qr} from '../text/qr.js';

const kQuiet = 4;  // modules of light around it

// Null where the text is too long for one.
export function qrNode(text, label) {
    const rows = qr(text);
    if (rows === null) return null;
    const size = rows.length + 2 * kQuiet;
    const dark = rows
        .map((row, y) => row.map((on, x) => (on ? `M${x + kQuiet} ${y + kQuiet}h1v1h-1z` : '')).join(''))
        .join('');
    return svg(
        'svg',
        {
            class: 'qr',
            viewBox: `0 0 ${size} ${size}`,
            role: 'img',
            'aria-label': label,
            'shape-rendering': 'crispEdges',
        },
        svg('rect', {width: size, height: size, class: 'light'}),
        svg('path', {d: dark, class: 'dark'})
    );
}
