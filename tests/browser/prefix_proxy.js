// A proxy that serves a station under a prefix, as nginx does: `/station/...` is the station's `/...`.
import http from 'node:http';
import net from 'node:net';
import {after} from 'node:test';

export async function startPrefixProxy(port, prefix) {
    const asked = [];  // paths outside of the prefix
    const server = http.createServer((request, response) => {
        if (!request.url.startsWith(`${prefix}/`)) {
            asked.push(request.url);
            return response.writeHead(404).end();
        }
        const path = request.url.slice(prefix.length);
        const upstream = http.request({host: '127.0.0.1', port, path, method: request.method, headers: request.headers}, (answer) => {
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        });
        upstream.on('error', () => response.destroy());
        request.pipe(upstream);
    });
    server.on('upgrade', (request, client, first) => {
        if (!request.url.startsWith(`${prefix}/`)) {
            asked.push(request.url);
            return client.destroy();
        }
        const upstream = net.connect(port, '127.0.0.1', () => {
            const headers = [];
            for (let i = 0; i < request.rawHeaders.length; i += 2) headers.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
            upstream.write(`GET ${request.url.slice(prefix.length)} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
            upstream.write(first);
            upstream.pipe(client).pipe(upstream);
        });
        for (const end of [client, upstream]) end.on('error', () => [client, upstream].forEach((socket) => socket.destroy()));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => {
        server.close();
        server.closeAllConnections();
    });
    const {port: own} = server.address();
    return {base: `http://127.0.0.1:${own}${prefix}`, origin: `http://127.0.0.1:${own}`, asked};
}
