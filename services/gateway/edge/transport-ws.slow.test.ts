import { requires } from '../../runtime/requires.ts';
import { transportContract } from './transport.contract.ts';
import { transportLimitsContract } from './transport-limits.contract.ts';

requires('node').describe('with Node', () => transportLimitsContract('Node with ws', { transport: 'ws' }, 1_000));
requires('node', 'openssl').describe('with Node and TLS', () => {
  transportContract('Node with ws and TLS', { transport: 'ws', tls: true });
  transportLimitsContract('Node with ws and TLS', { transport: 'ws', tls: true }, 200);
});
