// The chat page's modules that need no page, as they are served: ui/shared lies beneath ui/chat.
import {cp, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';

const kUi = fileURLToPath(new URL('../../steps/final_station/ui/', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'station-parts-'));
after(() => rm(folder, {recursive: true, force: true}));
await cp(join(kUi, 'chat'), folder, {recursive: true});
await cp(join(kUi, 'shared'), join(folder, 'shared'), {recursive: true});
await writeFile(join(folder, 'package.json'), '{"type":"module"}');

// part('text/format.js')
export function part(path) {
    return import(pathToFileURL(join(folder, path)));
}
