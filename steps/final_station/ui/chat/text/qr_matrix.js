// A QR code's modules: the patterns by which it is found, its words along the zigzag, and of the eight masks the one
// that is easiest to read.

const kAlignment = [
    [],
    [6, 18],
    [6, 22],
    [6, 26],
    [6, 30],
    [6, 34],
    [6, 22, 38],
    [6, 24, 42],
    [6, 26, 46],
    [6, 28, 50],
];
const kMasks = [
    (x, y) => (x + y) % 2 === 0,
    (x, y) => y % 2 === 0,
    (x) => x % 3 === 0,
    (x, y) => (x + y) % 3 === 0,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
    (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
const kLevelM = 0;
const kFinderLike = [true, false, true, true, true, false, true];

export function matrixOf(version, codewords) {
    const size = 17 + 4 * version;
    const rows = Array.from({length: size}, () => new Array(size).fill(null));
    placePatterns(rows, version);
    const fixed = rows.map((row) => row.map((module) => module !== null));
    placeWords(rows, codewords);
    const masked = kMasks.map((mask, number) => {
        const candidate = rows.map((row, y) =>
            row.map((module, x) => (fixed[y][x] ? module : module !== mask(x, y)))
        );
        placeFormat(candidate, number);
        return {candidate, points: penalty(candidate)};
    });
    return masked.reduce((best, other) => (other.points < best.points ? other : best)).candidate;
}

function placePatterns(rows, version) {
    const size = rows.length;
    for (const [left, top] of [
        [0, 0],
        [size - 7, 0],
        [0, size - 7],
    ])
        placeFinder(rows, left, top);
    for (let i = 8; i < size - 8; ++i) rows[6][i] = rows[i][6] = i % 2 === 0;
    const centres = kAlignment[version - 1];
    const last = centres.at(-1);
    for (const y of centres) {
        for (const x of centres) {
            const onFinder = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
            if (!onFinder) placeRings(rows, x, y);
        }
    }
    placeFormat(rows, 0);  // holds the place: the mask is chosen later
    if (version >= 7) placeVersion(rows, version);
}

// With the light ring around it.
function placeFinder(rows, left, top) {
    for (let y = -1; y < 8; ++y) {
        for (let x = -1; x < 8; ++x) {
            if (rows[top + y]?.[left + x] === undefined) continue;
            const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
            rows[top + y][left + x] = ring !== 2 && ring !== 4;
        }
    }
}

function placeRings(rows, cx, cy) {
    for (let y = -2; y <= 2; ++y) {
        for (let x = -2; x <= 2; ++x) rows[cy + y][cx + x] = Math.max(Math.abs(x), Math.abs(y)) !== 1;
    }
}

// Level and mask with their check bits (BCH), along two of the finders each.
function placeFormat(rows, mask) {
    const size = rows.length;
    const bits = withCheck((kLevelM << 3) | mask, 10, 0x537) ^ 0x5412;
    for (let i = 0; i < 15; ++i) {
        const dark = ((bits >> i) & 1) === 1;
        if (i < 6) rows[i][8] = dark;
        else if (i < 8) rows[i + 1][8] = dark;
        else rows[size - 15 + i][8] = dark;
        if (i < 8) rows[8][size - 1 - i] = dark;
        else if (i === 8) rows[8][7] = dark;
        else rows[8][14 - i] = dark;
    }
    rows[size - 8][8] = true;
}

function placeVersion(rows, version) {
    const bits = withCheck(version, 12, 0x1f25);
    for (let i = 0; i < 18; ++i) {
        const far = rows.length - 11 + (i % 3);
        const near = Math.floor(i / 3);
        rows[far][near] = rows[near][far] = ((bits >> i) & 1) === 1;
    }
}

function withCheck(value, width, generator) {
    let rest = value << width;
    for (let i = 31 - Math.clz32(rest); i >= width; i = rest === 0 ? -1 : 31 - Math.clz32(rest))
        rest ^= generator << (i - width);
    return (value << width) | rest;
}

// Two columns at a time from the right, upwards and downwards by turns; column 6 belongs to the timing.
function placeWords(rows, codewords) {
    const size = rows.length;
    let bit = 0;
    let up = true;
    for (let right = size - 1; right > 0; right -= 2) {
        if (right === 6) right = 5;
        for (let i = 0; i < size; ++i) {
            const y = up ? size - 1 - i : i;
            for (const x of [right, right - 1]) {
                if (rows[y][x] !== null) continue;
                rows[y][x] = (((codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
                bit += 1;
            }
        }
        up = !up;
    }
}

// Long runs, squares of one colour, what looks like a finder, and too much of one colour count against it.
function penalty(rows) {
    const size = rows.length;
    const lines = [...rows, ...rows.map((_, x) => rows.map((row) => row[x]))];
    let points = 0;
    for (const line of lines) points += runPoints(line) + finderPoints(line);
    for (let y = 1; y < size; ++y) {
        for (let x = 1; x < size; ++x) {
            const colour = rows[y][x];
            if (rows[y - 1][x] === colour && rows[y][x - 1] === colour && rows[y - 1][x - 1] === colour) points += 3;
        }
    }
    const dark = rows.flat().filter(Boolean).length;
    return points + 10 * Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size));
}

function runPoints(line) {
    let points = 0;
    let run = 1;
    for (let i = 1; i <= line.length; ++i) {
        if (i < line.length && line[i] === line[i - 1]) {
            run += 1;
            continue;
        }
        if (run >= 5) points += run - 2;
        run = 1;
    }
    return points;
}

function finderPoints(line) {
    const light = (from, to) => line.slice(Math.max(0, from), to).every((dark) => !dark);
    let points = 0;
    for (let i = 0; i + 7 <= line.length; ++i) {
        if (!line[i] || !kFinderLike.every((dark, at) => line[i + at] === dark)) continue;
        if (light(i - 4, i) || light(i + 7, i + 11)) points += 40;
    }
    return points;
}
