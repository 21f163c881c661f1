// A network that can be broken: passes bytes on to a port, until it is told otherwise.
import net from 'node:net';
import {after} from 'node:test';

export async function startProxy() {
    const sockets = new Set();
    const webSockets = new Set();  // the server's ends
    const deaf = new WeakSet();
    const proxy = {base: '', port: 0, down: false};  // down: nobody gets through
    const server = net.createServer((client) => {
        if (proxy.down) return client.resetAndDestroy();
        const upstream = net.connect(proxy.port, '127.0.0.1');
        for (const [from, to] of [[client, upstream], [upstream, client]]) {
            sockets.add(from);
            from.on('error', () => {});
            from.on('close', () => {
                sockets.delete(from);
                webSockets.delete(from);
                to.destroy();
            });
            from.on('data', (bytes) => {
                if (from === client && /^Upgrade: websocket\r$/im.test(bytes.toString('latin1'))) webSockets.add(upstream);
                if (!deaf.has(from)) to.write(bytes);
            });
            from.on('end', () => to.end());
        }
    });
    // The WebSockets that there are hear nothing more from the server.
    proxy.deafen = () => webSockets.forEach((socket) => deaf.add(socket));
    // Breaks every connection at once, wherever it stands.
    proxy.cut = () => {
        for (const socket of sockets) socket.resetAndDestroy();
    };
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => {
        server.close();
        proxy.cut();
    });
    proxy.base = `http://127.0.0.1:${server.address().port}`;
    return proxy;
}
