/** Names and labels by which the gateway's objects find each other. */
import { NAMESPACES } from '../names.ts';

export const GATEWAY_NAMESPACE = NAMESPACES.gateway.name;

/** The pods with the edges of a box; ordinal = number of the gateway = its partition of deliveries. */
export const EDGES = 'edges';
/** Its relay, with the same ordinal, on the same node. */
export const RELAY = 'relay';
/** What clients reach. */
export const CLIENT_SERVICE = 'gateway';
export const TLS_SECRET = 'gateway-tls';

export const EDGES_SELECTOR = { 'app.kubernetes.io/name': EDGES } as const;
export const RELAY_SELECTOR = { 'app.kubernetes.io/name': RELAY } as const;

/** Set on each pod by the controller of StatefulSets. */
export const ORDINAL_LABEL = 'apps.kubernetes.io/pod-index';
export const HOSTNAME_KEY = 'kubernetes.io/hostname';
export const ZONE_KEY = 'topology.kubernetes.io/zone';
