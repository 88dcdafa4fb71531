/** The admin port of a process that stands alone: /healthz while it runs, /readyz while it can serve, /metrics. */
export interface AdminOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Why it is not ready, if it is not. */
  readonly unready: () => string | undefined;
  readonly metrics: () => Promise<string>;
  /** Further paths, answered with JSON. */
  readonly documents?: Readonly<Record<string, () => unknown>>;
}

export interface AdminServer {
  readonly port: number;
  stop(): Promise<void>;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function serveAdmin(options: AdminOptions): AdminServer {
  const documents = Object.entries(options.documents ?? {});
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    routes: {
      '/healthz': () => new Response('ok\n'),
      '/readyz': () => {
        const reason = options.unready();
        return reason === undefined ? new Response('ready\n') : new Response(`not ready: ${reason}\n`, { status: 503 });
      },
      '/metrics': async () => new Response(await options.metrics(), { headers: { 'content-type': METRICS_TYPE } }),
      ...Object.fromEntries(documents.map(([path, document]) => [path, () => Response.json(document())])),
    },
    fetch: () => new Response(`${['/healthz', '/readyz', '/metrics', ...documents.map(([path]) => path)].join(' ')}\n`, { status: 404 }),
  });
  return { port: server.port!, stop: () => server.stop(true) };
}
