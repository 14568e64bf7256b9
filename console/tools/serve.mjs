/**
 * Serves the built console as the service does, with its strict Content-Security-Policy, below any stage path, and
 * passes the API and the WebSocket on to a running stack: `node tools/serve.mjs [port] [/stage]`.
 */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PORT = Number(process.argv[2] ?? 8090);
const STAGE = process.argv[3] ?? '';
const BACKEND = new URL(process.env.WEFT_ENDPOINT ?? 'http://localhost:8080');
const CONFIG = { stage: 'local', api: '/api/v1', websocket: '/ws', oidc: null, development_token: true };
const FILES = fileURLToPath(new URL('../../chalicelib/console_files/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  `connect-src 'self' ws://localhost:${PORT}`,
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const server = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!pathname.startsWith(STAGE)) return answer(response, 404, 'text/plain', 'not below the stage');
  const inner = pathname.slice(STAGE.length);
  if (inner === '/console') return file(response, 'index.html');
  if (inner === '/console/config.json') return answer(response, 200, 'application/json', JSON.stringify(CONFIG));
  if (inner.startsWith('/console/assets/')) return file(response, `assets/${path.basename(inner)}`);
  return pass(request, response);
});

async function file(response, name) {
  try {
    answer(response, 200, TYPES[path.extname(name)] ?? 'application/octet-stream', await readFile(FILES + name));
  } catch {
    answer(response, 404, 'text/plain', `no ${name}: npm run build`);
  }
}

function answer(response, status, type, body) {
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function target(url) {
  return (url ?? '/').slice(STAGE.length);
}

function pass(request, response) {
  const headers = { ...request.headers, host: BACKEND.host };
  delete headers.origin;
  const onward = http.request(
    { host: BACKEND.hostname, port: BACKEND.port, path: target(request.url), method: request.method, headers },
    (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    },
  );
  onward.on('error', () => answer(response, 502, 'text/plain', 'the stack does not answer'));
  request.pipe(onward);
}

server.on('upgrade', (request, socket, head) => {
  const onward = net.connect(Number(BACKEND.port), BACKEND.hostname, () => {
    const headers = { ...request.headers, host: BACKEND.host };
    delete headers.origin;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    onward.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  const end = () => {
    socket.destroy();
    onward.destroy();
  };
  onward.on('error', end);
  socket.on('error', end);
});

server.listen(PORT, () => console.log(`http://localhost:${PORT}${STAGE}/console`));
