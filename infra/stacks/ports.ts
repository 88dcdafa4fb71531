/**
 * Ports that the pods of Parley listen on, each below the range that a kernel takes source ports from (32768), so that none of
 * them can be taken by an outgoing connection (case I1); pods reserve them besides.
 */
export const PORTS = {
  /** What clients connect to, through the load balancer's 443. */
  client: 8443,
  /** /healthz, /readyz and /metrics of the edges' supervisor. */
  edgesAdmin: 9100,
  /** What edges connect to. */
  relayLink: 7400,
  relayAdmin: 9101,
  dispatchAdmin: 9102,
  /** Of the load engine's coordinator, where its workers join. */
  coordinator: 7500,
  /** Where the coordinator tells the run's metrics. */
  coordinatorAdmin: 9103,
  prometheus: 9090,
} as const;

export const CLIENT_SERVICE_PORT = 443;
